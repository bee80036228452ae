/** When to try again after a server or a connection failed. Times in milliseconds. */

export interface RetryPolicy {
  /** The first wait; each further one is twice as long. */
  baseMs: number;
  maxMs: number;
  /** Failures in a row, without a byte between them, after which a download gives up. */
  attempts: number;
  /** A connection on which nothing comes for so long is given up. */
  stallMs: number;
}

/** About two minutes of trying in all. */
export const DEFAULT_RETRY: RetryPolicy = { baseMs: 500, maxMs: 30_000, attempts: 9, stallMs: 20_000 };

/** A server that asks for more patience than this is taken to mean "not today". */
const MAX_RETRY_AFTER_MS = 5 * 60_000;

/**
 * The wait before the next try: exponential, with jitter over its upper half so that the connections of a
 * download do not knock all at once.
 *
 * @param failures in a row, 1 for the first
 * @param retryAfterMs what the server asked for; it is kept to, with jitter added
 * @param random uniform in [0, 1)
 */
export function backoffMs(
  failures: number,
  { baseMs, maxMs }: RetryPolicy,
  retryAfterMs: number | null,
  random: () => number = Math.random,
): number {
  const exponential = Math.min(maxMs, baseMs * 2 ** (failures - 1));
  if (retryAfterMs !== null) return Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) + exponential * 0.5 * random();
  return exponential * (0.5 + 0.5 * random());
}

/** A `Retry-After` header: seconds or a date (RFC 9110, 10.2.3). Null if there is none or it is neither. */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/** Whether a status may be another one soon. */
export function isTransient(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Waits, unless the signal is raised first; never throws. */
export function pauseFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}
