import { files } from 'glance-files';
import { startFrom } from './start_from.ts';

/** Starts an inference worker of the package. It is told where the other files are: bundlers have moved them. */
export function startInferenceWorker(): Worker {
  // No bundler is to see a worker here, and to bundle it once more.
  return startFrom(files['inference.js']!, JSON.stringify(files));
}
