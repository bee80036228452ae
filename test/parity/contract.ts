import type { Device } from '../../src/model/request.ts';

/** Positions to generate with llama.cpp, at most, for each format of the weights beyond F32. */
export const POSITIONS_PER_FORMAT = 120;

/** One line of the judges' report. */
export interface ParityResult {
  /** `wasm`: Glance's own CPU path, with the same weights in F32. */
  judge: 'pytorch' | 'llama.cpp' | 'wasm';
  device: Device;
  /** `vision`, `deepstack0..2`, `logits`, `tokens`; with `(as shipped)` or `(Q4_0)` where weights are not F32. */
  what: string;
  /** Largest difference: of numbers (pytorch, wasm) or of log-probabilities (llama.cpp). */
  maxAbs: number;
  /**
   * Share of positions that agree: the likeliest token is the same (logits, tokens), or all numbers lie
   * within the tolerance (features).
   */
  agreement: number;
  positions: number;
}

export interface ParityRequest {
  device: Device;
  /** Positions to generate with llama.cpp, at least. */
  positions: number;
  /** Conversations to compare with PyTorch's numbers, at most. */
  conversations: number;
  /** Formats beyond F32 and those of the shipped files, to be judged on the GPU. */
  formats: ('Q8_0' | 'Q4_0')[];
}

export interface ParityAnswer {
  results: ParityResult[];
  /** What must be equal and is not. */
  mismatches: string[];
}
