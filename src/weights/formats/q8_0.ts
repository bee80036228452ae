import { halfValues } from '../half.ts';
import type { ReadableFormat } from './format.ts';

/** Blocks of 32: an f16 scale d, then 32 signed bytes q; x = d * q. */
export const Q8_0: ReadableFormat = {
  name: 'Q8_0',
  typeId: 8,
  blockSize: 32,
  blockBytes: 34,
  dequantize(bytes, out) {
    const halves = halfValues();
    const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0, at = 0; i < out.length; i += 32, at += 34) {
      const scale = halves[bytes[at]! | (bytes[at + 1]! << 8)]!;
      for (let j = 0; j < 32; j++) out[i + j] = scale * signed[at + 2 + j]!;
    }
  },
};
