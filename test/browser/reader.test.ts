import { afterEach, expect, test } from 'vitest';
import { type BlockReader, type ByteSource, blobSource } from '../../src/weights/byte_source.ts';
import { readElsewhere } from '../../workers/far_reader.ts';
import { ReaderThread } from '../../workers/reader_thread.ts';
import { startReader } from '../../workers/start_reader.ts';

const bytes = Uint8Array.from({ length: 5_000_000 }, (_, i) => (i * 2654435761) >>> 24);
const cuts = [0, 1_000_003, 1_000_003, 3_000_000, bytes.length];
const blobs = cuts.slice(1).map((end, i) => new Blob([bytes.subarray(cuts[i]!, end)]));
const whole: ByteSource = { ...blobSource(new Blob(blobs), 'model.gguf'), blobs: async () => blobs };

const started: Worker[] = [];
afterEach(() => {
  for (const worker of started.splice(0)) worker.terminate();
});

/** A reader of a source whose worker has started. */
async function openReader(source: ByteSource = whole, signal?: AbortSignal): Promise<BlockReader> {
  const thread = new ReaderThread(() => {
    started.push(startReader());
    return started.at(-1)!;
  });
  const reader = readElsewhere(source, 0, thread).reader!(signal);
  await expect.poll(() => thread.isReady, { timeout: 30_000 }).toBe(true);
  return reader;
}

/** Reads into the middle of some memory, and says whether the worker had it. */
async function read(reader: BlockReader, offset: number, length: number): Promise<'far' | 'near'> {
  const target = new Uint8Array(new ArrayBuffer(length + 20), 8, length);
  const got = await reader.readInto(offset, target);
  expect([got.length, got.byteOffset, got.buffer.byteLength]).toEqual([length, 8, length + 20]);
  expect(got.every((byte, i) => byte === bytes[offset + i])).toBe(true);
  return target.length === 0 ? 'far' : 'near';
}

test('a worker reads ranges of a file of several Blobs, those that were asked for at once in order', async () => {
  const reader = await openReader();
  const far = await Promise.all([0, 1, 2, 3].map((i) => read(reader, i * 1_200_001, 1_200_001)));
  expect(far).toEqual(['far', 'far', 'far', 'far']);
  expect(await read(reader, 17, 2_999_990)).toBe('far');
  // Over a gap.
  expect(await read(reader, 3_000_100, 4_000)).toBe('far');
  expect(await read(reader, bytes.length - 1, 1)).toBe('far');
  await expect(reader.readInto(bytes.length - 1, new Uint8Array(2))).rejects.toMatchObject({
    code: 'file-truncated',
  });
  reader.close();
});

test('small files, and those that are no Blobs, are read where they are needed', () => {
  expect(readElsewhere(whole, bytes.length + 1).reader).toBeUndefined();
  const { blobs: _, ...other } = whole;
  expect(readElsewhere(other, 0).reader).toBeUndefined();
});

test('where the worker cannot read, or ends, the file is read all the same', async () => {
  const short = await openReader({ ...whole, blobs: async () => blobs.slice(0, 2) });
  expect(await read(short, 0, 1000)).toBe('far');
  expect(await read(short, 999_000, 2_000_000)).toBe('far');
  expect(await read(short, 0, 10)).toBe('near');
  const damaged = await openReader();
  const waiting = [read(damaged, 0, 4_000_000), read(damaged, 4_000_000, 1_000_000)];
  started.at(-1)!.dispatchEvent(new Event('error'));
  expect(await Promise.all(waiting)).toEqual(['far', 'far']);
  expect(await read(damaged, 5, 10)).toBe('near');
});

test('a reader that is closed, or aborted, reads no more', async () => {
  const reader = await openReader();
  const under = reader.readInto(0, new Uint8Array(4_000_000));
  reader.close();
  await expect(under).rejects.toMatchObject({ code: 'aborted' });
  await expect(reader.readInto(0, new Uint8Array(1))).rejects.toMatchObject({ code: 'aborted' });
  const controller = new AbortController();
  const other = await openReader(whole, controller.signal);
  controller.abort();
  await expect(other.readInto(0, new Uint8Array(1))).rejects.toMatchObject({ code: 'aborted' });
});
