import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TransferProgress } from '../../../src/model/storage.ts';
import type { StoreChannel } from '../../../src/store/channel.ts';
import type { FilesDb } from '../../../src/store/files_db.ts';
import { createManifest, type Manifest, withChunk } from '../../../src/store/manifest.ts';
import { ModelDownloader } from '../../../src/store/model_download.ts';

const SIZE = 1_000_000;
const SETTINGS = {
  chunkBytes: SIZE,
  connections: 1,
  retry: { baseMs: 100, maxMs: 1000, attempts: 1000, stallMs: 20_000 },
};
const FILE = { key: 'a', name: 'a.gguf', url: 'https://models.example/a.gguf' };

/** The server: sends what it is told to, or cannot be reached. */
class Server {
  reachable = true;
  #answer: ReadableStreamDefaultController<Uint8Array> | null = null;

  readonly fetch = async (
    _: string,
    asked: { headers: { range: string }; signal: AbortSignal },
  ): Promise<Response> => {
    if (!this.reachable) throw new TypeError('network');
    const [start, end] = asked.headers.range.replace('bytes=', '').split('-').map(Number) as [number, number];
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        if (end > 0) this.#answer = controller;
        asked.signal.addEventListener('abort', () => controller.error(asked.signal.reason));
      },
    });
    const range = { 'content-range': `bytes ${start}-${end}/${SIZE}` };
    return new Response(body, { status: 206, headers: range });
  };

  /** Sends at a speed, for a while. */
  async send(seconds: number, bytesPerSecond: number): Promise<void> {
    for (let i = 0; i < seconds * 10; i++) {
      this.#answer?.enqueue(new Uint8Array(bytesPerSecond / 10));
      await vi.advanceTimersByTimeAsync(100);
    }
  }

  breakOff(): void {
    this.reachable = false;
    this.#answer?.error(new TypeError('network'));
    this.#answer = null;
  }
}

/**
 * What is kept, in memory: as much of it as a download needs that does not come to a chunk's end.
 *
 * @param delayMs of all that is asked of it
 */
function filesInMemory(kept: Manifest | null = null, delayMs = 0): FilesDb {
  let manifest = kept;
  const answer = () => new Promise((resolve) => setTimeout(() => resolve(manifest), delayMs));
  const files = {
    manifest: answer,
    create: (created: Manifest) => {
      manifest = created;
      return answer();
    },
    update: (_: Manifest, change: Partial<Manifest>) => {
      manifest = { ...manifest!, ...change };
      return answer();
    },
  };
  return files as unknown as FilesDb;
}

const channel = { listen: () => () => {}, post: () => {} } as unknown as StoreChannel;
let server: Server;
let stopped: AbortController;
let ended: Promise<unknown>;

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  stopped = new AbortController();
  vi.stubGlobal('fetch', server.fetch);
  // Without locks of the browser, those of the worker.
  vi.stubGlobal('navigator', { onLine: true });
});
afterEach(async () => {
  stopped.abort();
  await ended;
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Begins a download. @returns what it has told, to which more is added */
function begin(files: FilesDb): TransferProgress[] {
  const told: TransferProgress[] = [];
  const downloader = new ModelDownloader('m', [FILE], false, {
    files,
    channel,
    settings: SETTINGS,
    checkSpace: async () => {},
    onProgress: (progress) => told.push(progress),
    keepPaused: async () => {},
  });
  ended = downloader.run(stopped.signal).catch((error: unknown) => error);
  return told;
}

test('without a connection neither speed nor time is told, and afterwards that of the new one', async () => {
  const told = begin(filesInMemory());
  await vi.advanceTimersByTimeAsync(100);
  await server.send(10, 5000);
  expect(told.at(-1)!.bytesPerSecond).toBeCloseTo(5000, -2);
  expect(told.at(-1)!.remainingMs).toBeCloseTo(190_000, -4);
  server.breakOff();
  await vi.advanceTimersByTimeAsync(1);
  const before = told.length;
  await vi.advanceTimersByTimeAsync(60_000);
  const outage = told.slice(before);
  expect(outage.length).toBeGreaterThan(100);
  for (const progress of outage) {
    expect(progress).toMatchObject({ trouble: 'connection', bytesPerSecond: null, remainingMs: null });
    expect(progress).toMatchObject({ state: 'downloading', doneBytes: 50_000, totalBytes: SIZE });
  }
  server.reachable = true;
  await vi.advanceTimersByTimeAsync(1000);
  await server.send(4, 5000);
  expect(told.at(-1)!.trouble).toBeNull();
  expect(told.at(-1)!.bytesPerSecond).toBeCloseTo(5000, -2);
});

test('what was kept is told from the beginning, and did not come now', async () => {
  const empty = createManifest(FILE, { sizeBytes: SIZE, etag: null, sha256: null }, SIZE / 2, 'first');
  // Slow to answer, so that progress is told between any two of its steps.
  const told = begin(filesInMemory(withChunk(empty, 1, 'hash'), 500));
  await vi.advanceTimersByTimeAsync(5000);
  await server.send(5, 5000);
  const working = told.filter(({ state }) => state !== 'asking');
  expect(working.at(-1)).toMatchObject({ state: 'downloading', doneBytes: SIZE / 2 + 25_000 });
  for (const { doneBytes, bytesPerSecond } of working) {
    expect(doneBytes).toBeGreaterThanOrEqual(SIZE / 2);
    expect(bytesPerSecond ?? 0).toBeLessThan(6000);
  }
});
