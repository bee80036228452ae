import { startFrom } from './start_from.ts';
import { packagedFile } from './worker_files.ts';

/** Starts a reader worker of the package, from its inference worker. */
export function startReader(): Worker {
  return startFrom(packagedFile('reader.js'), 'glance-reader');
}
