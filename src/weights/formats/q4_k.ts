import { halfValues } from '../half.ts';
import type { ReadableFormat } from './format.ts';
import { K_SCALE_BYTES, unpackKScales } from './k_scales.ts';

/**
 * Blocks of 256: f16 scales d and dmin, 12 bytes with the scale s and minimum m of each sub-block of 32,
 * then 128 bytes of nibbles: of 32 consecutive bytes the low nibbles are one sub-block, the high ones the
 * next; x = d * s * nibble - dmin * m.
 */
export const Q4_K: ReadableFormat = {
  name: 'Q4_K',
  typeId: 12,
  blockSize: 256,
  blockBytes: 144,
  dequantize(bytes, out) {
    const halves = halfValues();
    const scales = new Uint8Array(8);
    const mins = new Uint8Array(8);
    for (let i = 0, at = 0; i < out.length; i += 256, at += 144) {
      const d = halves[bytes[at]! | (bytes[at + 1]! << 8)]!;
      const dmin = halves[bytes[at + 2]! | (bytes[at + 3]! << 8)]!;
      unpackKScales(bytes, at + 4, scales, mins);
      const quants = at + 4 + K_SCALE_BYTES;
      for (let sub = 0; sub < 8; sub++) {
        const scale = Math.fround(d * scales[sub]!);
        const min = Math.fround(dmin * mins[sub]!);
        const shift = 4 * (sub % 2);
        for (let j = 0; j < 32; j++) {
          const nibble = (bytes[quants + 32 * (sub >> 1) + j]! >> shift) & 0xf;
          out[i + 32 * sub + j] = Math.fround(scale * nibble) - min;
        }
      }
    }
  },
};
