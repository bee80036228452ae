import type { Device, DeviceMemory } from '../model/request.ts';
import type { SamplingOptions } from '../model/sampling.ts';

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
  /**
   * Which rows are wanted: none while a prompt is read in parts; `held` keeps the last on the device, for
   * {@link Executor.draw} to begin with.
   */
  logits: 'none' | 'held' | 'last' | 'all';
}

/** How an answer's tokens are drawn. */
export interface Drawing {
  sampling: SamplingOptions;
  /** 32-bit integer. The draw of a token depends on it and on the token's index in the sequence alone. */
  seed: number;
  /** The tokens in the cache: what penalties count as seen, and what drafts are copied from. */
  promptIds: Int32Array;
  /** A token's position minus its index in the sequence (positions.ts). */
  delta: number;
  /** Tokens that will be drawn at most. */
  limit: number;
  /** Added to the logits of these tokens. */
  logitBias?: ReadonlyMap<number, number>;
  /** Hands out each token's logits with it. */
  withLogits: boolean;
  /**
   * Copies ahead where the sequence repeats itself, if that saves time. What is drawn stays the same.
   */
  speculate: boolean;
  /**
   * Tokens that may be drawn next, as bits: asked before each draw, when the token before it has been handed out.
   * Null allows all.
   */
  allowed?: () => Uint32Array<ArrayBuffer> | null;
  /**
   * Tokens that may be drawn behind those handed out before `allowed` has to be asked; until then those in
   * `whileFree` are allowed, or all. Without it `allowed` is asked before each draw.
   */
  free?: () => number;
  whileFree?: Uint32Array<ArrayBuffer>;
  /**
   * Tokens behind which `allowed` has to be asked, however many were free: what ran ahead of one is forgotten and
   * drawn anew.
   */
  turns?: ReadonlySet<number>;
}

export interface DrawnToken {
  id: number;
  /** Before any penalty, [vocabulary]; null unless they were asked for. */
  logits: Float32Array | null;
}

/** What a {@link TokenSource} did. */
export interface DrawingReport {
  /** Steps that ran drafts, the drafts in them, and those that turned out to be what was drawn. */
  draftedSteps: number;
  draftedTokens: number;
  acceptedTokens: number;
}

/**
 * The tokens of one answer. It may run ahead of what is asked for; until it is ended, nothing else may use the
 * cache.
 */
export interface TokenSource {
  /** @throws GlanceError `aborted`, `device-lost`, `gpu-error` */
  next(signal?: AbortSignal): Promise<DrawnToken>;
  /** Forgets what ran ahead: the cache then holds no token beyond those handed out. */
  end(): Promise<DrawingReport>;
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

  /** Draws tokens one after the other, from the logits that the last run over this cache held back. */
  draw(cache: KvCache, drawing: Drawing): TokenSource;

  /** Bytes that the model holds on its device, by what they are for. */
  memory(): DeviceMemory;

  dispose(): Promise<void>;
}
