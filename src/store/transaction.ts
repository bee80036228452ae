import type { UseStore } from 'idb-keyval';

/**
 * Settles when a transaction has ended. Not at its error event: that comes before the reason is known where a request
 * failed, for want of room for instance. The abort that follows tells it: https://www.w3.org/TR/IndexedDB/#abort-transaction
 *
 * @throws DOMException
 */
export function ended(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

/**
 * Writes in one transaction; what `work` returns counts only once that is through.
 *
 * @throws what `work` throws, DOMException
 */
export function written<T>(use: UseStore, work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
  return use('readwrite', async (store) => {
    const end = ended(store.transaction);
    // Heard below in any case; if `work` fails first, its error is the one to tell.
    end.catch(() => {});
    const result = await work(store);
    await end;
    return result;
  });
}
