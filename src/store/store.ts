import { GlanceError } from '../model/errors.ts';
import type {
  DownloadAction,
  ModelDownload,
  ModelImport,
  ModelInspection,
  SpaceAdvice,
  StoredModel,
  TransferProgress,
  VerifyReport,
} from '../model/storage.ts';
import { wholeName } from '../weights/gguf_split.ts';
import { DEFAULT_RETRY } from './backoff.ts';
import { StoreChannel } from './channel.ts';
import { type DownloadSettings, FileDownload } from './download.ts';
import { FilesDb } from './files_db.ts';
import { nameOfKey } from './hub.ts';
import { importModel } from './import_model.ts';
import { checkChunks, damagedError } from './integrity.ts';
import { neededFiles, sweep, tidy } from './leftovers.ts';
import { useLock, withFreeLock, withLock, writeLock } from './locks.ts';
import { isComplete, type Manifest, missingChunks, storedBytes } from './manifest.ts';
import { ModelDownloader } from './model_download.ts';
import { describeModel, filesToDownload } from './model_files.ts';
import { filesOf, type ModelRecord, ModelsDb } from './models_db.ts';
import { inspectRemote, readStoredOutline } from './outline.ts';
import { adviseOnSpace, isUnforeseen, noSpaceError, type Removable, storageSpace } from './space.ts';
import { Teller } from './teller.ts';

export const DEFAULT_SETTINGS: DownloadSettings = {
  chunkBytes: 32 * 1024 * 1024,
  connections: 4,
  retry: DEFAULT_RETRY,
};

/** How long a deletion waits for the downloads of other tabs to hear that they must stop. */
const STOP_WAIT_MS = 10_000;

type OnProgress = (progress: TransferProgress) => void;

/** The models kept on this device. Several tabs may each have a store: they share what is kept. */
export class ModelStore {
  readonly #files = new FilesDb();
  readonly #models = new ModelsDb();
  readonly #channel = new StoreChannel();
  readonly #settings: DownloadSettings;

  constructor(settings: Partial<DownloadSettings> = {}) {
    this.#settings = { ...DEFAULT_SETTINGS, ...settings };
  }

  /**
   * Downloads what is missing of a model, or watches where another tab does so already. What has come stays
   * in every case: a later call goes on. A call for a paused download resumes it.
   *
   * @throws GlanceError `file-unreachable`, `download-failed`, `download-changed`, `download-corrupt`,
   * `storage-full`, `storage-unavailable`, `invalid-argument`, `aborted`
   */
  async download(request: ModelDownload, onProgress: OnProgress, signal: AbortSignal): Promise<StoredModel> {
    const { text, vision } = filesToDownload(request);
    const id = request.id ?? text[0]!.key;
    const known = await this.#models.get(id);
    const now = Date.now();
    const inspected = request.outline ?? known?.inspected;
    const inspectedBytes = request.sizeBytes ?? known?.inspectedBytes;
    await this.#models.put({
      id,
      name: request.name ?? known?.name ?? wholeName(text[0]!.name),
      text: text.map(({ key }) => key),
      vision: vision?.key ?? null,
      paused: false,
      addedAt: known?.addedAt ?? now,
      lastUsedAt: known?.lastUsedAt ?? now,
      ...(inspected && { inspected }),
      ...(inspectedBytes !== undefined && { inspectedBytes }),
    });
    this.#channel.post({ type: 'models' });
    // Where another tab holds it paused, it goes on there.
    if (known?.paused) this.control(id, 'resume');
    const queue = vision === null ? text : [...text, vision];
    const downloader = new ModelDownloader(id, queue, false, {
      files: this.#files,
      channel: this.#channel,
      settings: this.#settings,
      checkSpace: (neededBytes) => this.#checkSpace(id, neededBytes),
      onProgress,
      keepPaused: (paused) => this.#models.change(id, { paused }),
    });
    try {
      await downloader.run(signal);
    } catch (error) {
      throw await this.#withWayOut(error, id);
    } finally {
      this.#channel.post({ type: 'models' });
    }
    return this.#require(id);
  }

  /**
   * Looks at a model on its servers: how large it is, and what it is by the first kilobytes of its files.
   *
   * @throws GlanceError `file-*`, `model-*` if Glance cannot run it, `download-failed`, `download-changed`,
   * `aborted`
   */
  inspect(request: ModelDownload, signal: AbortSignal): Promise<ModelInspection> {
    const { text, vision } = filesToDownload(request);
    return inspectRemote(text, vision, this.#settings.retry, signal);
  }

  /** Pauses, resumes or stops a model's download, in whatever tab it runs. */
  control(id: string, action: DownloadAction): void {
    this.#channel.post({ type: 'control', model: id, action });
  }

  /** All models, latest used first. */
  async models(): Promise<StoredModel[]> {
    const [records, manifests] = await Promise.all([this.#models.all(), this.#files.manifests()]);
    const byKey = new Map(manifests.map((manifest) => [manifest.key, manifest]));
    const models = await Promise.all(records.map((record) => this.#describe(record, byKey)));
    return models.sort((a, b) => b.lastUsedAt - a.lastUsedAt);
  }

  /** Reads the files' headers once they are all here, and never again. */
  async #describe(record: ModelRecord, byKey: ReadonlyMap<string, Manifest>): Promise<StoredModel> {
    const model = describeModel(record, byKey);
    if (!model.complete || record.outline !== undefined) return model;
    const outline = await readStoredOutline(this.#files, record).catch(() => undefined);
    if (outline === undefined) return model;
    await this.#models.change(record.id, { outline }).catch(() => {});
    return { ...model, outline };
  }

  /**
   * Re-reads a model's files and downloads again what is damaged or missing in complete ones.
   *
   * @throws GlanceError `model-not-stored`, `storage-damaged` if a damaged file has no address, and as
   * {@link download}; what is damaged is no longer kept then
   */
  async verify(id: string, onProgress: OnProgress, signal: AbortSignal): Promise<VerifyReport> {
    const model = await this.#require(id);
    const told = new Teller(model.storedBytes, onProgress);
    const report: VerifyReport = { checkedBytes: 0, badChunks: 0, repairedChunks: 0 };
    try {
      for (const { key } of model.files) {
        await withLock(writeLock(key), 'exclusive', signal, async () => {
          const manifest = await this.#files.manifest(key);
          if (manifest !== null) await this.#verifyFile(id, manifest, report, told, signal);
        });
      }
    } finally {
      told.end();
      this.#channel.post({ type: 'models' });
    }
    return report;
  }

  async #verifyFile(
    id: string,
    manifest: Manifest,
    report: VerifyReport,
    told: Teller,
    signal: AbortSignal,
  ): Promise<void> {
    const { key, name, url } = manifest;
    const wasComplete = manifest.sha256 !== null;
    const { bad } = await checkChunks(this.#files, manifest, {
      signal,
      onBytes: (bytes) => told.add('checking', name, bytes),
    });
    report.checkedBytes += storedBytes(manifest);
    const sound = bad.length === 0 ? manifest : await this.#files.dropChunks(manifest, bad);
    const missing = sound === null || !wasComplete ? bad.length : missingChunks(sound).length;
    report.badChunks += missing;
    if (sound === null || !wasComplete || missing === 0) return;
    if (url === null) throw damagedImport(name, missing);
    const repair = new FileDownload(
      this.#files,
      { key, name, url },
      this.#settings,
      (neededBytes) => this.#checkSpace(id, neededBytes),
      { repairs: true },
    );
    told.add('downloading', name, 0);
    await repair.run(signal);
    report.repairedChunks += missing;
  }

  /**
   * Deletes a model and those of its files that no other model needs. Downloads of it end, in all tabs.
   *
   * @throws GlanceError `model-in-use` if it is loaded somewhere, `storage-unavailable`
   */
  async delete(id: string): Promise<void> {
    const record = await this.#models.get(id);
    if (record === null) return;
    this.control(id, 'stop');
    const others = await neededFiles(this.#models, id);
    const keys = filesOf(record).filter((key) => !others.has(key));
    await this.#whileUnused(record.name, keys, async () => {
      // Another model may have come by now that needs some.
      await sweep(this.#files, this.#models, keys, id);
      await this.#models.delete(id);
    });
    this.#channel.post({ type: 'models' });
  }

  /** Runs `work` while nobody reads or writes any of the files. */
  async #whileUnused(name: string, keys: readonly string[], work: () => Promise<void>): Promise<void> {
    const [key, ...rest] = keys;
    if (key === undefined) return work();
    const late = AbortSignal.timeout(STOP_WAIT_MS);
    let granted = false;
    try {
      await withLock(writeLock(key), 'exclusive', late, async () => {
        granted = true;
        const free = await withFreeLock(useLock(key), 'exclusive', () => this.#whileUnused(name, rest, work));
        if (free === null) throw inUse(name, 'loaded');
      });
    } catch (error) {
      throw late.aborted && !granted ? inUse(name, 'being changed') : error;
    }
  }

  /** Whether so many bytes more would fit, and what could go. */
  async advise(neededBytes: number, exceptId?: string): Promise<SpaceAdvice> {
    const [space, models] = await Promise.all([storageSpace(), this.#removable(exceptId)]);
    return adviseOnSpace(neededBytes, space, models);
  }

  /**
   * Copies a model's files from this device's disk into the store.
   *
   * @throws GlanceError as `importModel`
   */
  async import(model: ModelImport, onProgress: OnProgress, signal: AbortSignal): Promise<StoredModel> {
    const parts = {
      files: this.#files,
      models: this.#models,
      chunkBytes: this.#settings.chunkBytes,
      advise: (neededBytes: number, exceptId: string) => this.advise(neededBytes, exceptId),
      adviseFull: (neededBytes: number, exceptId: string) => this.#adviseFull(neededBytes, exceptId),
    };
    try {
      return await this.#require(await importModel(model, parts, onProgress, signal));
    } finally {
      this.#channel.post({ type: 'models' });
    }
  }

  /** Deletes what imports have left that were cut off together with their tab. */
  tidy(): Promise<void> {
    return tidy(this.#files, this.#models);
  }

  /**
   * A kept file as a Blob, whose bytes stay on the disk until they are read: for saving it as a file.
   *
   * @throws GlanceError `model-not-stored`, `storage-damaged`, `storage-unavailable`
   */
  async exportFile(key: string): Promise<Blob> {
    const manifest = await this.#files.manifest(key);
    if (manifest === null || !isComplete(manifest)) {
      throw notStored(manifest?.name ?? nameOfKey(key));
    }
    const chunks: Blob[] = [];
    for (const index of manifest.chunks.keys()) {
      const chunk = await this.#files.chunk(manifest, index);
      if (chunk === null) throw damagedError(manifest.name);
      chunks.push(chunk);
    }
    return new Blob(chunks, { type: 'application/octet-stream' });
  }

  async #require(id: string): Promise<StoredModel> {
    const model = (await this.models()).find((candidate) => candidate.id === id);
    if (model === undefined) throw notStored(id);
    return model;
  }

  async #checkSpace(id: string, neededBytes: number): Promise<void> {
    const advice = await this.advise(neededBytes, id);
    if (!advice.fits) throw noSpaceError((await this.#models.get(id))?.name ?? 'This model', advice);
  }

  /** Says which models could go when the disk was full before the browser had foretold it. */
  async #withWayOut(error: unknown, id: string): Promise<unknown> {
    if (!isUnforeseen(error)) return error;
    const model = await this.#require(id);
    const begunBytes = model.files.reduce((sum, file) => sum + file.sizeBytes, 0);
    const missingBytes = (model.sizeBytes ?? begunBytes) - model.storedBytes;
    const advice = await this.#adviseFull(missingBytes, id);
    return noSpaceError(model.name, advice, { cause: error });
  }

  async #adviseFull(neededBytes: number, exceptId: string): Promise<SpaceAdvice> {
    const space = { ...(await storageSpace()), availableBytes: 0 };
    return adviseOnSpace(neededBytes, space, await this.#removable(exceptId));
  }

  /** What deleting each model would free. */
  async #removable(exceptId: string | undefined): Promise<Removable[]> {
    const models = await this.models();
    const users = new Map<string, number>();
    for (const { files } of models) for (const { key } of files) users.set(key, (users.get(key) ?? 0) + 1);
    return models
      .filter(({ id }) => id !== exceptId)
      .map(({ id, name, files, lastUsedAt }) => {
        const own = files.filter(({ key }) => users.get(key) === 1);
        return { id, name, lastUsedAt, bytes: own.reduce((sum, file) => sum + file.storedBytes, 0) };
      });
  }
}

function inUse(name: string, how: string): GlanceError {
  return new GlanceError(
    'model-in-use',
    `${name} is ${how}, here or in another tab. Choose another model there or close that tab, then delete it.`,
  );
}

function notStored(name: string): GlanceError {
  return new GlanceError('model-not-stored', `${name} is not on this device. Download it first.`, {
    details: { file: name },
  });
}

function damagedImport(name: string, count: number): GlanceError {
  return new GlanceError(
    'storage-damaged',
    `${count === 1 ? 'A part' : `${count} parts`} of ${name} on this device ${count === 1 ? 'is' : 'are'} damaged, and it came from a file, so it cannot be downloaded again. Delete the model and add the file once more.`,
    { details: { file: name, parts: count } },
  );
}
