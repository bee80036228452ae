import type { StoreClient } from '../../src/rpc/store_client.ts';

/** Deletes all models that are kept, by whichever test. */
export async function emptyStore(store: StoreClient): Promise<void> {
  for (const { id } of await store.models()) await store.delete(id);
}
