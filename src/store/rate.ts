/** Time constant of the average: an old speed counts for 1/e after so long. */
const TIME_CONSTANT_MS = 6000;
/** No estimate before this much has been seen. */
const WARM_UP_MS = 1500;
/** Nothing for so long is no slow transfer but none: what the average still says is of no use for the end. */
const SILENCE_MS = 4000;

/**
 * Speed of a transfer as an exponentially weighted average over time, so that it neither jumps with every
 * piece nor sticks to what was. Without new bytes it falls.
 */
export class RateEstimate {
  #startMs: number | null = null;
  #lastMs = 0;
  #lastBytes = 0;
  /** When bytes came last. */
  #cameMs = 0;
  /** Weighted bytes and the weight of the time in which they came, both with the same decay. */
  #bytes = 0;
  #timeMs = 0;

  /** @param doneBytes so far; less than before (something was lost) begins a new estimate */
  observe(doneBytes: number, nowMs: number): void {
    if (this.#startMs === null || doneBytes < this.#lastBytes) {
      this.#startMs = nowMs;
      this.#cameMs = nowMs;
      this.#bytes = 0;
      this.#timeMs = 0;
    } else {
      const elapsed = nowMs - this.#lastMs;
      const decay = Math.exp(-elapsed / TIME_CONSTANT_MS);
      this.#bytes = this.#bytes * decay + (doneBytes - this.#lastBytes);
      this.#timeMs = this.#timeMs * decay + elapsed;
      if (doneBytes > this.#lastBytes) this.#cameMs = nowMs;
    }
    this.#lastMs = nowMs;
    this.#lastBytes = doneBytes;
  }

  /** Forgets what was, as after a pause. */
  reset(): void {
    this.#startMs = null;
  }

  /** Null until there is enough to say. */
  get bytesPerSecond(): number | null {
    if (this.#startMs === null || this.#lastMs - this.#startMs < WARM_UP_MS) return null;
    return this.#timeMs > 0 ? (1000 * this.#bytes) / this.#timeMs : null;
  }

  /** Milliseconds until `totalBytes`; null without an estimate, or while nothing comes. */
  remainingMs(totalBytes: number): number | null {
    const rate = this.bytesPerSecond;
    if (this.#lastMs - this.#cameMs >= SILENCE_MS) return null;
    return rate === null || rate < 1 ? null : (1000 * (totalBytes - this.#lastBytes)) / rate;
  }
}
