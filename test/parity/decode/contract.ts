import type { DecodeComparison } from './compare.ts';

export interface DecodeRequest {
  /** Tokens to draw with each model, on each path. */
  tokens: number;
}

/** One model's line of the report. */
export interface DecodeResult extends DecodeComparison {
  model: string;
}
