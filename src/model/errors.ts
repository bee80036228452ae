/**
 * Every way in which Glance can refuse or fail, as a stable name that programs may test for. The words
 * that a person reads are in the error's message.
 */
export type GlanceErrorCode =
  // model files
  | 'file-unreachable'
  | 'file-not-gguf'
  | 'file-truncated'
  | 'file-unsupported-version'
  | 'file-corrupt'
  | 'file-split'
  | 'model-wrong-architecture'
  | 'model-missing-metadata'
  | 'model-missing-tensor'
  | 'model-unsupported-format'
  | 'model-mismatched-pair'
  | 'model-too-large'
  // tokenizer and prompt
  | 'tokenizer-unsupported'
  | 'template-invalid'
  | 'template-failed'
  | 'prompt-invalid'
  | 'context-overflow'
  | 'format-unsupported'
  | 'tools-unsupported'
  | 'model-has-no-vision'
  // downloads and what is kept
  | 'download-failed'
  | 'download-changed'
  | 'download-corrupt'
  | 'storage-full'
  | 'storage-unavailable'
  | 'storage-damaged'
  | 'model-not-stored'
  | 'model-in-use'
  // pictures
  | 'picture-empty'
  | 'picture-unreadable'
  | 'picture-unsupported'
  | 'picture-zero-sized'
  | 'picture-too-long'
  | 'picture-too-large'
  // documents
  | 'document-unreadable'
  | 'document-protected'
  | 'document-too-long'
  // requests and the engine's life
  | 'invalid-argument'
  | 'no-model'
  | 'aborted'
  | 'runtime-unavailable'
  | 'webgpu-unavailable'
  | 'out-of-memory'
  | 'worker-lost'
  | 'device-lost'
  | 'gpu-error'
  | 'internal';

/** What may be attached to an error for programs and for "copy details": plain, cloneable values. */
export type GlanceErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

/**
 * The one error type that leaves Glance. `message` says what happened and what to do next, in words for
 * the person at the screen; `code` is for programs; `details` for a bug report.
 */
export class GlanceError extends Error {
  /** For programs: stable in all versions. */
  readonly code: GlanceErrorCode;
  /** For bug reports; nothing of what was asked or shown. */
  readonly details: GlanceErrorDetails;

  constructor(
    code: GlanceErrorCode,
    message: string,
    options: { cause?: unknown; details?: GlanceErrorDetails } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'GlanceError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Throws the `aborted` error if the signal has been raised. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError();
}

/** The error with which every cancelled operation ends. */
export function abortedError(): GlanceError {
  return new GlanceError('aborted', 'Stopped.');
}

/** How browsers and ONNX Runtime say that memory ran out; sizes beyond 32 bits overflow there. */
const OUT_OF_MEMORY =
  /out of memory|allocation failed|failed to allocate|bad_alloc|invalid (typed )?array length|SafeInt|integer overflow/i;

/** Wraps whatever was thrown so that callers only ever meet a {@link GlanceError}. */
export function toGlanceError(thrown: unknown): GlanceError {
  if (thrown instanceof GlanceError) return thrown;
  if (thrown instanceof DOMException && thrown.name === 'AbortError') return abortedError();
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  if (OUT_OF_MEMORY.test(text)) {
    return new GlanceError(
      'out-of-memory',
      'This device ran out of memory. Close other tabs, use a smaller picture or a smaller model, and try again.',
      { cause: thrown, details: { reason: text } },
    );
  }
  return new GlanceError('internal', `Glance met a fault of its own: ${text}. Asking again may help.`, {
    cause: thrown,
    details: { reason: text },
  });
}

/** States what must hold inside Glance; a failure is a bug of ours, not of the caller. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new GlanceError('internal', `Glance met a fault of its own: ${what}.`);
}
