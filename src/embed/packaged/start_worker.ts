import { files } from 'glance-files';

/** Starts an inference worker of the package. It is told where the other files are: bundlers have moved them. */
export function startInferenceWorker(): Worker {
  // No bundler is to see a worker here, and to bundle it once more.
  const address = files['inference.js']!;
  return new Worker(address, { type: 'module', name: JSON.stringify(files) });
}
