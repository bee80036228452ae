/** Small models with random weights: real in every part but their knowledge. */
import type { TextConfig, VisionConfig } from '../../src/model/config.ts';
import { F32 } from '../../src/weights/formats/f32.ts';
import type { TensorFormat } from '../../src/weights/formats/index.ts';
import {
  type ExpectedTensors,
  expectedTextTensors,
  expectedVisionTensors,
} from '../../src/weights/tensor_names.ts';
import {
  bool,
  float32,
  list,
  type TensorInput,
  type TypedValue,
  text,
  uint32,
  writeGguf,
} from './gguf_writer.ts';
import { randomFrom } from './random.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A Qwen3-VL decoder of a few thousand parameters. */
export const tinyTextConfig: TextConfig = {
  architecture: 'qwen3vl',
  hiddenSize: 64,
  layerCount: 2,
  headCount: 2,
  kvHeadCount: 1,
  headDim: 32,
  ffnSize: 96,
  vocabSize: 0,
  contextLength: 512,
  rmsNormEps: 1e-6,
  ropeTheta: 10000,
  mropeSections: [6, 5, 5],
  deepstackLayerCount: 1,
  tiedEmbeddings: true,
};

/** The vision encoder to {@link tinyTextConfig}. */
export const tinyVisionConfig: VisionConfig = {
  hiddenSize: 32,
  blockCount: 2,
  headCount: 1,
  ffnSize: 64,
  layerNormEps: 1e-6,
  patchSize: 16,
  temporalPatchSize: 2,
  spatialMergeSize: 2,
  positionGridSize: 4,
  projectionSize: 64,
  deepstackBlocks: [1],
  imageMean: [0.5, 0.5, 0.5],
  imageStd: [0.5, 0.5, 0.5],
  minPixels: 4096,
  maxPixels: 65_536,
  defaultMaxPixels: 65_536,
};

export function textMetadata(config: TextConfig, vocabulary: Vocabulary): Map<string, TypedValue> {
  const arch = config.architecture;
  const metadata = new Map<string, TypedValue>([
    ['general.architecture', text(arch)],
    ['general.type', text('model')],
    ['general.name', text('synthetic')],
    ['general.file_type', uint32(0)],
    [`${arch}.block_count`, uint32(config.layerCount)],
    [`${arch}.context_length`, uint32(config.contextLength)],
    [`${arch}.embedding_length`, uint32(config.hiddenSize)],
    [`${arch}.feed_forward_length`, uint32(config.ffnSize)],
    [`${arch}.attention.head_count`, uint32(config.headCount)],
    [`${arch}.attention.head_count_kv`, uint32(config.kvHeadCount)],
    [`${arch}.attention.key_length`, uint32(config.headDim)],
    [`${arch}.attention.value_length`, uint32(config.headDim)],
    [`${arch}.attention.layer_norm_rms_epsilon`, float32(config.rmsNormEps)],
    [`${arch}.rope.freq_base`, float32(config.ropeTheta)],
    ['tokenizer.ggml.model', text('gpt2')],
    ['tokenizer.ggml.pre', text('qwen2')],
    ['tokenizer.ggml.tokens', list('string', vocabulary.tokens)],
    ['tokenizer.ggml.token_type', list('int32', vocabulary.tokenTypes)],
    ['tokenizer.ggml.merges', list('string', vocabulary.merges)],
    ['tokenizer.ggml.eos_token_id', uint32(vocabulary.tokens.indexOf('<|im_end|>'))],
    ['tokenizer.ggml.bos_token_id', uint32(vocabulary.tokens.indexOf('<|endoftext|>'))],
    ['tokenizer.ggml.padding_token_id', uint32(vocabulary.tokens.indexOf('<|endoftext|>'))],
    ['tokenizer.ggml.add_bos_token', bool(false)],
    ['tokenizer.chat_template', text('{% for m in messages %}{{ m.content }}{% endfor %}')],
  ]);
  if (config.mropeSections) {
    metadata.set(`${arch}.rope.dimension_sections`, list('int32', [...config.mropeSections, 0]));
    metadata.set(`${arch}.n_deepstack_layers`, uint32(config.deepstackLayerCount));
  }
  return metadata;
}

export function visionMetadata(config: VisionConfig): Map<string, TypedValue> {
  const isDeepstack = Array.from({ length: config.blockCount }, (_, block) =>
    config.deepstackBlocks.includes(block),
  );
  return new Map<string, TypedValue>([
    ['general.architecture', text('clip')],
    ['general.type', text('mmproj')],
    ['general.file_type', uint32(0)],
    ['clip.has_vision_encoder', bool(true)],
    ['clip.projector_type', text('qwen3vl_merger')],
    ['clip.use_gelu', bool(true)],
    ['clip.vision.image_size', uint32(config.positionGridSize * config.patchSize)],
    ['clip.vision.patch_size', uint32(config.patchSize)],
    ['clip.vision.embedding_length', uint32(config.hiddenSize)],
    ['clip.vision.feed_forward_length', uint32(config.ffnSize)],
    ['clip.vision.projection_dim', uint32(config.projectionSize)],
    ['clip.vision.block_count', uint32(config.blockCount)],
    ['clip.vision.attention.head_count', uint32(config.headCount)],
    ['clip.vision.attention.layer_norm_epsilon', float32(config.layerNormEps)],
    ['clip.vision.image_mean', list('float32', config.imageMean)],
    ['clip.vision.image_std', list('float32', config.imageStd)],
    ['clip.vision.image_min_pixels', uint32(config.minPixels)],
    ['clip.vision.image_max_pixels', uint32(config.maxPixels)],
    ['clip.vision.spatial_merge_size', uint32(config.spatialMergeSize)],
    ['clip.vision.is_deepstack_layers', list('bool', isDeepstack)],
  ]);
}

/** One format for all matrices, or several that they take in turn. */
export type Formats = TensorFormat | readonly TensorFormat[];

/**
 * Random tensors of the given shapes: matrices in `formats` where their rows are whole blocks, the rest in F32
 * (norms around 1).
 *
 * @param sharpness of the query and key norms' weights: around 1 attention takes the mean of nearly everything
 */
export function randomTensors(
  shapes: ExpectedTensors,
  formats: Formats,
  seed = 1,
  sharpness = 1,
): TensorInput[] {
  const random = randomFrom(seed);
  const choices = [formats].flat();
  let matrices = 0;
  return [...shapes].map(([name, shape]) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const isNorm = /norm\.weight$|ln\d?\.weight$/.test(name);
    const scale = shape.length > 1 ? 1 / Math.sqrt(length / shape[0]!) : 0.1;
    const middle = isNorm ? (/[qk]_norm/.test(name) ? sharpness : 1) : 0;
    const data = Float32Array.from({ length }, () => middle + (random() * 2 - 1) * scale);
    if (shape.length < 2) return { name, shape, format: F32, data };
    const format = choices[matrices++ % choices.length]!;
    const fits = shape.at(-1)! % format.blockSize === 0;
    return { name, shape, format: fits ? format : F32, data };
  });
}

interface SyntheticOptions<Config> {
  config?: Partial<Config>;
  format?: Formats;
  metadata?: Map<string, TypedValue>;
  seed?: number;
  /** See {@link randomTensors}. */
  sharpness?: number;
}

/**
 * A text file of a synthetic model over the given vocabulary. A larger `vocabSize` pads the embeddings, as
 * published models do.
 */
export function writeSyntheticText(
  vocabulary: Vocabulary,
  options: SyntheticOptions<TextConfig> = {},
): Uint8Array<ArrayBuffer> {
  const vocabSize = options.config?.vocabSize ?? vocabulary.tokens.length;
  const config = { ...tinyTextConfig, ...options.config, vocabSize };
  const metadata = new Map([...textMetadata(config, vocabulary), ...(options.metadata ?? [])]);
  const { format = F32, seed, sharpness } = options;
  const tensors = randomTensors(expectedTextTensors(config), format, seed, sharpness);
  return writeGguf({ metadata, tensors });
}

/** The vision file to {@link writeSyntheticText}. */
export function writeSyntheticVision(options: SyntheticOptions<VisionConfig> = {}): Uint8Array<ArrayBuffer> {
  const config = { ...tinyVisionConfig, ...options.config };
  const metadata = new Map([...visionMetadata(config), ...(options.metadata ?? [])]);
  const tensors = randomTensors(expectedVisionTensors(config), options.format ?? F32, options.seed);
  return writeGguf({ metadata, tensors });
}
