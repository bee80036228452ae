import type { TransferProgress } from '../model/storage.ts';
import { RateEstimate } from './rate.ts';

/** Progress is told this often. */
const INTERVAL_MS = 200;

/** Tells of work whose size is known, a few times a second. */
export class Teller {
  readonly #totalBytes: number;
  readonly #onProgress: (progress: TransferProgress) => void;
  readonly #rate = new RateEstimate();
  #doneBytes = 0;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #file = '';

  constructor(totalBytes: number, onProgress: (progress: TransferProgress) => void) {
    this.#totalBytes = totalBytes;
    this.#onProgress = onProgress;
  }

  add(state: TransferProgress['state'], file: string, bytes: number): void {
    this.#doneBytes += bytes;
    this.#file = file;
    const nowMs = performance.now();
    this.#rate.observe(this.#doneBytes, nowMs);
    if (nowMs - this.#toldAtMs < INTERVAL_MS) return;
    this.#toldAtMs = nowMs;
    this.#tell(state);
  }

  end(): void {
    this.#tell('done');
  }

  #tell(state: TransferProgress['state']): void {
    this.#onProgress({
      state,
      file: this.#file,
      doneBytes: this.#doneBytes,
      totalBytes: this.#totalBytes,
      bytesPerSecond: this.#rate.bytesPerSecond,
      remainingMs: this.#rate.remainingMs(this.#totalBytes),
      trouble: null,
      restarted: false,
    });
  }
}
