/** Checks what goes through a `fetch` against the types that the `openai` package publishes. */
import { Ajv, type ValidateFunction } from 'ajv';
import schema from '../fixtures/openai/schema.json' with { type: 'json' };
import type { Contract } from './types.ts';

export type Fetch = typeof globalThis.fetch;

/** What was checked, by kind, and what was wrong with it. */
export class ContractLog {
  readonly checked = new Map<keyof Contract, number>();
  readonly faults: string[] = [];

  check(kind: keyof Contract, value: unknown): void {
    this.checked.set(kind, (this.checked.get(kind) ?? 0) + 1);
    const validate = validatorOf(kind);
    if (validate(value)) return;
    const errors = validate.errors?.slice(0, 4).map((error) => `${error.instancePath} ${error.message}`);
    this.faults.push(`${kind}: ${errors?.join('; ')}: ${JSON.stringify(value)}`);
  }
}

const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(schema, 'contract');
const validators = new Map<keyof Contract, ValidateFunction>();

function validatorOf(kind: keyof Contract): ValidateFunction {
  const validate = validators.get(kind) ?? ajv.compile({ $ref: `contract#/properties/${kind}` });
  validators.set(kind, validate);
  return validate;
}

/** Parameters that the `openai` package does not know, and may therefore not check. */
const EXTENSIONS = new Set([
  'top_k',
  'min_p',
  'repetition_penalty',
  'grammar',
  'regex',
  'guided_json',
  'guided_regex',
  'guided_grammar',
  'guided_choice',
  'structured_outputs',
  'enable_thinking',
  'thinking_budget',
  'chat_template_kwargs',
  'continue_final_message',
  'add_generation_prompt',
]);

/**
 * A `fetch` whose answers are checked as they pass, each event of a stream by itself; requests are checked too where
 * they were answered.
 */
export function checkedFetch(fetch: Fetch, log: ContractLog): Fetch {
  return async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const kind = kindOf(pathname);
    const response = await fetch(input, init);
    if (!response.ok) {
      log.check('error', await response.clone().json());
      return response;
    }
    if (kind.request && typeof init?.body === 'string') {
      log.check(kind.request, ownMembers(ownParameters(JSON.parse(init.body))));
    }
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      log.check(kind.reply, ownMembers(await response.clone().json()));
      return response;
    }
    const events = response.body!.pipeThrough(eventTap((value) => checkEvent(kind, value, log)));
    return new Response(events, response);
  };
}

interface Kind {
  request?: 'chatRequest' | 'completionRequest';
  reply: keyof Contract;
  chunk?: keyof Contract;
}

function kindOf(path: string): Kind {
  if (path.endsWith('/chat/completions')) {
    return { request: 'chatRequest', reply: 'chatReply', chunk: 'chatChunk' };
  }
  if (path.endsWith('/completions')) {
    return { request: 'completionRequest', reply: 'completionReply', chunk: 'completionChunk' };
  }
  return { reply: path.endsWith('/models') ? 'modelList' : 'model' };
}

function checkEvent({ chunk }: Kind, value: unknown, log: ContractLog): void {
  const isError = typeof value === 'object' && value !== null && 'error' in value;
  log.check(isError ? 'error' : chunk!, ownMembers(value));
}

function ownParameters(body: object): object {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !EXTENSIONS.has(name)));
}

/** What messages have besides members of the OpenAI API: reasoning, and what the package's own helpers add. */
const ADDED = new Set(['reasoning_content', 'parsed', 'parsed_arguments']);

function ownMembers(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (name, member) => (ADDED.has(name) ? undefined : member)));
}

/** Hands on bytes as they are, and the events in them, parsed. */
function eventTap(onEvent: (value: unknown) => void): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  let text = '';
  return new TransformStream({
    transform(bytes, controller) {
      text += decoder.decode(bytes, { stream: true });
      const events = text.split('\n\n');
      text = events.pop()!;
      for (const event of events) {
        const data = event.replace(/^data: /, '');
        if (data !== '[DONE]') onEvent(JSON.parse(data));
      }
      controller.enqueue(bytes);
    },
  });
}
