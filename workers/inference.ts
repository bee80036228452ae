/** The inference worker: holds one engine and answers through comlink. */
import { expose } from 'comlink';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { Engine } from '../src/engine/engine.ts';
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

class Service implements InferenceService {
  #engine: Engine | null = null;
  readonly #running = new Map<string, AbortController>();

  async load(
    options: LoadOptions,
    onProgress: (progress: LoadProgress) => void = () => {},
  ): Promise<ModelInfo> {
    await this.unload();
    const files = await openFiles(options, onProgress);
    this.#engine = await Engine.load({ ...options, ...files, wasmUrl: absolute(wasmUrl), onProgress });
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
    const file = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? url);
    const blob = await fetchBlob(url, {
      onProgress: (loadedBytes, totalBytes) => onProgress({ stage: 'fetch', file, loadedBytes, totalBytes }),
    });
    return blobSource(blob, file);
  };
  const [text, vision] = await Promise.all([fetched(source.text), source.vision && fetched(source.vision)]);
  return { text, ...(vision && { vision }) };
}

/** ONNX Runtime resolves relative addresses against its own module, not this one. */
function absolute(url: string): string {
  return new URL(url, import.meta.url).href;
}

expose(new Service());
