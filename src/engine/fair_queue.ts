import { abortedError } from '../model/errors.ts';

interface Waiting {
  begin(): Promise<void>;
}

/**
 * Runs one task at a time. Tasks of one client run in the order in which they came; clients take turns, so that
 * one with many tasks does not keep the others waiting until all of them are done.
 */
export class FairQueue {
  /** Of each client with waiting tasks, in the order of their turns. */
  readonly #lanes = new Map<unknown, Waiting[]>();
  #busy = false;

  /**
   * @param client any value that stands for who asks
   * @param signal takes a task that has not begun out of the queue at once; the task itself is to watch it
   * from then on
   * @throws GlanceError `aborted` for a task that never began
   */
  run<T>(client: unknown, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted) return reject(abortedError());
      const waiting: Waiting = {
        begin: () => {
          signal?.removeEventListener('abort', leave);
          return task().then(resolve, reject);
        },
      };
      const leave = () => {
        this.#remove(client, waiting);
        reject(abortedError());
      };
      signal?.addEventListener('abort', leave, { once: true });
      const lane = this.#lanes.get(client);
      if (lane === undefined) this.#lanes.set(client, [waiting]);
      else lane.push(waiting);
      void this.#work();
    });
  }

  #remove(client: unknown, waiting: Waiting): void {
    const rest = this.#lanes.get(client)?.filter((other) => other !== waiting);
    if (rest === undefined) return;
    if (rest.length === 0) this.#lanes.delete(client);
    else this.#lanes.set(client, rest);
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#take(); next !== undefined; next = this.#take()) await next.begin();
    this.#busy = false;
  }

  /** The first task of the client whose turn it is; the client goes to the end of the row. */
  #take(): Waiting | undefined {
    for (const [client, lane] of this.#lanes) {
      const next = lane.shift();
      this.#lanes.delete(client);
      if (lane.length > 0) this.#lanes.set(client, lane);
      return next;
    }
    return undefined;
  }
}
