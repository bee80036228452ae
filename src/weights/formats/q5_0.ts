import { halfValues } from '../half.ts';
import { fifthBits } from './fifth_bits.ts';
import type { ReadableFormat } from './format.ts';

/**
 * Blocks of 32: an f16 scale d, 4 bytes with the fifth bit of each element, then 16 bytes with the lower
 * four, packed as in Q4_0; x = d * (q - 16).
 */
export const Q5_0: ReadableFormat = {
  name: 'Q5_0',
  typeId: 6,
  blockSize: 32,
  blockBytes: 22,
  dequantize(bytes, out) {
    const halves = halfValues();
    for (let i = 0, at = 0; i < out.length; i += 32, at += 22) {
      const scale = halves[bytes[at]! | (bytes[at + 1]! << 8)]!;
      const high = fifthBits(bytes, at + 2);
      for (let j = 0; j < 16; j++) {
        const pair = bytes[at + 6 + j]!;
        out[i + j] = scale * (((pair & 0xf) | (((high >>> j) & 1) << 4)) - 16);
        out[i + j + 16] = scale * (((pair >> 4) | (((high >>> (j + 16)) & 1) << 4)) - 16);
      }
    }
  },
};
