import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import { abortedError, GlanceError } from '../model/errors.ts';
import { Lifetime } from '../model/lifetime.ts';
import { STORE_CHANNEL } from '../model/storage.ts';
import { installErrorTransfer } from './errors.ts';
import { watchLifeline } from './lifeline.ts';
import type {
  ModelDownload,
  ModelImport,
  ModelInspection,
  RepositoryFiles,
  RepositoryReference,
  SpaceAdvice,
  StoredModel,
  StoreMessage,
  StoreService,
  TransferProgress,
  VerifyReport,
} from './store_contract.ts';

installErrorTransfer();

type OnProgress = (progress: TransferProgress) => void;

/**
 * A page's view of the models kept on this device. The worker starts when it is first needed; one that died
 * is replaced by the next call. Nothing is lost with it: downloads go on where they stopped when they are
 * asked for again.
 */
export class StoreClient {
  readonly #startWorker: () => Worker;
  #connection: {
    worker: Worker;
    service: Remote<StoreService>;
    lifetime: Lifetime<GlanceError>;
    lose: (reason: GlanceError) => void;
  } | null = null;
  #requestCount = 0;

  /** @param startWorker makes a new store worker, e.g. `() => new Worker(url, { type: 'module' })` */
  constructor(startWorker: () => Worker) {
    this.#startWorker = startWorker;
  }

  /**
   * Downloads what is missing of a model; watches, where another tab does so. Also the way to go on after a
   * pause in an earlier visit, a crash, or an error. The browser is asked not to clear what is kept.
   *
   * @throws {@link GlanceError} `file-unreachable`, `download-failed`, `download-changed`,
   * `download-corrupt`, `storage-full`, `storage-unavailable`, `invalid-argument`, `worker-lost`;
   * `aborted` if the signal was raised or the download was stopped. What has come is kept.
   */
  async download(model: ModelDownload, onProgress?: OnProgress, signal?: AbortSignal): Promise<StoredModel> {
    void requestPersistence();
    return this.#request(signal, (service, requestId) =>
      service.download(requestId, model, onProgress && proxy(onProgress)),
    );
  }

  /**
   * Looks at a model on its servers before it is downloaded: size, shape, licence. A few kilobytes are fetched.
   *
   * @throws {@link GlanceError} `file-*`, `model-*` if Glance cannot run it, `download-failed`,
   * `download-changed`, `worker-lost`, `aborted`
   */
  inspect(model: ModelDownload, signal?: AbortSignal): Promise<ModelInspection> {
    return this.#request(signal, (service, requestId) => service.inspect(requestId, model));
  }

  /**
   * Asks a hub which models a repository holds.
   *
   * @throws {@link GlanceError} `file-unreachable`, `invalid-argument` if it holds no model, `worker-lost`, `aborted`
   */
  list(reference: RepositoryReference, signal?: AbortSignal): Promise<RepositoryFiles> {
    return this.#request(signal, (service, requestId) => service.list(requestId, reference));
  }

  /**
   * Copies a model from files of this device into the store.
   *
   * @throws {@link GlanceError} `file-*`, `model-*` if Glance cannot run it, `download-corrupt` if it is not the one published at its
   * address, `storage-full`, `storage-unavailable`, `aborted`. Nothing of it is kept then.
   */
  async import(model: ModelImport, onProgress?: OnProgress, signal?: AbortSignal): Promise<StoredModel> {
    void requestPersistence();
    return this.#request(signal, (service, requestId) =>
      service.import(requestId, model, onProgress && proxy(onProgress)),
    );
  }

  /**
   * Re-reads all bytes of a model; downloads again what is damaged.
   *
   * @throws {@link GlanceError} `model-not-stored`, `storage-damaged` if it cannot be downloaded again, and
   * as {@link download}
   */
  verify(id: string, onProgress?: OnProgress, signal?: AbortSignal): Promise<VerifyReport> {
    return this.#request(signal, (service, requestId) =>
      service.verify(requestId, id, onProgress && proxy(onProgress)),
    );
  }

  /** Pauses a model's download, in whatever tab it runs; its `download` calls stay pending. */
  pause(id: string): Promise<void> {
    return this.#request(undefined, (service) => service.control(id, 'pause'));
  }

  /** Goes on with a download that was paused and is pending in some tab. */
  resume(id: string): Promise<void> {
    return this.#request(undefined, (service) => service.control(id, 'resume'));
  }

  /** Ends a model's download in all tabs; their `download` calls throw `aborted`. What has come is kept. */
  stop(id: string): Promise<void> {
    return this.#request(undefined, (service) => service.control(id, 'stop'));
  }

  /** All models, also incomplete ones, latest used first. @throws {@link GlanceError} `storage-unavailable` */
  models(): Promise<StoredModel[]> {
    return this.#request(undefined, (service) => service.models());
  }

  /** Ends its downloads and deletes it. @throws {@link GlanceError} `model-in-use`, `storage-unavailable` */
  delete(id: string): Promise<void> {
    return this.#request(undefined, (service) => service.delete(id));
  }

  /**
   * Whether so many bytes more would fit, and which models could go if not.
   *
   * @param exceptId a model that is not to be suggested
   */
  advise(neededBytes: number, exceptId?: string): Promise<SpaceAdvice> {
    return this.#request(undefined, (service) => service.advise(neededBytes, exceptId));
  }

  /**
   * A kept file as a Blob whose bytes stay on the disk: for a download link, or
   * `blob.stream().pipeTo(writable)`.
   *
   * @param key of the file, as in `StoredModel.files`
   * @throws {@link GlanceError} `model-not-stored`, `storage-damaged`, `storage-unavailable`
   */
  exportFile(key: string): Promise<Blob> {
    return this.#request(undefined, (service) => service.exportFile(key));
  }

  /**
   * Hears what goes on in all tabs: progress of downloads, and that the list of models changed.
   *
   * @returns ends the listening
   */
  watch(listener: (message: StoreMessage) => void): () => void {
    const channel = new BroadcastChannel(STORE_CHANNEL);
    channel.addEventListener('message', ({ data }) => listener(data as StoreMessage));
    return () => channel.close();
  }

  /** Ends the worker and with it what this page downloads. */
  close(): void {
    this.#connection?.lose(new GlanceError('aborted', 'Closed.'));
  }

  async #request<T>(
    signal: AbortSignal | undefined,
    send: (service: Remote<StoreService>, requestId: string) => Promise<T>,
  ): Promise<T> {
    if (signal?.aborted) throw abortedError();
    const { service, lifetime } = this.#connect();
    this.#requestCount += 1;
    const requestId = String(this.#requestCount);
    const stop = () => void service.abort(requestId).catch(() => {});
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await lifetime.guard(send(service, requestId));
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  #connect() {
    if (this.#connection !== null) return this.#connection;
    const worker = this.#startWorker();
    const service = wrap<StoreService>(worker);
    const lifetime = new Lifetime<GlanceError>();
    const ended = new AbortController();
    const connection = {
      worker,
      service,
      lifetime,
      lose: (reason: GlanceError) => {
        if (ended.signal.aborted) return;
        ended.abort();
        if (this.#connection === connection) this.#connection = null;
        service[releaseProxy]();
        worker.terminate();
        lifetime.end(reason);
      },
    };
    const lose = (event: Event) =>
      connection.lose(workerLost(event instanceof ErrorEvent ? event.message : event.type));
    worker.addEventListener('error', lose);
    worker.addEventListener('messageerror', lose);
    // A worker that ends itself, or that the browser ends, says nothing.
    void service.lifeline().then(
      (name) => name && watchLifeline(name, () => connection.lose(workerLost('ended')), ended.signal),
      () => {},
    );
    this.#connection = connection;
    return connection;
  }
}

function workerLost(reason: string): GlanceError {
  return new GlanceError(
    'worker-lost',
    'The part of Glance that keeps models stopped. Nothing that was stored is lost: try again.',
    { details: { reason } },
  );
}

/** Asks the browser not to clear this site's data by itself. Only pages can ask, not workers. */
async function requestPersistence(): Promise<void> {
  const { storage } = navigator as { storage?: StorageManager };
  await storage?.persist?.().catch(() => false);
}
