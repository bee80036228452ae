import { halfValues } from '../half.ts';
import type { ReadableFormat } from './format.ts';

/**
 * Blocks of 256: 128 bytes with the lower four bits of each element, 64 bytes with the upper two, 16 signed
 * scales s for sub-blocks of 16, and an f16 scale d; x = d * s * (q - 32). Each half of 128 elements has 64
 * bytes of nibbles (element e in byte e % 64, low nibble first) and 32 bytes of upper bits (element e in
 * byte e % 32, from bit 2 * floor(e / 32) on).
 */
export const Q6_K: ReadableFormat = {
  name: 'Q6_K',
  typeId: 14,
  blockSize: 256,
  blockBytes: 210,
  dequantize(bytes, out) {
    const halves = halfValues();
    const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0, at = 0; i < out.length; i += 256, at += 210) {
      const d = halves[bytes[at + 208]! | (bytes[at + 209]! << 8)]!;
      for (let e = 0; e < 256; e++) {
        const half = e >> 7;
        const inHalf = e & 127;
        const low = (bytes[at + 64 * half + (inHalf & 63)]! >> (4 * (inHalf >> 6))) & 0xf;
        const high = (bytes[at + 128 + 32 * half + (inHalf & 31)]! >> (2 * (inHalf >> 5))) & 3;
        const scale = Math.fround(d * signed[at + 192 + (e >> 4)]!);
        out[i + e] = scale * ((low | (high << 4)) - 32);
      }
    }
  },
};
