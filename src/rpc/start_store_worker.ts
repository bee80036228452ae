/** Starts a store worker. The one place that says where it lies, so that it is built once. */
export function startStoreWorker(): Worker {
  return new Worker(new URL('../../workers/store.ts', import.meta.url), { type: 'module' });
}
