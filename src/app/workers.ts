import inferenceUrl from '../../workers/inference.ts?worker&url';
import storeUrl from '../../workers/store.ts?worker&url';
import { startConfined } from '../rpc/confined_worker.ts';

/** The engine: it can reach this site and the model hosts that the site was built for, and nothing else. */
export function startInferenceWorker(): Worker {
  return startConfined(inferenceUrl);
}

/** The store of models, confined in the same way. */
export function startStoreWorker(): Worker {
  return startConfined(storeUrl);
}

/**
 * The store of models for addresses that a reader has given: under the policy that its script comes with, which lets
 * it download from any server.
 */
export function startNamedStoreWorker(): Worker {
  return new Worker(new URL(storeUrl, import.meta.url), { type: 'module' });
}
