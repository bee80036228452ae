/**
 * Reading streams through memory that is used again and again. A file of gigabytes read in fresh arrays
 * leaves the garbage collector hundreds of megabytes behind; read in this way it leaves nothing, and is read
 * faster.
 */
import { throwIfAborted } from '../model/errors.ts';

/** Bytes read at once. Measured in Chromium: more is slower, less costs more calls. */
export const PIECE_BYTES = 1024 * 1024;

/** No disk takes so long for a piece. */
const SILENCE_MS = 15_000;

/** The bytes of a stream; what one call returns is overwritten by the next. */
export interface PieceReader {
  /** Null at the end. */
  read(): Promise<Uint8Array | null>;
  cancel(): Promise<void>;
}

/**
 * Streams that are being read. Chromium drops a Blob's stream that nobody holds but the one who waits for it:
 * its bytes then never come.
 */
const beingRead = new Set<unknown>();

/** Memory of streams that have ended: a model's file has hundreds. */
const idleMemory: ArrayBuffer[] = [];

function takeMemory(byteLength: number): ArrayBuffer {
  const at = idleMemory.findIndex((memory) => memory.byteLength === byteLength);
  return at < 0 ? new ArrayBuffer(byteLength) : idleMemory.splice(at, 1)[0]!;
}

/**
 * @param owner of the stream, which must live as long as it is read
 * @param pieceBytes of the memory that is used; browsers without byte streams bring their own
 */
export function readPieces(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  owner: unknown,
  pieceBytes = PIECE_BYTES,
): PieceReader {
  const bytes = byteReader(stream, owner);
  const reader = bytes === null ? stream.getReader() : null;
  const hold = { owner, stream, reader };
  let buffer = bytes === null ? new ArrayBuffer(0) : takeMemory(pieceBytes);
  return {
    read: async () => {
      if (reader !== null) {
        beingRead.add(hold);
        const { done, value } = await reader.read().finally(() => beingRead.delete(hold));
        return done ? null : value;
      }
      const { done, value } = await bytes!.read(new Uint8Array(buffer));
      // A stream's end brings the memory back, too.
      if (value) buffer = value.buffer;
      if (!done) return value;
      if (buffer.byteLength === pieceBytes) idleMemory.push(buffer);
      return null;
    },
    cancel: () => (reader ?? bytes!).cancel(),
  };
}

/** A stream that is read into memory of the caller. */
export interface ByteReader {
  /** What comes is the beginning of `view`, by a new name: the memory moves. */
  read(view: Uint8Array<ArrayBuffer>): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>>;
  cancel(): Promise<void>;
}

/**
 * @param owner as for {@link readPieces}
 * @returns null in browsers without byte streams
 */
export function byteReader(stream: ReadableStream, owner: unknown): ByteReader | null {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: 'byob' });
  } catch {
    return null;
  }
  const hold = { owner, stream, reader };
  return {
    read: (view) => {
      beingRead.add(hold);
      return reader.read(view).finally(() => beingRead.delete(hold));
    },
    cancel: () => reader.cancel(),
  };
}

/**
 * A Blob's bytes in order, in pieces that are each overwritten by the next.
 *
 * @throws what the browser throws if it cannot read them, Error if it delivers fewer; GlanceError `aborted`
 */
export async function* blobPieces(
  blob: Blob,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = readPieces(blob.stream() as ReadableStream<Uint8Array<ArrayBuffer>>, blob);
  let length = 0;
  try {
    for (;;) {
      const piece = await soon(pieces.read());
      throwIfAborted(signal);
      if (piece === null) break;
      if (piece === 'silent') {
        // Should a stream fall silent all the same, the rest is read in the other way.
        while (length < blob.size) {
          const slice = await blob.slice(length, length + PIECE_BYTES).arrayBuffer();
          throwIfAborted(signal);
          length += slice.byteLength;
          yield new Uint8Array(slice);
        }
        break;
      }
      length += piece.length;
      yield piece;
    }
  } finally {
    void pieces.cancel().catch(() => {});
  }
  if (length !== blob.size) throw new Error(`${length} of ${blob.size} bytes came`);
}

/** Hands out a Blob's bytes in order; `visit` must be done with them when it returns. Throws as {@link blobPieces}. */
export async function visitBlob(
  blob: Blob,
  visit: (bytes: Uint8Array) => void,
  signal?: AbortSignal,
): Promise<void> {
  for await (const piece of blobPieces(blob, signal)) visit(piece);
}

/** What a read gives, or `silent` if it gives nothing for so long that it never will. */
export async function soon<T>(work: Promise<T>): Promise<T | 'silent'> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silent = new Promise<'silent'>((resolve) => {
    timer = setTimeout(() => resolve('silent'), SILENCE_MS);
  });
  try {
    return await Promise.race([work, silent]);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a whole Blob into the beginning of `target`. Throws as {@link blobPieces}. */
export async function readInto(blob: Blob, target: Uint8Array, signal?: AbortSignal): Promise<void> {
  let at = 0;
  const copy = (piece: Uint8Array) => {
    target.set(piece, at);
    at += piece.length;
  };
  await visitBlob(blob, copy, signal);
}
