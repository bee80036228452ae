import type * as Ort from 'onnxruntime-web/wasm';
import { emptyGraph } from '../../graph/empty.ts';
import { GlanceError } from '../../model/errors.ts';

/** ONNX Runtime's API; the module is loaded only where it is used. */
export type OrtRuntime = typeof Ort;

/** Opens sessions for block graphs on the CPU. */
export interface WasmRuntime {
  readonly ort: OrtRuntime;
  createSession(model: Uint8Array): Promise<Ort.InferenceSession>;
}

/**
 * Loads and starts ONNX Runtime's CPU build. One thread: pico's kernels are too small to share, and more
 * threads would need cross-origin isolation, which static hosts rarely give.
 *
 * @param wasmBinary the runtime's `.wasm`; without it the runtime fetches the one beside its module
 * @throws GlanceError `runtime-unavailable` if the browser cannot load or compile it
 */
export async function loadWasmRuntime(wasmBinary?: ArrayBuffer): Promise<WasmRuntime> {
  try {
    const ort = await import('onnxruntime-web/wasm');
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'error';
    if (wasmBinary !== undefined) ort.env.wasm.wasmBinary = wasmBinary;
    const createSession = (model: Uint8Array) =>
      ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
    // The first session compiles the runtime; what fails here is the runtime's fault, not the model's.
    await (await createSession(emptyGraph())).release();
    return { ort, createSession };
  } catch (cause) {
    throw unavailable(cause);
  }
}

function unavailable(cause: unknown): GlanceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new GlanceError(
    'runtime-unavailable',
    'The runtime that computes answers (ONNX Runtime, WebAssembly) could not be started. Check the connection and reload the page; very old browsers cannot run it.',
    { cause, details: { reason } },
  );
}
