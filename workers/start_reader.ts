import { startConfined } from '../src/rpc/confined_worker.ts';
import readerUrl from './reader.ts?worker&url';

/** Starts a reader worker, confined as the worker that starts it. The package's build has another module here. */
export function startReader(): Worker {
  return startConfined(readerUrl);
}
