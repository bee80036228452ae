/** The second half of an answer: from the prompt in the cache to text. */
import { throwIfAborted } from '../model/errors.ts';
import type { PlacedPrompt } from '../model/positions.ts';
import type { ChatRequest, ChatResult, TokenLogprobs } from '../model/request.ts';
import type { FinishReason, SamplingOptions } from '../model/sampling.ts';
import type { Tokenizer } from '../model/tokenizer.ts';
import type { Emit, LoadedModel } from './answer.ts';
import type { DrawnToken, KvCache } from './executor.ts';
import { topLogprobs } from './logprobs.ts';
import { TextStream } from './text_stream.ts';

export interface Decoding {
  model: LoadedModel;
  request: ChatRequest;
  sampling: SamplingOptions;
  prompt: PlacedPrompt;
  /** Holds the prompt; the executor holds the logits after it. */
  cache: KvCache;
  emit: Emit;
  signal: AbortSignal | undefined;
  /** Filled as the answer grows, so that a stopped answer is complete at any moment. */
  progress: ChatResult;
  startMs: number;
}

/** Draws token after token until the model is done, a stop string is met, or a limit is reached. */
export async function decode(decoding: Decoding): Promise<void> {
  const { model, request, sampling, prompt, cache, emit, signal, progress, startMs } = decoding;
  const { executor, tokenizer } = model;
  const promptLength = prompt.tokenIds.length;
  const limit = Math.min(request.maxTokens ?? Number.POSITIVE_INFINITY, model.contextLength - promptLength);
  const tokens = executor.draw(cache, {
    sampling,
    seed: request.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!,
    promptIds: prompt.tokenIds,
    delta: prompt.delta,
    limit,
    ...(request.logitBias && { logitBias: new Map(request.logitBias) }),
    withLogits: request.logprobs !== undefined,
    speculate: request.speculate ?? true,
  });
  if (request.logprobs !== undefined) progress.logprobs = [];
  const stream = new TextStream(request.stop ?? []);
  const drawn: number[] = [];
  const decodeStartMs = performance.now();
  const say = (text: string, logprobs: TokenLogprobs | null) => {
    if (logprobs) progress.logprobs?.push(logprobs);
    if (text === '' && !logprobs) return;
    progress.text += text;
    emit({
      type: 'text',
      text,
      tokens: progress.usage.completionTokens,
      ...(logprobs && { logprobs }),
    });
  };
  const finish = (reason: FinishReason) => {
    progress.finishReason = reason;
    say(stream.end(), null);
  };

  try {
    for (;;) {
      throwIfAborted(signal);
      const token = await tokens.next(signal);
      const { id } = token;
      if (drawn.length === 0) progress.timings.firstTokenMs = performance.now() - startMs;
      drawn.push(id);
      if (tokenizer.endTokenIds.has(id)) return finish('stop');

      progress.usage.completionTokens += 1;
      const { text, stopped } = stream.push(tokenizer.isControl(id) ? NO_BYTES : tokenizer.decodeBytes(id));
      say(text, logprobsOf(token, tokenizer, request.logprobs));
      if (stopped) return finish('stop');
      if (drawn.length >= limit) return finish('length');
    }
  } finally {
    progress.timings.decodeMs = performance.now() - decodeStartMs;
    progress.speculation = await tokens.end();
    // The executor may have run the last token, or not.
    for (const id of drawn.slice(0, Math.max(0, cache.length - promptLength))) model.prefix.append(id);
  }
}

const NO_BYTES = new Uint8Array(0);

function logprobsOf(
  { id, logits }: DrawnToken,
  tokenizer: Tokenizer,
  count: number | undefined,
): TokenLogprobs | null {
  if (logits === null || count === undefined) return null;
  const { logprob, top } = topLogprobs(logits.subarray(0, tokenizer.vocabSize), id, count);
  const bytes = (token: number) => tokenizer.decodeBytes(token);
  return {
    id,
    bytes: bytes(id),
    logprob,
    top: top.map((other) => ({ ...other, bytes: bytes(other.id) })),
  };
}
