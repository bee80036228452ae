import type { StoreClient } from '../../src/rpc/store_client.ts';

/** Ends the service workers of this origin, which would outlive the test. */
export async function endServiceWorkers(): Promise<void> {
  const registrations = await navigator.serviceWorker.getRegistrations();
  await Promise.all(registrations.map((registration) => registration.unregister()));
}

/** Deletes all models that are kept, by whichever test. */
export async function emptyStore(store: StoreClient): Promise<void> {
  for (const { id } of await store.models()) await store.delete(id);
}
