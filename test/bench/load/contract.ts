import type { Outcome } from '../../faults/contract.ts';

/** Keys of a kept model's files. */
export interface KeptModel {
  text: string;
  /** Null for a model of text only. */
  vision: string | null;
}

/** One after the other, so that they compare: on a machine with other work, times of one round go together. */
export interface Round {
  /** Of all tensors, which is what goes to the GPU. */
  tensorBytes: number;
  /** From the first byte of a tensor that is read until the GPU has the last, as when a model is loaded. */
  loadMs: number;
  /** Of these, spent on splitting blocks into planes. */
  reorderMs: number;
  /** The same once more, but blocks are not split: planes get as many bytes as they have, in the file's order. */
  unorderedLoadMs: number;
  /** Reading alone: all bytes of both files, in order, into 8 MiB of memory. */
  readMs: number;
  /** The same buffers filled from one array that is in the processor's cache, without any reading. */
  uploadOnlyMs: number;
  /** Reading alone without Glance: every Blob that IndexedDB has of the files, one after the other, as a whole. */
  plainReadMs: number;
}

export interface AdapterLimits {
  name: string;
  maxBufferSize: number;
  maxStorageBufferBindingSize: number;
}

export interface StartOptions {
  contextLength: number;
  /** Has the kernels checked against the graphs, as when a model is first loaded on a GPU. */
  selfCheck: boolean;
}

/** What the test page adds to that of the faults. */
export interface LoadPageApi {
  adapter(): Promise<AdapterLimits>;
  /** Brings every tensor to the GPU and frees it again, in three ways, and reads everything in two. */
  round(model: KeptModel): Promise<Outcome<Round>>;
  /** Milliseconds until a model is ready to answer; it stays. */
  start(model: KeptModel, options: StartOptions): Promise<Outcome<number>>;
  /** Milliseconds from a prompt of so many tokens to the first token drawn after it. */
  firstToken(promptTokens: number): Promise<Outcome<{ ms: number; id: number }>>;
}

declare global {
  var loadPage: LoadPageApi;
}
