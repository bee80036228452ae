import { halfValues } from '../half.ts';
import type { ReadableFormat } from './format.ts';

/**
 * Blocks of 32: an f16 scale d, then 16 bytes. The low nibble of byte j is element j, the high nibble
 * element j + 16; x = d * (nibble - 8).
 */
export const Q4_0: ReadableFormat = {
  name: 'Q4_0',
  typeId: 2,
  blockSize: 32,
  blockBytes: 18,
  dequantize(bytes, out) {
    const halves = halfValues();
    for (let i = 0, at = 0; i < out.length; i += 32, at += 18) {
      const scale = halves[bytes[at]! | (bytes[at + 1]! << 8)]!;
      for (let j = 0; j < 16; j++) {
        const pair = bytes[at + 2 + j]!;
        out[i + j] = scale * ((pair & 0xf) - 8);
        out[i + j + 16] = scale * ((pair >> 4) - 8);
      }
    }
  },
};
