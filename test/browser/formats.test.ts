/** Our reading of every tensor format against llama.cpp's, in Chromium. */
import { expect, test } from 'vitest';
import type { TextConfig } from '../../src/model/config.ts';
import { F32 } from '../../src/weights/formats/f32.ts';
import { type ReadableFormat, readableFormats, type TensorFormat } from '../../src/weights/formats/index.ts';
import { Q4_K } from '../../src/weights/formats/q4_k.ts';
import { expectedTextTensors } from '../../src/weights/tensor_names.ts';
import { quantMixes, textFormats } from '../make_model/quant_mix.ts';
import { type TensorInput, writeGguf } from '../support/gguf_writer.ts';
import { differingRows, JUDGED } from '../support/llama_cpp_rows.ts';
import { LlamaCpp } from '../support/llama_cpp_tokens.ts';
import { quantize } from '../support/quantize.ts';
import { randomTensors, textMetadata, tinyTextConfig } from '../support/synthetic_model.ts';
import { trainVocabulary } from '../support/vocabulary.ts';

const vocabulary = trainVocabulary([], 0);

/** Large enough for blocks of 256, and for a mixture that differs by layer. */
const mixedConfig: TextConfig = {
  ...tinyTextConfig,
  ...{ hiddenSize: 256, layerCount: 3, headCount: 8, kvHeadCount: 2, ffnSize: 512 },
  vocabSize: vocabulary.tokens.length,
};
const mixedShapes = expectedTextTensors(mixedConfig);

// Every format takes llama.cpp two starts, each on one thread of its own.
test.concurrent.each(readableFormats)(
  '$name is read as llama.cpp reads it',
  {
    timeout: 120_000,
  },
  async (format) => {
    const { different, misread, distinct } = await differingRows(format);
    expect(distinct).toBe(JUDGED);
    expect(different).toEqual(misread);
  },
);

/** How far two vectors point apart: 0 for the same direction, 1 for unrelated ones. */
function distance(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

type Reader = (format: ReadableFormat, bytes: Uint8Array) => Float32Array;

const asItIs: Reader = (format, bytes) => {
  const values = new Float32Array((bytes.length / format.blockBytes) * format.blockSize);
  format.dequantize(bytes, values);
  return values;
};

/** A model whose matrices are in these formats, and the same in F32, as it is read. */
function mixedModel(formats: ReadonlyMap<string, TensorFormat>) {
  const mixed = randomTensors(mixedShapes, F32).map((tensor) => {
    const format = formats.get(tensor.name) as ReadableFormat;
    return { ...tensor, format, data: quantize(format, tensor.data as Float32Array) };
  });
  const metadata = textMetadata(mixedConfig, vocabulary);
  const file = (tensors: readonly TensorInput[]) => new Blob([writeGguf({ metadata, tensors })]);
  return {
    mixed: file(mixed),
    twin: (read: Reader) =>
      file(
        mixed.map(({ format, data, ...tensor }) => ({ ...tensor, format: F32, data: read(format, data) })),
      ),
  };
}

/** The vectors of a few sequences of tokens. */
async function sequenceVectors(model: Blob): Promise<number[][]> {
  const judge = await LlamaCpp.load(model);
  try {
    const vectors: number[][] = [];
    for (let first = 0; first < 200; first += 40) {
      vectors.push(await judge.embed(Array.from({ length: 12 }, (_, i) => first + i)));
    }
    return vectors;
  } finally {
    await judge.close();
  }
}

/** llama.cpp rounds what it multiplies with such matrices to 8 bits: more than that may not be between the vectors. */
const ROUNDING = 1e-3;

test('matrices mixed as in Q4_K_M multiply as llama.cpp has them', { timeout: 180_000 }, async () => {
  const formats = textFormats(mixedShapes, mixedConfig.layerCount, quantMixes.get('Q4_K_M')!);
  expect(new Set([...formats.values()].map(({ name }) => name))).toEqual(new Set(['F32', 'Q4_K', 'Q6_K']));
  const { mixed, twin } = mixedModel(formats);
  const theirs = await sequenceVectors(mixed);
  const ours = await sequenceVectors(twin(asItIs));
  // As in files of Q4_0: the two halves of every 32 weights change places.
  const misread = await sequenceVectors(
    twin((format, bytes) =>
      asItIs(format, bytes).map((value, i, all) => (format === Q4_K ? all[i ^ 16]! : value)),
    ),
  );
  const apart = theirs.map((vector, i) => distance(vector, ours[i]!));
  const wrong = theirs.map((vector, i) => distance(vector, misread[i]!));
  console.info(`${Math.max(...apart).toExponential(1)} apart, ${Math.min(...wrong).toFixed(2)} if misread`);
  expect(Math.max(...apart)).toBeLessThan(ROUNDING);
  expect(Math.min(...wrong)).toBeGreaterThan(100 * ROUNDING);
});

test('matrices in all formats multiply as llama.cpp has them', { timeout: 180_000 }, async () => {
  const matrices = [...mixedShapes].filter(([, shape]) => shape.length > 1).map(([name]) => name);
  const formats = new Map<string, TensorFormat>([...mixedShapes.keys()].map((name) => [name, F32]));
  for (const [i, name] of matrices.entries()) formats.set(name, readableFormats[i % readableFormats.length]!);
  expect(new Set(formats.values()).size).toBe(readableFormats.length);
  const { mixed, twin } = mixedModel(formats);
  const [theirs, ours] = [await sequenceVectors(mixed), await sequenceVectors(twin(asItIs))];
  expect(Math.max(...theirs.map((vector, i) => distance(vector, ours[i]!)))).toBeLessThan(ROUNDING);
});
