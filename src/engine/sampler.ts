import { assert, GlanceError } from '../model/errors.ts';
import { drawHash, NEGLIGIBLE_LOG_WEIGHT, waitOf } from '../model/race.ts';
import { SAMPLING_RANGES, type SamplingOptions } from '../model/sampling.ts';

/** @throws GlanceError `invalid-argument` that names the option and its range. */
export function checkSampling(options: SamplingOptions): void {
  for (const [name, [low, high]] of Object.entries(SAMPLING_RANGES)) {
    const value = options[name as keyof SamplingOptions];
    if (typeof value !== 'number' || !(value >= low && value <= high)) {
      const range = high === Number.MAX_SAFE_INTEGER ? `at least ${low}` : `from ${low} to ${high}`;
      throw new GlanceError('invalid-argument', `${name} must be a number ${range}, not ${value}.`, {
        details: { argument: name },
      });
    }
  }
  if (!Number.isInteger(options.topK)) {
    throw new GlanceError('invalid-argument', `topK must be a whole number, not ${options.topK}.`, {
      details: { argument: 'topK' },
    });
  }
}

/** Counts what was said, for the penalties. */
export class TokenHistory {
  readonly #prompt: Set<number>;
  readonly #generated = new Map<number, number>();

  constructor(promptIds: Iterable<number>) {
    this.#prompt = new Set(promptIds);
  }

  add(id: number): void {
    this.#generated.set(id, (this.#generated.get(id) ?? 0) + 1);
  }

  /**
   * Applies the penalties in place. Repetition (Keskar et al. 2019, arXiv:1909.05858, section 4.1) concerns
   * prompt and answer, presence and frequency (OpenAI API reference) the answer alone.
   *
   * @param logits [vocabulary]
   */
  penalize(logits: Float32Array, options: SamplingOptions): void {
    const { presencePenalty, frequencyPenalty, repetitionPenalty } = options;
    if (repetitionPenalty !== 1) {
      const seen = new Set([...this.#prompt, ...this.#generated.keys()]);
      for (const id of seen) {
        const logit = logits[id]!;
        logits[id] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
      }
    }
    if (presencePenalty !== 0 || frequencyPenalty !== 0) {
      for (const [id, count] of this.#generated) logits[id]! -= presencePenalty + frequencyPenalty * count;
    }
  }
}

/** What narrows a draw besides the sampling options. */
export interface DrawConstraints {
  /** Added to the logits of these tokens, before the penalties. */
  readonly logitBias?: ReadonlyMap<number, number>;
  /** Bit `id % 32` of word `id / 32` tells whether the token may be drawn; without it all may. */
  readonly allowed?: Uint32Array | null;
}

/**
 * Draws a token: logit bias, penalties, mask, then temperature, top-k, top-p, min-p in the order of Hugging Face
 * transformers' logits processors, then the race of race.ts. Ties go to the smaller id. The GPU's sampler
 * (sample_*.wgsl) draws the same token but for rounding.
 *
 * @param logits [vocabulary]; changed in place
 * @param key what the draw's random numbers depend on, see `drawKey`
 * @throws GlanceError `internal` if a logit is no number, or no token is allowed
 */
export function sample(
  logits: Float32Array,
  history: TokenHistory,
  options: SamplingOptions,
  key: number,
  constraints: DrawConstraints = {},
): number {
  assert(logits.every(Number.isFinite), 'the model computed values that are no numbers');
  processLogits(logits, history, options, constraints);
  const best = argmax(logits);
  assert(logits[best]! > Number.NEGATIVE_INFINITY, 'no token may be drawn');
  if (options.temperature === 0 || options.topK === 1) return best;

  const { ids, weights } = keptTokens(logits, options);
  let winner = -1;
  let shortest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ids.length; i++) {
    const wait = waitOf(drawHash(key, ids[i]!)) / weights[i]!;
    if (wait < shortest || (wait === shortest && ids[i]! < winner)) [shortest, winner] = [wait, ids[i]!];
  }
  return winner;
}

/** Applies logit bias, penalties and mask in place. Tokens that may not be drawn get minus infinity. */
export function processLogits(
  logits: Float32Array,
  history: TokenHistory,
  options: SamplingOptions,
  { logitBias, allowed }: DrawConstraints,
): void {
  for (const [id, bias] of logitBias ?? []) logits[id]! += bias;
  history.penalize(logits, options);
  if (!allowed) return;
  for (let id = 0; id < logits.length; id++) {
    if (((allowed[id >>> 5]! >>> (id & 31)) & 1) === 0) logits[id] = Number.NEGATIVE_INFINITY;
  }
}

/**
 * The tokens that temperature (which is not 0), top-k, top-p and min-p leave, with weights in proportion to
 * their probabilities; the largest weight is 1.
 *
 * @param logits [vocabulary], processed
 */
export function keptTokens(
  logits: Float32Array,
  options: SamplingOptions,
): { ids: number[]; weights: number[] } {
  const top = logits[argmax(logits)]!;
  const ids = candidates(logits, top, options);
  const weights = ids.map((id) => Math.exp((logits[id]! - top) / options.temperature));

  let kept = weights.length;
  if (options.topP < 1) {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    kept = 0;
    while (kept < weights.length && sum < options.topP * total) sum += weights[kept++]!;
    kept = Math.max(kept, 1);
  }
  if (options.minP > 0) {
    // The likeliest token weighs 1, so min-p is a bound on the weights themselves.
    const likely = ids.slice(0, kept).filter((_, i) => weights[i]! >= options.minP);
    return { ids: likely, weights: weights.filter((weight, i) => i < kept && weight >= options.minP) };
  }
  return { ids: ids.slice(0, kept), weights: weights.slice(0, kept) };
}

/** Index of the largest logit; the first of equal ones. */
export function argmax(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}

/**
 * Ids of the tokens that are not negligible. Where something is to be cut off they are in falling order of
 * their logits, and cut to the top k.
 */
function candidates(
  logits: Float32Array,
  top: number,
  { temperature, topK, topP }: SamplingOptions,
): number[] {
  const floor = top + NEGLIGIBLE_LOG_WEIGHT * temperature;
  const ids: number[] = [];
  for (let id = 0; id < logits.length; id++) if (logits[id]! >= floor) ids.push(id);
  if (topK === 0 && topP >= 1) return ids;
  ids.sort((a, b) => logits[b]! - logits[a]! || a - b);
  return topK > 0 ? ids.slice(0, topK) : ids;
}
