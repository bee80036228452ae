/** What a GGUF pair says about its model, checked before anything is computed with it. */
import type { TextConfig, VisionConfig } from '../model/config.ts';
import { GlanceError } from '../model/errors.ts';
import type { SamplingOptions } from '../model/sampling.ts';
import type { ByteSource } from './byte_source.ts';
import { checkReadable, elementCount, type GgufFile } from './gguf.ts';
import { type Enough, readGgufOpening } from './gguf_metadata.ts';
import { fileError, type GgufMetadata } from './gguf_types.ts';
import {
  optionalBoolean,
  optionalBooleans,
  optionalNumber,
  optionalSize,
  optionalString,
  optionalStrings,
  requireNumber,
  requireNumbers,
  requireSize,
  requireString,
} from './metadata.ts';
import {
  type ExpectedTensors,
  expectedTextTensors,
  expectedVisionTensors,
  OUTPUT,
  TEMPORAL_PATCH_SIZE,
  TOKEN_EMBEDDING,
} from './tensor_names.ts';

const VISION_PROJECTOR = 'qwen3vl_merger';
/** The published limits of Qwen3-VL's picture processor, in pixels. */
const PUBLISHED_MIN_PIXELS = 65_536;
const PUBLISHED_MAX_PIXELS = 16_777_216;
/** About 1,024 picture tokens: what a browser can be asked to do without being asked. */
const DEFAULT_PIXEL_BUDGET = 1_048_576;

/**
 * The text decoder that a file holds. Its tensors are checked by name and shape.
 *
 * @throws GlanceError `model-wrong-architecture`, `model-missing-metadata`, `model-missing-tensor`
 */
export function readTextConfig(file: GgufFile): TextConfig {
  const architecture = textArchitecture(file);
  const embedding = file.tensors.get(TOKEN_EMBEDDING);
  if (embedding === undefined) throw missingTensor(file, TOKEN_EMBEDDING);
  const config = textConfigOf(file, architecture, {
    vocabSize: embedding.shape[0]!,
    tiedEmbeddings: !file.tensors.has(OUTPUT),
  });
  checkTensors(file, expectedTextTensors(config));
  return config;
}

/** The list whose length is the vocabulary's. */
const TOKENS = 'tokenizer.ggml.tokens';

/** What every text file tells; the converters write what not every file has before the last of these. */
const SHAPE_KEYS = [
  'block_count',
  'context_length',
  'embedding_length',
  'feed_forward_length',
  'attention.head_count',
  'attention.layer_norm_rms_epsilon',
  'rope.freq_base',
];

/** What the beginning of a text file tells, up to its vocabulary. */
export interface TextPeek {
  /** Whether the output matrix is a tensor of its own is not known by then; it counts as tied. */
  readonly config: TextConfig;
  readonly license: string | null;
}

/**
 * The text decoder as the first kilobytes of a file tell it; of a split model those of its first part.
 *
 * @throws GlanceError as {@link readTextConfig}, and `file-*` as `readGguf`
 */
export async function peekText(source: ByteSource, signal?: AbortSignal): Promise<TextPeek> {
  const file = await readGgufOpening(source, isEnoughOfText, signal);
  const architecture = textArchitecture(file);
  const vocabSize = file.listLengths.get(TOKENS);
  if (vocabSize === undefined) throw contradiction(file, 'it has no vocabulary');
  const config = textConfigOf(file, architecture, { vocabSize, tiedEmbeddings: true });
  return { config, license: optionalString(file, 'general.license') };
}

/** Whether the shape is known, or that the file is none of Glance's. */
function isEnoughOfText({ metadata, listLengths }: Parameters<Enough>[0]): boolean {
  const architecture = metadata.get('general.architecture');
  if (architecture === undefined) return false;
  if (architecture !== 'qwen3' && architecture !== 'qwen3vl') return true;
  const keys = architecture === 'qwen3' ? SHAPE_KEYS : [...SHAPE_KEYS, 'rope.dimension_sections'];
  return listLengths.has(TOKENS) && keys.every((key) => metadata.has(`${architecture}.${key}`));
}

function textArchitecture(file: GgufMetadata): TextConfig['architecture'] {
  const architecture = requireString(file, 'general.architecture');
  if (architecture === 'qwen3' || architecture === 'qwen3vl') return architecture;
  throw wrongTextFile(file, architecture);
}

function textConfigOf(
  file: GgufMetadata,
  architecture: TextConfig['architecture'],
  tensors: Pick<TextConfig, 'vocabSize' | 'tiedEmbeddings'>,
): TextConfig {
  const size = (key: string) => requireSize(file, `${architecture}.${key}`);

  const hiddenSize = size('embedding_length');
  const headCount = size('attention.head_count');
  const headDim = optionalSize(file, `${architecture}.attention.key_length`) ?? hiddenSize / headCount;
  const valueDim = optionalSize(file, `${architecture}.attention.value_length`) ?? headDim;
  const kvHeadCount = optionalSize(file, `${architecture}.attention.head_count_kv`) ?? headCount;
  if (valueDim !== headDim || headDim % 2 !== 0 || !Number.isInteger(headDim)) {
    throw contradiction(file, `heads of ${headDim} and ${valueDim} elements for keys and values`);
  }
  if (headCount % kvHeadCount !== 0) {
    throw contradiction(file, `${headCount} query heads over ${kvHeadCount} key/value heads`);
  }
  checkRopeScaling(file, architecture);
  const config: TextConfig = {
    architecture,
    hiddenSize,
    layerCount: size('block_count'),
    headCount,
    kvHeadCount,
    headDim,
    ffnSize: size('feed_forward_length'),
    ...tensors,
    contextLength: size('context_length'),
    rmsNormEps: requireNumber(file, `${architecture}.attention.layer_norm_rms_epsilon`),
    ropeTheta: requireNumber(file, `${architecture}.rope.freq_base`),
    mropeSections: architecture === 'qwen3vl' ? readMropeSections(file, headDim) : null,
    deepstackLayerCount: optionalNumber(file, `${architecture}.n_deepstack_layers`) ?? 0,
  };
  if (!Number.isInteger(config.deepstackLayerCount) || config.deepstackLayerCount < 0) {
    throw contradiction(file, `${config.deepstackLayerCount} DeepStack layers`);
  }
  if (config.deepstackLayerCount > config.layerCount) {
    throw contradiction(
      file,
      `${config.deepstackLayerCount} DeepStack layers in ${config.layerCount} layers`,
    );
  }
  return config;
}

/** llama.cpp stores four sections, the last one 0 for Qwen3-VL. */
function readMropeSections(file: GgufMetadata, headDim: number): readonly [number, number, number] {
  const sections = requireNumbers(file, 'qwen3vl.rope.dimension_sections');
  const [temporal = 0, height = 0, width = 0, ...rest] = sections;
  const sum = temporal + height + width;
  if (sections.length < 3 || rest.some((size) => size !== 0) || sum !== headDim / 2) {
    throw contradiction(file, `rotary sections [${sections.join(', ')}] for ${headDim / 2} frequencies`);
  }
  return [temporal, height, width];
}

/**
 * The vision encoder that a `mmproj` file holds. Its tensors are checked by name and shape.
 *
 * @throws GlanceError `model-wrong-architecture`, `model-missing-metadata`, `model-missing-tensor`
 */
export function readVisionConfig(file: GgufFile): VisionConfig {
  const config = visionConfigOf(file);
  checkTensors(file, expectedVisionTensors(config));
  return config;
}

/**
 * The vision encoder as the beginning of a `mmproj` file tells it.
 *
 * @throws GlanceError as {@link readVisionConfig}, and `file-*` as `readGguf`
 */
export async function peekVision(source: ByteSource, signal?: AbortSignal): Promise<VisionConfig> {
  return visionConfigOf(await readGgufOpening(source, undefined, signal));
}

function visionConfigOf(file: GgufMetadata): VisionConfig {
  const architecture = requireString(file, 'general.architecture');
  if (architecture !== 'clip') throw wrongVisionFile(file, `the text half of a ${architecture} model`);
  if (optionalBoolean(file, 'clip.has_vision_encoder') === false) {
    throw wrongVisionFile(file, 'a companion file without a vision encoder');
  }
  const projector =
    optionalString(file, 'clip.projector_type') ?? optionalString(file, 'clip.vision.projector_type');
  if (projector !== VISION_PROJECTOR) {
    throw wrongVisionFile(file, `the vision half of another model (${projector ?? 'of unknown kind'})`);
  }
  const size = (key: string) => requireSize(file, `clip.vision.${key}`);

  const hiddenSize = size('embedding_length');
  const headCount = size('attention.head_count');
  const patchSize = size('patch_size');
  const positionGridSize = size('image_size') / patchSize;
  const headDim = hiddenSize / headCount;
  // The rotary embedding splits a head into halves, and each half by row and column.
  if (headDim % 4 !== 0) {
    throw contradiction(file, `${headCount} vision heads over ${hiddenSize} elements`);
  }
  if (!Number.isInteger(positionGridSize)) {
    throw contradiction(
      file,
      `pictures of ${positionGridSize * patchSize} pixels in patches of ${patchSize}`,
    );
  }
  const deepstackBlocks = (optionalBooleans(file, 'clip.vision.is_deepstack_layers') ?? []).flatMap(
    (isDeepstack, block) => (isDeepstack ? [block] : []),
  );
  const blockCount = size('block_count');
  if (deepstackBlocks.some((block) => block >= blockCount)) {
    throw contradiction(file, `a DeepStack merger after block ${deepstackBlocks.at(-1)} of ${blockCount}`);
  }
  const minPixels = optionalSize(file, 'clip.vision.image_min_pixels') ?? PUBLISHED_MIN_PIXELS;
  const maxPixels = optionalSize(file, 'clip.vision.image_max_pixels') ?? PUBLISHED_MAX_PIXELS;
  const preferredPixels = optionalSize(file, 'glance.image_pixels') ?? DEFAULT_PIXEL_BUDGET;
  if (minPixels > maxPixels)
    throw contradiction(file, `at least ${minPixels} and at most ${maxPixels} pixels`);

  return {
    hiddenSize,
    blockCount,
    headCount,
    ffnSize: size('feed_forward_length'),
    layerNormEps: requireNumber(file, 'clip.vision.attention.layer_norm_epsilon'),
    patchSize,
    temporalPatchSize: TEMPORAL_PATCH_SIZE,
    spatialMergeSize: optionalSize(file, 'clip.vision.spatial_merge_size') ?? 2,
    positionGridSize,
    projectionSize: size('projection_dim'),
    deepstackBlocks,
    imageMean: readChannels(file, 'clip.vision.image_mean'),
    imageStd: readChannels(file, 'clip.vision.image_std'),
    minPixels,
    maxPixels,
    defaultMaxPixels: Math.min(maxPixels, Math.max(minPixels, preferredPixels)),
  };
}

/** Scaled angles (YaRN and others) would be computed wrong without a word. */
function checkRopeScaling(file: GgufMetadata, architecture: string): void {
  const type = optionalString(file, `${architecture}.rope.scaling.type`) ?? 'none';
  const factor = optionalNumber(file, `${architecture}.rope.scaling.factor`) ?? 1;
  if (type === 'none' || factor === 1) return;
  throw fileError(
    'model-unsupported-format',
    file.source,
    `${file.source.name} stretches its context by "${type}" rope scaling, which Glance cannot compute yet. Choose the plain variant of the model.`,
    { scaling: type, factor },
  );
}

function readChannels(file: GgufMetadata, key: string): readonly [number, number, number] {
  const values = requireNumbers(file, key);
  const [red, green, blue] = values;
  if (values.length !== 3 || red === undefined || green === undefined || blue === undefined) {
    throw contradiction(file, `${values.length} colour channels in "${key}"`);
  }
  return [red, green, blue];
}

/** @throws GlanceError `model-mismatched-pair` if the halves do not belong together. */
export function checkPair(text: TextConfig, vision: VisionConfig): void {
  const refuse = (reason: string) => {
    throw new GlanceError(
      'model-mismatched-pair',
      `The text file and the vision file (mmproj) do not belong together: ${reason}. Choose both from the same model and size.`,
      { details: { reason } },
    );
  };
  if (text.architecture !== 'qwen3vl') refuse('the text model was not made to see pictures');
  if (vision.projectionSize !== text.hiddenSize) {
    refuse(`pictures come out ${vision.projectionSize} wide, the text model is ${text.hiddenSize} wide`);
  }
  if (vision.deepstackBlocks.length !== text.deepstackLayerCount) {
    refuse(
      `the vision file has ${vision.deepstackBlocks.length} DeepStack mergers, the text model takes ${text.deepstackLayerCount}`,
    );
  }
}

/** What the files tell about the model besides its shape. */
export interface ModelCard {
  name: string;
  license: string | null;
  /** The model calls itself a demonstration (`glance.demo`). */
  demo: boolean;
  /** The only tasks that the model knows, in its wording (`glance.tasks`); null: it names none. */
  tasks: Readonly<Record<string, string>> | null;
  /** Elements of all tensors in both files. */
  parameterCount: number;
  /** Bytes of both files. */
  fileBytes: number;
  /** The format that holds most elements of the text model. */
  quantization: string;
  /** Sampling that the text file recommends (`general.sampling.*`); only what it names. */
  sampling: Partial<SamplingOptions>;
}

/** llama.cpp's sampling keys; it has none for presence and frequency penalties. */
const SAMPLING_KEYS = [
  ['temperature', 'general.sampling.temp'],
  ['topP', 'general.sampling.top_p'],
  ['topK', 'general.sampling.top_k'],
  ['minP', 'general.sampling.min_p'],
  ['repetitionPenalty', 'general.sampling.penalty_repeat'],
] as const satisfies readonly (readonly [keyof SamplingOptions, string])[];

/** Reads the card of a model; `vision` is null for a text-only one. */
export function readModelCard(text: GgufFile, vision: GgufFile | null): ModelCard {
  const files = vision === null ? [text] : [text, vision];
  const elementsByFormat = new Map<string, number>();
  for (const { format, shape } of text.tensors.values()) {
    elementsByFormat.set(format.name, (elementsByFormat.get(format.name) ?? 0) + elementCount(shape));
  }
  const [quantization = 'F32'] = [...elementsByFormat].sort((a, b) => b[1] - a[1])[0] ?? [];
  const sampling: Partial<SamplingOptions> = {};
  for (const [option, key] of SAMPLING_KEYS) {
    const value = optionalNumber(text, key);
    // Generation configs write -1 for "all" where Glance writes 0.
    if (value !== null) sampling[option] = option === 'topK' ? Math.max(0, value) : value;
  }
  return {
    name: optionalString(text, 'general.name') ?? text.source.name.replace(/\.gguf$/i, ''),
    license: optionalString(text, 'general.license'),
    demo: optionalBoolean(text, 'glance.demo') ?? false,
    tasks: readTasks(text),
    parameterCount: files
      .flatMap((file) => [...file.tensors.values()])
      .reduce((sum, tensor) => sum + elementCount(tensor.shape), 0),
    fileBytes: files.reduce((sum, file) => sum + file.source.size, 0),
    quantization,
    sampling,
  };
}

/** Entries read "task=wording". */
function readTasks(text: GgufFile): Record<string, string> | null {
  const entries = optionalStrings(text, 'glance.tasks');
  if (entries === null) return null;
  const pairs = entries.map((entry) => [
    entry.slice(0, entry.indexOf('=')),
    entry.slice(entry.indexOf('=') + 1),
  ]);
  return Object.fromEntries(pairs.filter(([task, wording]) => task !== '' && wording !== ''));
}

function checkTensors(file: GgufFile, expected: ExpectedTensors): void {
  for (const [name, shape] of expected) {
    const tensor = file.tensors.get(name);
    if (tensor === undefined) throw missingTensor(file, name);
    checkReadable(file, tensor);
    if (tensor.shape.join() !== shape.join()) {
      throw fileError(
        'model-missing-tensor',
        file.source,
        `${file.source.name} holds "${name}" in the shape [${tensor.shape.join(', ')}] where [${shape.join(', ')}] belongs. It is damaged or made for another program; download it again.`,
        { tensor: name },
      );
    }
  }
}

function missingTensor(file: GgufFile, name: string): GlanceError {
  return fileError(
    'model-missing-tensor',
    file.source,
    `${file.source.name} lacks the tensor "${name}". It may be one part of a split model, or made by an old converter; choose a complete file.`,
    { tensor: name },
  );
}

function contradiction(file: GgufMetadata, what: string): GlanceError {
  return fileError(
    'model-missing-metadata',
    file.source,
    `${file.source.name} describes a model that Glance cannot run: ${what}. Choose another file of the model.`,
    { reason: what },
  );
}

function wrongTextFile(file: GgufMetadata, architecture: string): GlanceError {
  const { name } = file.source;
  const message =
    architecture === 'clip'
      ? `${name} is the vision half (mmproj) of a model, not its text half. Choose the main .gguf file for the text and this one for the pictures.`
      : `${name} holds a model of the kind "${architecture}". Glance runs Qwen3-VL and Qwen3; choose a file of one of these.`;
  return fileError('model-wrong-architecture', file.source, message, { architecture });
}

function wrongVisionFile(file: GgufMetadata, what: string): GlanceError {
  return fileError(
    'model-wrong-architecture',
    file.source,
    `${file.source.name} is ${what}, not the vision half of a Qwen3-VL. Choose the mmproj file that comes with the model.`,
    { found: what },
  );
}
