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

/**
 * Rotary angles of the decoder: position times theta^(-2i / headDim) for frequency i, where a model with
 * pictures takes the position of one of three axes (interleaved mRoPE, arXiv:2511.21631, section 2.1).
 * Angles are rounded to float32 as the reference computes them.
 *
 * @param positions [3, S]
 */
export function mropeTable(
  positions: Int32Array,
  config: Pick<TextConfig, 'headDim' | 'ropeTheta' | 'mropeSections'>,
): RotaryTable {
  const { headDim, ropeTheta, mropeSections } = config;
  const length = positions.length / 3;
  const half = headDim / 2;
  const cos = new Float32Array(length * half);
  const sin = new Float32Array(length * half);
  for (let i = 0; i < half; i++) {
    const frequency = Math.fround(1 / Math.fround(ropeTheta ** ((2 * i) / headDim)));
    const axis = mropeSections === null ? 0 : mropeAxis(i, mropeSections);
    for (let s = 0; s < length; s++) {
      const angle = Math.fround(positions[axis * length + s]! * frequency);
      cos[s * half + i] = Math.cos(angle);
      sin[s * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
