import type { CompiledGrammar, GrammarCompiler } from '@mlc-ai/web-xgrammar';
import { GlanceError } from '../../model/errors.ts';
import type { AnswerFormat } from '../../model/request.ts';
import type { Tokenizer } from '../../model/tokenizer.ts';
import type { TokenConstraint } from '../output/guide.ts';
import { MARKS } from '../output/marks.ts';
import { CallConstraint } from './call_constraint.ts';
import type { AllowedCalls } from './constraint.ts';
import { callGrammar, formatGrammar, spelledCallsGrammar } from './format_grammar.ts';
import { GrammarConstraint } from './grammar_constraint.ts';
import { unsupported } from './unsupported.ts';
import { loadXGrammar, tokenizerInfo, type XGrammarLibrary } from './xgrammar.ts';

/** Grammars that are kept compiled; those that were not used for longest go first. */
const MAX_KEPT = 16;

export interface ConstraintRequest {
  format: AnswerFormat | null;
  calls: AllowedCalls | null;
  /** Text of the answer that is there already. */
  begun: string;
}

/** Compiles what requests ask for, for one model's vocabulary. */
export class ConstraintCompiler {
  readonly #library: XGrammarLibrary;
  readonly #compiler: GrammarCompiler;
  readonly #tokenizer: Tokenizer;
  readonly #kept = new Map<string, CompiledGrammar>();

  private constructor(library: XGrammarLibrary, compiler: GrammarCompiler, tokenizer: Tokenizer) {
    this.#library = library;
    this.#compiler = compiler;
    this.#tokenizer = tokenizer;
  }

  /** @throws GlanceError `file-unreachable` */
  static async create(tokenizer: Tokenizer): Promise<ConstraintCompiler> {
    const library = await loadXGrammar();
    const info = await tokenizerInfo(library, tokenizer);
    // What is compiled is kept here, where it has a limit.
    const compiler = await library.GrammarCompiler.createGrammarCompiler(info, false);
    return new ConstraintCompiler(library, compiler, tokenizer);
  }

  /** @throws GlanceError `format-unsupported` */
  async compile(request: ConstraintRequest): Promise<TokenConstraint> {
    try {
      return await this.#compile(request);
    } catch (cause) {
      // What is nested too deeply overflows the stack.
      throw cause instanceof RangeError ? tooLarge(cause) : cause;
    }
  }

  async #compile({ format, calls, begun }: ConstraintRequest): Promise<TokenConstraint> {
    const answer =
      format && (await this.#match(`format ${JSON.stringify(format)}`, () => formatGrammar(format)));
    try {
      if (answer && !answer.begin(begun)) {
        throw unsupported('the last message', 'its text does not begin as the format asks');
      }
      return calls === null ? answer! : await this.#withCalls(answer, calls);
    } catch (error) {
      answer?.dispose();
      throw error;
    }
  }

  async #withCalls(answer: GrammarConstraint | null, calls: AllowedCalls): Promise<TokenConstraint> {
    const { tools, required } = calls;
    const [start, end] = [MARKS.callStart, MARKS.callEnd].map((mark) => this.#tokenizer.idOf(mark));
    const key = JSON.stringify(tools);
    if (start === undefined || end === undefined) {
      // Marks that are ordinary text can be asked for, but not watched for.
      if (!required) return answer ?? new Unconstrained();
      const spelled = await this.#match(`spelled ${key}`, () => spelledCallsGrammar(tools));
      answer?.dispose();
      return spelled;
    }
    const call = await this.#match(`call ${key}`, () => callGrammar(tools), { endsByItself: true });
    return new CallConstraint({ answer, call, calls, tokenizer: this.#tokenizer, marks: { start, end } });
  }

  async #match(
    key: string,
    ebnf: () => string,
    options?: { endsByItself: boolean },
  ): Promise<GrammarConstraint> {
    const compiled = this.#kept.get(key) ?? (await this.#compileEbnf(ebnf()));
    this.#kept.delete(key);
    this.#kept.set(key, compiled);
    for (const [oldest, grammar] of this.#kept) {
      if (this.#kept.size <= MAX_KEPT) break;
      grammar.dispose();
      this.#kept.delete(oldest);
    }
    return GrammarConstraint.create(this.#library, compiled, this.#tokenizer.vocabSize, options);
  }

  async #compileEbnf(ebnf: string): Promise<CompiledGrammar> {
    try {
      const grammar = await this.#library.Grammar.fromEBNF(ebnf);
      try {
        return await this.#compiler.compileGrammar(grammar);
      } finally {
        grammar.dispose();
      }
    } catch (cause) {
      throw tooLarge(cause);
    }
  }

  dispose(): void {
    for (const grammar of this.#kept.values()) grammar.dispose();
    this.#kept.clear();
    this.#compiler.dispose();
  }
}

function tooLarge(cause: unknown): GlanceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new GlanceError(
    'format-unsupported',
    'The answer cannot be held to this format: it is too large, or XGrammar cannot read its grammar. Ask for less, or leave the format out.',
    { cause, details: { reason } },
  );
}

/** Allows everything. */
class Unconstrained implements TokenConstraint {
  readonly isFree = true;
  readonly isIdle = true;
  readonly turns: ReadonlySet<number> = new Set();

  async prepare(): Promise<void> {}

  allowed(): null {
    return null;
  }

  accept(): void {}

  dispose(): void {}
}
