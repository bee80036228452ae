import type { ChatResult } from '../rpc/contract.ts';

/** Tokens a second of an answer, or null if it is too short to say. The first token belongs to the prompt. */
export function tokensPerSecond({ usage, timings }: ChatResult): number | null {
  const tokens = usage.completionTokens - 1;
  return tokens > 0 && timings.decodeMs > 0 ? (tokens * 1000) / timings.decodeMs : null;
}

/** Tokens a second at which the prompt was read, without what was known of it already; null if nothing was read. */
export function promptTokensPerSecond({ usage, timings }: ChatResult): number | null {
  const tokens = usage.promptTokens - usage.cachedTokens;
  return tokens > 0 && timings.prefillMs > 0 ? (tokens * 1000) / timings.prefillMs : null;
}

/** Tokens that prompt and answer fill of the context. */
export function contextUsed({ usage }: ChatResult): number {
  return usage.promptTokens + usage.completionTokens;
}

/** Over this long a rate is taken, in milliseconds: long enough to be calm, short enough to be true. */
const RATE_WINDOW_MS = 3000;
/** Over less nothing can be said. */
const LEAST_WINDOW_MS = 250;

/** Tells how fast a count grows at the moment. */
export class RateGauge {
  #counts: { count: number; atMs: number }[] = [];

  /** Another count begins. */
  reset(): void {
    this.#counts = [];
  }

  /** @param count so far; if it is smaller than before, another count has begun */
  note(count: number, atMs: number): void {
    if (count < (this.#counts.at(-1)?.count ?? 0)) this.reset();
    this.#counts.push({ count, atMs });
    // The oldest one that is kept is as old as the window, or a little older.
    const beginning = this.#counts.findLastIndex((entry) => entry.atMs <= atMs - RATE_WINDOW_MS);
    if (beginning > 0) this.#counts.splice(0, beginning);
  }

  /** Null until it can be told. */
  get tokensPerSecond(): number | null {
    const [first] = this.#counts;
    const last = this.#counts.at(-1);
    if (first === undefined || last === undefined) return null;
    const elapsedMs = last.atMs - first.atMs;
    return elapsedMs < LEAST_WINDOW_MS ? null : ((last.count - first.count) * 1000) / elapsedMs;
  }
}
