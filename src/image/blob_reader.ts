import { GlanceError } from '../model/errors.ts';

/** Bytes fetched at once; most headers lie within the first piece. */
const WINDOW_BYTES = 64 * 1024;

/** The error for a picture whose bytes do not hold what its format promises. */
export function unreadableError(reason: string, cause?: unknown): GlanceError {
  return new GlanceError(
    'picture-unreadable',
    'This file could not be read as a picture: it is damaged, cut off or no picture at all. Choose another one, or save it again as JPEG or PNG.',
    { cause, details: { reason } },
  );
}

/** Reads small pieces of a blob here and there, without loading all of it. */
export class BlobReader {
  #window: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #windowStart = 0;

  constructor(readonly blob: Blob) {}

  /**
   * Bytes from `offset` on: `length` of them, or fewer at the end of the blob.
   *
   * @throws GlanceError `picture-unreadable` if the browser can no longer read the file.
   */
  async readUpTo(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const end = Math.min(offset + length, this.blob.size);
    if (offset < this.#windowStart || end > this.#windowStart + this.#window.length) {
      try {
        const piece = this.blob.slice(offset, Math.max(end, offset + WINDOW_BYTES));
        this.#window = new Uint8Array(await piece.arrayBuffer());
      } catch (cause) {
        throw new GlanceError(
          'picture-unreadable',
          'The browser can no longer read this file; it may have been moved, changed or deleted. Choose it again.',
          { cause, details: { reason: String(cause) } },
        );
      }
      this.#windowStart = offset;
    }
    return this.#window.subarray(offset - this.#windowStart, Math.max(end, offset) - this.#windowStart);
  }

  /**
   * Exactly `length` bytes from `offset` on, for reading numbers from.
   *
   * @throws GlanceError `picture-unreadable` if the blob ends before.
   */
  async read(offset: number, length: number): Promise<DataView<ArrayBuffer>> {
    const bytes = await this.readUpTo(offset, length);
    if (bytes.length < length) throw unreadableError(`the file ends within its header, at ${this.blob.size}`);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }
}
