/**
 * Every parameter of the OpenAI API and what becomes of it here. The tables are checked against the types that the
 * `openai` package publishes: a parameter that it knows and they do not is an error of compilation.
 */
import type { ChatCompletionCreateParamsBase } from 'openai/resources/chat/completions';
import type { CompletionCreateParamsBase } from 'openai/resources/completions';
import type { ChatRequest } from '../model/request.ts';
import type { SamplingOptions } from '../model/sampling.ts';
import { RequestError } from './errors.ts';
import { checkedNumber, checkedString, type Fields, invalid } from './fields.ts';

/** `used`, `ignored` because it makes no difference here, or refused with these words. */
type Handling = 'used' | 'ignored' | { refused: string };

/** Sampling that the OpenAI API does not have, under the names that servers of open models give it. */
type SamplingExtension = 'top_k' | 'min_p' | 'repetition_penalty';

/** What both kinds of completion take besides the OpenAI API's own parameters. */
type Extension = SamplingExtension | FormatExtension;

/** Formats besides `response_format`: our names, and vLLM's. */
type FormatExtension =
  | 'grammar'
  | 'regex'
  | 'guided_json'
  | 'guided_regex'
  | 'guided_grammar'
  | 'guided_choice'
  | 'structured_outputs';

type ChatExtension =
  | Extension
  | 'enable_thinking'
  | 'thinking_budget'
  | 'chat_template_kwargs'
  | 'continue_final_message'
  | 'add_generation_prompt';

const EXTENSIONS = {
  top_k: 'used',
  min_p: 'used',
  repetition_penalty: 'used',
  grammar: 'used',
  regex: 'used',
  guided_json: 'used',
  guided_regex: 'used',
  guided_grammar: 'used',
  guided_choice: 'used',
  structured_outputs: 'used',
} as const satisfies Record<Extension, Handling>;

export const CHAT_PARAMETERS: Readonly<
  Record<keyof ChatCompletionCreateParamsBase | ChatExtension, Handling>
> = {
  ...EXTENSIONS,
  model: 'used',
  messages: 'used',
  frequency_penalty: 'used',
  logit_bias: 'used',
  logprobs: 'used',
  max_completion_tokens: 'used',
  max_tokens: 'used',
  modalities: 'used',
  n: 'used',
  parallel_tool_calls: 'used',
  presence_penalty: 'used',
  reasoning_effort: 'used',
  response_format: 'used',
  seed: 'used',
  stop: 'used',
  stream: 'used',
  stream_options: 'used',
  temperature: 'used',
  tool_choice: 'used',
  tools: 'used',
  top_logprobs: 'used',
  top_p: 'used',
  verbosity: 'used',
  enable_thinking: 'used',
  thinking_budget: 'used',
  chat_template_kwargs: 'used',
  continue_final_message: 'used',
  add_generation_prompt: 'used',
  metadata: 'ignored',
  prompt_cache_key: 'ignored',
  prompt_cache_options: 'ignored',
  prompt_cache_retention: 'ignored',
  safety_identifier: 'ignored',
  service_tier: 'ignored',
  store: 'ignored',
  user: 'ignored',
  audio: { refused: 'Answers are text; no model here speaks' },
  function_call: { refused: "Calls are asked for through 'tool_choice'" },
  functions: { refused: "Functions are offered through 'tools'" },
  moderation: { refused: 'Nothing here judges what is asked or answered' },
  prediction: { refused: 'Drafts come from the conversation itself' },
  web_search_options: { refused: 'Models here search nothing; they run on this device' },
};

export const COMPLETION_PARAMETERS: Readonly<Record<keyof CompletionCreateParamsBase | Extension, Handling>> =
  {
    ...EXTENSIONS,
    model: 'used',
    prompt: 'used',
    best_of: 'used',
    echo: 'used',
    frequency_penalty: 'used',
    logit_bias: 'used',
    logprobs: 'used',
    max_tokens: 'used',
    n: 'used',
    presence_penalty: 'used',
    seed: 'used',
    stop: 'used',
    stream: 'used',
    stream_options: 'used',
    temperature: 'used',
    top_p: 'used',
    user: 'ignored',
    suffix: { refused: 'Models here were not trained to fill a gap' },
  };

/**
 * Refuses parameters by their names: those that nobody knows, and those that Glance cannot honour.
 *
 * @throws RequestError `unknown_parameter`, `unsupported_parameter`
 */
export function checkParameters(body: Fields, handling: Readonly<Record<string, Handling>>): void {
  body.only(Object.keys(handling));
  for (const name of body.names) {
    const how = handling[name]!;
    if (typeof how === 'string' || !body.has(name)) continue;
    throw new RequestError('unsupported_parameter', name, `'${name}' is not supported: ${how.refused}.`);
  }
}

/** Most choices of one request. */
const MAX_CHOICES = 128;
const MAX_STOP_STRINGS = 4;
const MAX_BIAS = 100;

/** What both kinds of completion ask for. */
export interface CommonParameters {
  model: string;
  /** How many answers are wanted. */
  n: number;
  stream: boolean;
  /** A last event of a stream tells of tokens. */
  includeUsage: boolean;
  /** How answers are drawn, stopped and limited. */
  drawing: Pick<ChatRequest, 'sampling' | 'seed' | 'stop' | 'maxTokens' | 'logitBias'>;
}

/** @throws RequestError that names the parameter */
export function readCommon(body: Fields): CommonParameters {
  const stream = body.boolean('stream') ?? false;
  const sampling = readSampling(body);
  const seed = body.integer('seed');
  const stop = readStop(body);
  const maxTokens = readMaxTokens(body);
  const logitBias = readLogitBias(body);
  return {
    model: body.required('model', body.string),
    n: body.integer('n', { min: 1, max: MAX_CHOICES }) ?? 1,
    stream,
    includeUsage: readIncludeUsage(body, stream),
    drawing: {
      ...(Object.keys(sampling).length > 0 && { sampling }),
      ...(seed !== undefined && { seed }),
      ...(stop && { stop }),
      ...(maxTokens !== undefined && { maxTokens }),
      ...(logitBias && { logitBias }),
    },
  };
}

function readSampling(body: Fields): Partial<SamplingOptions> {
  const topK = body.integer('top_k', { min: -1 });
  const options: { [K in keyof SamplingOptions]: number | undefined } = {
    temperature: body.number('temperature', { min: 0, max: 2 }),
    topP: body.number('top_p', { min: 0, max: 1 }),
    // Servers disagree on whether -1 or 0 keeps all tokens.
    topK: topK === -1 ? 0 : topK,
    minP: body.number('min_p', { min: 0, max: 1 }),
    presencePenalty: body.number('presence_penalty', { min: -2, max: 2 }),
    frequencyPenalty: body.number('frequency_penalty', { min: -2, max: 2 }),
    repetitionPenalty: body.number('repetition_penalty', { min: 0.01, max: 10 }),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function readStop(body: Fields): string[] | undefined {
  const value = body.value('stop');
  if (value === undefined) return undefined;
  const items =
    typeof value === 'string' ? [{ value, path: 'stop' }] : body.list('stop', { max: MAX_STOP_STRINGS })!;
  return items.map(({ value, path }) => {
    const text = checkedString(value, path);
    if (text === '') throw invalid(path, 'must not be empty');
    return text;
  });
}

function readMaxTokens(body: Fields): number | undefined {
  if (body.has('max_tokens') && body.has('max_completion_tokens')) {
    throw new RequestError(
      'invalid_value',
      'max_tokens',
      "'max_tokens' and 'max_completion_tokens' say the same. Leave one of them out.",
    );
  }
  return body.integer('max_completion_tokens', { min: 1 }) ?? body.integer('max_tokens', { min: 1 });
}

function readLogitBias(body: Fields): [number, number][] | undefined {
  const bias = body.object('logit_bias');
  return bias?.names.map((name) => {
    const path = bias.pathOf(name);
    if (!/^\d{1,9}$/.test(name)) {
      throw invalid(path, "must be under a token's id, a whole number");
    }
    return [Number(name), checkedNumber(bias.value(name), path, { min: -MAX_BIAS, max: MAX_BIAS })];
  });
}

function readIncludeUsage(body: Fields, stream: boolean): boolean {
  const options = body.object('stream_options')?.only(['include_usage', 'include_obfuscation']);
  if (options && !stream) {
    throw new RequestError(
      'invalid_value',
      'stream_options',
      "'stream_options' is for streams. Set 'stream' to true, or leave it out.",
    );
  }
  // Obfuscation hides from a network how long each piece is; here there is no network.
  options?.boolean('include_obfuscation');
  return options?.boolean('include_usage') ?? false;
}

/** @throws RequestError if a parameter is there that only makes sense beside another */
export function requireBeside(body: Fields, name: string, other: string): void {
  if (!body.has(name) || body.has(other)) return;
  throw new RequestError('invalid_value', name, `'${name}' is only for requests with '${other}'.`);
}
