/** Compares what our kernels and ONNX Runtime's graphs draw greedily from the same prompt. */
import type { KvCache, VisionFeatures } from '../../../src/engine/executor.ts';
import type { WebgpuExecutor } from '../../../src/engine/webgpu/executor.ts';
import { DEFAULT_CROSSING_TOKENS, type VerdictStore } from '../../../src/engine/webgpu/self_check.ts';
import type { PlacedPrompt } from '../../../src/model/positions.ts';
import { GREEDY } from '../../../src/model/sampling.ts';

export interface DecodeComparison {
  tokens: number;
  /** Tokens before the first that differs; all of them if none does. */
  equal: number;
  /** Different tokens among those drawn: few show little. */
  distinct: number;
  /** Of the tokens drawn by copying ahead, those that were right. */
  accepted: number;
  /** Between the two likeliest tokens: where it was least, and where the paths first differ (else null). */
  leastGap: number;
  gapAtDifference: number | null;
}

export interface DecodePrompt extends Pick<PlacedPrompt, 'tokenIds' | 'positions' | 'delta'> {
  pictures: readonly { start: number; features: VisionFeatures }[];
}

/** Has the executor's next runs done wholly by our kernels, as far as these go, or wholly by graphs. */
export function useKernels(executor: WebgpuExecutor, ok: boolean): Promise<void> {
  const verdict = { ok, reason: null, crossingTokens: DEFAULT_CROSSING_TOKENS, at: Date.now() };
  const told: VerdictStore = { get: async () => verdict, set: async () => {} };
  return executor.checkKernels(told);
}

/** @param count tokens to draw on each path; tokens that end an answer end nothing here */
export async function compareDecoding(
  executor: WebgpuExecutor,
  prompt: DecodePrompt,
  count: number,
): Promise<DecodeComparison> {
  const { tokenIds, positions, delta, pictures } = prompt;
  const start = async (): Promise<KvCache> => {
    const cache = executor.createCache(tokenIds.length + count);
    await executor.forward(cache, { tokenIds, positions, pictures, logits: 'held' });
    return cache;
  };
  const drawing = { sampling: GREEDY, seed: 0, promptIds: tokenIds, delta, limit: count };

  await useKernels(executor, true);
  const ourCache = await start();
  const ours = executor.draw(ourCache, { ...drawing, withLogits: false, speculate: true });
  const drawn: number[] = [];
  while (drawn.length < count) drawn.push((await ours.next()).id);
  const { acceptedTokens } = await ours.end();
  ourCache.dispose();

  await useKernels(executor, false);
  const theirCache = await start();
  const theirs = executor.draw(theirCache, { ...drawing, withLogits: true, speculate: false });
  const comparison: DecodeComparison = {
    tokens: count,
    equal: 0,
    distinct: new Set(drawn).size,
    accepted: acceptedTokens,
    leastGap: Number.POSITIVE_INFINITY,
    gapAtDifference: null,
  };
  while (comparison.equal < count) {
    const { id, logits } = await theirs.next();
    const gap = gapOf(logits!);
    comparison.leastGap = Math.min(comparison.leastGap, gap);
    if (id !== drawn[comparison.equal]) {
      comparison.gapAtDifference = gap;
      break;
    }
    comparison.equal += 1;
  }
  await theirs.end();
  theirCache.dispose();
  return comparison;
}

/** Between the largest number and the one after it. */
function gapOf(logits: Float32Array): number {
  let [first, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const logit of logits) {
    if (logit > first) [first, second] = [logit, first];
    else if (logit > second) second = logit;
  }
  return first - second;
}
