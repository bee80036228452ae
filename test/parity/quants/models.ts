/**
 * Small models with random weights for every format: rows that hold whole blocks of 256, heads of 64, tied and
 * untied output matrices.
 *
 * Only printable ASCII characters and line breaks can be drawn, one a token. So llama.cpp can be asked for the
 * probabilities of all tokens that matter (its JSON breaks on lone bytes), and a text is one row of tokens only, so
 * that another file can be led along it by a grammar. To this end element 0 of every hidden state from which a token
 * is drawn is a positive constant: no layer writes there, and the output matrix weighs it against all other tokens.
 */
import type { TextConfig, VisionConfig } from '../../../src/model/config.ts';
import { blobSource } from '../../../src/weights/byte_source.ts';
import { F32 } from '../../../src/weights/formats/f32.ts';
import { readableFormats, type TensorFormat } from '../../../src/weights/formats/index.ts';
import { readGguf } from '../../../src/weights/gguf.ts';
import {
  type ExpectedTensors,
  expectedTextTensors,
  expectedVisionTensors,
  textTensors,
  visionTensors,
} from '../../../src/weights/tensor_names.ts';
import { quantMixes, textFormats, visionFormats } from '../../make_model/quant_mix.ts';
import { requantizedTwin, type TensorInput, text, uint32, writeGguf } from '../../support/gguf_writer.ts';
import { vocabulary } from '../../support/models.ts';
import { randomFrom } from '../../support/random.ts';
import { randomTensors, textMetadata, visionMetadata } from '../../support/synthetic_model.ts';

/** The mixture that is judged beside the formats by themselves. */
export const MIX = 'Q4_K_M';

/** By the name that `--formats` takes. */
export const quants: readonly string[] = [...readableFormats.map(({ name }) => name), MIX];

export interface Pair {
  text: Blob;
  vision: Blob;
}

const isDrawable = (byte: number): boolean => byte === 0x0a || (byte >= 0x20 && byte < 0x7f);

/** Ids of the tokens that models draw; each is the code of its character. */
export const drawable: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte).filter(isDrawable);

const textConfig: TextConfig = {
  architecture: 'qwen3vl',
  hiddenSize: 256,
  layerCount: 3,
  headCount: 4,
  kvHeadCount: 2,
  headDim: 64,
  ffnSize: 512,
  vocabSize: vocabulary.tokens.length,
  contextLength: 2048,
  rmsNormEps: 1e-6,
  ropeTheta: 1e6,
  mropeSections: [12, 10, 10],
  deepstackLayerCount: 2,
  tiedEmbeddings: true,
};

const visionConfig: VisionConfig = {
  hiddenSize: 256,
  blockCount: 3,
  headCount: 4,
  ffnSize: 512,
  layerNormEps: 1e-6,
  patchSize: 16,
  temporalPatchSize: 2,
  spatialMergeSize: 2,
  positionGridSize: 8,
  projectionSize: textConfig.hiddenSize,
  deepstackBlocks: [0, 1],
  imageMean: [0.5, 0.5, 0.5],
  imageStd: [0.5, 0.5, 0.5],
  minPixels: 4096,
  maxPixels: 65_536,
  defaultMaxPixels: 65_536,
};

/** Rows of random matrices then have a length near 1: what passes through neither grows nor fades. */
const UNIT_GAIN = Math.sqrt(3);
/** Standard deviation of the logits of tokens that can be drawn, about. */
const LOGIT_DEVIATION = 1.5;
/** Standard deviation of attention scores is the square of this. */
const SHARPNESS = 1.2;
/** Element 0 of every hidden state, and what the output matrix puts against it. */
const CONSTANT = 2;
const VETO = -30;

/** The formats of a model's matrices; a mixture as llama.cpp makes it, with its encoder in Q8_0. */
export function formatsOf(quant: string): { text: TensorFormats; vision: TensorFormats; names: string[] } {
  const config = textConfigOf(quant);
  const shapes = { text: expectedTextTensors(config), vision: expectedVisionTensors(visionConfig) };
  const alone = readableFormats.find(({ name }) => name === quant);
  const everywhere = (of: ExpectedTensors) =>
    new Map([...of].map(([name, shape]) => [name, staysF32(name, shape) ? F32 : alone!]));
  const formats = alone
    ? { text: everywhere(shapes.text), vision: everywhere(shapes.vision) }
    : {
        text: textFormats(shapes.text, config.layerCount, quantMixes.get(quant)!),
        vision: visionFormats(shapes.vision, 'Q8_0'),
      };
  const names = [...formats.text.values(), ...formats.vision.values()].map(({ name }) => name);
  return { ...formats, names: [...new Set(names)] };
}

type TensorFormats = ReadonlyMap<string, TensorFormat>;

/** llama.cpp has vectors, the patch embedding and the position table in F32 (or F16) in every file. */
function staysF32(name: string, shape: readonly number[]): boolean {
  return shape.length === 1 || name.startsWith('v.patch_embd.') || name === 'v.position_embd.weight';
}

/** Every second has an output matrix of its own. */
function textConfigOf(quant: string): TextConfig {
  return { ...textConfig, tiedEmbeddings: quants.indexOf(quant) % 2 === 1 };
}

/** @param template of chats */
export function writeModel(quant: string, template: string): Pair {
  const config = textConfigOf(quant);
  const formats = formatsOf(quant);
  const inFormats = (tensors: readonly TensorInput[], of: TensorFormats) =>
    tensors.map((tensor) => ({ ...tensor, format: of.get(tensor.name)! }));
  const metadata = new Map([
    ...textMetadata(config, vocabulary),
    ['tokenizer.chat_template', text(template)] as const,
    ['general.quantization_version', uint32(2)] as const,
  ]);
  return {
    text: new Blob([writeGguf({ metadata, tensors: inFormats(textWeights(config), formats.text) })]),
    vision: new Blob([
      writeGguf({
        metadata: visionMetadata(visionConfig),
        tensors: inFormats(visionWeights(), formats.vision),
      }),
    ]),
  };
}

/** The same model with every weight dequantised. */
export async function f32Twin({ text, vision }: Pair): Promise<Pair> {
  const rewrite = async (file: Blob) =>
    new Blob([await requantizedTwin(await readGguf(blobSource(file, 'quantised')), F32)]);
  return { text: await rewrite(text), vision: await rewrite(vision) };
}

type F32Tensor = TensorInput & { data: Float32Array };

/** Random tensors by name, matrices with a gain of 1. */
function randomWeights(shapes: ExpectedTensors, seed: number): Map<string, F32Tensor> {
  const tensors = randomTensors(shapes, F32, seed, SHARPNESS) as F32Tensor[];
  for (const { shape, data } of tensors) {
    if (shape.length > 1) for (let i = 0; i < data.length; i++) data[i]! *= UNIT_GAIN;
  }
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}

function textWeights(config: TextConfig): F32Tensor[] {
  const { hiddenSize: width, vocabSize } = config;
  const names = textTensors(config);
  const weights = randomWeights(expectedTextTensors(config), 21);
  for (const name of new Set([names.embedding, names.head.head])) {
    const { data } = weights.get(name)!;
    for (let i = 0; i < data.length; i++) data[i]! *= Math.sqrt(width);
    for (let id = 0; id < vocabSize; id++) {
      const isOutput = name === names.head.head;
      data[id * width] = isOutput && !isDrawable(id) ? VETO : CONSTANT;
    }
  }
  // Random signs: a token must not be the likeliest to follow itself.
  const random = randomFrom(22);
  const norm = weights.get(names.head.norm)!.data;
  for (let i = 1; i < width; i++)
    norm[i]! *= ((random() < 0.5 ? -1 : 1) * LOGIT_DEVIATION) / Math.sqrt(width);
  norm[0] = 1;
  for (const { attention, mlp } of names.layers) {
    for (const name of [attention.o, mlp.down]) clearRow(weights.get(name)!);
  }
  return [...weights.values()];
}

function visionWeights(): F32Tensor[] {
  const names = visionTensors(visionConfig);
  const weights = randomWeights(expectedVisionTensors(visionConfig), 23);
  const mergers = [names.merger, ...names.deepstack.map(({ merger }) => merger)];
  for (const [index, { fc2, fc2_bias }] of mergers.entries()) {
    clearRow(weights.get(fc2)!);
    weights.get(fc2_bias)!.data[0] = index === 0 ? CONSTANT : 0;
  }
  return [...weights.values()];
}

/** Clears a matrix's row 0: nothing is written to element 0. */
function clearRow({ shape, data }: F32Tensor): void {
  data.fill(0, 0, shape[1]!);
}
