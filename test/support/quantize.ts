/**
 * Numbers into the bytes of a tensor format, rounded as ggml's reference quantisers do
 * (`quantize_row_q8_0_ref`, `quantize_row_q4_0_ref` in ggml-quants.c): f32 arithmetic, scales as f16.
 */
import type { TensorFormat } from '../../src/weights/formats/index.ts';
import { encodeBfloat16, encodeHalf } from './half.ts';
import {
  quantizeQ4_1,
  quantizeQ4_K,
  quantizeQ5_0,
  quantizeQ5_1,
  quantizeQ5_K,
  quantizeQ6_K,
} from './quantize_k.ts';

/** C's roundf: halves away from zero. */
function roundHalfAway(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

function quantizeQ8Block(values: Float32Array, out: DataView, at: number): void {
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const scale = Math.fround(largest / 127);
  const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
  out.setUint16(at, encodeHalf(scale), true);
  values.forEach((value, i) => {
    out.setInt8(at + 2 + i, roundHalfAway(Math.fround(value * inverse)));
  });
}

function quantizeQ4Block(values: Float32Array, out: DataView, at: number): void {
  let extreme = 0;
  for (const value of values) if (Math.abs(value) > Math.abs(extreme)) extreme = value;
  const scale = Math.fround(extreme / -8);
  const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
  const nibble = (value: number) => Math.min(15, Math.trunc(Math.fround(Math.fround(value * inverse) + 8.5)));
  out.setUint16(at, encodeHalf(scale), true);
  for (let i = 0; i < 16; i++) {
    out.setUint8(at + 2 + i, nibble(values[i]!) | (nibble(values[i + 16]!) << 4));
  }
}

const quantizers: Record<string, (block: Float32Array, out: DataView, at: number) => void> = {
  F32: (block, out, at) => out.setFloat32(at, block[0]!, true),
  F16: (block, out, at) => out.setUint16(at, encodeHalf(block[0]!), true),
  BF16: (block, out, at) => out.setUint16(at, encodeBfloat16(block[0]!), true),
  Q8_0: quantizeQ8Block,
  Q4_0: quantizeQ4Block,
  Q4_1: quantizeQ4_1,
  Q5_0: quantizeQ5_0,
  Q5_1: quantizeQ5_1,
  Q4_K: quantizeQ4_K,
  Q5_K: quantizeQ5_K,
  Q6_K: quantizeQ6_K,
};

/** The bytes of `values` in a format that Glance reads. */
export function quantize(format: TensorFormat, values: Float32Array): Uint8Array {
  const blocks = values.length / format.blockSize;
  const bytes = new Uint8Array(blocks * format.blockBytes);
  const view = new DataView(bytes.buffer);
  const quantizeBlock = quantizers[format.name]!;
  for (let block = 0; block < blocks; block++) {
    const start = block * format.blockSize;
    quantizeBlock(values.subarray(start, start + format.blockSize), view, block * format.blockBytes);
  }
  return bytes;
}
