import { GlanceError, throwIfAborted } from '../model/errors.ts';
import type { RetryPolicy } from './backoff.ts';
import { Condition } from './condition.ts';
import { digestFile } from './digest.ts';
import { fetchByRanges, fetchInOneGo } from './fetch_chunks.ts';
import type { FilesDb } from './files_db.ts';
import { checkChunks } from './integrity.ts';
import {
  createManifest,
  isComplete,
  isSameFile,
  type Manifest,
  missingChunks,
  type RemoteFile,
  storedBytes,
} from './manifest.ts';
import { Changed, type Description, describeRemote, RangesIgnored } from './remote.ts';
import { randomName } from './sha256.ts';
import { Patience, Transfer } from './transfer.ts';

export interface DownloadSettings {
  /** Of files that are begun; a file keeps the size with which it was begun. */
  chunkBytes: number;
  /** Requests at once. */
  connections: number;
  retry: RetryPolicy;
}

export interface FileToDownload {
  key: string;
  name: string;
  url: string;
}

/** Tries at finding a file before anything of it is here: a wrong address should not take minutes. */
const FIRST_ATTEMPTS = 4;
/** A file that changes more often than this while it is downloaded will go on doing so. */
const MAX_RESTARTS = 3;
/** Rounds of fetching again what the disk has lost or changed. */
const MAX_REPAIRS = 2;

/**
 * The download of one file into the store, from wherever it stands to a complete and verified file. Holds
 * no lock: its caller makes sure that nobody else writes the file.
 */
export class FileDownload {
  readonly #files: FilesDb;
  readonly #file: FileToDownload;
  readonly #settings: DownloadSettings;
  readonly #checkSpace: (neededBytes: number) => Promise<void>;
  readonly #repairs: boolean;
  #manifest: Manifest | null = null;
  /** The server publishes a hash; its machines differ in their ETags. */
  #ignoreEtag = false;
  /** The file on the server became another one, and was begun anew. */
  restarted = false;
  /** What the server said of the file, until it is used. */
  #described: Description | null = null;
  readonly transfer: Transfer;

  /**
   * @param checkSpace is asked before bytes are fetched; throws if there is no room for so many
   * @param paused whether to begin with a pause
   * @param repairs whether only chunks of the version that is here are wanted: if the server has another one, that is
   * an error, and what is here stays
   */
  constructor(
    files: FilesDb,
    file: FileToDownload,
    settings: DownloadSettings,
    checkSpace: (neededBytes: number) => Promise<void>,
    { paused = false, repairs = false } = {},
  ) {
    this.#repairs = repairs;
    this.#files = files;
    this.#file = file;
    this.#settings = settings;
    this.#checkSpace = checkSpace;
    this.transfer = new Transfer(settings.retry, paused);
  }

  /** Null until the download has begun. */
  get sizeBytes(): number | null {
    return this.#manifest?.sizeBytes ?? null;
  }

  /** Everything is here; what remains is to hash it as a whole. */
  get checking(): boolean {
    return this.#manifest !== null && missingChunks(this.#manifest).length === 0;
  }

  /**
   * The file's size: as stored, or else as the server says.
   *
   * @throws as {@link run}
   */
  async size(signal: AbortSignal): Promise<number> {
    const stored = await this.#files.manifest(this.#file.key);
    if (stored !== null && isComplete(stored)) return stored.sizeBytes;
    this.#described = await this.#describe(stored, signal);
    return this.#described.sizeBytes;
  }

  /**
   * @returns the manifest of the complete file
   * @throws GlanceError `file-unreachable`, `download-failed`, `download-changed`, `download-corrupt`,
   * `storage-full`, `storage-unavailable`, `aborted`. In all cases what is kept is sound.
   */
  async run(signal: AbortSignal): Promise<Manifest> {
    for (let restarts = 0; ; restarts++) {
      const stored = await this.#files.manifest(this.#file.key);
      if (stored !== null && isComplete(stored)) return stored;
      const remote = this.#described ?? (await this.#describe(stored, signal));
      this.#described = null;
      await this.#begin(stored, remote);
      try {
        return await this.#complete(remote, signal);
      } catch (error) {
        if (!(error instanceof Changed)) throw error;
        await this.#explain(remote, restarts, signal);
      }
    }
  }

  async #describe(stored: Manifest | null, signal: AbortSignal): Promise<Description> {
    const { policy } = this.transfer;
    const attempts = stored === null ? Math.min(FIRST_ATTEMPTS, policy.attempts) : policy.attempts;
    if (stored !== null) this.transfer.doneBytes = storedBytes(stored);
    const publishes = stored !== null && stored.publishedSha256 !== null;
    return this.transfer.attempt(
      new Patience(),
      attempts,
      (running) => describeRemote(this.#file.url, policy.stallMs, running, publishes),
      signal,
    );
  }

  /** Goes on with what is stored, or begins anew if that is of another file. */
  async #begin(stored: Manifest | null, remote: RemoteFile): Promise<void> {
    if (stored !== null && isSameFile(stored, remote)) {
      const etag = remote.etag ?? stored.etag;
      const publishedSha256 = remote.sha256 ?? stored.publishedSha256;
      await this.#checkSpace(stored.sizeBytes - storedBytes(stored));
      this.#manifest = await this.#files.update(stored, { etag, publishedSha256, url: this.#file.url });
    } else {
      if (this.#repairs) throw otherVersion(this.#file.name);
      if (stored !== null && storedBytes(stored) > 0) this.restarted = true;
      this.#manifest = createManifest(this.#file, remote, this.#settings.chunkBytes, randomName());
      // What is here of the other file goes.
      await this.#checkSpace(remote.sizeBytes - (stored === null ? 0 : storedBytes(stored)));
      await this.#files.create(this.#manifest);
    }
    this.transfer.doneBytes = storedBytes(this.#current);
  }

  get #current(): Manifest {
    // Deleted or begun anew by another: nothing is left to do here.
    if (this.#manifest === null) throw new GlanceError('aborted', 'Stopped: the file was deleted.');
    return this.#manifest;
  }

  /** Fetches what is missing, and compares the whole with the published hash. */
  async #complete(remote: Description, signal: AbortSignal): Promise<Manifest> {
    let ranges = remote.ranges;
    let repairs = 0;
    for (let round = 0; ; round++) {
      throwIfAborted(signal);
      // The first was asked for when the file was begun.
      if (round > 0) await this.#checkSpace(this.#current.sizeBytes - storedBytes(this.#current));
      let sha256: string | null;
      try {
        sha256 = await this.#fetchAndHash(ranges, signal);
      } catch (error) {
        if (error instanceof RangesIgnored && ranges) {
          ranges = false;
          continue;
        }
        const damaged = error instanceof GlanceError && error.code === 'storage-damaged';
        if (!damaged || repairs === MAX_REPAIRS) throw error;
        repairs += 1;
        const { bad } = await checkChunks(this.#files, this.#current, { signal });
        await this.#drop(bad);
        continue;
      }
      const manifest = this.#current;
      const published = manifest.publishedSha256;
      if (manifest.sha256 !== null || published === null || published === sha256) return this.#finish(sha256);
      // Either the disk changed a chunk after it came, or the server sends other bytes than it publishes.
      const report = await checkChunks(this.#files, manifest, { whole: true, signal });
      if (report.sha256 === published) return this.#finish(report.sha256);
      if (report.bad.length > 0 && repairs < MAX_REPAIRS) {
        repairs += 1;
        await this.#files.update(manifest, { digest: null });
        await this.#drop(report.bad);
        continue;
      }
      await this.#files.delete(manifest.key);
      throw corruptDownload(manifest.name);
    }
  }

  /** Lets go of chunks that the disk has lost or changed; they come again. */
  async #drop(bad: readonly number[]): Promise<void> {
    this.#manifest = await this.#files.dropChunks(this.#current, bad);
    this.transfer.doneBytes = storedBytes(this.#current);
  }

  async #finish(sha256: string | null): Promise<Manifest> {
    this.#manifest =
      sha256 === null ? null : await this.#files.update(this.#current, { sha256, digest: null });
    return this.#current;
  }

  /** The connections and the hasher side by side; the first to fail ends the others. */
  async #fetchAndHash(ranges: boolean, signal: AbortSignal): Promise<string | null> {
    const failed = new AbortController();
    const both = AbortSignal.any([signal, failed.signal]);
    const arrivals = new Condition();
    const chunks = {
      url: this.#file.url,
      transfer: this.transfer,
      manifest: () => this.#current,
      keep: async (index: number, bytes: Uint8Array<ArrayBuffer>, sha256: string) => {
        const blob = new Blob([bytes]);
        this.#manifest = await this.#files.putChunk(this.#current, index, blob, sha256);
        arrivals.notify();
      },
      seen: async (etag: string | null) => {
        if (etag === null || this.#ignoreEtag || this.#current.etag !== null) return;
        this.#manifest = await this.#files.update(this.#current, { etag });
      },
      etag: () => (this.#ignoreEtag ? null : this.#current.etag),
    };
    const fetched = ranges
      ? fetchByRanges(chunks, this.#settings.connections, both)
      : fetchInOneGo(chunks, both);
    // A file that was found right as a whole is so again once its chunks have their hashes back.
    const { sha256: known } = this.#current;
    const hashed =
      known === null
        ? digestFile(this.#files, () => this.#current, arrivals, both)
        : fetched.then(() => known);
    const tasks = [fetched, hashed] as const;
    for (const task of tasks) task.catch(() => failed.abort());
    try {
      const [, sha256] = await Promise.all(tasks);
      return sha256;
    } finally {
      await Promise.allSettled(tasks);
    }
  }

  /** Finds out what to make of a server whose answers do not fit: returns to go on, or throws. */
  async #explain(before: Description, restarts: number, signal: AbortSignal): Promise<void> {
    const manifest = this.#current;
    const now = await this.#describe(manifest, signal);
    if (now.sha256 !== null && now.sha256 === before.sha256) {
      // Same content by its hash: the ETag alone may differ. A second time it is more than the ETag.
      if (this.#ignoreEtag) {
        // It was whole once: the hashes of its parts are right.
        if (this.#repairs || manifest.sha256 !== null) throw wrongParts(manifest.name);
        await this.#files.delete(manifest.key);
        throw corruptDownload(manifest.name);
      }
      this.#ignoreEtag = true;
      return;
    }
    if (this.#repairs) throw otherVersion(manifest.name);
    if (restarts >= MAX_RESTARTS) {
      await this.#files.delete(manifest.key);
      throw new GlanceError(
        'download-changed',
        `${manifest.name} keeps changing on its server while it is downloaded. Nothing of it was kept; try again later.`,
        { details: { file: manifest.name, kept: false } },
      );
    }
    // Nothing tells the versions apart, but their bytes differ.
    if (isSameFile(manifest, now)) {
      this.restarted = true;
      await this.#files.delete(manifest.key);
    }
  }
}

function otherVersion(name: string): GlanceError {
  return new GlanceError(
    'download-changed',
    `${name} has changed on its server since it was downloaded, so its damaged parts cannot be fetched from there. Go on with the download to get the new version as a whole.`,
    { details: { file: name, kept: true } },
  );
}

function wrongParts(name: string): GlanceError {
  return new GlanceError(
    'download-corrupt',
    `The server sent other bytes than it publishes, so the damaged parts of ${name} could not be fetched again. All others are kept; try again later.`,
    { details: { file: name, kept: true } },
  );
}

function corruptDownload(name: string): GlanceError {
  return new GlanceError(
    'download-corrupt',
    `The server sent a ${name} that is not the one it publishes. Nothing of it was kept. Try again, or take it from another place.`,
    { details: { file: name, kept: false } },
  );
}
