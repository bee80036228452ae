/** Where records lie: in IndexedDB, or, where the browser keeps nothing, in memory. */

import { createStore, promisifyRequest, type UseStore } from 'idb-keyval';
import { GlanceError, toGlanceError } from '../../model/errors.ts';
import { ended } from '../../store/transaction.ts';
import { PageError } from '../page_error.ts';
import { words } from '../words/index.ts';

export type RecordKey = [string, ...string[]];

/** The records within one transaction. */
export interface Transaction {
  get<T>(key: RecordKey): Promise<T | undefined>;
  /** All records whose keys begin so, in the order of their keys. */
  all<T>(prefix: RecordKey): Promise<T[]>;
  /** The keys of the same. */
  keys(prefix: RecordKey): Promise<RecordKey[]>;
  put(key: RecordKey, value: unknown): void;
  delete(key: RecordKey): void;
  deleteAll(prefix: RecordKey): void;
}

/** Work of a transaction awaits nothing but its records: it would end before. */
export interface RecordStore {
  /** What is written is there after the page is gone. */
  readonly lasting: boolean;
  /** @throws GlanceError `storage-unavailable` */
  read<T>(work: (records: Transaction) => Promise<T>): Promise<T>;
  /** Writes all or nothing. @throws GlanceError `storage-full`, `storage-unavailable` */
  write<T>(work: (records: Transaction) => Promise<T>): Promise<T>;
}

export class DatabaseRecords implements RecordStore {
  readonly lasting = true;
  readonly #use: UseStore;

  /** @param name of the database */
  constructor(name = 'glance-history') {
    this.#use = createStore(name, 'records');
  }

  read<T>(work: (records: Transaction) => Promise<T>): Promise<T> {
    return worded(() => this.#use('readonly', (store) => work(transaction(store))));
  }

  write<T>(work: (records: Transaction) => Promise<T>): Promise<T> {
    return worded(() =>
      this.#use('readwrite', async (store) => {
        const finished = ended(store.transaction);
        // Heard below in any case; if `work` fails first, its error is the one to tell.
        finished.catch(() => {});
        try {
          const result = await work(transaction(store));
          // At once, not when the browser finds that nothing follows: the page may be about to go.
          store.transaction.commit?.();
          await finished;
          return result;
        } catch (error) {
          try {
            store.transaction.abort();
          } catch {
            // It has ended already.
          }
          throw error;
        }
      }),
    );
  }
}

function transaction(store: IDBObjectStore): Transaction {
  return {
    get: (key) => promisifyRequest(store.get(key)),
    all: (prefix) => promisifyRequest(store.getAll(rangeOf(prefix))),
    keys: (prefix) =>
      promisifyRequest(store.getAllKeys(rangeOf(prefix))) as Promise<unknown> as Promise<RecordKey[]>,
    put: (key, value) => void store.put(value, key),
    delete: (key) => void store.delete(key),
    deleteAll: (prefix) => void store.delete(rangeOf(prefix)),
  };
}

/** Arrays sort after all strings. */
const rangeOf = (prefix: RecordKey): IDBKeyRange => IDBKeyRange.bound([...prefix], [...prefix, []]);

export class MemoryRecords implements RecordStore {
  readonly lasting = false;
  readonly #records = new Map<string, { key: RecordKey; value: unknown }>();

  read<T>(work: (records: Transaction) => Promise<T>): Promise<T> {
    return work(this.#transaction());
  }

  write<T>(work: (records: Transaction) => Promise<T>): Promise<T> {
    return work(this.#transaction());
  }

  #transaction(): Transaction {
    const records = this.#records;
    const matching = (prefix: RecordKey) =>
      [...records.values()].filter(({ key }) => prefix.every((part, i) => part === key[i]));
    return {
      get: async <T>(key: RecordKey) => records.get(JSON.stringify(key))?.value as T | undefined,
      all: async <T>(prefix: RecordKey) => matching(prefix).map(({ value }) => value as T),
      keys: async (prefix) => matching(prefix).map(({ key }) => key),
      put: (key, value) => void records.set(JSON.stringify(key), { key, value }),
      delete: (key) => void records.delete(JSON.stringify(key)),
      deleteAll: (prefix) => {
        for (const { key } of matching(prefix)) records.delete(JSON.stringify(key));
      },
    };
  }
}

async function worded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw historyError(thrown);
  }
}

/** How a failure to keep conversations reads. */
function historyError(thrown: unknown): GlanceError {
  if (thrown instanceof GlanceError) return thrown;
  const name = thrown instanceof DOMException ? thrown.name : '';
  const reason =
    thrown instanceof DOMException ? `${name}: ${thrown.message}` : toGlanceError(thrown).message;
  return name === 'QuotaExceededError'
    ? new PageError('storage-full', words.history.full, { cause: thrown, details: { reason } })
    : new PageError('storage-unavailable', words.history.refused, { cause: thrown, details: { reason } });
}
