/** Random models of shapes that no published model has: formats alone and mixed, heads of 32, 64 and 128. */
import { BF16 } from '../../../src/weights/formats/bf16.ts';
import { F16 } from '../../../src/weights/formats/f16.ts';
import { Q4_0 } from '../../../src/weights/formats/q4_0.ts';
import { Q4_1 } from '../../../src/weights/formats/q4_1.ts';
import { Q4_K } from '../../../src/weights/formats/q4_k.ts';
import { Q5_0 } from '../../../src/weights/formats/q5_0.ts';
import { Q5_1 } from '../../../src/weights/formats/q5_1.ts';
import { Q5_K } from '../../../src/weights/formats/q5_k.ts';
import { Q6_K } from '../../../src/weights/formats/q6_k.ts';
import { Q8_0 } from '../../../src/weights/formats/q8_0.ts';
import type { Shape } from '../../support/models.ts';

const heads32 = { headDim: 32, mropeSections: [6, 5, 5] } as const;
const heads64 = { headDim: 64, mropeSections: [12, 10, 10] } as const;
const heads128 = { headDim: 128, mropeSections: [24, 20, 20] } as const;

/** Where formats take turns, q, k and v differ and cannot lie together. */
const shapes: readonly [string, Shape][] = [
  [
    'Q8_0, heads of 64',
    { text: { ...heads64, hiddenSize: 128, headCount: 4, kvHeadCount: 2, ffnSize: 224 }, formats: Q8_0 },
  ],
  [
    'Q4_0, heads of 128, own output matrix',
    {
      text: { ...heads128, hiddenSize: 160, headCount: 2, kvHeadCount: 2, tiedEmbeddings: false },
      formats: Q4_0,
    },
  ],
  [
    'Q4_K and Q6_K in turn, heads of 64',
    {
      text: { ...heads64, hiddenSize: 256, headCount: 6, kvHeadCount: 2, ffnSize: 512 },
      formats: [Q6_K, Q4_K],
    },
  ],
  [
    'Q5_K, Q4_1, Q5_0, Q5_1 in turn, heads of 32, own output matrix',
    {
      text: {
        ...heads32,
        hiddenSize: 256,
        headCount: 8,
        kvHeadCount: 2,
        ffnSize: 256,
        tiedEmbeddings: false,
      },
      formats: [Q5_K, Q4_1, Q5_0, Q5_1],
    },
  ],
  [
    'F16, heads of 32, three layers',
    { text: { ...heads32, headCount: 3, kvHeadCount: 1, layerCount: 3 }, formats: F16 },
  ],
  [
    'BF16, heads of 128, text-only Qwen3',
    {
      text: {
        architecture: 'qwen3',
        mropeSections: null,
        deepstackLayerCount: 0,
        ropeTheta: 1e6,
        headDim: 128,
        hiddenSize: 104,
        headCount: 5,
        kvHeadCount: 1,
      },
      formats: BF16,
    },
  ],
];

/** So sharp that what is drawn depends on the whole context: else it soon is the same few tokens. */
const SHARPNESS = 2;

export const randomModels: ReadonlyMap<string, Shape> = new Map(
  shapes.map(([name, shape]) => [name, { ...shape, sharpness: SHARPNESS }]),
);
