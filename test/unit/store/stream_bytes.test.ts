import { afterEach, expect, test, vi } from 'vitest';
import { PIECE_BYTES, readInto, visitBlob } from '../../../src/store/stream_bytes.ts';
import { randomFrom } from '../../support/random.ts';

afterEach(() => {
  vi.useRealTimers();
});

const random = randomFrom(3);
const bytes = Uint8Array.from({ length: 2 * PIECE_BYTES + 12_345 }, () => random() * 256);
const blob = () => new Blob([bytes]);

/** A Blob whose stream is another. */
function withStream(stream: ReadableStream): Blob {
  return Object.assign(blob(), { stream: () => stream });
}

async function read(from: Blob): Promise<boolean> {
  const target = new Uint8Array(bytes.length + 3);
  await readInto(from, target);
  return Buffer.compare(target.subarray(0, bytes.length), bytes) === 0;
}

test('a Blob is read whole and in order', async () => {
  expect(await read(blob())).toBe(true);
  await visitBlob(new Blob([]), () => expect.unreachable());
});

test('many Blobs, one after the other, are read through the same memory', async () => {
  const made: number[] = [];
  const counting = new Proxy(ArrayBuffer, {
    construct(target, [byteLength]: [number]) {
      made.push(byteLength);
      return new target(byteLength);
    },
  });
  vi.stubGlobal('ArrayBuffer', counting);
  for (let i = 0; i < 20; i++) expect(await read(blob())).toBe(true);
  vi.unstubAllGlobals();
  expect(made.filter((byteLength) => byteLength === PIECE_BYTES).length).toBeLessThanOrEqual(1);
});

test('also where the browser has no byte streams', async () => {
  const plain = new ReadableStream({
    start: (controller) => {
      for (let at = 0; at < bytes.length; at += 70_001) controller.enqueue(bytes.slice(at, at + 70_001));
      controller.close();
    },
  });
  expect(await read(withStream(plain))).toBe(true);
});

test('a stream that falls silent is not waited for', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const silent = new ReadableStream({ start: (controller) => controller.enqueue(bytes.slice(0, 1000)) });
  const done = read(withStream(silent));
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await done).toBe(true);
});

test('bytes that are missing are noticed', async () => {
  const short = new ReadableStream({
    start: (controller) => {
      controller.enqueue(bytes.slice(0, 1000));
      controller.close();
    },
  });
  await expect(read(withStream(short))).rejects.toThrow('1000 of');
});

test('reading can be stopped', async () => {
  await expect(visitBlob(blob(), () => {}, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
});
