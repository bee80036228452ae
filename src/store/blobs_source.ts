import { type BytePieces, type ByteSource, truncatedError } from '../weights/byte_source.ts';
import { blobPieces } from './stream_bytes.ts';

/** The bytes of Blobs, one behind the other. What the browser cannot read is thrown as the browser has it. */
export function blobsSource(blobs: readonly Blob[], name: string): ByteSource {
  const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
  async function* pieces(offset: number, length: number, signal?: AbortSignal): BytePieces {
    if (offset + length > size) throw truncatedError(name, offset + length, size);
    let start = 0;
    for (const blob of blobs) {
      const from = Math.max(offset - start, 0);
      const to = Math.min(offset + length - start, blob.size);
      if (from < to) yield* blobPieces(blob.slice(from, to), signal);
      start += blob.size;
    }
  }
  return { name, size, pieces, read: (...range) => collect(pieces, ...range), blobs: async () => blobs };
}

/** All bytes of a range, in new memory. */
export async function collect(
  pieces: NonNullable<ByteSource['pieces']>,
  offset: number,
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const piece of pieces(offset, length, signal)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
