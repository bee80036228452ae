/** What `npm run bench` asks of its page, and what it reports. */
import type { Device } from '../../src/model/request.ts';

/** `glance`: kernels of ours with the token loop; `ort`: the block graphs for every token. */
export type BenchEngine = 'glance' | 'ort' | 'wllama';

/** Who is measured. */
export interface Contender {
  engine: BenchEngine;
  device: Device;
}

export interface DecodeRequest {
  contender: Contender;
  /** Tokens in the cache before the first one that is measured. */
  context: number;
  /** Tokens to measure. */
  tokens: number;
  /** Set by the worker before and after, where its thread is traced. */
  marks?: { begin: string; end: string };
}

export interface DecodeSample {
  tokens: number;
  /** Milliseconds a token, of stretches of {@link STRETCH} tokens, or of single ones. */
  msPerToken: number[];
  /** Of our kernels; null for others. */
  submitsPerToken: number | null;
  dispatchesPerToken: number | null;
  /** Bytes on the GPU; null where the CPU computes. */
  gpuBytes: number | null;
}

/** Several steps of the token loop are under way at once, so single ones tell nothing. */
export const STRETCH = 4;

export interface LoadAnswer {
  /** Name of what WebGPU runs on. */
  gpuName: string;
  wllamaVersion: string;
  dispatchesPerLayer: number;
  /** Prompts up to this many tokens run on our kernels. */
  crossingTokens: number;
}

export interface CopyAnswer {
  tokens: number;
  msPerToken: number;
  draftedSteps: number;
  draftedTokens: number;
  acceptedTokens: number;
  ids: number[];
}

export type BenchRequest =
  /** @param most tokens that any context will hold */
  | { do: 'load'; file: string; most: number; withWllama: boolean }
  | ({ do: 'decode' } & DecodeRequest)
  /** Time from an empty cache to the first token, in milliseconds. */
  | { do: 'prefill'; contender: Contender; length: number }
  | { do: 'copy'; speculate: boolean; tokens: number };

/** One line of the report; null where something does not apply or was not measured. */
export interface BenchRow {
  engine: BenchEngine;
  device: Device;
  model: string;
  layers: number;
  quant: string;
  /** Tokens in the cache when decoding; of the prompt, when reading it. */
  context: number;
  /** Tokens that were measured, of 64 wanted. */
  tokens: number | null;
  /** Median. */
  msPerToken: number | null;
  /** 90th less 10th percentile, as a share of the median. */
  spread: number | null;
  prefillTokensPerSecond: number | null;
  ttftMs: number | null;
  /** Own time of the worker's thread: the GPU's process, which also computes here, is not in it. */
  workerCpuMsPerToken: number | null;
  submitsPerToken: number | null;
  dispatchesPerToken: number | null;
  dispatchesPerLayer: number | null;
  gpuBytes: number | null;
  /** Weights that a token has to read, as this engine holds them. */
  weightBytesPerToken: number;
}
