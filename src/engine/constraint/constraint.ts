import type { ToolDefinition } from '../../model/chat.ts';
import type { ChatRequest } from '../../model/request.ts';
import type { Tokenizer } from '../../model/tokenizer.ts';
import type { TokenConstraint } from '../output/guide.ts';
import { offeredTools } from '../request_check.ts';
import type { ConstraintCompiler } from './compiler.ts';
import { formatsUnreachable } from './unreachable.ts';

/**
 * Makes the constraints of a model's answers. What that takes is only loaded once somebody asks for a format or
 * offers functions.
 */
export class Constraints {
  readonly #tokenizer: Tokenizer;
  #compiler: Promise<ConstraintCompiler> | null = null;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /**
   * @returns null if the answer may be anything; else to be disposed of when the answer is complete
   * @throws GlanceError `format-unsupported` that names the part of the format, `file-unreachable`
   */
  async create(request: ChatRequest): Promise<TokenConstraint | null> {
    const calls = callsOf(request);
    const format = request.format ?? null;
    if (format === null && calls === null) return null;
    const compiler = await this.#load();
    return compiler.compile({ format, calls, begun: begunText(request) });
  }

  #load(): Promise<ConstraintCompiler> {
    if (this.#compiler === null) {
      this.#compiler = import('./compiler.ts').then(
        (module) => module.ConstraintCompiler.create(this.#tokenizer),
        (cause: unknown) => Promise.reject(formatsUnreachable(cause)),
      );
      // What could not be fetched may be there the next time.
      this.#compiler.catch(() => {
        this.#compiler = null;
      });
    }
    return this.#compiler;
  }

  dispose(): void {
    this.#compiler?.then((compiler) => compiler.dispose()).catch(() => {});
    this.#compiler = null;
  }
}

/** Which functions an answer may call, and whether it must. */
export interface AllowedCalls {
  tools: readonly ToolDefinition[];
  required: boolean;
  /** Whether there may be several. */
  parallel: boolean;
}

function callsOf(request: ChatRequest): AllowedCalls | null {
  const { toolChoice = 'auto', parallelToolCalls = true } = request;
  const offered = offeredTools(request);
  if (offered.length === 0) return null;
  const isNamed = typeof toolChoice === 'object';
  const tools = isNamed ? offered.filter(({ name }) => name === toolChoice.name) : offered;
  return { tools, required: isNamed || toolChoice === 'required', parallel: parallelToolCalls };
}

/** What the answer goes on from. */
function begunText({ continueLast, messages }: ChatRequest): string {
  const content = continueLast ? messages.at(-1)?.content : undefined;
  if (content === undefined || typeof content === 'string') return content ?? '';
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
