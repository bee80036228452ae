import { expect, test } from 'vitest';
import { type ByteSource, bytesSource, RangeReader } from '../../../src/weights/byte_source.ts';

const MIB = 1024 * 1024;
const bytes = Uint8Array.from({ length: 12 * MIB }, (_, i) => (i * 2654435761) >>> 24);
const plain = bytesSource(bytes, 'model.gguf');

/** The bytes in pieces of an odd size, each overwritten by the next; tells where reading began. */
function inPieces(end = bytes.length) {
  const begun: number[] = [];
  const source: ByteSource = {
    name: 'model.gguf',
    size: bytes.length,
    read: () => Promise.reject(new Error('read as a whole')),
    async *pieces(offset, length) {
      begun.push(offset);
      const memory = new Uint8Array(100_003);
      for (let at = offset; at < Math.min(end, offset + length); at += memory.length) {
        const piece = bytes.subarray(at, Math.min(end, at + memory.length));
        memory.fill(0xee);
        memory.set(piece);
        yield memory.subarray(0, piece.length);
      }
    },
  };
  return { source, begun };
}

async function expectRead(reader: RangeReader, offset: number, length: number): Promise<void> {
  const target = new Uint8Array(length);
  await reader.readInto(offset, target);
  expect(Buffer.compare(target, bytes.subarray(offset, offset + length))).toBe(0);
}

test('ranges that follow one another are read on, others anew', async () => {
  const { source, begun } = inPieces();
  const reader = new RangeReader(source);
  await expectRead(reader, 32, 500_000);
  await expectRead(reader, 500_032, 1);
  // Not wanted, but too little to begin anew for.
  await expectRead(reader, 700_000, 10);
  await expectRead(reader, 700_010, 0);
  await expectRead(reader, 8 * MIB, 3 * MIB);
  await expectRead(reader, 11 * MIB - 1, MIB);
  expect(begun).toEqual([32, 8 * MIB, 11 * MIB - 1]);
});

test('reads that are asked for at once are done in their order', async () => {
  for (const source of [inPieces().source, plain]) {
    const reader = new RangeReader(source);
    await Promise.all([0, 1, 2, 3].map((i) => expectRead(reader, i * 1_000_001, 1_000_001)));
  }
});

test('a file that ends before is told so', async () => {
  const beyond = new RangeReader(plain).readInto(bytes.length - 1, new Uint8Array(2));
  await expect(beyond).rejects.toMatchObject({ code: 'file-truncated' });
  const short = new RangeReader(inPieces(600_000).source).readInto(500_000, new Uint8Array(200_000));
  await expect(short).rejects.toMatchObject({ code: 'file-truncated' });
});

test('what is closed reads no more, and lets go of its source', async () => {
  const { source } = inPieces();
  let ended = false;
  const watched: ByteSource = {
    ...source,
    async *pieces(...range) {
      try {
        yield* source.pieces!(...range);
      } finally {
        ended = true;
      }
    },
  };
  const reader = new RangeReader(watched);
  await expectRead(reader, 0, 10);
  const late = reader.readInto(10, new Uint8Array(1_000_000));
  reader.close();
  await expect(late).rejects.toMatchObject({ code: 'aborted' });
  expect(ended).toBe(true);
});
