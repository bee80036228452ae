import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import { GlanceError, throwIfAborted, toGlanceError } from '../model/errors.ts';
import type {
  ChatEvent,
  ChatRequest,
  ChatResult,
  InferenceService,
  LoadOptions,
  LoadProgress,
  ModelInfo,
} from './contract.ts';
import { installErrorTransfer } from './errors.ts';

installErrorTransfer();

interface Connection {
  worker: Worker;
  service: Remote<InferenceService>;
  /** Rejects when the worker dies; never resolves. */
  lost: Promise<never>;
}

/**
 * A page's view of the inference worker: starts it when it is first needed, turns an `AbortSignal` into a
 * stopped answer, and puts a fresh worker in place of one that died.
 */
export class GlanceClient {
  readonly #startWorker: () => Worker;
  #connection: Connection | null = null;
  #loaded: LoadOptions | null = null;

  /** @param startWorker makes a new inference worker, e.g. `() => new Worker(url, { type: 'module' })`. */
  constructor(startWorker: () => Worker) {
    this.#startWorker = startWorker;
  }

  /**
   * Loads a model in place of the one loaded before.
   *
   * @throws {@link GlanceError} with a code of the files, the model or the runtime; `aborted` if the signal
   * was raised (the worker is then ended, which frees everything at once).
   */
  async load(
    options: LoadOptions,
    onProgress?: (progress: LoadProgress) => void,
    signal?: AbortSignal,
  ): Promise<ModelInfo> {
    throwIfAborted(signal);
    const connection = this.#connect();
    const end = () => this.#drop(connection, new GlanceError('aborted', 'Stopped loading the model.'));
    signal?.addEventListener('abort', end, { once: true });
    try {
      const info = await Promise.race([
        connection.service.load(options, onProgress && proxy(onProgress)),
        connection.lost,
      ]);
      this.#loaded = options;
      return info;
    } catch (thrown) {
      const error = toGlanceError(thrown);
      // A runtime that failed to start, or that ran out of memory, does not recover within its worker.
      if (error.code === 'runtime-unavailable' || error.code === 'out-of-memory')
        this.#drop(connection, error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', end);
    }
  }

  /**
   * Asks. Text arrives through `onEvent`; raising the signal ends the answer early and resolves with what
   * was said so far. If the worker died since the last answer, a new one is started and the model loaded
   * again first.
   *
   * @throws {@link GlanceError}; after `worker-lost` the next call works again.
   */
  async chat(
    request: ChatRequest,
    onEvent?: (event: ChatEvent) => void,
    signal?: AbortSignal,
  ): Promise<ChatResult> {
    throwIfAborted(signal);
    if (this.#connection === null && this.#loaded !== null) await this.load(this.#loaded, undefined, signal);
    const connection = this.#connect();
    const requestId = crypto.randomUUID();
    const stop = () => void connection.service.abort(requestId).catch(() => {});
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([
        connection.service.chat(requestId, request, onEvent && proxy(onEvent)),
        connection.lost,
      ]);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** Frees the model; the worker stays. */
  async unload(): Promise<void> {
    this.#loaded = null;
    await this.#connection?.service.unload();
  }

  /** Ends the worker and with it everything that is running. */
  close(): void {
    this.#loaded = null;
    if (this.#connection) this.#drop(this.#connection, new GlanceError('aborted', 'Closed.'));
  }

  #connect(): Connection {
    if (this.#connection !== null) return this.#connection;
    const worker = this.#startWorker();
    const service = wrap<InferenceService>(worker);
    const connection: Connection = { worker, service, lost: new Promise(() => {}) };
    connection.lost = new Promise<never>((_, reject) => {
      this.#reject.set(connection, reject);
    });
    // Nobody may be waiting when a worker dies.
    connection.lost.catch(() => {});
    worker.addEventListener('error', (event) => {
      this.#drop(
        connection,
        new GlanceError(
          'worker-lost',
          'The part of Glance that runs the model stopped. Your question is kept: ask again and it starts anew.',
          { details: { reason: event.message ?? 'unknown' } },
        ),
      );
    });
    this.#connection = connection;
    return connection;
  }

  readonly #reject = new Map<Connection, (reason: GlanceError) => void>();

  #drop(connection: Connection, reason: GlanceError): void {
    if (this.#connection === connection) this.#connection = null;
    connection.service[releaseProxy]();
    connection.worker.terminate();
    this.#reject.get(connection)?.(reason);
    this.#reject.delete(connection);
  }
}
