import { abortedError } from './errors.ts';

/**
 * What becomes of a promise, or `aborted` as soon as a signal is raised; the work behind the promise goes on.
 *
 * @throws GlanceError `aborted`
 */
export function abortable<T>(promise: Promise<T>, ...signals: (AbortSignal | undefined)[]): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leave = () => reject(abortedError());
    for (const signal of signals) {
      if (signal?.aborted) leave();
      else signal?.addEventListener('abort', leave);
    }
    promise.then(resolve, reject).finally(() => {
      for (const signal of signals) signal?.removeEventListener('abort', leave);
    });
  });
}
