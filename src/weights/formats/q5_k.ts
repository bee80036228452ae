import { halfValues } from '../half.ts';
import type { ReadableFormat } from './format.ts';
import { K_SCALE_BYTES, unpackKScales } from './k_scales.ts';

/**
 * As Q4_K, with 32 bytes before the nibbles that hold a fifth bit of every element: bit s of byte j belongs
 * to element j of sub-block s.
 */
export const Q5_K: ReadableFormat = {
  name: 'Q5_K',
  typeId: 13,
  blockSize: 256,
  blockBytes: 176,
  dequantize(bytes, out) {
    const halves = halfValues();
    const scales = new Uint8Array(8);
    const mins = new Uint8Array(8);
    for (let i = 0, at = 0; i < out.length; i += 256, at += 176) {
      const d = halves[bytes[at]! | (bytes[at + 1]! << 8)]!;
      const dmin = halves[bytes[at + 2]! | (bytes[at + 3]! << 8)]!;
      unpackKScales(bytes, at + 4, scales, mins);
      const high = at + 4 + K_SCALE_BYTES;
      const quants = high + 32;
      for (let sub = 0; sub < 8; sub++) {
        const scale = Math.fround(d * scales[sub]!);
        const min = Math.fround(dmin * mins[sub]!);
        const shift = 4 * (sub % 2);
        for (let j = 0; j < 32; j++) {
          const nibble = (bytes[quants + 32 * (sub >> 1) + j]! >> shift) & 0xf;
          const fifth = (bytes[high + j]! >> sub) & 1;
          out[i + 32 * sub + j] = Math.fround(scale * (nibble | (fifth << 4))) - min;
        }
      }
    }
  },
};
