import asyncifySha256 from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?sha256';
import asyncifyUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import jspiSha256 from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?sha256';
import jspiUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';
import wasmSha256 from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?sha256';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { type Backend, type ChosenDevice, chooseDevice } from '../src/engine/backend.ts';
import { loadWasmRuntime } from '../src/engine/wasm/runtime.ts';
import { loadWebgpuRuntime, webgpuBuild } from '../src/engine/webgpu/runtime.ts';
import type { Device } from '../src/model/request.ts';
import type { LoadProgress } from '../src/rpc/contract.ts';
import { checkedFile, fetchFile, unpack } from './files.ts';

/** A device on its way: `fetched` when ONNX Runtime's file is there, `started` when it runs. */
export interface StartingBackend {
  chosen: ChosenDevice;
  fetched: Promise<unknown>;
  started: Promise<Backend>;
}

/** The devices of a worker: each is chosen and started once, and kept for later loads. */
export class Backends {
  readonly #choices = new Map<Device | 'auto', Promise<ChosenDevice>>();
  readonly #starting = new Map<Device, StartingBackend>();

  /**
   * Chooses a device, fetches the build of ONNX Runtime that it needs, and starts it as soon as it is there.
   *
   * @throws GlanceError `webgpu-unavailable`, `gpu-error`; what it returns may reject with
   * `file-unreachable` and `runtime-unavailable`
   */
  async start(
    wanted: Device | 'auto',
    onProgress: (progress: LoadProgress) => void,
  ): Promise<StartingBackend> {
    const choice = this.#choices.get(wanted) ?? chooseDevice(wanted);
    this.#choices.set(wanted, choice);
    choice.catch(() => this.#choices.delete(wanted));
    const chosen = await choice;
    const known = this.#starting.get(chosen.device);
    if (known) {
      // One device is enough, where "auto" and "webgpu" have each opened one.
      if (chosen !== known.chosen && chosen.device === 'webgpu') chosen.gpu.close();
      this.#choices.set(wanted, Promise.resolve(known.chosen));
      return known;
    }

    const { url, sha256 } = runtimeFile(chosen.device);
    const fetched = fetchFile(absolute(url), onProgress).then(async ({ blob, file }) =>
      checkedFile(await unpack(blob), sha256, file),
    );
    const backend = { chosen, fetched, started: fetched.then((binary) => startRuntime(chosen, binary)) };
    this.#starting.set(chosen.device, backend);
    // A file that could not be fetched may be there the next time.
    backend.started.catch(() => this.#starting.delete(chosen.device));
    return backend;
  }
}

/** A build of ONNX Runtime, and the hash of what is packed in its file. */
function runtimeFile(device: Device): { url: string; sha256: string } {
  if (device === 'wasm') return { url: wasmUrl, sha256: wasmSha256 };
  return webgpuBuild() === 'jspi'
    ? { url: jspiUrl, sha256: jspiSha256 }
    : { url: asyncifyUrl, sha256: asyncifySha256 };
}

async function startRuntime(chosen: ChosenDevice, binary: ArrayBuffer): Promise<Backend> {
  if (chosen.device === 'wasm') return { ...chosen, runtime: await loadWasmRuntime(binary) };
  return { ...chosen, runtime: await loadWebgpuRuntime(chosen.gpu.device, binary) };
}

/** The bundler's address of a file, which may be relative to this module. */
function absolute(url: string): string {
  return new URL(url, import.meta.url).href;
}
