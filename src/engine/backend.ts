/** What computes: chosen once per load, before any large file is fetched. */
import { type GpuContext, requestGpu } from '../gpu/device.ts';
import { GlanceError } from '../model/errors.ts';
import type { Device } from '../model/request.ts';
import type { WasmRuntime } from './wasm/runtime.ts';
import type { WebgpuRuntime } from './webgpu/runtime.ts';

/** A device that was chosen; the GPU is open already. */
export type ChosenDevice = { device: 'wasm' } | { device: 'webgpu'; gpu: GpuContext };

/** A chosen device with ONNX Runtime started on it. */
export type Backend =
  | { device: 'wasm'; runtime: WasmRuntime }
  | { device: 'webgpu'; gpu: GpuContext; runtime: WebgpuRuntime };

/**
 * Chooses what computes. `auto` takes a real GPU where there is one; an adapter that computes on the CPU is
 * slower than WebAssembly for the models that such a machine can run.
 *
 * @throws GlanceError `webgpu-unavailable` if WebGPU was asked for and the browser has none
 */
export async function chooseDevice(
  wanted: Device | 'auto',
  openGpu: () => Promise<GpuContext | null> = requestGpu,
): Promise<ChosenDevice> {
  if (wanted === 'wasm') return { device: 'wasm' };
  if (wanted === 'webgpu') {
    const gpu = await openGpu();
    if (gpu) return { device: 'webgpu', gpu };
    throw new GlanceError(
      'webgpu-unavailable',
      'This browser offers no WebGPU here. Use a current Chrome, Edge, Firefox or Safari over https, check that hardware acceleration is on, or choose the CPU.',
    );
  }
  // A GPU that does not open is no reason to stop while the CPU can do the work.
  const gpu = await openGpu().catch(() => null);
  if (gpu === null) return { device: 'wasm' };
  if (!gpu.software) return { device: 'webgpu', gpu };
  gpu.close();
  return { device: 'wasm' };
}
