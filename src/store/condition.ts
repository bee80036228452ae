import { abortedError, throwIfAborted } from '../model/errors.ts';

/** Lets several wait until something is so; whoever changes what they look at calls {@link notify}. */
export class Condition {
  readonly #waiting = new Set<() => void>();

  notify(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** @throws GlanceError `aborted` if the signal is raised first */
  until(test: () => boolean, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (test()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(look);
        signal?.removeEventListener('abort', stop);
      };
      const stop = () => {
        end();
        reject(abortedError());
      };
      const look = () => {
        if (!test()) return;
        end();
        resolve();
      };
      this.#waiting.add(look);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }
}
