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

/** A worker among those that a page has started, and workers of these: session within session. */
type Path = readonly string[];

interface Message {
  id?: number;
  result?: HeapUsage;
  method?: string;
  params?: { sessionId: string; message: string };
}

/**
 * Asks a page and its workers several times a second how much memory they hold, workers of workers among them.
 *
 * @param intervalMs between two questions; what comes and goes in between is missed
 */
export async function watchHeaps(page: Page, intervalMs = 100): Promise<HeapWatch> {
  const devtools = await page.context().newCDPSession(page);
  const workers = new Map<string, Path>();
  const waiting = new Map<number, (usage: HeapUsage) => void>();
  // Without "flatten" the workers' answers come through the sessions of who started them.
  const attach = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
  let lastId = 0;
  let peak = 0;
  const send = (path: Path, method: string, params: object = {}): number => {
    const ids = path.map(() => {
      lastId += 1;
      return lastId;
    });
    const [, ...outer] = [...path].reverse();
    let message = JSON.stringify({ id: ids[0], method, params });
    let sessionId = path.at(-1)!;
    outer.forEach((next, i) => {
      const given = { sessionId, message };
      message = JSON.stringify({ id: ids[i + 1], method: 'Target.sendMessageToTarget', params: given });
      sessionId = next;
    });
    devtools.send('Target.sendMessageToTarget', { sessionId, message }).catch(() => {});
    return ids[0]!;
  };
  const hear = (path: Path, { id, result, method, params }: Message): void => {
    if (method === 'Target.attachedToTarget') {
      const worker = [...path, params!.sessionId];
      workers.set(worker.join(), worker);
      send(worker, 'Target.setAutoAttach', attach);
    } else if (method === 'Target.detachedFromTarget') {
      const gone = [...path, params!.sessionId].join();
      for (const key of workers.keys()) if (key === gone || key.startsWith(`${gone},`)) workers.delete(key);
    } else if (method === 'Target.receivedMessageFromTarget') {
      hear([...path, params!.sessionId], JSON.parse(params!.message) as Message);
    } else if (id !== undefined) {
      if (result) waiting.get(id)?.(result);
      waiting.delete(id);
    }
  };
  for (const method of [
    'Target.attachedToTarget',
    'Target.detachedFromTarget',
    'Target.receivedMessageFromTarget',
  ] as const) {
    devtools.on(method, (params) => hear([], { method, params: params as Message['params'] }));
  }
  await devtools.send('Target.setAutoAttach', attach);
  const ask = (path: Path): Promise<HeapUsage> =>
    new Promise((resolve) => waiting.set(send(path, 'Runtime.getHeapUsage'), resolve));
  const late = (): Promise<HeapUsage> =>
    new Promise((resolve) => setTimeout(() => resolve({ usedSize: 0, totalSize: 0 }), 1000));
  let ended = false;
  const look = async () => {
    while (!ended) {
      const own = devtools.send('Runtime.getHeapUsage') as Promise<HeapUsage>;
      const usages = await Promise.all(
        [own, ...[...workers.values()].map(ask)].map((usage) => Promise.race([usage, late()])),
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
