import type { ReadableFormat } from './format.ts';

/** bfloat16: the upper 16 bits of an f32. */
export const BF16: ReadableFormat = {
  name: 'BF16',
  typeId: 30,
  blockSize: 1,
  blockBytes: 2,
  dequantize(bytes, out) {
    const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
    for (let i = 0, at = 0; i < out.length; i++, at += 2) {
      bits[i] = (bytes[at]! << 16) | (bytes[at + 1]! << 24);
    }
  },
};
