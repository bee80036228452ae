/** The second half of an answer: from the prompt in the cache to thought, text and calls. */
import { throwIfAborted } from '../model/errors.ts';
import type { PlacedPrompt } from '../model/positions.ts';
import { drawHash, drawKey } from '../model/race.ts';
import type { ChatEvent, ChatRequest, ChatResult, TokenLogprobs } from '../model/request.ts';
import type { FinishReason, SamplingOptions } from '../model/sampling.ts';
import type { Tokenizer } from '../model/tokenizer.ts';
import type { Emit, LoadedModel } from './answer.ts';
import type { DrawnToken, KvCache } from './executor.ts';
import { topLogprobs } from './logprobs.ts';
import { type AnswerPart, type AnswerPhase, AnswerReader } from './output/answer_reader.ts';
import { Guide, type TokenConstraint } from './output/guide.ts';
import { ThoughtBudget } from './output/thought_budget.ts';
import type { ThoughtMode } from './output/thought_mode.ts';
import { offeredTools } from './request_check.ts';

export interface Decoding {
  model: LoadedModel;
  request: ChatRequest;
  sampling: SamplingOptions;
  prompt: PlacedPrompt;
  thought: ThoughtMode;
  /** What the answer proper must be. */
  constraint: TokenConstraint | null;
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
  const { model, request, sampling, prompt, thought, constraint, cache, signal, progress, startMs } =
    decoding;
  const { executor, tokenizer } = model;
  const promptLength = prompt.tokenIds.length;
  const limit = Math.min(request.maxTokens ?? Number.POSITIVE_INFINITY, model.contextLength - promptLength);
  const seed = request.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  progress.seed = seed;
  const reader = readerOf(decoding, seed);
  const budget = budgetOf(decoding);
  const guide = new Guide({ reader, tokenizer, budget, constraint, mayThink: thought.mayBegin });
  const tokens = executor.draw(cache, {
    sampling,
    seed,
    promptIds: prompt.tokenIds,
    delta: prompt.delta,
    limit,
    ...(request.logitBias && { logitBias: new Map(request.logitBias) }),
    withLogits: request.logprobs !== undefined,
    speculate: request.speculate ?? true,
    ...guide.steering,
  });
  if (request.logprobs !== undefined) progress.logprobs = [];
  const drawn: number[] = [];
  const decodeStartMs = performance.now();
  const finish = (reason: FinishReason) => {
    say(decoding, reader.end(), null);
    progress.finishReason = reason === 'stop' && reader.callCount > 0 ? 'tool-calls' : reason;
  };

  try {
    for (;;) {
      throwIfAborted(signal);
      await guide.prepare();
      const token = await tokens.next(signal);
      const { id } = token;
      if (drawn.length === 0) progress.timings.firstTokenMs = performance.now() - startMs;
      drawn.push(id);
      if (tokenizer.endTokenIds.has(id)) return finish('stop');

      progress.usage.completionTokens += 1;
      const before = reader.phase;
      const parts = guide.push(id);
      if (before === 'reasoning' || reader.phase === 'reasoning') progress.usage.reasoningTokens += 1;
      const logprobs = logprobsOf(token, tokenizer, request.logprobs);
      say(decoding, logprobs ? withPlace(parts, before, reader.phase) : parts, logprobs);
      const hasEnoughCalls = request.parallelToolCalls === false && reader.completedCalls > 0;
      if (reader.isStopped || hasEnoughCalls) return finish('stop');
      if (drawn.length >= limit) return finish('length');
    }
  } finally {
    progress.timings.decodeMs = performance.now() - decodeStartMs;
    progress.speculation = await tokens.end();
    // The executor may have run the last token, or not.
    for (const id of drawn.slice(0, Math.max(0, cache.length - promptLength))) model.prefix.append(id);
  }
}

function readerOf({ model: { tokenizer }, request, prompt, thought }: Decoding, seed: number): AnswerReader {
  return new AnswerReader({
    tokenizer,
    thought: thought.prompt,
    marks: request.prompt === undefined,
    tools: offeredTools(request).length > 0,
    continues: request.continueLast === true,
    stop: request.stop ?? [],
    callId: (index) => callId(seed, prompt.tokenIds.length, index),
  });
}

function budgetOf({ model: { tokenizer }, request, thought }: Decoding): ThoughtBudget | null {
  if (request.thinkingBudget === undefined) return null;
  return new ThoughtBudget(tokenizer, request.thinkingBudget, thought.prompt === 'open');
}

/**
 * Names a call as the OpenAI API does. An answer that is repeated has the same names; in a conversation, which
 * only grows, they differ.
 */
function callId(seed: number, promptLength: number, index: number): string {
  const key = drawKey(seed, promptLength);
  const words = [0, 1, 2, 3].map((part) => drawHash(key, 4 * index + part));
  return `call_${words
    .map((word) => word.toString(36).padStart(7, '0'))
    .join('')
    .slice(0, 24)}`;
}

/** Makes sure that a token of thought or text has a part which its log-probability can be told with. */
function withPlace(parts: AnswerPart[], before: AnswerPhase, after: AnswerPhase): AnswerPart[] {
  if (parts.length > 0 || before === 'call' || after === 'call') return parts;
  const isThought = before === 'reasoning' || after === 'reasoning';
  return [{ type: isThought ? 'reasoning' : 'text', text: '' }];
}

/** Adds parts to the result and tells of them; the token's log-probability goes with the last. */
function say(
  { emit, progress }: Decoding,
  parts: readonly AnswerPart[],
  logprobs: TokenLogprobs | null,
): void {
  if (logprobs) progress.logprobs?.push(logprobs);
  const tokens = progress.usage.completionTokens;
  for (const [i, part] of parts.entries()) {
    const more = logprobs && i === parts.length - 1 ? { tokens, logprobs } : { tokens };
    emit(note(progress, part, more));
  }
}

function note(
  progress: ChatResult,
  part: AnswerPart,
  more: { tokens: number; logprobs?: TokenLogprobs },
): ChatEvent {
  switch (part.type) {
    case 'text':
      progress.text += part.text;
      return { ...part, ...more };
    case 'reasoning':
      if (part.text !== '') progress.reasoning = (progress.reasoning ?? '') + part.text;
      return { ...part, ...more };
    case 'tool-call':
      progress.toolCalls ??= [];
      progress.toolCalls.push({ id: part.id, name: part.name, arguments: '' });
      return { ...part, tokens: more.tokens };
    case 'tool-arguments':
      progress.toolCalls![part.index]!.arguments += part.text;
      return { ...part, ...more };
  }
}

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
