/** Which models are kept: names for sets of files. A file may belong to several models. */
import { createStore, del, get, set, update, values } from 'idb-keyval';
import type { ModelOutline } from '../model/storage.ts';
import { guarded } from './files_db.ts';

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
    return guarded(() => set(record.id, record, this.#store));
  }

  /** Changes a record, if it is there. */
  async change(
    id: string,
    change: Partial<Pick<ModelRecord, 'paused' | 'lastUsedAt' | 'outline'>>,
  ): Promise<void> {
    if ((await this.get(id)) === null) return;
    await guarded(() =>
      update<ModelRecord>(id, (record) => ({ ...(record as ModelRecord), ...change }), this.#store),
    );
  }

  delete(id: string): Promise<void> {
    return guarded(() => del(id, this.#store));
  }
}

/** All files of a model. */
export function filesOf({ text, vision }: Pick<ModelRecord, 'text' | 'vision'>): string[] {
  return vision === null ? [...text] : [...text, vision];
}
