/** What pages are told of the model: small, and stable whatever the engine comes to tell of itself. */

/**
 * Where loading stands. The stages come in this order; `fetch` repeats for each file with its bytes, and files come side
 * by side.
 */
export interface LoadingProgress {
  readonly stage: 'fetch' | 'runtime' | 'tokenizer' | 'weights' | 'warm-up';
  /** Of `fetch`: the file's name. */
  readonly file?: string;
  /** Of `fetch` in bytes, of `weights` in tensors. */
  readonly done?: number;
  /** In the same unit; null: not known. */
  readonly total?: number | null;
}

/** The model that answers. */
export interface LoadedModel {
  readonly name: string;
  /** It says of itself that it is a demonstration (pico). */
  readonly demo: boolean;
  /** What computes. */
  readonly device: 'webgpu' | 'wasm';
  /** In plain words: the name of the graphics processor. */
  readonly deviceName: string;
  /** Format of most weights, in words of the field: Q8_0, Q4_K, F16, ... */
  readonly quantization: string;
  readonly parameterCount: number;
  /** Tokens that prompt and answer may take together. */
  readonly contextLength: number;
  /** Whether it can be asked about pictures. */
  readonly seesPictures: boolean;
  /** As the file says, or the publisher. */
  readonly license: string | null;
}
