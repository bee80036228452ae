import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import { abortedError, GlanceError, type GlanceErrorCode, toGlanceError } from '../model/errors.ts';
import type {
  ChatEvent,
  ChatRequest,
  ChatResult,
  DeviceMemory,
  InferenceService,
  LoadOptions,
  LoadProgress,
  ModelInfo,
} from './contract.ts';
import { installErrorTransfer } from './errors.ts';

installErrorTransfer();

/** After these a worker cannot be trusted to work again; a fresh one can. */
const FATAL: ReadonlySet<GlanceErrorCode> = new Set([
  'runtime-unavailable',
  'out-of-memory',
  'device-lost',
  'gpu-error',
]);

interface Connection {
  worker: Worker;
  service: Remote<InferenceService>;
  /** Rejects when the worker dies; never resolves. */
  lost: Promise<never>;
  /** Declares the worker dead. */
  lose(reason: GlanceError): void;
}

/**
 * A page's view of the inference worker: starts it when it is first needed, turns an `AbortSignal` into a
 * stopped answer, and puts a fresh worker in place of one that died.
 */
export class GlanceClient {
  readonly #startWorker: () => Worker;
  #connection: Connection | null = null;
  #loaded: LoadOptions | null = null;
  #requestCount = 0;

  /** @param startWorker makes a new inference worker, e.g. `() => new Worker(url, { type: 'module' })`. */
  constructor(startWorker: () => Worker) {
    this.#startWorker = startWorker;
  }

  /**
   * Loads a model in place of the one loaded before, which stays if the new files turn out to be unfit.
   * A newer load ends an older one.
   *
   * @throws {@link GlanceError} with a code of the files, the model or the runtime; `aborted` if the signal
   * was raised or another load came after
   */
  async load(
    options: LoadOptions,
    onProgress?: (progress: LoadProgress) => void,
    signal?: AbortSignal,
  ): Promise<ModelInfo> {
    const info = await this.#request(signal, (service, requestId) =>
      service.load(requestId, options, onProgress && proxy(onProgress)),
    );
    this.#loaded = options;
    return info;
  }

  /**
   * Asks. Text arrives through `onEvent`; raising the signal while the answer is made ends it early and
   * resolves with what was said so far. If the worker or its model was lost since the last answer, the
   * model is loaded again first.
   *
   * @throws {@link GlanceError}; `aborted` if the signal was raised before the answer began. After
   * `worker-lost` the next call works again.
   */
  async chat(
    request: ChatRequest,
    onEvent?: (event: ChatEvent) => void,
    signal?: AbortSignal,
  ): Promise<ChatResult> {
    const ask = () =>
      this.#request(signal, (service, requestId) =>
        service.chat(requestId, request, onEvent && proxy(onEvent)),
      );
    try {
      return await ask();
    } catch (thrown) {
      if (toGlanceError(thrown).code !== 'no-model' || this.#loaded === null) throw thrown;
      await this.load(this.#loaded, undefined, signal);
      return ask();
    }
  }

  /** Frees the model; the worker stays. */
  async unload(): Promise<void> {
    this.#loaded = null;
    const connection = this.#connection;
    if (connection) await Promise.race([connection.service.unload(), connection.lost]);
  }

  /** What the loaded model holds on its device; null if none is loaded. */
  async memory(): Promise<DeviceMemory | null> {
    const connection = this.#connection;
    return connection && Promise.race([connection.service.memory(), connection.lost]);
  }

  /** Ends the worker and with it everything that is running. */
  close(): void {
    this.#loaded = null;
    this.#connection?.lose(new GlanceError('aborted', 'Closed.'));
  }

  /** Sends a request that the signal can end, and watches over the worker meanwhile. */
  async #request<T>(
    signal: AbortSignal | undefined,
    send: (service: Remote<InferenceService>, requestId: string) => Promise<T>,
  ): Promise<T> {
    if (signal?.aborted) throw abortedError();
    const connection = this.#connect();
    this.#requestCount += 1;
    const requestId = String(this.#requestCount);
    const stop = () => void connection.service.abort(requestId).catch(() => {});
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([send(connection.service, requestId), connection.lost]);
    } catch (thrown) {
      const error = toGlanceError(thrown);
      if (FATAL.has(error.code)) connection.lose(error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  #connect(): Connection {
    if (this.#connection !== null) return this.#connection;
    const worker = this.#startWorker();
    const service = wrap<InferenceService>(worker);
    let reject: (reason: GlanceError) => void = () => {};
    const lost = new Promise<never>((_, fail) => {
      reject = fail;
    });
    // Nobody may be waiting when a worker dies.
    lost.catch(() => {});
    const ended = new AbortController();
    const connection: Connection = {
      worker,
      service,
      lost,
      lose: (reason) => {
        if (ended.signal.aborted) return;
        ended.abort();
        if (this.#connection === connection) this.#connection = null;
        service[releaseProxy]();
        worker.terminate();
        reject(reason);
      },
    };
    const lose = (event: Event) => {
      connection.lose(workerLost(event instanceof ErrorEvent ? event.message : event.type));
    };
    worker.addEventListener('error', lose);
    worker.addEventListener('messageerror', lose);
    void watchLifeline(service, ended.signal, () => connection.lose(workerLost('ended')));
    this.#connection = connection;
    return connection;
  }
}

function workerLost(reason: string): GlanceError {
  return new GlanceError(
    'worker-lost',
    'The part of Glance that runs the model stopped. Your question is kept: ask again and it starts anew.',
    { details: { reason } },
  );
}

/** Hears of the end of a worker that says nothing any more: its Web Lock becomes free. */
async function watchLifeline(
  service: Remote<InferenceService>,
  signal: AbortSignal,
  onEnd: () => void,
): Promise<void> {
  try {
    const name = await service.lifeline();
    if (name !== null) await navigator.locks.request(name, { signal }, onEnd);
  } catch {
    // Without locks, or without a worker any more: errors that the worker reports still end a request.
  }
}
