import { files } from 'glance-files';

/** Starts a store worker of the package, as {@link startInferenceWorker} does the other. */
export function startStoreWorker(): Worker {
  const address = files['store.js']!;
  return new Worker(address, { type: 'module', name: 'glance-store' });
}
