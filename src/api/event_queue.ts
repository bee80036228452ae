/** Values on their way from who makes them to one listener, who may be slower, or leave. */
export class EventQueue<T> implements AsyncIterable<T>, AsyncIterator<T> {
  readonly #onLeave: () => void;
  readonly #values: T[] = [];
  #listener: ((result: IteratorResult<T>) => void) | null = null;
  #ended = false;

  /** @param onLeave called when the listener leaves before the end, even while it waits for a value */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  push(value: T): void {
    if (this.#ended) return;
    if (this.#listener === null) this.#values.push(value);
    else this.#tell({ done: false, value });
  }

  /** What was pushed before is still heard. */
  end(): void {
    this.#ended = true;
    this.#tell({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#values.length > 0) return Promise.resolve({ done: false, value: this.#values.shift()! });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#listener = resolve;
    });
  }

  return(): Promise<IteratorResult<T>> {
    const early = !this.#ended;
    this.#values.length = 0;
    this.end();
    if (early) this.#onLeave();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #tell(result: IteratorResult<T>): void {
    const listener = this.#listener;
    this.#listener = null;
    listener?.(result);
  }
}
