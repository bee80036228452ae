/**
 * Web Locks, so that two tabs never write the same file and none deletes what another reads. Where the
 * browser has none (pages without TLS), locks of the same kind inside this worker: what is stored stays
 * sound there too, two tabs may only do the same work twice.
 */
import { abortedError } from '../model/errors.ts';
import { Condition } from './condition.ts';

/** Held, exclusively, by who downloads, repairs, imports or deletes a file. */
export const writeLock = (key: string): string => `glance-write ${key}`;
/** Held, shared, by who has loaded a file; exclusively by who deletes it. */
export const useLock = (key: string): string => `glance-use ${key}`;

type Mode = 'exclusive' | 'shared';

/**
 * Runs `work` while holding a lock; waits for it.
 *
 * @throws GlanceError `aborted` if the signal is raised before the lock is there
 */
export async function withLock<T>(
  name: string,
  mode: Mode,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (lockManager() === undefined) return local.run(name, mode, signal, work);
  let granted = false;
  try {
    return await navigator.locks.request(name, { mode, ...(signal && { signal }) }, () => {
      granted = true;
      return work();
    });
  } catch (error) {
    if (!granted && signal?.aborted) throw abortedError();
    throw error;
  }
}

/** As {@link withLock}, holding several; whoever needs several of the same asks for them in the same order. */
export function withLocks<T>(
  names: readonly string[],
  mode: Mode,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const [name, ...rest] = names;
  if (name === undefined) return work();
  return withLock(name, mode, signal, () => withLocks(rest, mode, signal, work));
}

/** Whether the locks of other tabs are known here. */
export function locksAreShared(): boolean {
  return lockManager() !== undefined;
}

/** Runs `work` if the lock is free now. Null if it is not. */
export async function withFreeLock<T>(
  name: string,
  mode: Mode,
  work: () => Promise<T>,
): Promise<{ result: T } | null> {
  if (lockManager() === undefined) {
    return local.isFree(name, mode) ? { result: await local.run(name, mode, undefined, work) } : null;
  }
  return navigator.locks.request(name, { mode, ifAvailable: true }, async (lock) =>
    lock === null ? null : { result: await work() },
  );
}

/** Takes a lock and keeps it until the returned function is called, or this thread ends. */
export function holdLock(name: string, mode: Mode, signal?: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    withLock(name, mode, signal, () => new Promise<void>((release) => resolve(release))).catch(reject);
  });
}

function lockManager(): LockManager | undefined {
  return navigator.locks;
}

class LocalLocks {
  readonly #held = new Map<string, { mode: Mode; count: number }>();
  readonly #change = new Condition();

  isFree(name: string, mode: Mode): boolean {
    const held = this.#held.get(name);
    return held === undefined || (mode === 'shared' && held.mode === 'shared');
  }

  async run<T>(
    name: string,
    mode: Mode,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    while (!this.isFree(name, mode)) await this.#change.until(() => this.isFree(name, mode), signal);
    const held = this.#held.get(name) ?? { mode, count: 0 };
    held.count += 1;
    this.#held.set(name, held);
    try {
      return await work();
    } finally {
      held.count -= 1;
      if (held.count === 0) this.#held.delete(name);
      this.#change.notify();
    }
  }
}

const local = new LocalLocks();
