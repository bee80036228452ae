/** The models that are measured, as files in a folder. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TextConfig } from '../../src/model/config.ts';
import { TokenType } from '../../src/model/tokenizer.ts';
import { bytesSource } from '../../src/weights/byte_source.ts';
import { F32 } from '../../src/weights/formats/f32.ts';
import { elementCount, readGguf } from '../../src/weights/gguf.ts';
import { readTextConfig } from '../../src/weights/model_config.ts';
import { expectedTextTensors, TOKEN_EMBEDDING, textTensors } from '../../src/weights/tensor_names.ts';
import { readTokenizerData } from '../../src/weights/tokenizer_data.ts';
import { fillWithWeights } from '../make_model/random_weights.ts';
import { tensorBytes, tensorsOfText } from '../make_model/write.ts';
import { type TensorInput, writeGguf } from '../support/gguf_writer.ts';
import { randomFrom } from '../support/random.ts';
import { repositoryRoot } from '../support/root.ts';
import { textMetadata } from '../support/synthetic_model.ts';
import type { Vocabulary } from '../support/vocabulary.ts';

const SYNTHETIC: TextConfig = {
  architecture: 'qwen3',
  hiddenSize: 512,
  layerCount: 8,
  headCount: 8,
  kvHeadCount: 4,
  headDim: 64,
  ffnSize: 1536,
  vocabSize: 32_000,
  contextLength: 8192,
  rmsNormEps: 1e-6,
  ropeTheta: 1e6,
  mropeSections: null,
  deepstackLayerCount: 0,
  tiedEmbeddings: true,
};

export interface BenchModel {
  model: string;
  quant: string;
  /** Name of its file in the folder. */
  file: string;
  config: TextConfig;
  /** Bytes that a token reads: all matrices and norms; of an embedding that is not the output matrix too, none. */
  weightBytesPerToken: number;
  /** The same in float32. */
  floatBytesPerToken: number;
}

/** The demo model as it is shipped. */
export async function pico(folder: string): Promise<BenchModel> {
  const file = 'pico-Q8_0.gguf';
  await copyFile(join(repositoryRoot, 'public/models/pico', file), join(folder, file));
  return inspect(folder, file, 'pico', 'Q8_0');
}

/** A model of random weights in the formats that llama.cpp's quantiser gives to each tensor. */
export async function synthetic(folder: string, quant: 'Q8_0' | 'Q4_0'): Promise<BenchModel> {
  const file = `synthetic-${quant}.gguf`;
  await writeFile(join(folder, file), await writeModel(SYNTHETIC, quant, false));
  return inspect(folder, file, 'synthetic', quant);
}

/**
 * A model of the same size that counts: its layers add nothing, and the output matrix answers each token with the
 * next one. With a document of consecutive numbers it copies.
 */
export async function counting(folder: string): Promise<BenchModel> {
  const file = 'counting-Q8_0.gguf';
  await writeFile(
    join(folder, file),
    await writeModel({ ...SYNTHETIC, tiedEmbeddings: false }, 'Q8_0', true),
  );
  return inspect(folder, file, 'counting', 'Q8_0');
}

async function inspect(folder: string, file: string, model: string, quant: string): Promise<BenchModel> {
  const gguf = await readGguf(bytesSource(await readFile(join(folder, file)), file));
  const config = readTextConfig(gguf);
  const { head } = textTensors(config).head;
  const read = [...expectedTextTensors(config).keys()].filter(
    (name) => name !== TOKEN_EMBEDDING || name === head,
  );
  const sum = (bytes: (name: string) => number) => read.reduce((total, name) => total + bytes(name), 0);
  const tensor = (name: string) => gguf.tensors.get(name)!;
  return {
    model,
    quant,
    file,
    config,
    weightBytesPerToken: sum((name) => tensorBytes(tensor(name).shape, tensor(name).format)),
    floatBytesPerToken: sum((name) => 4 * elementCount(tensor(name).shape)),
  };
}

async function writeModel(config: TextConfig, quant: string, counts: boolean): Promise<Uint8Array> {
  const { shapes, formats } = tensorsOfText({ text: config, vision: null }, quant);
  const random = randomFrom(1);
  const draw = () => Math.floor(random() * 2 ** 32);
  const tensors = [...shapes].map(([name, shape]): TensorInput => {
    const rowLength = shape.at(-1)!;
    if (shape.length === 1) {
      return { name, shape, format: F32, data: Float32Array.from({ length: rowLength }, () => 1) };
    }
    const format = formats.get(name)!;
    const data = new Uint8Array(tensorBytes(shape, format));
    const isSilent = counts && /\.(attn_output|ffn_down)\./.test(name);
    if (!isSilent) fillWithWeights(format, data, 1 / Math.sqrt(rowLength), draw);
    return { name, shape, format, data };
  });
  if (counts) {
    const of = (wanted: string) => tensors.find(({ name }) => name === wanted)!;
    const [embedding, head] = [of(TOKEN_EMBEDDING), of(textTensors(config).head.head)];
    const rowBytes = embedding.data.length / config.vocabSize;
    // Row t + 1 of the output matrix is the embedding of t.
    (head.data as Uint8Array).set(embedding.data.subarray(0, embedding.data.length - rowBytes), rowBytes);
  }
  return writeGguf({ metadata: textMetadata(config, await vocabularyOf(config.vocabSize)), tensors });
}

/** The demo model's vocabulary, filled up. */
async function vocabularyOf(size: number): Promise<Vocabulary> {
  const bytes = await readFile(join(repositoryRoot, 'public/models/pico/pico-Q8_0.gguf'));
  const { tokens, tokenTypes, merges } = readTokenizerData(await readGguf(bytesSource(bytes, 'pico')));
  const vocabulary = { tokens: [...tokens], tokenTypes: [...tokenTypes!], merges: [...merges] };
  for (let id = tokens.length; id < size; id++) {
    vocabulary.tokens.push(`[PAD${id}]`);
    vocabulary.tokenTypes.push(TokenType.unused);
  }
  return vocabulary;
}
