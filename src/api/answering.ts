/** From a request that was read to its answers, one after the other. */
import type { CompletionUsage } from 'openai/resources/completions';
import { abortedError, type GlanceError, type GlanceErrorCode, toGlanceError } from '../model/errors.ts';
import type { ChatEvent, ChatRequest, TokenLogprobs } from '../model/request.ts';
import { RequestError, type RequestFault } from './errors.ts';
import type { ApiHost } from './host.ts';
import type { Answer } from './shape.ts';

/** What is asked of a model. */
export interface Question {
  model: string;
  /** What is to be answered: several prompts, or one conversation. */
  requests: readonly ChatRequest[];
  /** Answers to each. */
  n: number;
  /** The parameter that says what the answers must be. */
  formatName: string | null;
  /** The parameter that holds what the model reads. */
  promptName: 'messages' | 'prompt';
}

export interface AnswerListener {
  onBegin?(index: number): void;
  onEvent?(index: number, event: ChatEvent): void;
  onEnd?(answer: Answer): void;
}

/**
 * Answers each request n times, in order; the prompt of a request is read once, as the engine keeps what it read.
 * With a seed, the answers to one request have the seeds from there on.
 *
 * @throws GlanceError as `ApiHost.chat`; `aborted` if an answer was stopped
 */
export async function answerAll(
  host: ApiHost,
  { model, requests, n, formatName, promptName }: Question,
  listener: AnswerListener,
  signal: AbortSignal,
): Promise<{ answers: Answer[]; usage: CompletionUsage }> {
  const answers: Answer[] = [];
  for (const request of requests) {
    for (let i = 0; i < n; i++) {
      const index = answers.length;
      const logprobs: TokenLogprobs[] = [];
      listener.onBegin?.(index);
      const asked = request.seed === undefined ? request : { ...request, seed: seedOf(request.seed, i) };
      const onEvent = (event: ChatEvent) => {
        if (event.type === 'text' && event.logprobs) logprobs.push(event.logprobs);
        listener.onEvent?.(index, event);
      };
      const result = await host.chat(model, asked, onEvent, signal).catch((thrown: unknown) => {
        throw named(toGlanceError(thrown), formatName, promptName);
      });
      if (result.finishReason === 'abort') throw abortedError();
      const answer = { index, result, logprobs: request.logprobs === undefined ? null : logprobs };
      listener.onEnd?.(answer);
      answers.push(answer);
    }
  }
  return { answers, usage: usageOf(answers, n) };
}

const ABOUT_PROMPT: ReadonlyMap<GlanceErrorCode, RequestFault> = new Map<GlanceErrorCode, RequestFault>([
  ['context-overflow', 'context_length_exceeded'],
  ['prompt-invalid', 'invalid_prompt'],
]);

/** The engine does not know under which of several names it was asked. */
function named(error: GlanceError, formatName: string | null, promptName: string): GlanceError {
  if (error.code === 'format-unsupported') {
    const isOfTools = formatName === null || /tools|parameters of/.test(String(error.details.part));
    return new RequestError('unsupported_value', isOfTools ? 'tools' : formatName, error.message, error);
  }
  const code = ABOUT_PROMPT.get(error.code);
  return code === undefined ? error : new RequestError(code, promptName, error.message, error);
}

/** Seeds of further answers stay numbers that are exact. */
function seedOf(first: number, index: number): number {
  return first > Number.MAX_SAFE_INTEGER - index ? first - index : first + index;
}

/** Prompts count once, however many answers they have. */
function usageOf(answers: readonly Answer[], n: number): CompletionUsage {
  const usages = answers.map(({ result }) => result.usage);
  const prompts = usages.filter((_, i) => i % n === 0);
  const sum = (of: typeof usages, key: keyof (typeof usages)[number]) =>
    of.reduce((total, usage) => total + usage[key], 0);
  const prompt = sum(prompts, 'promptTokens');
  const completion = sum(usages, 'completionTokens');
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: sum(prompts, 'cachedTokens') },
    completion_tokens_details: { reasoning_tokens: sum(usages, 'reasoningTokens') },
  };
}
