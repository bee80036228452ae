import { abortedError } from '../model/errors.ts';
import { type BlockReader, truncatedError } from '../weights/byte_source.ts';
import { type ByteReader, byteReader, PIECE_BYTES, soon } from './stream_bytes.ts';

/** Between two ranges, rather read in vain than by opening a Blob anew. */
const MAX_GAP_BYTES = 64 * 1024;

/**
 * Reads ranges of Blobs that lie one behind the other, right into the memory that is given. Ranges that follow one
 * another are read on.
 */
export class BlobsReader implements BlockReader {
  readonly #blobs: readonly Blob[];
  readonly #size: number;
  /** What is left of a Blob from `#offset` on. */
  #open: { bytes: ByteReader; left: number } | null = null;
  /** Of what comes next, in all of them. */
  #offset = 0;
  #lastRead: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(blobs: readonly Blob[]) {
    this.#blobs = blobs;
    this.#size = blobs.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * @throws GlanceError `file-truncated`, `aborted`; what the browser throws; Error if it falls silent or has no byte
   * streams. The memory is lost then.
   */
  readInto(offset: number, target: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const read = this.#lastRead.then(() => this.#fill(offset, target));
    this.#lastRead = read.catch(() => this.#leave());
    return read;
  }

  close(): void {
    this.#isClosed = true;
    this.#leave();
  }

  async #fill(offset: number, target: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const { byteOffset, length } = target;
    if (offset + length > this.#size) throw truncatedError('the file', offset + length, this.#size);
    if (offset < this.#offset || offset - this.#offset > MAX_GAP_BYTES) {
      this.#leave();
      this.#offset = offset;
    }
    while (this.#offset < offset) await this.#read(new Uint8Array(offset - this.#offset));
    let { buffer } = target;
    for (let at = 0; at < length; ) {
      const piece = await this.#read(new Uint8Array(buffer, byteOffset + at, length - at));
      buffer = piece.buffer;
      at += piece.length;
    }
    return new Uint8Array(buffer, byteOffset, length);
  }

  /** Reads what comes next into the beginning of a view. */
  async #read(view: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#isClosed) throw abortedError();
    this.#open ??= this.#openNext();
    const { bytes, left } = this.#open;
    const read = await soon(bytes.read(view.subarray(0, Math.min(PIECE_BYTES, left))));
    if (this.#isClosed) throw abortedError();
    if (read === 'silent' || read.done) throw new Error(`nothing came at byte ${this.#offset}`);
    this.#offset += read.value.length;
    this.#open.left -= read.value.length;
    if (this.#open.left === 0) this.#leave();
    return read.value;
  }

  #openNext(): { bytes: ByteReader; left: number } {
    let start = 0;
    const blob = this.#blobs.find(({ size }) => {
      start += size;
      return start > this.#offset;
    })!;
    const rest = blob.slice(this.#offset - (start - blob.size));
    const bytes = byteReader(rest.stream(), rest);
    if (bytes === null) throw new Error('this browser has no byte streams');
    return { bytes, left: rest.size };
  }

  #leave(): void {
    void this.#open?.bytes.cancel().catch(() => {});
    this.#open = null;
  }
}
