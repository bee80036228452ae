import type { Device, DeviceMemory } from '../model/request.ts';

export type { DeviceMemory };

/** A picture's features as the executor keeps them; they may live on a GPU. */
export interface VisionFeatures {
  /** Number of image tokens the features stand for. */
  readonly tokenCount: number;
  dispose(): void;
}

/** Keys and values of the tokens processed so far, for every layer. */
export interface KvCache {
  /** Tokens it can hold. */
  readonly capacity: number;
  /** Tokens it holds. */
  readonly length: number;
  /** Forgets all tokens from `length` on. */
  truncate(length: number): void;
  dispose(): void;
}

/** A stretch of tokens that follows what the cache holds. S is their number. */
export interface DecoderInput {
  /** [S] */
  tokenIds: Int32Array;
  /** [3, S]: temporal, height and width position of each token (mrope.ts). */
  positions: Int32Array;
  /**
   * Pictures whose placeholder rows lie in this stretch, wholly or in part; `start` counts from its first
   * token and is negative where a picture began in an earlier stretch.
   */
  pictures: readonly { start: number; features: VisionFeatures }[];
  /** Which rows are wanted: none while a prompt is read in parts. */
  logits: 'none' | 'last' | 'all';
}

/**
 * Runs the network on one device. Sequence logic (prompts, positions, sampling) lives above and is the
 * same for every device.
 */
export interface Executor {
  readonly device: Device;
  /** In plain words: "CPU (WebAssembly)", or the GPU's name. */
  readonly deviceName: string;

  /**
   * Runs the vision encoder on one picture.
   *
   * @param pixelValues [P, 3 * temporalPatchSize * patchSize²] in merge order
   * @param gridThw patches per axis
   */
  encodePicture(
    pixelValues: Float32Array,
    gridThw: readonly [number, number, number],
    onProgress?: (doneBlocks: number, totalBlocks: number) => void,
    signal?: AbortSignal,
  ): Promise<VisionFeatures>;

  /** Copies features to the CPU: `merged` [tokens, hidden] and one such map per DeepStack level. */
  readFeatures(features: VisionFeatures): Promise<{ merged: Float32Array; deepstack: Float32Array[] }>;

  /** @param capacity tokens the cache shall hold */
  createCache(capacity: number): KvCache;

  /**
   * Runs the decoder over a stretch of tokens and appends them to the cache.
   *
   * @returns logits [0, 1 or S, vocabulary]
   */
  forward(cache: KvCache, input: DecoderInput, signal?: AbortSignal): Promise<Float32Array>;

  /** Bytes that the model holds on its device, by what they are for. */
  memory(): DeviceMemory;

  dispose(): Promise<void>;
}
