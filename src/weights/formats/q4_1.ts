import { halfValues } from '../half.ts';
import type { ReadableFormat } from './format.ts';

/**
 * Blocks of 32: an f16 scale d, an f16 minimum m, then 16 bytes. The low nibble of byte j is element j, the
 * high nibble element j + 16; x = d * nibble + m.
 */
export const Q4_1: ReadableFormat = {
  name: 'Q4_1',
  typeId: 3,
  blockSize: 32,
  blockBytes: 20,
  dequantize(bytes, out) {
    const halves = halfValues();
    for (let i = 0, at = 0; i < out.length; i += 32, at += 20) {
      const scale = halves[bytes[at]! | (bytes[at + 1]! << 8)]!;
      const min = halves[bytes[at + 2]! | (bytes[at + 3]! << 8)]!;
      for (let j = 0; j < 16; j++) {
        const pair = bytes[at + 4 + j]!;
        out[i + j] = Math.fround(scale * (pair & 0xf)) + min;
        out[i + j + 16] = Math.fround(scale * (pair >> 4)) + min;
      }
    }
  },
};
