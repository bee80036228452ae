import type { Outcome } from '../../faults/contract.ts';

/** Keys of a kept model's files. */
export interface KeptModel {
  text: string;
  /** Null for a model of text only. */
  vision: string | null;
}

export interface Uploaded {
  /** Of all tensors. */
  bytes: number;
  /** From the first byte that is read until the GPU has the last. */
  loadMs: number;
  /** Of these, spent on splitting blocks into planes. */
  reorderMs: number;
}

export interface StartOptions {
  contextLength: number;
  /** Has the kernels checked against the graphs, as when a model is first loaded on a GPU. */
  selfCheck: boolean;
}

/** What the test page adds to that of the faults. */
export interface LoadPageApi {
  /** Milliseconds for all bytes of both files through a buffer of 32 MiB, in order. */
  readRaw(model: KeptModel): Promise<Outcome<number>>;
  /** Brings every tensor to the GPU and frees it again. */
  upload(model: KeptModel): Promise<Outcome<Uploaded>>;
  /** Milliseconds until a model is ready to answer; it stays. */
  start(model: KeptModel, options: StartOptions): Promise<Outcome<number>>;
  /** Milliseconds from a prompt of so many tokens to the first token drawn after it. */
  firstToken(promptTokens: number): Promise<Outcome<{ ms: number; id: number }>>;
}

declare global {
  var loadPage: LoadPageApi;
}
