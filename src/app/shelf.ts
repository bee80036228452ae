import { abortedError, type GlanceError, toGlanceError } from '../model/errors.ts';
import type { StorageSpace } from '../model/storage.ts';
import type { StoreClient } from '../rpc/store_client.ts';
import type {
  ModelDownload,
  ModelInspection,
  RepositoryFiles,
  RepositoryReference,
  StoredModel,
  StoreMessage,
  TransferProgress,
  VerifyReport,
} from '../rpc/store_contract.ts';
import type { Machine } from '../store/fit.ts';
import { hubUrl } from '../store/hub.ts';
import { describeMachine } from '../store/machine.ts';
import { modelNameOf, sortModelFiles } from '../store/reference.ts';
import { randomName } from '../store/sha256.ts';
import { storageSpace } from '../store/space.ts';
import { words } from './words/index.ts';

/** What is being done with a model just now. */
export interface Work {
  readonly kind: 'download' | 'import' | 'verify' | 'delete';
  readonly name: string;
  /** Null until there is something to tell. */
  readonly progress: TransferProgress | null;
  /** Another tab does it. */
  readonly elsewhere: boolean;
}

/** What came of the last work on a model, until something else is done with it. */
export type Outcome =
  | { readonly kind: 'failed'; readonly during: Work['kind']; readonly error: GlanceError }
  | { readonly kind: 'verified'; readonly report: VerifyReport };

export interface ShelfState {
  /** Kept models, also incomplete ones; null until they are known. */
  readonly models: readonly StoredModel[] | null;
  /** Why they are not known. */
  readonly error: GlanceError | null;
  /** Null until it is known. */
  readonly machine: Machine | null;
  readonly space: StorageSpace | null;
  /** Where models are downloaded from, with a trailing slash. */
  readonly hub: string;
  /** By model id. */
  readonly work: ReadonlyMap<string, Work>;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** What a screen reader should say now. */
  readonly announcement: string;
}

/** What a shelf needs of a {@link StoreClient}. */
export type ShelfClient = Pick<
  StoreClient,
  | 'download'
  | 'import'
  | 'inspect'
  | 'list'
  | 'verify'
  | 'pause'
  | 'resume'
  | 'stop'
  | 'models'
  | 'delete'
  | 'exportFile'
  | 'watch'
>;

/** After so long without a word another tab's work is taken to have ended. */
const SILENCE_MS = 4000;

/** How often a deletion is tried while the worker that held the files comes to its end. */
const DELETE_TRIES = 8;
const DELETE_PAUSE_MS = 250;
/** How often it is looked whether work that was stopped has ended. */
const STOP_PAUSE_MS = 50;

/** The models kept on this device and what is being done with them, for the elements to draw. */
export class ModelShelf {
  readonly #client: ShelfClient;
  readonly #describe: typeof describeMachine;
  readonly #listeners = new Set<() => void>();
  readonly #silence = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #stops = new Map<string, AbortController>();
  #state: ShelfState;
  #opened: Promise<void> | null = null;

  /**
   * @param hub where models are downloaded from, with a trailing slash
   * @param describe tells of the machine
   */
  constructor(client: ShelfClient, hub: string, describe = describeMachine) {
    this.#client = client;
    this.#describe = describe;
    this.#state = {
      models: null,
      error: null,
      machine: null,
      space: null,
      hub,
      work: new Map(),
      outcomes: new Map(),
      announcement: '',
    };
  }

  get state(): ShelfState {
    return this.#state;
  }

  /** Calls the listener after every change; the returned function ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Learns what there is; from then on the state follows what all tabs do. */
  async open(): Promise<void> {
    // What could not be told the last time may be told now.
    if (this.#opened !== null && this.#state.error !== null) await this.#refresh();
    this.#opened ??= this.#open();
    await this.#opened;
  }

  /** A kept model that is complete; null for any other. */
  async find(id: string): Promise<StoredModel | null> {
    const models = await this.#client.models();
    return models.find((model) => model.id === id && model.complete) ?? null;
  }

  setHub(hub: string): void {
    this.#update({ hub });
  }

  /** Downloads what is missing of a model. Failure shows in the state. */
  async download(model: ModelDownload & { id: string; name: string }): Promise<void> {
    const { id, name } = model;
    await this.#run(id, name, 'download', async (onProgress, signal) => {
      await this.#client.download(model, onProgress, signal);
      return words.models.isHere(name);
    });
  }

  /** Looks at a model where it would be downloaded from. @throws GlanceError as `StoreClient.inspect` */
  inspect(model: ModelDownload, signal: AbortSignal): Promise<ModelInspection> {
    return this.#client.inspect(model, signal);
  }

  /** The models of a hub's repository. @throws GlanceError as `StoreClient.list` */
  list(reference: RepositoryReference, signal: AbortSignal): Promise<RepositoryFiles> {
    return this.#client.list(reference, signal);
  }

  /** Goes on with a download that was paused, stopped, or cut off in an earlier visit. */
  async resume(model: StoredModel): Promise<void> {
    if (this.#state.work.has(model.id)) return this.#client.resume(model.id);
    const request = this.downloadOf(model);
    if (request !== null) await this.download(request);
  }

  async pause(id: string): Promise<void> {
    await this.#client.pause(id).catch((error) => this.#fail(id, 'download', error));
  }

  /** Ends what is being done with a model; what has come of a download stays. */
  async cancel(id: string): Promise<void> {
    const work = this.#state.work.get(id);
    this.#stops.get(id)?.abort();
    if (work?.kind === 'download') await this.#client.stop(id).catch(() => {});
  }

  async verify(model: StoredModel): Promise<void> {
    const { id, name } = model;
    await this.#run(id, name, 'verify', async (onProgress, signal) => {
      const report = await this.#client.verify(id, onProgress, signal);
      this.#setOutcome(id, { kind: 'verified', report });
      return report.badChunks === 0 ? words.models.isSound(name) : words.models.isRepaired(name);
    });
  }

  /** @returns whether it is gone; why not shows in the state */
  async delete({ id, name }: Pick<StoredModel, 'id' | 'name'>): Promise<boolean> {
    let gone = false;
    await this.#run(id, name, 'delete', async (_, signal) => {
      for (let tries = 1; ; tries++) {
        try {
          await this.#client.delete(id);
          break;
        } catch (error) {
          if (toGlanceError(error).code !== 'model-in-use' || tries === DELETE_TRIES || signal.aborted) {
            throw error;
          }
          await new Promise((resolve) => setTimeout(resolve, DELETE_PAUSE_MS));
        }
      }
      gone = true;
      return words.models.isDeleted(name);
    });
    return gone;
  }

  /**
   * Deletes every model, after what is being done with them here has been stopped.
   *
   * @throws GlanceError why one of them could not be deleted; `model-in-use` if another tab works with it
   */
  async deleteAll(): Promise<void> {
    await this.open();
    for (const id of [...this.#stops.keys()]) await this.cancel(id);
    while (this.#stops.size > 0) await new Promise((resolve) => setTimeout(resolve, STOP_PAUSE_MS));
    await this.#refresh();
    if (this.#state.models === null && this.#state.error !== null) throw this.#state.error;
    for (const model of this.#state.models ?? []) {
      if (await this.delete(model)) continue;
      const outcome = this.#state.outcomes.get(model.id);
      throw outcome?.kind === 'failed' ? outcome.error : abortedError();
    }
  }

  /**
   * Copies files of this device into the store.
   *
   * @throws GlanceError `invalid-argument`, `file-not-gguf`, `file-split` if the files are no model; later
   * failure shows in the state
   */
  async importFiles(files: readonly File[]): Promise<void> {
    const { text, vision } = sortModelFiles(files);
    const name = modelNameOf(text[0]!.name);
    const id = `local:${randomName()}`;
    await this.#run(id, name, 'import', async (onProgress, signal) => {
      await this.#client.import({ id, name, text, ...(vision && { vision }) }, onProgress, signal);
      return words.models.isHere(name);
    });
  }

  /** A kept file, for saving it elsewhere. @throws GlanceError as `StoreClient.exportFile` */
  exportFile(key: string): Promise<Blob> {
    return this.#client.exportFile(key);
  }

  /** Forgets what came of the last work on a model. */
  dismiss(id: string): void {
    const outcomes = new Map(this.#state.outcomes);
    outcomes.delete(id);
    this.#update({ outcomes });
  }

  /** Has a screen reader say this. */
  announce(text: string): void {
    this.#update({ announcement: text === this.#state.announcement ? `${text}\u00a0` : text });
  }

  /** How to go on with a kept model's download; null for one that came from files. */
  downloadOf(model: StoredModel): (ModelDownload & { id: string; name: string }) | null {
    const addressOf = (key: string): string | null => {
      const known = model.files.find((file) => file.key === key)?.url;
      if (known) return known;
      const hub = /^([^/]+\/[^/@]+)@([^/]+)\/(.+)$/.exec(key);
      if (hub) {
        const [, repo, revision, path] = hub;
        return hubUrl({ base: this.#state.hub, repo: repo!, revision: revision!, path: path! });
      }
      return URL.canParse(key) && /^https?:/.test(key) ? key : null;
    };
    const text = addressOf(model.text);
    const vision = model.vision === null ? null : addressOf(model.vision);
    if (text === null || (model.vision !== null && vision === null)) return null;
    return { id: model.id, name: model.name, text, ...(vision !== null && { vision }) };
  }

  async #open(): Promise<void> {
    this.#client.watch((message) => this.#hear(message));
    const described = this.#describe().then(({ machine, space }) => this.#update({ machine, space }));
    await Promise.all([described, this.#refresh()]);
  }

  async #refresh(): Promise<void> {
    try {
      const [models, space] = await Promise.all([this.#client.models(), storageSpace()]);
      const { machine } = this.#state;
      this.#update({
        models,
        error: null,
        space,
        machine: machine && { ...machine, availableBytes: space.availableBytes },
      });
    } catch (error) {
      this.#update({ models: this.#state.models ?? [], error: toGlanceError(error) });
    }
  }

  #hear(message: StoreMessage): void {
    if (message.type === 'models') void this.#refresh();
    if (message.type !== 'progress' || this.#stops.has(message.model)) return;
    const { model: id, progress } = message;
    clearTimeout(this.#silence.get(id));
    this.#silence.set(
      id,
      setTimeout(() => {
        if (this.#state.work.get(id)?.elsewhere) this.#setWork(id, null);
      }, SILENCE_MS),
    );
    const name = this.#state.models?.find((model) => model.id === id)?.name ?? '';
    const work = { kind: 'download', name, progress, elsewhere: true } as const;
    this.#setWork(id, progress.state === 'done' ? null : work);
  }

  async #run(
    id: string,
    name: string,
    kind: Work['kind'],
    task: (onProgress: (progress: TransferProgress) => void, signal: AbortSignal) => Promise<string>,
  ): Promise<void> {
    if (this.#stops.has(id)) return;
    const stop = new AbortController();
    this.#stops.set(id, stop);
    this.dismiss(id);
    this.#setWork(id, { kind, name, progress: null, elsewhere: false });
    try {
      const done = await task((progress) => {
        if (this.#stops.get(id) === stop) this.#setWork(id, { kind, name, progress, elsewhere: false });
      }, stop.signal);
      this.announce(done);
    } catch (thrown) {
      this.#fail(id, kind, stop.signal.aborted ? abortedError() : thrown);
    } finally {
      this.#stops.delete(id);
      await this.#refresh();
      this.#setWork(id, null);
    }
  }

  #fail(id: string, during: Work['kind'], thrown: unknown): void {
    const error = toGlanceError(thrown);
    if (error.code === 'aborted') this.announce(words.common.stopped);
    else this.#setOutcome(id, { kind: 'failed', during, error });
  }

  #setWork(id: string, work: Work | null): void {
    const all = new Map(this.#state.work);
    if (work === null) all.delete(id);
    else all.set(id, work);
    this.#update({ work: all });
  }

  #setOutcome(id: string, outcome: Outcome): void {
    this.#update({ outcomes: new Map(this.#state.outcomes).set(id, outcome) });
  }

  #update(change: Partial<ShelfState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
