import { abortedError, throwIfAborted } from '../model/errors.ts';

/** Runs tasks one after the other, in the order in which they came. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param signal takes a task that has not begun out of the queue at once; the task itself is to watch it
   * from then on
   * @throws GlanceError `aborted` for a task that never began
   */
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    let begun = false;
    const result = this.#last.then(() => {
      throwIfAborted(signal);
      begun = true;
      return task();
    });
    this.#last = result.catch(() => {});
    if (signal === undefined) return result;
    return new Promise((resolve, reject) => {
      const leave = () => {
        if (!begun) reject(abortedError());
      };
      if (signal.aborted) leave();
      signal.addEventListener('abort', leave, { once: true });
      result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }
}
