import { files } from 'glance-files';
import { startFrom } from './start_from.ts';

/** Starts a store worker of the package, as {@link startInferenceWorker} does the other. */
export function startStoreWorker(): Worker {
  return startFrom(files['store.js']!, 'glance-store');
}
