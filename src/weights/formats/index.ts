import { BF16 } from './bf16.ts';
import { F16 } from './f16.ts';
import { F32 } from './f32.ts';
import type { ReadableFormat, TensorFormat } from './format.ts';
import { Q4_0 } from './q4_0.ts';
import { Q4_1 } from './q4_1.ts';
import { Q4_K } from './q4_k.ts';
import { Q5_0 } from './q5_0.ts';
import { Q5_1 } from './q5_1.ts';
import { Q5_K } from './q5_k.ts';
import { Q6_K } from './q6_k.ts';
import { Q8_0 } from './q8_0.ts';

export { isReadable, type ReadableFormat, type TensorFormat } from './format.ts';

/** The formats that Glance reads. */
export const readableFormats: readonly ReadableFormat[] = [
  F32,
  F16,
  BF16,
  Q8_0,
  Q4_0,
  Q4_1,
  Q5_0,
  Q5_1,
  Q4_K,
  Q5_K,
  Q6_K,
];

/**
 * Formats that llama.cpp writes and Glance does not read: [name, type id, block size, bytes of a block].
 * They are known by name and size so that a file that holds them can be listed and refused in plain words.
 */
const foreignFormats: readonly (readonly [string, number, number, number])[] = [
  ['Q8_1', 9, 32, 36],
  ['Q2_K', 10, 256, 84],
  ['Q3_K', 11, 256, 110],
  ['Q8_K', 15, 256, 292],
  ['IQ2_XXS', 16, 256, 66],
  ['IQ2_XS', 17, 256, 74],
  ['IQ3_XXS', 18, 256, 98],
  ['IQ1_S', 19, 256, 50],
  ['IQ4_NL', 20, 32, 18],
  ['IQ3_S', 21, 256, 110],
  ['IQ2_S', 22, 256, 82],
  ['IQ4_XS', 23, 256, 136],
  ['I8', 24, 1, 1],
  ['I16', 25, 1, 2],
  ['I32', 26, 1, 4],
  ['I64', 27, 1, 8],
  ['F64', 28, 1, 8],
  ['IQ1_M', 29, 256, 56],
  ['TQ1_0', 34, 256, 54],
  ['TQ2_0', 35, 256, 66],
  ['MXFP4', 39, 32, 17],
];

const byTypeId = new Map<number, TensorFormat>([
  ...readableFormats.map((format) => [format.typeId, format] as const),
  ...foreignFormats.map(
    ([name, typeId, blockSize, blockBytes]) =>
      [typeId, { name, typeId, blockSize, blockBytes, dequantize: null }] as const,
  ),
]);

/** The format with ggml's type id; one without block size if nobody knows it. */
export function formatOfType(typeId: number): TensorFormat {
  return (
    byTypeId.get(typeId) ?? { name: `type ${typeId}`, typeId, blockSize: 0, blockBytes: 0, dequantize: null }
  );
}
