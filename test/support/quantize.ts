/**
 * Numbers into the bytes of a tensor format, rounded as ggml's reference quantisers do
 * (`quantize_row_q8_0_ref`, `quantize_row_q4_0_ref` in ggml-quants.c): f32 arithmetic, scales as f16.
 */
import type { TensorFormat } from '../../src/weights/formats/index.ts';

const scratch = new DataView(new ArrayBuffer(4));

function bitsOf(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

/** f32 to binary16, ties to even. */
export function encodeHalf(value: number): number {
  const bits = bitsOf(value);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // Halfway between the largest half and the next power of two, all rounds up to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal: a multiple of 2^-24. Adding 1.5 * 2^23 rounds a number to an integer, ties to even.
    const scaled = Math.fround(Math.abs(value) * 2 ** 24);
    return sign | (Math.fround(scaled + 12582912) - 12582912);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** f32 to bfloat16, ties to even; a NaN stays one. */
export function encodeBfloat16(value: number): number {
  const bits = bitsOf(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 64;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

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
