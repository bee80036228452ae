/**
 * Our reading of a tensor format against llama.cpp's. llama.cpp is given two files: one whose embeddings are in the
 * format, and one whose embeddings are F32, with the values that we read from the first. It turns rows of embeddings
 * into f32 without any rounding of its own, so it must answer alike, to the last bit.
 */
import { bytesSource } from '../../src/weights/byte_source.ts';
import { F32 } from '../../src/weights/formats/f32.ts';
import type { ReadableFormat } from '../../src/weights/formats/index.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import { TOKEN_EMBEDDING } from '../../src/weights/tensor_names.ts';
import { anyBlocks } from './any_blocks.ts';
import { contentOf, type TensorInput, writeGguf } from './gguf_writer.ts';
import { LlamaCpp } from './llama_cpp_tokens.ts';
import { quantize } from './quantize.ts';
import { randomFrom } from './random.ts';
import { writeSyntheticText } from './synthetic_model.ts';
import { trainVocabulary } from './vocabulary.ts';

const ROW = 512;
/** Tokens whose rows are judged. */
export const JUDGED = 24;
/** Tokens whose rows, being those of the judged ones, are misread on purpose, in either of two ways. */
const MISREAD = 4;

const vocabulary = trainVocabulary([], 0);

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

/**
 * Compares rows of random blocks.
 *
 * @returns tokens whose rows llama.cpp reads otherwise than we do, those whose rows were misread on purpose and must
 * be among them, and how many different vectors llama.cpp made of the {@link JUDGED} others
 */
export async function differingRows(
  format: ReadableFormat,
): Promise<{ different: number[]; misread: number[]; distinct: number }> {
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
  return {
    different: ours.flatMap((vector, id) => (vector === theirs[id] ? [] : [id])),
    misread: Array.from({ length: 2 * MISREAD }, (_, i) => JUDGED + i),
    distinct: new Set(theirs.slice(0, JUDGED)).size,
  };
}
