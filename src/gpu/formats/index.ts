import type { TensorFormat } from '../../weights/formats/index.ts';
import { BF16 } from './bf16.ts';
import { F16 } from './f16.ts';
import { F32 } from './f32.ts';
import type { GpuFormat } from './format.ts';
import { Q4_0 } from './q4_0.ts';
import { Q4_1 } from './q4_1.ts';
import { Q4_K } from './q4_k.ts';
import { Q5_0 } from './q5_0.ts';
import { Q5_1 } from './q5_1.ts';
import { Q5_K } from './q5_k.ts';
import { Q6_K } from './q6_k.ts';
import { Q8_0 } from './q8_0.ts';

export type { GpuFormat } from './format.ts';

/** The formats that kernels read. */
export const gpuFormats: readonly GpuFormat[] = [
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

const byName = new Map(gpuFormats.map((format) => [format.name, format]));

/** The GPU's side of a file's format; null where kernels cannot read it. */
export function gpuFormatOf(format: TensorFormat): GpuFormat | null {
  return byName.get(format.name) ?? null;
}
