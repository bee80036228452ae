/** Starts an inference worker. The one place that says where it lies, so that it is built once. */
export function startInferenceWorker(): Worker {
  return new Worker(new URL('../../workers/inference.ts', import.meta.url), { type: 'module' });
}
