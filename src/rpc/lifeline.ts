/**
 * Nobody is told when a thread ends itself or is ended by the browser. But a Web Lock that it held becomes free
 * then, and whoever waits for that lock hears of it.
 */

/** Pages without TLS, and sandboxed ones, have none. */
export function lockManager(): LockManager | undefined {
  return navigator.locks;
}

/**
 * Takes a Web Lock that this thread keeps for as long as it lives.
 *
 * @returns the lock's name; null where there are no locks
 */
export function holdLifeline(): Promise<string | null> {
  const locks = lockManager();
  if (locks === undefined) return Promise.resolve(null);
  const name = `glance-life-${crypto.randomUUID()}`;
  return new Promise((resolve) => {
    locks
      .request(name, () => {
        resolve(name);
        return new Promise<never>(() => {});
      })
      .catch(() => resolve(null));
  });
}

/** Calls back when the thread has ended that holds this lifeline. */
export function watchLifeline(name: string, onEnd: () => void, signal?: AbortSignal): void {
  lockManager()
    ?.request(name, { mode: 'shared', ...(signal && { signal }) }, onEnd)
    .catch(() => {});
}
