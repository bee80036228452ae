import { GlanceError, toGlanceError } from '../model/errors.ts';
import type { DownloadAction, TransferProgress } from '../model/storage.ts';
import type { StoreChannel } from './channel.ts';
import { type DownloadSettings, FileDownload, type FileToDownload } from './download.ts';
import type { FilesDb } from './files_db.ts';
import { withFreeLock, withLock, writeLock } from './locks.ts';
import { isComplete, storedBytes } from './manifest.ts';
import { RateEstimate } from './rate.ts';

/** Progress is told this often. */
const TELL_INTERVAL_MS = 200;

export interface ModelDownloadParts {
  files: FilesDb;
  channel: StoreChannel;
  settings: DownloadSettings;
  /** Throws if there is no room for so many bytes. */
  checkSpace: (neededBytes: number) => Promise<void>;
  onProgress: (progress: TransferProgress) => void;
  /** Writes down that the model is paused, or no longer. */
  keepPaused: (paused: boolean) => Promise<void>;
}

/**
 * The download of a model's files, one after the other. Where another tab writes a file already, this one
 * watches, and goes on itself when the other one ends.
 */
export class ModelDownloader {
  readonly #id: string;
  readonly #queue: readonly FileToDownload[];
  readonly #parts: ModelDownloadParts;
  readonly #rate = new RateEstimate();
  #sizes: number[] = [];
  /** Of each file, what was kept when its size was learnt. */
  #keptBytes: number[] = [];
  /** Of the file at work in the queue. */
  #index = 0;
  #doneBefore = 0;
  #current: { file: FileToDownload; download: FileDownload; mine: boolean } | null = null;
  #paused: boolean;
  /** What the tab that does the work says. */
  #elsewhere: { bytes: number; progress: TransferProgress } | null = null;
  #state: 'asking' | 'working' | 'done' = 'asking';
  #restarted = false;

  constructor(id: string, queue: readonly FileToDownload[], paused: boolean, parts: ModelDownloadParts) {
    this.#id = id;
    this.#queue = queue;
    this.#paused = paused;
    this.#parts = parts;
  }

  /** @throws GlanceError as `FileDownload.run` */
  async run(signal: AbortSignal): Promise<void> {
    const stopped = new AbortController();
    const both = AbortSignal.any([signal, stopped.signal]);
    const deaf = this.#parts.channel.listen((message) => {
      if (message.type === 'control' && message.model === this.#id) {
        if (message.action === 'stop') stopped.abort();
        else this.#control(message.action);
      }
      if (message.type === 'progress' && !this.#current?.mine && message.key === this.#current?.file.key) {
        this.#elsewhere = { bytes: message.fileDoneBytes, progress: message.progress };
      }
    });
    const timer = setInterval(() => this.#tell(), TELL_INTERVAL_MS);
    try {
      const downloads = this.#queue.map((file) => this.#download(file));
      this.#tell();
      await this.#measure(downloads, both);
      this.#state = 'working';
      for (const [index, download] of downloads.entries()) {
        this.#index = index;
        await this.#fetch(this.#queue[index]!, download, both);
        this.#noteSize();
        this.#doneBefore += this.#sizes[index]!;
      }
      this.#current = null;
      this.#state = 'done';
      this.#tell();
    } catch (thrown) {
      throw nameFile(thrown, this.#current?.file.name);
    } finally {
      clearInterval(timer);
      deaf();
    }
  }

  #download(file: FileToDownload): FileDownload {
    const { files, settings, checkSpace } = this.#parts;
    return new FileDownload(files, file, settings, checkSpace, { paused: this.#paused });
  }

  /** Learns all sizes, and sees that there is room for everything, before the first byte. */
  async #measure(downloads: readonly FileDownload[], signal: AbortSignal): Promise<void> {
    let neededBytes = 0;
    for (const [index, download] of downloads.entries()) {
      const file = this.#queue[index]!;
      this.#current = { file, download, mine: false };
      const size = await download.size(signal);
      const stored = await this.#parts.files.manifest(file.key);
      const keptBytes = stored === null ? 0 : Math.min(size, storedBytes(stored));
      this.#sizes.push(size);
      this.#keptBytes.push(keptBytes);
      neededBytes += size - keptBytes;
    }
    this.#current = null;
    if (neededBytes > 0) await this.#parts.checkSpace(neededBytes);
  }

  async #fetch(file: FileToDownload, download: FileDownload, signal: AbortSignal): Promise<void> {
    const { files } = this.#parts;
    const current = { file, download, mine: false };
    this.#current = current;
    this.#elsewhere = null;
    const work = async () => {
      current.mine = true;
      this.#rate.reset();
      // A pause may have come while another tab was at work.
      if (this.#paused) download.transfer.pause();
      else download.transfer.resume();
      await download.run(signal);
      this.#restarted ||= download.restarted;
    };
    const manifest = await files.manifest(file.key);
    if (manifest !== null && isComplete(manifest)) return;
    const free = await withFreeLock(writeLock(file.key), 'exclusive', work);
    if (free === null) await withLock(writeLock(file.key), 'exclusive', signal, work);
  }

  #control(action: Exclude<DownloadAction, 'stop'>): void {
    const paused = action === 'pause';
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.#rate.reset();
    const transfer = this.#current?.download.transfer;
    if (paused) transfer?.pause();
    else transfer?.resume();
    // The one at work writes it down; where nobody is yet, the first to hear does.
    void this.#parts.keepPaused(paused).catch(() => {});
    this.#tell();
  }

  #tell(): void {
    const progress = this.#progress();
    this.#parts.onProgress(progress);
    const { channel } = this.#parts;
    if (this.#current?.mine) {
      const { file, download } = this.#current;
      const fileDoneBytes = this.#fileDoneBytes(download);
      channel.post({ type: 'progress', model: this.#id, key: file.key, fileDoneBytes, progress });
    }
  }

  /** A file that was begun anew may have another size. */
  #noteSize(): void {
    const size = this.#current?.download.sizeBytes;
    if (size && this.#state === 'working') this.#sizes[this.#index] = size;
  }

  /** Of the file at work, also while its download by this tab or by another has yet to tell. */
  #fileDoneBytes({ sizeBytes, transfer }: FileDownload): number {
    if (sizeBytes !== null) return transfer.doneBytes;
    return this.#elsewhere?.bytes ?? this.#keptBytes[this.#index]!;
  }

  #progress(): TransferProgress {
    this.#noteSize();
    const current = this.#current;
    const totalBytes = this.#sizes.reduce((sum, size) => sum + size, 0);
    const base = { file: current?.file.name ?? '', totalBytes, restarted: this.#restarted };
    const still = { bytesPerSecond: null, remainingMs: null, trouble: null };
    if (this.#state === 'done') return { ...base, ...still, state: 'done', doneBytes: totalBytes };
    if (current === null || this.#state === 'asking') {
      const state = this.#paused ? 'paused' : 'asking';
      const trouble = current?.download.transfer.trouble ?? null;
      return { ...base, ...still, trouble, state, doneBytes: 0, totalBytes: 0 };
    }
    const doneBytes = this.#doneBefore + this.#fileDoneBytes(current.download);
    if (!current.mine) {
      const { progress } = this.#elsewhere ?? {};
      return {
        ...base,
        state: this.#paused ? 'paused' : 'elsewhere',
        doneBytes,
        bytesPerSecond: progress?.bytesPerSecond ?? null,
        remainingMs: progress?.remainingMs ?? null,
        trouble: progress?.trouble ?? null,
        restarted: this.#restarted || (progress?.restarted ?? false),
      };
    }
    const { transfer, sizeBytes, checking, restarted } = current.download;
    const rest = { ...base, doneBytes, restarted: this.#restarted || restarted };
    if (this.#paused) return { ...rest, ...still, state: 'paused' };
    const state = checking ? 'checking' : 'downloading';
    const { trouble } = transfer;
    if (trouble !== null) {
      // The time without a connection says nothing of the speed with one.
      this.#rate.reset();
      return { ...rest, ...still, trouble, state };
    }
    // What is found to be here when it begins did not come now.
    if (sizeBytes !== null) this.#rate.observe(doneBytes, performance.now());
    return {
      ...rest,
      state,
      bytesPerSecond: this.#rate.bytesPerSecond,
      remainingMs: this.#rate.remainingMs(totalBytes),
      trouble,
    };
  }
}

/** Adds the file's name to an error's details where it is missing. */
function nameFile(thrown: unknown, name: string | undefined): GlanceError {
  const error = toGlanceError(thrown);
  if (name === undefined || 'file' in error.details) return error;
  return new GlanceError(error.code, error.message, {
    cause: error,
    details: { ...error.details, file: name },
  });
}
