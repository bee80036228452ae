import type { Device } from '../../src/model/request.ts';

/** What the page is asked: to answer in these schemas, or to walk through them with a vocabulary of Qwen's size. */
export type SchemaRequest =
  | {
      kind: 'answer';
      device: Device;
      indices: readonly number[];
      seed: number;
      temperature: number;
      maxTokens: number;
    }
  | { kind: 'walk'; indices: readonly number[]; seed: number; maxTokens: number };

/** Milliseconds that one call took, for each call. */
export interface Costs {
  maskMs: number[];
  acceptMs: number[];
  /** Of each schema, from its text to a grammar that is ready. */
  compileMs: number[];
}

export interface SchemaOutput {
  index: number;
  text: string;
  finishReason: string;
  tokens: number;
}

export interface SchemaAnswer {
  outputs: SchemaOutput[];
  costs: Costs;
  vocabulary: number;
  /** To load XGrammar and tell it the vocabulary. */
  startMs: number;
}
