/**
 * The files in IndexedDB. Manifests and chunks lie in one object store, so that a chunk and its hash are
 * written in one transaction: whenever the browser dies, either both are there or neither.
 *
 *     ['manifest', key]                     -> Manifest
 *     ['chunk', key, generation, index]     -> Blob
 */
import { createStore, promisifyRequest, type UseStore } from 'idb-keyval';
import { GlanceError, toGlanceError } from '../model/errors.ts';
import { chunkRange, type Manifest, withChunk, withoutChunks } from './manifest.ts';
import { written } from './transaction.ts';

export class FilesDb {
  readonly #use: UseStore;

  /** @param name of the database */
  constructor(name = 'glance-files') {
    this.#use = createStore(name, 'files');
  }

  /** @throws GlanceError `storage-unavailable`, as all methods */
  manifest(key: string): Promise<Manifest | null> {
    return this.#read(async (store) => (await promisifyRequest(store.get(manifestKey(key)))) ?? null);
  }

  manifests(): Promise<Manifest[]> {
    return this.#read((store) =>
      promisifyRequest(store.getAll(IDBKeyRange.bound(['manifest'], ['manifest', []]))),
    );
  }

  /** Begins a file: whatever was kept under its key before is gone. */
  create(manifest: Manifest): Promise<void> {
    return this.#write(async (store) => {
      store.delete(chunksOf(manifest.key));
      store.put(manifest, manifestKey(manifest.key));
    });
  }

  /**
   * Keeps a chunk with its hash.
   *
   * @returns the manifest as it is then; null, and nothing is kept, if the file was deleted or begun anew
   * meanwhile
   * @throws GlanceError `storage-full`, `storage-unavailable`
   */
  putChunk(
    { key, generation }: Manifest,
    index: number,
    bytes: Blob,
    sha256: string,
  ): Promise<Manifest | null> {
    return this.#write(async (store) => {
      const manifest = await current(store, key, generation);
      if (manifest === null) return null;
      const next = withChunk(manifest, index, sha256);
      store.put(bytes, chunkKey(key, generation, index));
      store.put(next, manifestKey(key));
      return next;
    });
  }

  /** Lets go of chunks that turned out to be damaged. Null as in {@link putChunk}. */
  dropChunks({ key, generation }: Manifest, indices: readonly number[]): Promise<Manifest | null> {
    return this.#write(async (store) => {
      const manifest = await current(store, key, generation);
      if (manifest === null) return null;
      const next = withoutChunks(manifest, indices);
      for (const index of indices) store.delete(chunkKey(key, generation, index));
      store.put(next, manifestKey(key));
      return next;
    });
  }

  /** Changes what is written about a file. Null as in {@link putChunk}. */
  update(
    { key, generation }: Pick<Manifest, 'key' | 'generation'>,
    change: Partial<Pick<Manifest, 'etag' | 'url' | 'publishedSha256' | 'digest' | 'sha256'>>,
  ): Promise<Manifest | null> {
    return this.#write(async (store) => {
      const manifest = await current(store, key, generation);
      if (manifest === null) return null;
      const next = { ...manifest, ...change };
      store.put(next, manifestKey(key));
      return next;
    });
  }

  /** A stored chunk; null if it is not there or not of its size, whatever the manifest says. */
  async chunk(manifest: Manifest, index: number): Promise<Blob | null> {
    const { key, generation } = manifest;
    const value: unknown = await this.#read((store) =>
      promisifyRequest(store.get(chunkKey(key, generation, index))),
    );
    return value instanceof Blob && value.size === chunkRange(manifest, index).length ? value : null;
  }

  delete(key: string): Promise<void> {
    return this.#write(async (store) => {
      store.delete(chunksOf(key));
      store.delete(manifestKey(key));
    });
  }

  #read<T>(work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
    return guarded(() => this.#use('readonly', work));
  }

  #write<T>(work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
    return guarded(() => written(this.#use, work));
  }
}

async function current(store: IDBObjectStore, key: string, generation: string): Promise<Manifest | null> {
  const manifest: Manifest | undefined = await promisifyRequest(store.get(manifestKey(key)));
  return manifest?.generation === generation ? manifest : null;
}

const manifestKey = (key: string): IDBValidKey => ['manifest', key];
const chunkKey = (key: string, generation: string, index: number): IDBValidKey => [
  'chunk',
  key,
  generation,
  index,
];
/** Arrays sort after all strings and numbers. */
const chunksOf = (key: string): IDBKeyRange => IDBKeyRange.bound(['chunk', key], ['chunk', key, []]);

/** Runs a transaction and words its failure. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw storageError(thrown);
  }
}

/** How a database's failure reads. */
export function storageError(thrown: unknown): GlanceError {
  if (thrown instanceof GlanceError) return thrown;
  const name = thrown instanceof DOMException ? thrown.name : '';
  if (name === 'QuotaExceededError') {
    return new GlanceError(
      'storage-full',
      'There is no room left for this site on this device. What has come so far is kept: delete a model or free space on the disk, then go on.',
      { cause: thrown },
    );
  }
  const reason =
    thrown instanceof DOMException ? `${name}: ${thrown.message}` : toGlanceError(thrown).message;
  return new GlanceError(
    'storage-unavailable',
    'This browser does not let this page keep files, as in a private window or with storage blocked. Allow storage for this site, or use another window, and try again.',
    { cause: thrown, details: { reason } },
  );
}
