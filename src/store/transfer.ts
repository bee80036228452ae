import { abortedError, GlanceError } from '../model/errors.ts';
import type { TransferTrouble } from '../model/storage.ts';
import { backoffMs, pauseFor, type RetryPolicy } from './backoff.ts';
import { Condition } from './condition.ts';
import { Passing, Unanswered } from './remote.ts';

/** One strand of a transfer that tries again; it is patient as long as bytes come between its failures. */
export class Patience {
  failures = 0;

  progressed(): void {
    this.failures = 0;
  }
}

/**
 * What the connections of one download share: its pauses, its waits, and its count of bytes. Lives as long
 * as the download; `signal` ends it.
 */
export class Transfer {
  readonly policy: RetryPolicy;
  readonly #gate = new Condition();
  #paused: boolean;
  /** Raised at a pause, to end what is under way. */
  #running = new AbortController();
  /** No request before this time of `performance`, which nobody sets back: a busy server is busy for all connections. */
  #notBeforeMs = 0;
  /** Bytes that are here, stored or on the way. */
  doneBytes = 0;
  trouble: TransferTrouble | null = null;

  constructor(policy: RetryPolicy, paused: boolean) {
    this.policy = policy;
    this.#paused = paused;
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.trouble = null;
    this.#running.abort();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#notBeforeMs = 0;
    this.#running = new AbortController();
    this.#gate.notify();
  }

  /** Counts bytes that came, or, negative, that were thrown away. */
  add(bytes: number): void {
    this.doneBytes += bytes;
    if (bytes > 0) this.trouble = null;
  }

  /**
   * Does something that needs the network until it succeeds: waits through pauses, and after a passing
   * failure tries again a little later.
   *
   * @param work gets a signal that is raised at a pause; it is called anew afterwards
   * @throws GlanceError `download-failed` when patience is at its end, `aborted`, and what `work` throws
   */
  async attempt<T>(
    patience: Patience,
    attempts: number,
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    for (;;) {
      await this.#gate.until(() => !this.#paused, signal);
      const waitMs = this.#notBeforeMs - performance.now();
      if (waitMs > 0) {
        await pauseFor(waitMs, AbortSignal.any([signal, this.#running.signal]));
        continue;
      }
      const running = this.#running.signal;
      try {
        const result = await work(AbortSignal.any([signal, running]));
        this.trouble = null;
        return result;
      } catch (error) {
        if (signal.aborted) throw abortedError();
        // Paused; or paused and resumed already.
        if (running.aborted) continue;
        if (!(error instanceof Passing)) throw error;
        await this.#recover(error, patience, attempts, signal);
      }
    }
  }

  async #recover(error: Passing, patience: Patience, attempts: number, signal: AbortSignal): Promise<void> {
    this.trouble = error.trouble;
    if (error.trouble === 'offline') {
      await untilOnline(this.policy.maxMs, AbortSignal.any([signal, this.#running.signal]));
      return;
    }
    patience.failures += 1;
    if (patience.failures >= attempts) throw failedError(error, this.doneBytes > 0);
    const waitMs = backoffMs(patience.failures, this.policy, error.retryAfterMs);
    if (error.trouble === 'busy') this.#notBeforeMs = Math.max(this.#notBeforeMs, performance.now() + waitMs);
    else await pauseFor(waitMs, AbortSignal.any([signal, this.#running.signal]));
  }
}

/** @param begun whether anything has come from the server before */
function failedError(error: Passing, begun: boolean): GlanceError {
  const details = { reason: error.message, trouble: error.trouble };
  if (error instanceof Unanswered && !begun) {
    return new GlanceError(
      'download-failed',
      'The server did not answer, also after several tries: the connection may be down, or the server does not let other sites read its files. Try again later, or download the file with the browser and add it from this device. What has come so far is kept.',
      { cause: error, details: { ...details, unanswered: true } },
    );
  }
  const what =
    error.trouble === 'busy'
      ? 'The server is too busy'
      : error.trouble === 'stalled'
        ? 'The server stopped sending'
        : 'The connection broke off';
  return new GlanceError(
    'download-failed',
    `${what}, also after several tries. What has come so far is kept: go on with the download later.`,
    { cause: error, details },
  );
}

/** Waits for the browser to say that it is online again, or a while: not every browser says so. */
function untilOnline(maxMs: number, signal: AbortSignal): Promise<void> {
  const waited = new AbortController();
  const online = () => waited.abort();
  addEventListener('online', online, { once: true });
  return pauseFor(maxMs, AbortSignal.any([signal, waited.signal])).finally(() =>
    removeEventListener('online', online),
  );
}
