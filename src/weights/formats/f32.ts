import type { ReadableFormat } from './format.ts';

/** Plain 32-bit floats. */
export const F32: ReadableFormat = {
  name: 'F32',
  typeId: 0,
  blockSize: 1,
  blockBytes: 4,
  dequantize(bytes, out) {
    // A byte copy works at any alignment; every platform with WebAssembly is little endian, as the file is.
    new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes.subarray(0, out.byteLength));
  },
};
