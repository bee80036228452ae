import { releaseProxy } from 'comlink';
import { Engine } from '../src/engine/engine.ts';
import { openModel } from '../src/engine/open_model.ts';
import { GlanceError, throwIfAborted } from '../src/model/errors.ts';
import type {
  ChatEvent,
  ChatRequest,
  ChatResult,
  DeviceMemory,
  InferenceService,
  LoadOptions,
  LoadProgress,
  ModelInfo,
} from '../src/rpc/contract.ts';
import { Backends } from './backends.ts';
import { type OpenFiles, openFiles } from './files.ts';
import { holdLifeline } from './lifeline.ts';
import { storedVerdicts } from './verdicts.ts';

/** What an inference worker offers: holds one engine, and the devices it was started on. */
export class Service implements InferenceService {
  #engine: Engine | null = null;
  /** Lets go of the loaded model's files. */
  #release: () => void = () => {};
  readonly #backends = new Backends();
  readonly #lifeline = holdLifeline();
  /** The load in progress; a newer one takes its place. */
  #loading: AbortController | null = null;
  readonly #running = new Map<string, AbortController>();

  load(
    requestId: string,
    options: LoadOptions,
    onProgress: (progress: LoadProgress) => void = () => {},
  ): Promise<ModelInfo> {
    this.#loading?.abort();
    return this.#run(requestId, onProgress, async (controller) => {
      this.#loading = controller;
      const { signal } = controller;
      let opening: Promise<OpenFiles> | null = null;
      try {
        const { fetched, started } = await this.#backends.start(options.device ?? 'auto', onProgress);
        opening = openFiles(options.source, onProgress, signal);
        const [files] = await Promise.all([opening, fetched]);
        onProgress({ stage: 'runtime' });
        const backend = await started;
        onProgress({ stage: 'tokenizer' });
        const opened = await openModel(files.text, files.vision, signal);
        await this.#dropEngine();
        const engine = await Engine.start(opened, {
          ...options,
          backend,
          onProgress,
          signal,
          verdicts: storedVerdicts,
        });
        if (signal.aborted) await engine.dispose();
        throwIfAborted(signal);
        this.#engine = engine;
        this.#release = files.release;
        return engine.info;
      } catch (error) {
        // Nobody wants the rest of a model that failed to load.
        controller.abort();
        opening?.then(({ release }) => release()).catch(() => {});
        throw error;
      } finally {
        if (this.#loading === controller) this.#loading = null;
      }
    });
  }

  chat(
    requestId: string,
    request: ChatRequest,
    onEvent: (event: ChatEvent) => void | Promise<void> = () => {},
  ): Promise<ChatResult> {
    return this.#run(requestId, onEvent, async ({ signal }) => {
      try {
        if (this.#engine === null) {
          throw new GlanceError('no-model', 'No model is loaded yet. Load one, then ask again.');
        }
        let heard = Promise.resolve();
        const result = await this.#engine.chat(
          request,
          (event) => {
            heard = Promise.resolve(onEvent(event));
          },
          signal,
        );
        // Events and the result travel apart; the last event has to arrive first.
        await heard;
        return result;
      } finally {
        closeBitmaps(request);
      }
    });
  }

  async abort(requestId: string): Promise<void> {
    this.#running.get(requestId)?.abort();
  }

  async unload(): Promise<void> {
    this.#loading?.abort();
    await this.#dropEngine();
  }

  async memory(): Promise<DeviceMemory | null> {
    return this.#engine?.memory() ?? null;
  }

  lifeline(): Promise<string | null> {
    return this.#lifeline;
  }

  /** Runs a request that can be aborted by its name, and lets go of its callback in the end. */
  async #run<T>(
    requestId: string,
    callback: object,
    task: (controller: AbortController) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    this.#running.set(requestId, controller);
    try {
      return await task(controller);
    } finally {
      this.#running.delete(requestId);
      (callback as { [releaseProxy]?: () => void })[releaseProxy]?.();
    }
  }

  async #dropEngine(): Promise<void> {
    const engine = this.#engine;
    this.#engine = null;
    await engine?.dispose();
    this.#release();
    this.#release = () => {};
  }
}

/** Pictures that came as pixels were copied on the way; the copies are ours to free. */
function closeBitmaps({ messages }: ChatRequest): void {
  for (const { content } of messages) {
    if (typeof content === 'string') continue;
    for (const part of content) {
      if (part.type === 'image' && part.image instanceof ImageBitmap) part.image.close();
    }
  }
}
