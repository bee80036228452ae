/**
 * How long something works, and what it does to those who wait for it. A promise that rejects at the end would do
 * too, but `Promise.race` against one that lives long keeps every result that was ever raced with it.
 */
export class Lifetime<E extends Error = Error> {
  readonly #waiting = new Set<(reason: E) => void>();
  #reason: E | null = null;

  /** Why it ended; null while it lasts. */
  get reason(): E | null {
    return this.#reason;
  }

  /** Ends it; who waits hears the reason. Only the first counts. */
  end(reason: E): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }

  /**
   * Waits for work, but no longer than this lifetime.
   *
   * @throws the reason of its end
   */
  guard<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#reason !== null) {
        // Nobody else may hear of it any more.
        work.catch(() => {});
        return reject(this.#reason);
      }
      this.#waiting.add(reject);
      work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }
}
