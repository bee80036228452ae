/**
 * Our reading of every tensor format against llama.cpp's, in Chromium. llama.cpp is given two files: one whose
 * embeddings are in the format, and one whose embeddings are F32, with the values that we read from the first. It
 * turns rows of embeddings into f32 without any rounding of its own, so it must answer alike, to the last bit.
 */
import { expect, test } from 'vitest';
import type { TextConfig } from '../../src/model/config.ts';
import { bytesSource } from '../../src/weights/byte_source.ts';
import { F32 } from '../../src/weights/formats/f32.ts';
import { type ReadableFormat, readableFormats, type TensorFormat } from '../../src/weights/formats/index.ts';
import { Q4_K } from '../../src/weights/formats/q4_k.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import { expectedTextTensors, TOKEN_EMBEDDING } from '../../src/weights/tensor_names.ts';
import { quantMixes, textFormats } from '../make_model/quant_mix.ts';
import { anyBlocks } from '../support/any_blocks.ts';
import { contentOf, type TensorInput, writeGguf } from '../support/gguf_writer.ts';
import { LlamaCpp } from '../support/llama_cpp_tokens.ts';
import { quantize } from '../support/quantize.ts';
import { randomFrom } from '../support/random.ts';
import {
  randomTensors,
  textMetadata,
  tinyTextConfig,
  writeSyntheticText,
} from '../support/synthetic_model.ts';
import { trainVocabulary } from '../support/vocabulary.ts';

const ROW = 512;
/** Tokens whose rows are judged. */
const JUDGED = 24;
/** Tokens whose rows, being those of the judged ones, are misread on purpose. */
const MISREAD = 4;

const vocabulary = trainVocabulary([], 0);

/** Large enough for blocks of 256, and for a mixture that differs by layer. */
const mixedConfig: TextConfig = {
  ...tinyTextConfig,
  ...{ hiddenSize: 256, layerCount: 3, headCount: 8, kvHeadCount: 2, ffnSize: 512 },
  vocabSize: vocabulary.tokens.length,
};
const mixedShapes = expectedTextTensors(mixedConfig);

/** One layer, so that the answer depends on a row's scale too, and not only on its direction. */
const model = writeSyntheticText(vocabulary, {
  config: { hiddenSize: ROW, layerCount: 1, headCount: 2, kvHeadCount: 1, ffnSize: 64, tiedEmbeddings: true },
});

/** The model with these embeddings. */
async function withEmbeddings(format: ReadableFormat, data: Uint8Array | Float32Array): Promise<Blob> {
  const content = await contentOf(await readGguf(bytesSource(model, 'model.gguf')));
  const tensors = content.tensors.map(
    (tensor): TensorInput => (tensor.name === TOKEN_EMBEDDING ? { ...tensor, format, data } : tensor),
  );
  return new Blob([writeGguf({ ...content, tensors })]);
}

/** Rows of random bits; of random numbers where a number is all that there is in a block. */
function embeddings(format: ReadableFormat): Uint8Array {
  const rows = vocabulary.tokens.length;
  if (format.blockSize > 1) {
    // Scales from 2^-12 to 2^-4: the weights are then neither lost beside each other nor in the layer.
    return anyBlocks(format, (rows * ROW) / format.blockSize, [3, 11]);
  }
  const random = randomFrom(3);
  const values = Float32Array.from({ length: rows * ROW }, () => (random() - 0.5) * 2 ** (8 * random() - 4));
  return quantize(format, values);
}

/** The vectors that llama.cpp makes of single tokens. */
async function answers(model: Blob): Promise<string[]> {
  const judge = await LlamaCpp.load(model);
  try {
    const vectors: string[] = [];
    for (let id = 0; id < JUDGED + 2 * MISREAD; id++) vectors.push((await judge.embed([id])).join());
    return vectors;
  } finally {
    await judge.close();
  }
}

test.each(readableFormats)('$name is read as llama.cpp reads it', { timeout: 60_000 }, async (format) => {
  const bytes = embeddings(format);
  const rowBytes = (ROW / format.blockSize) * format.blockBytes;
  // The rows to be misread are the first ones again.
  for (const start of [JUDGED, JUDGED + MISREAD]) bytes.copyWithin(start * rowBytes, 0, MISREAD * rowBytes);
  const values = new Float32Array(vocabulary.tokens.length * ROW);
  format.dequantize(bytes, values);
  const random = randomFrom(4);
  for (let row = JUDGED; row < JUDGED + MISREAD; row++) {
    // Two different neighbours change places.
    const at = row * ROW + Math.floor(random() * (ROW - 1));
    const other = values.subarray(at + 1).findIndex((value) => value !== values[at]) + at + 1;
    [values[at], values[other]] = [values[other]!, values[at]!];
  }
  // Every weight is too large by a millionth.
  for (let i = (JUDGED + MISREAD) * ROW; i < (JUDGED + 2 * MISREAD) * ROW; i++) values[i]! *= 1 + 1e-6;

  const theirs = await answers(await withEmbeddings(format, bytes));
  const ours = await answers(await withEmbeddings(F32, values));
  expect(new Set(theirs.slice(0, JUDGED)).size).toBe(JUDGED);
  const different = ours.flatMap((vector, id) => (vector === theirs[id] ? [] : [id]));
  expect(different).toEqual(Array.from({ length: 2 * MISREAD }, (_, i) => JUDGED + i));
});

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

test('matrices mixed as in Q4_K_M multiply as llama.cpp has them', { timeout: 60_000 }, async () => {
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

test('matrices in all formats multiply as llama.cpp has them', { timeout: 60_000 }, async () => {
  const matrices = [...mixedShapes].filter(([, shape]) => shape.length > 1).map(([name]) => name);
  const formats = new Map<string, TensorFormat>([...mixedShapes.keys()].map((name) => [name, F32]));
  for (const [i, name] of matrices.entries()) formats.set(name, readableFormats[i % readableFormats.length]!);
  expect(new Set(formats.values()).size).toBe(readableFormats.length);
  const { mixed, twin } = mixedModel(formats);
  const [theirs, ours] = [await sequenceVectors(mixed), await sequenceVectors(twin(asItIs))];
  expect(Math.max(...theirs.map((vector, i) => distance(vector, ours[i]!)))).toBeLessThan(ROUNDING);
});
