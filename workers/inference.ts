/** The inference worker: holds one engine and answers through comlink. */
import { expose } from 'comlink';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { Engine } from '../src/engine/engine.ts';
import { loadWasmRuntime, type WasmRuntime } from '../src/engine/wasm/runtime.ts';
import { GlanceError } from '../src/model/errors.ts';
import type {
  ChatEvent,
  ChatRequest,
  ChatResult,
  InferenceService,
  LoadOptions,
  LoadProgress,
  ModelInfo,
} from '../src/rpc/contract.ts';
import { installErrorTransfer } from '../src/rpc/errors.ts';
import { type ByteSource, blobSource, fetchBlob } from '../src/weights/byte_source.ts';

installErrorTransfer();

interface StartingRuntime {
  fetched: Promise<ArrayBuffer>;
  started: Promise<WasmRuntime>;
}

class Service implements InferenceService {
  #engine: Engine | null = null;
  #runtime: StartingRuntime | null = null;
  readonly #running = new Map<string, AbortController>();

  async load(
    options: LoadOptions,
    onProgress: (progress: LoadProgress) => void = () => {},
  ): Promise<ModelInfo> {
    await this.unload();
    this.#runtime ??= startRuntime(onProgress);
    const { fetched, started } = this.#runtime;
    try {
      const [files] = await Promise.all([openFiles(options, onProgress), fetched]);
      onProgress({ stage: 'runtime' });
      this.#engine = await Engine.load({ ...options, ...files, runtime: await started, onProgress });
    } catch (error) {
      // A file that could not be fetched may be there the next time.
      fetched.catch(() => {
        this.#runtime = null;
      });
      throw error;
    }
    return this.#engine.info;
  }

  async chat(
    requestId: string,
    request: ChatRequest,
    onEvent?: (event: ChatEvent) => void,
  ): Promise<ChatResult> {
    if (this.#engine === null) {
      throw new GlanceError('no-model', 'No model is loaded yet. Load one, then ask again.');
    }
    const controller = new AbortController();
    this.#running.set(requestId, controller);
    try {
      return await this.#engine.chat(request, onEvent, controller.signal);
    } finally {
      this.#running.delete(requestId);
    }
  }

  async abort(requestId: string): Promise<void> {
    this.#running.get(requestId)?.abort();
  }

  async unload(): Promise<void> {
    for (const controller of this.#running.values()) controller.abort();
    const engine = this.#engine;
    this.#engine = null;
    await engine?.dispose();
  }
}

/** Fetches ONNX Runtime and compiles it as soon as it is there, beside the model's download. */
function startRuntime(onProgress: (progress: LoadProgress) => void): StartingRuntime {
  const fetched = fetchFile(absolute(wasmUrl), onProgress).then(({ blob }) => unpack(blob));
  const started = fetched.then(loadWasmRuntime);
  started.catch(() => {});
  return { fetched, started };
}

async function openFiles(
  { source }: LoadOptions,
  onProgress: (progress: LoadProgress) => void,
): Promise<{ text: ByteSource; vision?: ByteSource }> {
  if (source.kind === 'file') {
    const named = (blob: Blob, fallback: string) =>
      blobSource(blob, blob instanceof File ? blob.name : fallback);
    return {
      text: named(source.text, 'the text file'),
      ...(source.vision && { vision: named(source.vision, 'the vision file') }),
    };
  }
  const fetched = async (url: string) => {
    const { blob, file } = await fetchFile(url, onProgress);
    return blobSource(blob, file);
  };
  const [text, vision] = await Promise.all([fetched(source.text), source.vision && fetched(source.vision)]);
  return { text, ...(vision && { vision }) };
}

async function fetchFile(
  url: string,
  onProgress: (progress: LoadProgress) => void,
): Promise<{ blob: Blob; file: string }> {
  const file = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? url);
  const blob = await fetchBlob(url, {
    onProgress: (loadedBytes, totalBytes) => onProgress({ stage: 'fetch', file, loadedBytes, totalBytes }),
  });
  return { blob, file };
}

/** The bytes of a file that the build may have compressed, and that a server may have unpacked already. */
async function unpack(blob: Blob): Promise<ArrayBuffer> {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return blob.arrayBuffer();
  return new Response(blob.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}

/** The bundler's address of a file, which may be relative to this module. */
function absolute(url: string): string {
  return new URL(url, import.meta.url).href;
}

expose(new Service());
