import type { TextConfig } from './config.ts';

/** Cosines and sines of the rotary angles, [S, headDim / 2] each. */
export interface RotaryTable {
  cos: Float32Array;
  sin: Float32Array;
}

/**
 * Which of the three positions (0 temporal, 1 height, 2 width) turns frequency i. The sections are
 * interleaved, t h w t h w ..., until the shorter ones are used up; the rest is temporal.
 * (`apply_interleaved_mrope` of Hugging Face transformers, models/qwen3_vl.)
 */
export function mropeAxis(i: number, sections: readonly [number, number, number]): 0 | 1 | 2 {
  const axis = i % 3;
  if (axis === 1 && i < 3 * sections[1]) return 1;
  if (axis === 2 && i < 3 * sections[2]) return 2;
  return 0;
}

/** What positions are multiplied with: theta^(-2i / headDim) for each i, rounded as the reference computes it. */
export function rotaryFrequencies({
  headDim,
  ropeTheta,
}: Pick<TextConfig, 'headDim' | 'ropeTheta'>): Float32Array {
  return Float32Array.from(
    { length: headDim / 2 },
    (_, i) => 1 / Math.fround(ropeTheta ** ((2 * i) / headDim)),
  );
}

/**
 * Rotary angles of the decoder: position times theta^(-2i / headDim) for frequency i, where a model with
 * pictures takes the position of one of three axes (interleaved mRoPE, arXiv:2511.21631, section 2.1).
 * Angles are rounded to float32 as the reference computes them.
 *
 * @param positions [3, S]
 * @param frequencies of the config, for those who make many tables
 */
export function mropeTable(
  positions: Int32Array,
  config: Pick<TextConfig, 'headDim' | 'ropeTheta' | 'mropeSections'>,
  frequencies: Float32Array = rotaryFrequencies(config),
): RotaryTable {
  const { headDim, mropeSections } = config;
  const length = positions.length / 3;
  const half = headDim / 2;
  const cos = new Float32Array(length * half);
  const sin = new Float32Array(length * half);
  for (let i = 0; i < half; i++) {
    const frequency = frequencies[i]!;
    const axis = mropeSections === null ? 0 : mropeAxis(i, mropeSections);
    for (let s = 0; s < length; s++) {
      const angle = Math.fround(positions[axis * length + s]! * frequency);
      cos[s * half + i] = Math.cos(angle);
      sin[s * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
