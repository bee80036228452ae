import type { Device } from '../../src/model/request.ts';

/** One line of the judges' report. */
export interface ParityResult {
  judge: 'pytorch' | 'llama.cpp';
  device: Device;
  /** `vision`, `deepstack0..2`, `logits`, `tokens`; with `(as shipped)` where weights are not F32. */
  what: string;
  /** Largest difference: of numbers (pytorch) or of log-probabilities (llama.cpp). */
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
}

export interface ParityAnswer {
  results: ParityResult[];
  /** What must be equal and is not. */
  mismatches: string[];
}
