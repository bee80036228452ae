import { halfValues } from '../half.ts';
import type { ReadableFormat } from './format.ts';

/** IEEE 754 binary16. */
export const F16: ReadableFormat = {
  name: 'F16',
  typeId: 1,
  blockSize: 1,
  blockBytes: 2,
  dequantize(bytes, out) {
    const values = halfValues();
    for (let i = 0, at = 0; i < out.length; i++, at += 2) {
      out[i] = values[bytes[at]! | (bytes[at + 1]! << 8)]!;
    }
  },
};
