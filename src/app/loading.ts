import type { LoadProgress, ModelSource } from '../rpc/contract.ts';

/** Where loading the model stands, with the bytes of all its files counted together. */
export interface Loading {
  readonly stage: 'start' | LoadProgress['stage'];
  readonly loadedBytes: number;
  /** Null until every file has said how long it is; one that the host compresses says so only at its end. */
  readonly totalBytes: number | null;
  /** Estimated time until all bytes are here, once there is something to estimate from. */
  readonly remainingMs: number | null;
  /**
   * Share of the present stage, 0..1; null where it has no countable parts. While the length of some files
   * is unknown, it is the share of the others.
   */
  readonly share: number | null;
}

export const LOAD_START: Loading = {
  stage: 'start',
  loadedBytes: 0,
  totalBytes: null,
  remainingMs: null,
  share: null,
};

/** Before that a rate says more about the start of the connection than about the rest of it. */
const ESTIMATE_AFTER_MS = 2000;

/** Names under which a model's files report their progress; none for those that are on this device already. */
export function fileNames(source: ModelSource): string[] {
  if (source.kind !== 'url') return [];
  const urls = source.vision === undefined ? [source.text] : [source.text, source.vision];
  return urls.map((url) => decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? url));
}

/** Adds up the files that are being fetched side by side. */
export class Downloads {
  readonly #expected: readonly string[];
  readonly #files = new Map<string, { loadedBytes: number; totalBytes: number | null }>();
  readonly #now: () => number;
  readonly #startMs: number;

  /**
   * @param expected files without which the total is not known yet.
   * @param now the time in milliseconds.
   */
  constructor(expected: readonly string[], now: () => number = () => performance.now()) {
    this.#expected = expected;
    this.#now = now;
    this.#startMs = now();
  }

  /** Where loading stands after this report. */
  add(progress: LoadProgress): Loading {
    if (progress.stage === 'fetch') this.#files.set(progress.file, progress);
    const loadedBytes = [...this.#files.values()].reduce((sum, file) => sum + file.loadedBytes, 0);
    const known = this.#known();
    const totalBytes = known?.all ? known.totalBytes : null;
    let share: number | null = null;
    let remainingMs: number | null = null;
    if (progress.stage === 'fetch' && known !== null && loadedBytes > 0) {
      share = known.loadedBytes / known.totalBytes;
      // A full bar over bytes that go on growing would look stuck.
      if (!known.all && share >= 1) share = null;
      const elapsedMs = this.#now() - this.#startMs;
      if (totalBytes !== null && elapsedMs > ESTIMATE_AFTER_MS) {
        remainingMs = (elapsedMs * (totalBytes - loadedBytes)) / loadedBytes;
      }
    }
    if (progress.stage === 'weights' && progress.total > 0) share = progress.done / progress.total;
    return { stage: progress.stage, loadedBytes, totalBytes, remainingMs, share };
  }

  /** Bytes of the files whose length is known, once all expected files have been heard of. */
  #known(): { loadedBytes: number; totalBytes: number; all: boolean } | null {
    if (!this.#expected.every((name) => this.#files.has(name))) return null;
    const sum = { loadedBytes: 0, totalBytes: 0, all: true };
    for (const { loadedBytes, totalBytes } of this.#files.values()) {
      if (totalBytes === null) {
        sum.all = false;
      } else {
        sum.loadedBytes += loadedBytes;
        sum.totalBytes += totalBytes;
      }
    }
    return sum.totalBytes > 0 ? sum : null;
  }
}
