import { assert, GlanceError } from '../model/errors.ts';
import type { SamplingOptions } from '../model/sampling.ts';

/** Range of each option, as in the OpenAI API where it has the option. */
const RANGES: Record<keyof SamplingOptions, [number, number]> = {
  temperature: [0, 2],
  topP: [0, 1],
  topK: [0, Number.MAX_SAFE_INTEGER],
  minP: [0, 1],
  presencePenalty: [-2, 2],
  frequencyPenalty: [-2, 2],
  repetitionPenalty: [0.01, 10],
};

/** @throws GlanceError `invalid-argument` that names the option and its range. */
export function checkSampling(options: SamplingOptions): void {
  for (const [name, [low, high]] of Object.entries(RANGES)) {
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

/**
 * A uniform number in [0, 1) that depends on seed and position alone, so that an answer can be repeated
 * from any point. Two rounds of the lowbias32 integer hash (C. Wellons, "Prospecting for hash functions").
 */
export function uniformAt(seed: number, position: number): number {
  return lowbias32((lowbias32(seed) ^ lowbias32(position + 0x9e3779b9)) >>> 0) / 2 ** 32;
}

function lowbias32(x: number): number {
  let h = x >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
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

/**
 * Draws a token: penalties, temperature, top-k, top-p, min-p, in the order of Hugging Face transformers'
 * logits processors. Ties go to the smaller id.
 *
 * @param logits [vocabulary]; changed in place
 * @param uniform random number in [0, 1)
 */
export function sample(
  logits: Float32Array,
  history: TokenHistory,
  options: SamplingOptions,
  uniform: number,
): number {
  history.penalize(logits, options);
  const best = argmax(logits);
  assert(Number.isFinite(logits[best]), 'the model computed values that are no numbers');
  if (options.temperature === 0 || options.topK === 1) return best;

  const top = logits[best]!;
  const candidates = sortedCandidates(logits, top, options);
  const weights = candidates.map((id) => Math.exp((logits[id]! - top) / options.temperature));
  let total = weights.reduce((sum, weight) => sum + weight, 0);

  let kept = weights.length;
  if (options.topP < 1) {
    let sum = 0;
    kept = 0;
    while (kept < weights.length && sum < options.topP * total) sum += weights[kept++]!;
    kept = Math.max(kept, 1);
  }
  // The likeliest token weighs 1, so min-p is a bound on the weights themselves.
  while (kept > 1 && weights[kept - 1]! < options.minP) kept -= 1;

  total = 0;
  for (let i = 0; i < kept; i++) total += weights[i]!;
  let rest = uniform * total;
  for (let i = 0; i < kept; i++) {
    rest -= weights[i]!;
    if (rest < 0) return candidates[i]!;
  }
  return candidates[kept - 1]!;
}

/** Index of the largest logit; the first of equal ones. */
export function argmax(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}

/** Tokens this much less likely than the likeliest vanish in a float64 sum over the vocabulary. */
const NEGLIGIBLE_WEIGHT = 2 ** -60;

/**
 * Ids in falling order of their logits, cut to the top k. Negligible tokens are left out before sorting,
 * which keeps it cheap at vocabularies of 150,000.
 */
function sortedCandidates(logits: Float32Array, top: number, options: SamplingOptions): number[] {
  const floor = top + Math.log(NEGLIGIBLE_WEIGHT) * options.temperature;
  const ids: number[] = [];
  for (let id = 0; id < logits.length; id++) if (logits[id]! >= floor) ids.push(id);
  ids.sort((a, b) => logits[b]! - logits[a]! || a - b);
  return options.topK > 0 ? ids.slice(0, options.topK) : ids;
}
