import { type ByteSource, truncatedError } from './byte_source.ts';
import { corruptError } from './gguf_types.ts';

const DEFAULT_WINDOW_BYTES = 1024 * 1024;

/** No name or text in a header is longer; a longer one means that the length itself is damaged. */
const MAX_STRING_BYTES = 64 * 1024 * 1024;

/**
 * Reads a file from its start in little-endian scalars, fetching a window at a time. Callers first make
 * sure of the bytes with {@link ensure}; the scalar methods then read without waiting.
 */
export class HeaderReader {
  readonly source: ByteSource;
  readonly #signal: AbortSignal | undefined;
  readonly #windowBytes: number;
  readonly #text = new TextDecoder('utf-8', { ignoreBOM: true });
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(new ArrayBuffer(0));
  #at = 0;
  /** File offset of the window's first byte. */
  #base = 0;

  /** @param windowBytes fetched at once */
  constructor(source: ByteSource, signal?: AbortSignal, windowBytes = DEFAULT_WINDOW_BYTES) {
    this.source = source;
    this.#signal = signal;
    this.#windowBytes = windowBytes;
  }

  /** Bytes read so far, which is the file offset of the next one. */
  get offset(): number {
    return this.#base + this.#at;
  }

  /** Whether `count` bytes can be read at once. Checked first since a wait per string would be slow. */
  has(count: number): boolean {
    return this.#at + count <= this.#bytes.byteLength;
  }

  /** Fetches until `count` bytes are at hand. @throws GlanceError `file-truncated` */
  async ensure(count: number): Promise<void> {
    if (this.has(count)) return;
    const start = this.offset;
    if (start + count > this.source.size) {
      throw truncatedError(this.source.name, start + count, this.source.size);
    }
    const length = Math.min(Math.max(count, this.#windowBytes), this.source.size - start);
    const bytes = await this.source.read(start, length, this.#signal);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#base = start;
    this.#at = 0;
  }

  #advance(count: number): number {
    const at = this.#at;
    this.#at += count;
    return at;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }
  int8(): number {
    return this.#view.getInt8(this.#advance(1));
  }
  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }
  int16(): number {
    return this.#view.getInt16(this.#advance(2), true);
  }
  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }
  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }
  float32(): number {
    return this.#view.getFloat32(this.#advance(4), true);
  }
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }
  uint64(): number | bigint {
    return narrow(this.#view.getBigUint64(this.#advance(8), true));
  }
  int64(): number | bigint {
    return narrow(this.#view.getBigInt64(this.#advance(8), true));
  }

  /** A count or length of 64 bits that must stay below `limit`. @throws GlanceError `file-corrupt` */
  count(what: string, limit: number): number {
    const value = this.uint64();
    if (value > limit) throw corruptError(this.source, `it claims ${value} ${what}`);
    return Number(value);
  }

  /** A string: 64-bit length, then UTF-8. */
  async string(what: string): Promise<string> {
    if (!this.has(8)) await this.ensure(8);
    const length = this.count(`bytes for ${what}`, MAX_STRING_BYTES);
    if (!this.has(length)) await this.ensure(length);
    const at = this.#advance(length);
    return this.#text.decode(this.#bytes.subarray(at, at + length));
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
