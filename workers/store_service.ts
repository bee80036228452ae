import { releaseProxy } from 'comlink';
import { holdLifeline } from '../src/rpc/lifeline.ts';
import type {
  DownloadAction,
  ModelDownload,
  ModelImport,
  ModelInspection,
  RepositoryFiles,
  RepositoryReference,
  SpaceAdvice,
  StoredModel,
  StoreService,
  TransferProgress,
  VerifyReport,
} from '../src/rpc/store_contract.ts';
import type { DownloadSettings } from '../src/store/download.ts';
import { listRepository } from '../src/store/reference.ts';
import { ModelStore } from '../src/store/store.ts';

type OnProgress = (progress: TransferProgress) => void;

const unheard: OnProgress = () => {};

/** What a store worker offers: one {@link ModelStore}, whose long work can be stopped by name. */
export class StoreWorker implements StoreService {
  readonly #store: ModelStore;
  readonly #lifeline = holdLifeline();
  readonly #running = new Map<string, AbortController>();

  constructor(settings: Partial<DownloadSettings> = {}) {
    this.#store = new ModelStore(settings);
    // What fails now will do so again when something is asked of the store, and be told then.
    this.#store.tidy().catch(() => {});
  }

  download(requestId: string, model: ModelDownload, onProgress = unheard): Promise<StoredModel> {
    return this.#run(requestId, onProgress, (signal) => this.#store.download(model, onProgress, signal));
  }

  inspect(requestId: string, model: ModelDownload): Promise<ModelInspection> {
    return this.#run(requestId, unheard, (signal) => this.#store.inspect(model, signal));
  }

  list(requestId: string, reference: RepositoryReference): Promise<RepositoryFiles> {
    return this.#run(requestId, unheard, (signal) => listRepository(reference, signal));
  }

  import(requestId: string, model: ModelImport, onProgress = unheard): Promise<StoredModel> {
    return this.#run(requestId, onProgress, (signal) => this.#store.import(model, onProgress, signal));
  }

  verify(requestId: string, id: string, onProgress = unheard): Promise<VerifyReport> {
    return this.#run(requestId, onProgress, (signal) => this.#store.verify(id, onProgress, signal));
  }

  async abort(requestId: string): Promise<void> {
    this.#running.get(requestId)?.abort();
  }

  async control(id: string, action: DownloadAction): Promise<void> {
    this.#store.control(id, action);
  }

  models(): Promise<StoredModel[]> {
    return this.#store.models();
  }

  delete(id: string): Promise<void> {
    return this.#store.delete(id);
  }

  advise(neededBytes: number, exceptId?: string): Promise<SpaceAdvice> {
    return this.#store.advise(neededBytes, exceptId);
  }

  exportFile(key: string): Promise<Blob> {
    return this.#store.exportFile(key);
  }

  lifeline(): Promise<string | null> {
    return this.#lifeline;
  }

  /** Runs work that can be aborted by its name, and lets go of its callback in the end. */
  async #run<T>(requestId: string, callback: object, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#running.set(requestId, controller);
    try {
      return await task(controller.signal);
    } finally {
      this.#running.delete(requestId);
      (callback as { [releaseProxy]?: () => void })[releaseProxy]?.();
    }
  }
}
