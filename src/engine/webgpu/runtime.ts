import type * as Ort from 'onnxruntime-web/webgpu';
import { emptyGraph } from '../../graph/empty.ts';
import { assert, GlanceError } from '../../model/errors.ts';

/** ONNX Runtime's API in a build that has the WebGPU provider; loaded only where it is used. */
export type OrtRuntime = typeof Ort;

/** Opens sessions for block graphs on one GPU device, which stays the caller's. */
export interface WebgpuRuntime {
  readonly ort: OrtRuntime;
  createSession(model: Uint8Array): Promise<Ort.InferenceSession>;
}

/**
 * Which build of ONNX Runtime this browser runs: `jspi` lets WebAssembly wait for the GPU by itself
 * (JavaScript Promise Integration), `asyncify` is larger and does without.
 */
export type WebgpuBuild = 'jspi' | 'asyncify';

export function webgpuBuild(): WebgpuBuild {
  return 'Suspending' in WebAssembly ? 'jspi' : 'asyncify';
}

/**
 * Loads ONNX Runtime and binds it to a device.
 *
 * @param wasmBinary the `.wasm` of {@link webgpuBuild}; without it the runtime fetches the one beside its module
 * @throws GlanceError `runtime-unavailable`
 */
export async function loadWebgpuRuntime(device: GPUDevice, wasmBinary?: ArrayBuffer): Promise<WebgpuRuntime> {
  try {
    const ort: OrtRuntime = await (webgpuBuild() === 'jspi'
      ? import('onnxruntime-web/jspi')
      : import('onnxruntime-web/webgpu'));
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'error';
    if (wasmBinary !== undefined) ort.env.wasm.wasmBinary = wasmBinary;
    // The option's type does not know it, the provider does: without it ORT would make a device of its own.
    const provider = { name: 'webgpu', device } as Ort.InferenceSession.WebGpuExecutionProviderOption;
    const createSession = (model: Uint8Array) =>
      ort.InferenceSession.create(model, { executionProviders: [provider] });
    // The first session compiles the runtime; what fails here is the runtime's fault, not the model's.
    await (await createSession(emptyGraph())).release();
    return { ort, createSession };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GlanceError(
      'runtime-unavailable',
      'The runtime that computes answers (ONNX Runtime, WebGPU) could not be started. Check the connection and reload the page, or choose the CPU.',
      { cause, details: { reason } },
    );
  }
}

/** A GPU buffer as a tensor of 32-bit floats. The buffer may be larger than the tensor. */
export function gpuTensor(ort: OrtRuntime, buffer: GPUBuffer, dims: readonly number[]): Ort.Tensor {
  assert(
    buffer.size >= 4 * dims.reduce((product, size) => product * size, 1),
    `a buffer of ${buffer.size} bytes holds no tensor [${dims.join(', ')}]`,
  );
  return ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims });
}
