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

/**
 * @param owner of the stream, which must live as long as it is read
 * @param pieceBytes of the memory that is used; browsers without byte streams bring their own
 */
export function readPieces(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  owner: unknown,
  pieceBytes = PIECE_BYTES,
): PieceReader {
  const bytes = byteReader(stream);
  const reader = bytes ?? stream.getReader();
  const hold = { owner, stream, reader };
  let buffer = new ArrayBuffer(bytes === null ? 0 : pieceBytes);
  return {
    read: async () => {
      beingRead.add(hold);
      try {
        const { done, value } =
          bytes === null
            ? await (reader as ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>).read()
            : await bytes.read(new Uint8Array(buffer));
        if (done) return null;
        if (bytes !== null) buffer = value.buffer;
        return value;
      } finally {
        beingRead.delete(hold);
      }
    },
    cancel: () => reader.cancel(),
  };
}

function byteReader(stream: ReadableStream): ReadableStreamBYOBReader | null {
  try {
    return stream.getReader({ mode: 'byob' });
  } catch {
    return null;
  }
}

/**
 * Hands out a Blob's bytes in order.
 *
 * @param visit must be done with the bytes when it returns
 * @throws what the browser throws if it cannot read them, Error if it delivers fewer; GlanceError `aborted`
 */
export async function visitBlob(
  blob: Blob,
  visit: (bytes: Uint8Array) => void,
  signal?: AbortSignal,
): Promise<void> {
  const pieces = readPieces(blob.stream() as ReadableStream<Uint8Array<ArrayBuffer>>, blob);
  let length = 0;
  const take = (piece: Uint8Array) => {
    throwIfAborted(signal);
    visit(piece);
    length += piece.length;
  };
  try {
    for (let piece = await soon(pieces.read()); piece !== null; piece = await soon(pieces.read())) {
      // Should a stream fall silent all the same, the rest is read in the other way.
      if (piece === 'silent') {
        await visitSlices(blob, length, take);
        break;
      }
      take(piece);
    }
  } finally {
    void pieces.cancel().catch(() => {});
  }
  if (length !== blob.size) throw new Error(`${length} of ${blob.size} bytes came`);
}

/** What a read gives, or `silent` if it gives nothing for so long that it never will. */
async function soon<T>(work: Promise<T>): Promise<T | 'silent'> {
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

async function visitSlices(blob: Blob, start: number, visit: (bytes: Uint8Array) => void): Promise<void> {
  for (let at = start; at < blob.size; at += PIECE_BYTES) {
    visit(new Uint8Array(await blob.slice(at, at + PIECE_BYTES).arrayBuffer()));
  }
}

/** Reads a whole Blob into the beginning of `target`. Throws as {@link visitBlob}. */
export async function readInto(blob: Blob, target: Uint8Array, signal?: AbortSignal): Promise<void> {
  let at = 0;
  const copy = (piece: Uint8Array) => {
    target.set(piece, at);
    at += piece.length;
  };
  await visitBlob(blob, copy, signal);
}
