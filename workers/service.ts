import { expose, releaseProxy } from 'comlink';
import { ApiServer } from '../src/api/server.ts';
import { emptyResult } from '../src/engine/answer.ts';
import { GlanceError, toGlanceError } from '../src/model/errors.ts';
import type {
  ApiModel,
  ApiOutcome,
  ApiPart,
  ApiRequest,
  ApiSettings,
  ChatEvent,
  ChatRequest,
  ChatResult,
  DeviceMemory,
  FetchPicture,
  InferenceService,
  LoadOptions,
  LoadProgress,
  ModelEvent,
  ModelInfo,
} from '../src/rpc/contract.ts';
import { holdLifeline, watchLifeline } from '../src/rpc/lifeline.ts';
import { WorkerApiHost } from './api_host.ts';
import type { LoadedModel } from './coming_model.ts';
import { type Asked, asked, fits } from './model_key.ts';
import { Models } from './models.ts';
import { Names } from './names.ts';

/** What all clients of a worker share. */
export class Engines {
  readonly models = new Models();
  readonly names = new Names();
  readonly lifeline = holdLifeline();
}

type Listener<T> = (value: T) => void | Promise<void>;

/** What an inference worker offers one of its clients; the first is the page that started it. */
export class Service implements InferenceService {
  readonly #engines: Engines;
  /** The load in progress; a newer one of another model takes its place. */
  #loading: { controller: AbortController; wanted: Asked | null } | null = null;
  readonly #running = new Map<string, AbortController>();
  readonly #settled = new Set<Promise<unknown>>();

  constructor(engines: Engines = new Engines()) {
    this.#engines = engines;
  }

  load(
    requestId: string,
    options: LoadOptions,
    onProgress: Listener<LoadProgress> = () => {},
  ): Promise<ModelInfo> {
    const earlier = this.#loading;
    return this.#run(requestId, onProgress, async (controller) => {
      const loading = { controller, wanted: null as Asked | null };
      this.#loading = loading;
      const { models, names } = this.#engines;
      const { signal } = controller;
      try {
        const wanted = asked(await names.place(options, models.loaded));
        loading.wanted = wanted;
        // Several users of one page may want the same.
        if (earlier?.wanted == null || !fits(earlier.wanted, null, wanted)) earlier?.controller.abort();
        const there = signal.aborted ? null : models.claim(this, wanted);
        if (there !== null) return there.engine.info;
        const tell = (progress: LoadProgress | null) => progress && onProgress(progress);
        return await models.use(this, wanted, tell, signal, async ({ engine }) => engine.info);
      } finally {
        if (this.#loading === loading) this.#loading = null;
      }
    });
  }

  chat(
    requestId: string,
    request: ChatRequest,
    onEvent: Listener<ChatEvent | ModelEvent> = () => {},
    model?: LoadOptions,
  ): Promise<ChatResult> {
    return this.#run(requestId, onEvent, async ({ signal }) => {
      let begun = false;
      let heard = Promise.resolve();
      const tell: Listener<ChatEvent | ModelEvent> = (event) => {
        heard = Promise.resolve(onEvent(event));
      };
      const answer = async (loaded: LoadedModel | null) => {
        if (loaded === null) {
          throw new GlanceError('no-model', 'No model is loaded yet. Load one, then ask again.');
        }
        begun = true;
        tell({ type: 'begin', info: loaded.engine.info });
        return loaded.engine.chat(request, tell, signal);
      };
      try {
        const { models, names } = this.#engines;
        const result =
          model === undefined
            ? await models.useLoaded(this, signal, answer)
            : await models.use(
                this,
                asked(await names.place(model, models.loaded)),
                (progress) => tell({ type: 'load', progress }),
                signal,
                answer,
              );
        // Events and the result travel apart; the last event has to arrive first.
        await heard;
        return result;
      } catch (thrown) {
        const error = toGlanceError(thrown);
        // Stopped while it waited for its turn.
        if (error.code === 'aborted' && !begun) return { ...emptyResult(), finishReason: 'abort' };
        throw error;
      } finally {
        closeBitmaps(request);
      }
    });
  }

  api(
    requestId: string,
    request: ApiRequest,
    onPart: Listener<ApiPart>,
    settings: ApiSettings,
    fetchPicture: FetchPicture,
  ): Promise<ApiOutcome> {
    return this.#run(requestId, [onPart, fetchPicture], async ({ signal }) => {
      let heard = Promise.resolve();
      const tell: Listener<ApiPart> = (part) => {
        heard = Promise.resolve(onPart(part));
      };
      let answered = false;
      const host = new WorkerApiHost(this.#engines, this, settings, {
        onProgress: (progress) => tell({ type: 'load', progress }),
        // The head of a stream is about to come then.
        onBegin: () => setTimeout(() => answered || tell({ type: 'begun' })),
        fetchPicture: async (url) => fetchPicture(url),
      });
      const response = await new ApiServer(host).handle(request, signal);
      answered = true;
      if (!('events' in response)) return { reply: response, fatal: host.fatal };
      tell({ type: 'head', headers: response.headers });
      for await (const data of response.events) tell({ type: 'event', data });
      await heard;
      return { reply: null, fatal: host.fatal };
    });
  }

  models(): Promise<ApiModel[]> {
    const { models, names } = this.#engines;
    return names.models(models.loaded);
  }

  async abort(requestId: string): Promise<void> {
    this.#running.get(requestId)?.abort();
  }

  async unload(): Promise<void> {
    this.#loading?.controller.abort();
    await this.#engines.models.unload(this);
  }

  async leave(): Promise<void> {
    for (const controller of this.#running.values()) controller.abort();
    this.#engines.models.forget(this);
    await Promise.allSettled(this.#settled);
  }

  async connect(port: MessagePort, lifeline: string): Promise<void> {
    const service = new Service(this.#engines);
    // As an error of the worker's, for else the sender would wait for ever.
    port.addEventListener('messageerror', () => reportError(new Error('a message could not be read')));
    expose(service, port);
    watchLifeline(lifeline, () => {
      port.close();
      void service.leave();
    });
  }

  async memory(): Promise<DeviceMemory | null> {
    return this.#engines.models.loaded?.engine.memory() ?? null;
  }

  lifeline(): Promise<string | null> {
    return this.#engines.lifeline;
  }

  /** Runs a request that can be aborted by its name, and lets go of its callbacks in the end. */
  async #run<T>(
    requestId: string,
    callbacks: object | readonly object[],
    task: (controller: AbortController) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    this.#running.set(requestId, controller);
    const settled = task(controller);
    this.#settled.add(settled);
    try {
      return await settled;
    } finally {
      this.#running.delete(requestId);
      this.#settled.delete(settled);
      for (const callback of Array.isArray(callbacks) ? callbacks : [callbacks]) {
        (callback as { [releaseProxy]?: () => void })[releaseProxy]?.();
      }
    }
  }
}

/** Pictures that came as pixels were copied on the way; the copies are ours to free, whatever else came. */
function closeBitmaps({ messages }: Partial<ChatRequest>): void {
  for (const message of Array.isArray(messages) ? messages : []) {
    for (const part of Array.isArray(message?.content) ? message.content : []) {
      if (part?.type === 'image' && part.image instanceof ImageBitmap) part.image.close();
    }
  }
}
