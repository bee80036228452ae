import type * as Ort from 'onnxruntime-web/wasm';
import { GlanceError } from '../../model/errors.ts';

/** ONNX Runtime's API; the module is loaded only where it is used. */
export type OrtRuntime = typeof Ort;

/** Opens sessions for block graphs on the CPU. */
export interface WasmRuntime {
  readonly ort: OrtRuntime;
  createSession(model: Uint8Array): Promise<Ort.InferenceSession>;
}

/**
 * Loads ONNX Runtime's CPU build. One thread: pico's kernels are too small to share, and more threads
 * would need cross-origin isolation, which static hosts rarely give.
 *
 * @param wasmUrl where the runtime's `.wasm` lies; without it the runtime looks beside its own module
 * @throws GlanceError `runtime-unavailable` if the file cannot be fetched or compiled
 */
export async function loadWasmRuntime(wasmUrl?: string): Promise<WasmRuntime> {
  let ort: OrtRuntime;
  try {
    ort = await import('onnxruntime-web/wasm');
  } catch (cause) {
    throw unavailable(cause);
  }
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  if (wasmUrl !== undefined) ort.env.wasm.wasmPaths = { wasm: wasmUrl };
  return {
    ort,
    async createSession(model) {
      try {
        return await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
      } catch (cause) {
        throw unavailable(cause);
      }
    },
  };
}

function unavailable(cause: unknown): GlanceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new GlanceError(
    'runtime-unavailable',
    'The runtime that computes answers (ONNX Runtime, WebAssembly) could not be started. Check the connection and reload the page; very old browsers cannot run it.',
    { cause, details: { reason } },
  );
}
