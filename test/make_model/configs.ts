/** The dimensions of the published models, from their `config.json`, and the same at a smaller scale. */
import type { TextConfig, VisionConfig } from '../../src/model/config.ts';

export interface ModelDimensions {
  text: TextConfig;
  /** Null for a model of text only. */
  vision: VisionConfig | null;
}

const qwen3: TextConfig = {
  architecture: 'qwen3',
  hiddenSize: 1024,
  layerCount: 28,
  headCount: 16,
  kvHeadCount: 8,
  headDim: 128,
  ffnSize: 3072,
  vocabSize: 151_936,
  contextLength: 40_960,
  rmsNormEps: 1e-6,
  ropeTheta: 1e6,
  mropeSections: null,
  deepstackLayerCount: 0,
  tiedEmbeddings: true,
};

const sizes = {
  '0.6b': {},
  '1.7b': { hiddenSize: 2048, ffnSize: 6144 },
  '4b': { hiddenSize: 2560, layerCount: 36, headCount: 32, ffnSize: 9728 },
  '8b': { hiddenSize: 4096, layerCount: 36, headCount: 32, ffnSize: 12_288, tiedEmbeddings: false },
} as const satisfies Record<string, Partial<TextConfig>>;

const qwen3vl: Partial<TextConfig> = {
  architecture: 'qwen3vl',
  contextLength: 262_144,
  ropeTheta: 5e6,
  mropeSections: [24, 20, 20],
  deepstackLayerCount: 3,
};

const vision: VisionConfig = {
  hiddenSize: 1024,
  blockCount: 24,
  headCount: 16,
  ffnSize: 4096,
  layerNormEps: 1e-6,
  patchSize: 16,
  temporalPatchSize: 2,
  spatialMergeSize: 2,
  positionGridSize: 48,
  projectionSize: 0,
  deepstackBlocks: [5, 11, 17],
  imageMean: [0.5, 0.5, 0.5],
  imageStd: [0.5, 0.5, 0.5],
  minPixels: 65_536,
  maxPixels: 16_777_216,
  defaultMaxPixels: 1_048_576,
};

const largeVision: Partial<VisionConfig> = {
  hiddenSize: 1152,
  blockCount: 27,
  ffnSize: 4304,
  deepstackBlocks: [8, 16, 24],
};

function withVision(size: keyof typeof sizes, encoder: Partial<VisionConfig> = {}): ModelDimensions {
  const text = { ...qwen3, ...sizes[size], ...qwen3vl };
  return { text, vision: { ...vision, ...encoder, projectionSize: text.hiddenSize } };
}

/** By the name that `--like` takes. */
export const publishedModels: ReadonlyMap<string, ModelDimensions> = new Map([
  ['qwen3-vl-2b', withVision('1.7b')],
  ['qwen3-vl-4b', withVision('4b')],
  ['qwen3-vl-8b', withVision('8b', largeVision)],
  ...Object.entries(sizes).map(
    ([size, part]) => [`qwen3-${size}`, { text: { ...qwen3, ...part }, vision: null }] as const,
  ),
]);

const atLeast = (least: number, value: number): number => Math.max(least, Math.round(value));
const multipleOf = (unit: number, value: number): number => unit * atLeast(1, value / unit);

/**
 * The model with its widths, heads and layers divided by `scale`. What its architecture demands stays: the size of
 * a head, every DeepStack level, and the vision encoder's position table.
 *
 * @param vocabSize of the smaller model
 */
export function scaleDown(model: ModelDimensions, scale: number, vocabSize: number): ModelDimensions {
  const { text, vision: encoder } = model;
  const kvHeadCount = atLeast(1, text.kvHeadCount / scale);
  const small: TextConfig = {
    ...text,
    vocabSize,
    hiddenSize: multipleOf(32, text.hiddenSize / scale),
    ffnSize: multipleOf(32, text.ffnSize / scale),
    layerCount: atLeast(Math.max(1, text.deepstackLayerCount), text.layerCount / scale),
    kvHeadCount,
    headCount: multipleOf(kvHeadCount, text.headCount / scale),
  };
  if (encoder === null) return { text: small, vision: null };
  const blockCount = atLeast(encoder.deepstackBlocks.length, encoder.blockCount / scale);
  const headCount = atLeast(1, encoder.headCount / scale);
  return {
    text: small,
    vision: {
      ...encoder,
      headCount,
      hiddenSize: (headCount * encoder.hiddenSize) / encoder.headCount,
      // 8B's encoder has rows of no multiple of 32, and is to keep them.
      ffnSize: multipleOf(32, encoder.ffnSize / scale) + (encoder.ffnSize % 32),
      blockCount,
      deepstackBlocks: encoder.deepstackBlocks.map((block) =>
        Math.floor((block * blockCount) / encoder.blockCount),
      ),
      projectionSize: small.hiddenSize,
    },
  };
}
