/** Which models are kept: names for sets of files. A file may belong to several models. */
import { createStore, get, promisifyRequest, values } from 'idb-keyval';
import type { ModelOutline } from '../model/storage.ts';
import { guarded } from './files_db.ts';
import { written } from './transaction.ts';

export interface ModelRecord {
  id: string;
  name: string;
  /** Keys of the text files, all parts in order. */
  text: readonly string[];
  vision: string | null;
  paused: boolean;
  /** Missing until all files are here; null for files of a model that Glance cannot run. */
  outline?: ModelOutline | null;
  /** What the servers told ahead. */
  inspected?: ModelOutline;
  /** Bytes of all files, as they told too. */
  inspectedBytes?: number;
  /** Milliseconds since 1970. */
  addedAt: number;
  lastUsedAt: number;
}

export class ModelsDb {
  readonly #store;

  constructor(name = 'glance-models') {
    this.#store = createStore(name, 'models');
  }

  /** @throws GlanceError `storage-unavailable`, `storage-full`, as all methods */
  all(): Promise<ModelRecord[]> {
    return guarded(() => values<ModelRecord>(this.#store));
  }

  get(id: string): Promise<ModelRecord | null> {
    return guarded(async () => (await get<ModelRecord>(id, this.#store)) ?? null);
  }

  put(record: ModelRecord): Promise<void> {
    return this.#write(async (store) => void store.put(record, record.id));
  }

  /** Changes a record, if it is there. */
  async change(
    id: string,
    change: Partial<Pick<ModelRecord, 'paused' | 'lastUsedAt' | 'outline'>>,
  ): Promise<void> {
    await this.#write(async (store) => {
      const record: ModelRecord | undefined = await promisifyRequest(store.get(id));
      if (record) store.put({ ...record, ...change }, id);
    });
  }

  delete(id: string): Promise<void> {
    return this.#write(async (store) => void store.delete(id));
  }

  #write(work: (store: IDBObjectStore) => Promise<void>): Promise<void> {
    return guarded(() => written(this.#store, work));
  }
}

/** All files of a model. */
export function filesOf({ text, vision }: Pick<ModelRecord, 'text' | 'vision'>): string[] {
  return vision === null ? [...text] : [...text, vision];
}
