import { halfValues } from '../half.ts';
import { fifthBits } from './fifth_bits.ts';
import type { ReadableFormat } from './format.ts';

/**
 * Blocks of 32: an f16 scale d, an f16 minimum m, 4 bytes with the fifth bit of each element, then 16 bytes
 * with the lower four, packed as in Q4_0; x = d * q + m.
 */
export const Q5_1: ReadableFormat = {
  name: 'Q5_1',
  typeId: 7,
  blockSize: 32,
  blockBytes: 24,
  dequantize(bytes, out) {
    const halves = halfValues();
    for (let i = 0, at = 0; i < out.length; i += 32, at += 24) {
      const scale = halves[bytes[at]! | (bytes[at + 1]! << 8)]!;
      const min = halves[bytes[at + 2]! | (bytes[at + 3]! << 8)]!;
      const high = fifthBits(bytes, at + 4);
      for (let j = 0; j < 16; j++) {
        const pair = bytes[at + 8 + j]!;
        out[i + j] = Math.fround(scale * ((pair & 0xf) | (((high >>> j) & 1) << 4))) + min;
        out[i + j + 16] = Math.fround(scale * ((pair >> 4) | (((high >>> (j + 16)) & 1) << 4))) + min;
      }
    }
  },
};
