import { trustedAddress } from '../../rpc/confined_worker.ts';
import { packagedFile } from './worker_files.ts';

/** Starts a reader worker of the package, from its inference worker. */
export function startReader(): Worker {
  return new Worker(trustedAddress(packagedFile('reader.js')), { type: 'module', name: 'glance-reader' });
}
