import { abortedError, GlanceError, throwIfAborted } from '../model/errors.ts';
import { PolicyWatch, policyError } from './policy_watch.ts';

/** Bytes of a file that can be read in any order: a picked file, a downloaded one, or one kept in pieces. */
export interface ByteSource {
  /** The file's name, for messages. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /**
   * Reads exactly `length` bytes from `offset` on.
   * @throws GlanceError `file-truncated` if the file ends before, `aborted`, `file-unreachable`.
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Where the source can: the same bytes in pieces as they come, in order, each overwritten by the next. Reading
   * gigabytes so leaves nothing for the garbage collector. Throws as {@link read}.
   */
  pieces?(offset: number, length: number, signal?: AbortSignal): BytePieces;
  /** Where the source can: what it consists of, one behind the other. They can be handed to another thread. */
  blobs?(): Promise<readonly Blob[]>;
  /** Where the source has better ones than {@link RangeReader}. */
  reader?(signal?: AbortSignal): BlockReader;
}

/** Reads ranges, most of which follow one another, into memory that is used again and again. */
export interface BlockReader {
  /**
   * Fills `target` from `offset` on, after the reads that were asked for before. The memory belongs to the reader
   * until then, and may be given back by another name.
   *
   * @param target a view of memory that holds nothing else which is needed
   * @returns the bytes, in the same place of the same memory or of other that is as long
   * @throws GlanceError as {@link ByteSource.read}
   */
  readInto(offset: number, target: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** Ends reading; reads under way fail as `aborted`. */
  close(): void;
}

export type BytePieces = AsyncGenerator<Uint8Array, void, undefined>;

/** The error of a file that ends too early. */
export function truncatedError(name: string, needed: number, size: number): GlanceError {
  return new GlanceError(
    'file-truncated',
    `${name} is incomplete: it ends after ${size} bytes, but at least ${needed} are needed. Download it again.`,
    { details: { file: name, neededBytes: needed, fileBytes: size } },
  );
}

/** Bytes of a piece of a source that has none of its own. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** The bytes of a range in pieces, in order; what is taken is valid until the next. Throws as {@link ByteSource.read}. */
export async function* piecesOf(
  source: ByteSource,
  offset: number,
  length: number,
  signal?: AbortSignal,
): BytePieces {
  if (source.pieces) {
    yield* source.pieces(offset, length, signal);
    return;
  }
  for (let at = 0; at < length; at += PIECE_BYTES) {
    yield await source.read(offset + at, Math.min(PIECE_BYTES, length - at), signal);
  }
}

/** Reads by the pieces of a source; ends and begins anew where ranges do not follow one another. */
export class RangeReader implements BlockReader {
  readonly #source: ByteSource;
  readonly #signal: AbortSignal | undefined;
  #pieces: BytePieces | null = null;
  /** What is left of the last piece. */
  #rest: Uint8Array = new Uint8Array(0);
  /** Offset in the source of what comes next. */
  #offset = 0;
  #lastRead: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(source: ByteSource, signal?: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  async readInto<Bytes extends Uint8Array>(offset: number, target: Bytes): Promise<Bytes> {
    this.#lastRead = this.#lastRead.then(() => this.#fill(offset, target));
    await this.#lastRead;
    return target;
  }

  close(): void {
    this.#closed = true;
    this.#end();
  }

  #end(): void {
    void this.#pieces?.return().catch(() => {});
    this.#pieces = null;
    this.#rest = new Uint8Array(0);
  }

  async #fill(offset: number, target: Uint8Array): Promise<void> {
    const { name, size } = this.#source;
    if (offset + target.length > size) throw truncatedError(name, offset + target.length, size);
    if (this.#pieces === null || offset < this.#offset || offset > this.#offset + PIECE_BYTES) {
      this.#end();
      this.#offset = offset;
      this.#pieces = piecesOf(this.#source, offset, size - offset, this.#signal);
    }
    while (this.#offset < offset) this.#pass((await this.#next(offset - this.#offset)).length);
    for (let at = 0; at < target.length; ) {
      const piece = await this.#next(target.length - at);
      target.set(piece, at);
      at += piece.length;
      this.#pass(piece.length);
    }
  }

  /** What comes next, at most so many bytes. */
  async #next(most: number): Promise<Uint8Array> {
    if (this.#closed) throw abortedError();
    if (this.#rest.length === 0) {
      const { done, value } = await this.#pieces!.next();
      if (this.#closed) throw abortedError();
      if (done) throw truncatedError(this.#source.name, this.#offset + most, this.#offset);
      this.#rest = value;
    }
    return this.#rest.subarray(0, most);
  }

  #pass(length: number): void {
    this.#rest = this.#rest.subarray(length);
    this.#offset += length;
  }
}

/** A source over a Blob or File; only the ranges that are asked for are read into memory. */
export function blobSource(blob: Blob, name: string): ByteSource {
  return {
    name,
    size: blob.size,
    blobs: async () => [blob],
    async read(offset, length, signal) {
      throwIfAborted(signal);
      if (offset + length > blob.size) throw truncatedError(name, offset + length, blob.size);
      let buffer: ArrayBuffer;
      try {
        buffer = await blob.slice(offset, offset + length).arrayBuffer();
      } catch (cause) {
        // A file on disk that changed or vanished after it was picked fails here.
        throw new GlanceError(
          'file-unreachable',
          `${name} can no longer be read; it may have been moved, changed or deleted. Choose it again.`,
          { cause, details: { file: name } },
        );
      }
      throwIfAborted(signal);
      if (buffer.byteLength !== length) throw truncatedError(name, offset + length, blob.size);
      return new Uint8Array(buffer);
    },
  };
}

/** A source over bytes that are in memory already. */
export function bytesSource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    async read(offset, length, signal) {
      throwIfAborted(signal);
      if (offset + length > bytes.byteLength) throw truncatedError(name, offset + length, bytes.byteLength);
      return bytes.slice(offset, offset + length);
    },
  };
}

export interface FetchBlobOptions {
  /** Heard after every piece; `totalBytes` is null where the server does not tell. */
  onProgress?: (loadedBytes: number, totalBytes: number | null) => void;
  signal?: AbortSignal;
}

/** Pieces are handed to the browser's blob store whenever this many bytes have come. */
const FLUSH_BYTES = 16 * 1024 * 1024;

/**
 * Downloads a whole file into a Blob. The browser keeps a Blob's bytes outside the script's heap, so
 * besides the Blob itself at most 16 MiB are held.
 *
 * @throws GlanceError `file-unreachable` (offline, HTTP error, a web page instead of the file, a policy that forbids it:
 * then `details.policy` is `connect-src`),
 * `file-truncated` (the connection ended early), `aborted`.
 */
export async function fetchBlob(url: string | URL, options: FetchBlobOptions = {}): Promise<Blob> {
  const { onProgress, signal } = options;
  const name = fileNameOf(url);
  throwIfAborted(signal);
  let response: Response;
  const policy = new PolicyWatch();
  try {
    response = await fetch(url, { signal: signal ?? null });
  } catch (cause) {
    if (signal?.aborted) throw abortedError();
    if (await policy.isRefused()) throw policyError(name, url, cause);
    throw unreachable(
      name,
      `${name} could not be downloaded: the server did not answer. Check the connection and the address, and try again.`,
      { cause },
    );
  } finally {
    policy.end();
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw unreachable(
      name,
      `${name} could not be downloaded: the server answered ${response.status}. ${adviceFor(response.status)}`,
      { status: response.status },
    );
  }
  // Static hosts answer a missing file with the site's own page and status 200.
  if (/^(text\/html|application\/xhtml\+xml)\b/i.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel();
    throw unreachable(
      name,
      `${name} could not be downloaded: the server sent a web page instead of the file, so the file is probably not there. Check the address.`,
      { status: response.status },
    );
  }

  // With a content encoding, content-length counts the compressed bytes.
  const encoded = response.headers.get('content-encoding') !== null;
  const lengthHeader = response.headers.get('content-length');
  const totalBytes = encoded || lengthHeader === null ? null : Number(lengthHeader);

  const stored: Blob[] = [];
  let pending: Uint8Array<ArrayBuffer>[] = [];
  let pendingBytes = 0;
  let loadedBytes = 0;
  const flush = () => {
    stored.push(new Blob(pending));
    pending = [];
    pendingBytes = 0;
  };
  onProgress?.(0, totalBytes);
  if (response.body) {
    const reader = response.body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        pending.push(value);
        pendingBytes += value.byteLength;
        loadedBytes += value.byteLength;
        if (pendingBytes >= FLUSH_BYTES) flush();
        // A compressed answer from elsewhere hides its encoding; its length then is not the file's.
        onProgress?.(loadedBytes, totalBytes !== null && loadedBytes > totalBytes ? null : totalBytes);
      }
    } catch (cause) {
      if (signal?.aborted) throw abortedError();
      throw unreachable(
        name,
        `The download of ${name} broke off after ${loadedBytes} bytes. Check the connection and try again.`,
        { cause },
      );
    }
  }
  throwIfAborted(signal);
  if (totalBytes !== null && loadedBytes < totalBytes) throw truncatedError(name, totalBytes, loadedBytes);
  flush();
  return new Blob(stored);
}

/** The last part of a URL's path, decoded: what a person would call the file. */
export function fileNameOf(url: string | URL): string {
  const path = String(url).replace(/[?#].*$/s, '');
  const last = path.slice(path.lastIndexOf('/') + 1) || path;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function adviceFor(status: number): string {
  if (status === 404 || status === 410) return 'The file is not there: check the address.';
  if (status === 401 || status === 403) return 'It asks for permission: check that the file is public.';
  if (status === 429 || status >= 500) return 'Try again in a moment.';
  return 'Check the address.';
}

function unreachable(
  name: string,
  message: string,
  { cause, status = null }: { cause?: unknown; status?: number | null } = {},
): GlanceError {
  return new GlanceError('file-unreachable', message, { cause, details: { file: name, status } });
}
