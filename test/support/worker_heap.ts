import type { Page } from 'playwright-core';

interface HeapUsage {
  usedSize: number;
  totalSize: number;
  embedderHeapUsedSize?: number;
  backingStorageSize?: number;
}

/** The largest JavaScript memory of a page and its workers, ArrayBuffers included, while it is watched. */
export interface HeapWatch {
  /** Since the watching began, or since this was last asked. */
  peakBytes(): number;
  end(): Promise<void>;
}

/**
 * Asks a page and its workers several times a second how much memory they hold.
 *
 * @param intervalMs between two questions; what comes and goes in between is missed
 */
export async function watchHeaps(page: Page, intervalMs = 100): Promise<HeapWatch> {
  const devtools = await page.context().newCDPSession(page);
  const workers = new Set<string>();
  const waiting = new Map<number, (usage: HeapUsage) => void>();
  let lastId = 0;
  let peak = 0;
  devtools.on('Target.attachedToTarget', ({ sessionId }) => workers.add(sessionId));
  devtools.on('Target.detachedFromTarget', ({ sessionId }) => workers.delete(sessionId));
  devtools.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result } = JSON.parse(message) as { id: number; result?: HeapUsage };
    if (result) waiting.get(id)?.(result);
    waiting.delete(id);
  });
  // Without "flatten" the workers' answers come through the page's own session.
  await devtools.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  const ask = async (sessionId: string): Promise<HeapUsage> => {
    lastId += 1;
    const id = lastId;
    const answer = new Promise<HeapUsage>((resolve) => waiting.set(id, resolve));
    await devtools.send('Target.sendMessageToTarget', {
      sessionId,
      message: JSON.stringify({ id, method: 'Runtime.getHeapUsage' }),
    });
    return answer;
  };
  const late = (): Promise<HeapUsage> =>
    new Promise((resolve) => setTimeout(() => resolve({ usedSize: 0, totalSize: 0 }), 1000));
  let ended = false;
  const look = async () => {
    while (!ended) {
      const own = devtools.send('Runtime.getHeapUsage') as Promise<HeapUsage>;
      const usages = await Promise.all(
        [own, ...[...workers].map(ask)].map((usage) => Promise.race([usage, late()])),
      );
      const sum = usages.reduce(
        (bytes, usage) =>
          bytes + usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0),
        0,
      );
      peak = Math.max(peak, sum);
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
  };
  const looking = look().catch(() => {});
  return {
    peakBytes: () => {
      const bytes = peak;
      peak = 0;
      return bytes;
    },
    end: async () => {
      ended = true;
      await looking;
      await devtools.detach().catch(() => {});
    },
  };
}
