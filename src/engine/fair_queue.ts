import { abortedError } from '../model/errors.ts';

interface Waiting {
  begin(): Promise<void>;
}

/**
 * Runs one task at a time. Tasks of one client run in the order in which they came; clients take turns, so that
 * one with many tasks does not keep the others waiting until all of them are done.
 */
export class FairQueue {
  /** Of each client with waiting tasks. */
  readonly #lanes = new Map<object, Waiting[]>();
  /** When each client had its last turn, counted in turns. */
  readonly #lastTurns = new WeakMap<object, number>();
  #turns = 0;
  #busy = false;

  /**
   * @param client stands for who asks
   * @param signal takes a task that has not begun out of the queue at once; the task itself is to watch it
   * from then on
   * @throws GlanceError `aborted` for a task that never began
   */
  run<T>(client: object, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
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

  #remove(client: object, waiting: Waiting): void {
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

  /** The first task of the client whose last turn is longest ago. */
  #take(): Waiting | undefined {
    let chosen: object | undefined;
    for (const client of this.#lanes.keys()) {
      if (chosen === undefined || this.#lastTurn(client) < this.#lastTurn(chosen)) chosen = client;
    }
    if (chosen === undefined) return undefined;
    this.#turns += 1;
    this.#lastTurns.set(chosen, this.#turns);
    const lane = this.#lanes.get(chosen)!;
    const next = lane.shift();
    if (lane.length === 0) this.#lanes.delete(chosen);
    return next;
  }

  #lastTurn(client: object): number {
    return this.#lastTurns.get(client) ?? 0;
  }
}
