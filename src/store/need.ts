/** What a model takes on the GPU, counted as the engine allocates it (src/engine/webgpu), and on the CPU. */
import type { ModelDimensions } from '../model/config.ts';

/** Bytes of a number in activations, caches and dequantised weights. */
const F32 = 4;
/** Rows of the output matrix that the engine dequantises at once (`GraphDecoder.logits`, in the self-check). */
const HEAD_ROWS = 4096;
/** Tokens of a prompt that run at once. */
const PREFILL_TOKENS = 256;
/** Rows of logits that are kept. */
const STEP_ROWS = 8;

/** Weights in float32 that the CPU path takes: they lie in memory twice while a block runs. */
export const CPU_WEIGHT_BYTES = 2 ** 30;

/** Weights on the CPU, where all are dequantised. */
export function cpuWeightBytes(parameterCount: number): number {
  return parameterCount * F32;
}

export interface MemoryNeed {
  /** The files' bytes: weights stay as they are. */
  readonly weightsBytes: number;
  /** Keys and values of the whole context. */
  readonly kvBytes: number;
  /** Dequantised matrices of a decoder layer and of the vision encoder, activations, logits. */
  readonly scratchBytes: number;
  readonly totalBytes: number;
  /** The largest piece that must be bound at once; weights and caches can be split, this cannot. */
  readonly largestBindingBytes: number;
}

/** Keys and values of one token: 2 * layers * kvHeads * headDim numbers. */
export function kvBytesPerToken({ text }: ModelDimensions): number {
  return 2 * text.layerCount * text.kvHeadCount * text.headDim * F32;
}

/**
 * @param fileBytes of text model and vision encoder together
 * @param contextLength in tokens
 */
export function memoryNeed(
  dimensions: ModelDimensions,
  fileBytes: number,
  contextLength: number,
): MemoryNeed {
  const { text, vision } = dimensions;
  const { hiddenSize: hidden, headCount, kvHeadCount, headDim, ffnSize: ffn, vocabSize } = text;
  // Matrices that graphs borrow as float32; each has a buffer that serves all layers.
  const attention = [headCount, kvHeadCount, kvHeadCount, headCount].map((heads) => heads * headDim * hidden);
  const matrices = [...attention, ffn * hidden, ffn * hidden, ffn * hidden, HEAD_ROWS * hidden];
  const activations = [
    vocabSize * STEP_ROWS,
    PREFILL_TOKENS * hidden * 4,
    PREFILL_TOKENS * (headCount + 2 * kvHeadCount) * headDim * 2,
    PREFILL_TOKENS * ffn * 3,
  ];
  if (vision !== null) {
    const { hiddenSize: width, ffnSize, spatialMergeSize, patchSize, projectionSize } = vision;
    const merged = width * spatialMergeSize ** 2;
    const patches = vision.defaultMaxPixels / patchSize ** 2;
    matrices.push(merged * merged, projectionSize * merged, 3 * width * width);
    // Of one picture: two states, queries to values, what attention gives, both sides of the MLP.
    activations.push(patches * (2 + 3 + 2) * width, patches * 2 * ffnSize);
  }
  const sum = (numbers: readonly number[]) => numbers.reduce((total, count) => total + count * F32, 0);
  const kvBytes = kvBytesPerToken(dimensions) * contextLength;
  const scratchBytes = sum(matrices) + sum(activations);
  const kvBufferBytes = kvHeadCount * headDim * contextLength * F32;
  return {
    weightsBytes: fileBytes,
    kvBytes,
    scratchBytes,
    totalBytes: fileBytes + kvBytes + scratchBytes,
    largestBindingBytes: Math.max(...matrices.map((count) => count * F32), kvBufferBytes),
  };
}
