import { drawWords, sampleMode } from '../../gpu/kernels/sample.ts';
import { MAX_STEP_ROWS, SPLIT_KEYS } from '../../gpu/step.ts';
import type { TextConfig } from '../../model/config.ts';
import { drawKey } from '../../model/race.ts';
import { GREEDY, type SamplingOptions } from '../../model/sampling.ts';
import { keptTokens, sample, TokenHistory } from '../sampler.ts';
import type { GraphDecoder } from './graph_decoder.ts';
import type { KvCachePool } from './kv_cache.ts';
import type { StepRunner } from './step_runner.ts';

/** What was found out about our kernels on a device. */
export interface KernelVerdict {
  /** They compute what the graphs compute. */
  ok: boolean;
  /** Why not, for a bug report. */
  reason: string | null;
  /** Up to so many tokens of text are quicker on our kernels than through the graphs. */
  crossingTokens: number;
  /** When it was found, in milliseconds since 1970. */
  at: number;
}

/** Where verdicts are remembered; keys name device, browser and kernels. */
export interface VerdictStore {
  get(key: string): Promise<KernelVerdict | undefined>;
  set(key: string, verdict: KernelVerdict): Promise<void>;
}

/** A failure may have had another cause than our kernels: after a day they get another chance. */
const FAILURE_LASTS_MS = 24 * 3600 * 1000;

/** Whether a remembered verdict still counts. */
export function stillCounts({ ok, at }: KernelVerdict): boolean {
  return ok || Date.now() - at < FAILURE_LASTS_MS;
}

/** Used where nothing was measured. */
export const DEFAULT_CROSSING_TOKENS = 48;
const MAX_CROSSING_TOKENS = 512;

/** Tokens of the known-answer run, and tokens before them: so many that attention has splits to put together. */
const LENGTH = MAX_STEP_ROWS;
const PAST = SPLIT_KEYS;
/** Share of the range of a row's logits by which the paths may differ: float32 in other orders, not more. */
const TOLERANCE = 2e-3;

/** What a draw is tried with. */
const DRAWN: SamplingOptions = { ...GREEDY, temperature: 0.8, topK: 20, topP: 0.9 };
const SEED = 0x5eed;

/**
 * Runs a few tokens through the graphs and through our kernels and compares the logits, then lets the sampler
 * draw from them and compares with the CPU's. Also finds which is quicker for short prompts.
 *
 * @throws GlanceError `device-lost`, `out-of-memory`, `gpu-error` of the graphs' part
 */
export async function checkKernels(
  config: TextConfig,
  caches: KvCachePool,
  graphs: GraphDecoder,
  runner: StepRunner,
  vocabSize: number,
): Promise<KernelVerdict> {
  const before = knownInput(0, PAST, vocabSize);
  const input = knownInput(PAST, LENGTH, vocabSize);
  const { tokenIds, positions } = input;
  const cache = caches.create(PAST + LENGTH);
  const failed = (reason: string): KernelVerdict => ({
    ok: false,
    reason,
    crossingTokens: 0,
    at: Date.now(),
  });
  try {
    const graphRun = () => {
      cache.truncate(PAST);
      return graphs.run(cache, input, undefined);
    };
    const kernelRun = () => {
      cache.truncate(PAST);
      return runner.prompt(cache, { tokenIds, positions, logits: 'all' }, undefined);
    };
    await graphs.run(cache, before, undefined);
    const expected = await graphs.logits(await graphRun(), 0, LENGTH);
    const together = await kernelRun();
    const row = (logits: Float32Array, i: number) =>
      logits.subarray(i * config.vocabSize, i * config.vocabSize + vocabSize);
    for (let i = 0; i < LENGTH; i++) {
      if (differ(row(together, i), row(expected, i))) return failed(`row ${i} of ${LENGTH} differs`);
    }
    // Fewer tokens run on kernels compiled for fewer; those of a single one are what the sampler then draws from.
    let alone: Float32Array = new Float32Array(0);
    for (const count of [3, 1]) {
      const from = LENGTH - count;
      cache.truncate(PAST + from);
      const few = knownInput(PAST + from, count, vocabSize);
      alone = await runner.prompt(cache, { ...few, logits: 'all' }, undefined);
      for (let i = 0; i < count; i++) {
        if (differ(row(alone, i), row(expected, from + i))) return failed(`row ${i} of ${count} differs`);
      }
    }
    for (const sampling of [GREEDY, DRAWN]) {
      const id = await drawnByGpu(runner, sampling);
      if (!isPlausible(id, row(alone, 0).slice(), sampling)) return failed(`token ${id} was drawn`);
    }
    // Compiled and warm by now.
    const graphMs = await timed(() => graphRun().then(() => graphs.finished()));
    const kernelMs = await timed(kernelRun);
    return {
      ok: true,
      reason: null,
      crossingTokens: crossing(graphMs, kernelMs),
      at: Date.now(),
    };
  } finally {
    cache.dispose();
  }
}

/** Tokens of a made-up text, from an index on. */
function knownInput(from: number, count: number, vocabSize: number) {
  return {
    tokenIds: Int32Array.from({ length: count }, (_, i) => ((from + i) * 7919 + 13) % vocabSize),
    positions: Int32Array.from({ length: 3 * count }, (_, i) => from + (i % count)),
    pictures: [],
  };
}

/**
 * Tokens up to which our kernels, whose time grows with the steps, are quicker than the graphs, most of whose time
 * is that of a run. More tokens take the graphs longer too: the true crossing lies further off, not nearer.
 *
 * @param graphMs of the graphs for a few tokens
 * @param kernelMs of our kernels for a step of {@link LENGTH}
 */
export function crossing(graphMs: number, kernelMs: number): number {
  const tokens = Math.floor((LENGTH * graphMs) / Math.max(kernelMs, 1e-3));
  return Math.min(Math.max(LENGTH, tokens), MAX_CROSSING_TOKENS);
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await run();
  return performance.now() - startMs;
}

async function drawnByGpu(runner: StepRunner, sampling: SamplingOptions): Promise<number> {
  runner.sampler.begin(null);
  runner.sampler.setMask(null);
  const words = drawWords(sampling, SEED, LENGTH, runner.sampler.flags);
  const results = await runner.draw(new Int32Array(3), { mode: sampleMode(sampling), words, rows: 1 });
  return results[0]!;
}

/** Whether the CPU draws the same, or the token is so near to the edge that rounding may decide. */
function isPlausible(id: number, logits: Float32Array, sampling: SamplingOptions): boolean {
  const own = sample(logits.slice(), new TokenHistory([]), sampling, drawKey(SEED, LENGTH));
  if (own === id) return true;
  if (id >= logits.length) return false;
  const near = (a: number, b: number) => Math.abs(logits[a]! - logits[b]!) < 1e-3;
  return sampling.temperature === 0
    ? near(id, own)
    : keptTokens(logits, sampling).ids.some((kept) => kept === id || near(kept, id));
}

function differ(ours: Float32Array, theirs: Float32Array): boolean {
  let [low, high, worst] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const [i, value] of theirs.entries()) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    // Written so that a NaN counts.
    if (!(Math.abs(ours[i]! - value) <= worst)) worst = Math.abs(ours[i]! - value);
  }
  return !(worst <= TOLERANCE * Math.max(high - low, 1e-3));
}
