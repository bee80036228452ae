/** Requests of `/v1/completions`, read and checked. */
import type { ChatRequest } from '../model/request.ts';
import { RequestError } from './errors.ts';
import { Fields, type Item, invalid, wrongType } from './fields.ts';
import { readFormat } from './formats.ts';
import { COMPLETION_PARAMETERS, type CommonParameters, checkParameters, readCommon } from './parameters.ts';

/** As in the OpenAI API; chat completions take more. */
const MAX_LOGPROBS = 5;
const MAX_PROMPTS = 128;

/** The OpenAI API's default for completions. */
const DEFAULT_MAX_TOKENS = 16;

export interface ReadCompletionRequest extends Omit<CommonParameters, 'drawing'> {
  prompts: string[];
  /** Answers begin with their prompt. */
  echo: boolean;
  /** The parameter that says what the answer must be. */
  formatName: string | null;
  /** All but messages and prompt. */
  request: Omit<ChatRequest, 'messages' | 'prompt'>;
}

/**
 * @param value the request's body, parsed
 * @throws RequestError that names the parameter and says what it may be
 */
export function readCompletionRequest(value: unknown): ReadCompletionRequest {
  const body = new Fields(value, '');
  checkParameters(body, COMPLETION_PARAMETERS);
  const { drawing, ...common } = readCommon(body);
  const echo = body.boolean('echo') ?? false;
  const logprobs = body.integer('logprobs', { min: 0, max: MAX_LOGPROBS });
  if (echo && logprobs !== undefined) {
    throw new RequestError(
      'unsupported_value',
      'logprobs',
      "'logprobs' beside 'echo' would need those of the prompt, which are not computed. Leave one of them out.",
    );
  }
  checkBestOf(body, common.n);
  const format = readFormat(body);
  return {
    ...common,
    prompts: readPrompts(body),
    echo,
    formatName: format?.name ?? null,
    request: {
      maxTokens: DEFAULT_MAX_TOKENS,
      ...drawing,
      ...(format && { format: format.format }),
      ...(logprobs !== undefined && { logprobs }),
    },
  };
}

function checkBestOf(body: Fields, n: number): void {
  const bestOf = body.integer('best_of', { min: 1 });
  if (bestOf === undefined || bestOf === n) return;
  if (bestOf < n) throw invalid('best_of', `must be at least 'n', which is ${n}, not ${bestOf}`);
  throw new RequestError(
    'unsupported_value',
    'best_of',
    "'best_of' can only be 'n': answers are not ranked here. Ask for 'n' of them with 'logprobs', and choose.",
  );
}

function readPrompts(body: Fields): string[] {
  const value = body.required('prompt', body.value);
  const items = Array.isArray(value)
    ? body.list('prompt', { min: 1, max: MAX_PROMPTS })!
    : [{ value, path: 'prompt' }];
  return items.map(readPrompt);
}

function readPrompt({ value, path }: Item): string {
  if (typeof value === 'number' || Array.isArray(value)) {
    throw new RequestError('unsupported_value', path, `'${path}' holds token ids. Send the text instead.`);
  }
  if (typeof value !== 'string') throw wrongType(path, 'a string', value);
  if (value === '') throw invalid(path, 'must not be empty');
  return value;
}
