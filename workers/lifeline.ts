/**
 * Takes a Web Lock that this worker keeps for as long as it lives. A page hears nothing of a worker that ends
 * itself or is ended by the browser, but whoever waits for its lock gets it then.
 *
 * @returns the lock's name; null where pages have no locks (insecure or sandboxed ones)
 */
export function holdLifeline(): Promise<string | null> {
  const locks: LockManager | undefined = navigator.locks;
  if (locks === undefined) return Promise.resolve(null);
  const name = `glance-worker-${crypto.randomUUID()}`;
  return new Promise((resolve) => {
    locks
      .request(name, () => {
        resolve(name);
        return new Promise<never>(() => {});
      })
      .catch(() => resolve(null));
  });
}
