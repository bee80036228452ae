import { abortedError, throwIfAborted } from '../src/model/errors.ts';
import { type BlockReader, type ByteSource, RangeReader } from '../src/weights/byte_source.ts';
import { ReaderThread } from './reader_thread.ts';

/** A smaller file is read sooner than a worker starts. */
const LEAST_BYTES = 64 * 1024 * 1024;

const thread = new ReaderThread();

/**
 * A source whose readers read in a worker of their own, where it can be handed over and is worth it. Reading a model
 * and bringing it to the GPU then go on side by side, which takes a quarter of the time off (`npm run bench:load`).
 *
 * @param leastBytes of a file for which a worker is started
 */
export function readElsewhere(source: ByteSource, leastBytes = LEAST_BYTES, by = thread): ByteSource {
  if (source.size < leastBytes || source.blobs === undefined) return source;
  // What comes before the first read, the file's header, takes as long as a worker to start.
  by.warmUp();
  return { ...source, reader: (signal) => new FarReader(source, by, signal) };
}

/**
 * Has the worker read once it has started, and reads here until then, and whenever the worker cannot: errors are
 * those of the source.
 */
class FarReader implements BlockReader {
  readonly #near: RangeReader;
  readonly #thread: ReaderThread;
  readonly #signal: AbortSignal | undefined;
  /** The worker's number of the file. */
  #file: number | null = null;
  #isClosed = false;

  constructor(source: ByteSource, thread: ReaderThread, signal: AbortSignal | undefined) {
    this.#near = new RangeReader(source, signal);
    this.#thread = thread;
    this.#signal = signal;
    void this.#open(source);
  }

  async #open(source: ByteSource): Promise<void> {
    // Of a damaged file, whoever comes to the damage is told.
    const blobs = await source.blobs!().catch(() => null);
    if (blobs !== null && !this.#isClosed) this.#file = this.#thread.open(blobs);
  }

  async readInto(offset: number, target: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#file === null || !this.#thread.isReady) return this.#near.readInto(offset, target);
    throwIfAborted(this.#signal);
    const { buffer: memory, byteOffset: from, length } = target;
    const { byteLength } = memory;
    const filled = await this.#thread.fill(this.#file, { offset, memory, from, length });
    throwIfAborted(this.#signal);
    if (this.#isClosed) throw abortedError();
    if (filled !== null) return new Uint8Array(filled, from, length);
    this.#leave();
    return this.#near.readInto(offset, new Uint8Array(new ArrayBuffer(byteLength), from, length));
  }

  close(): void {
    this.#isClosed = true;
    this.#near.close();
    this.#leave();
  }

  #leave(): void {
    if (this.#file !== null) this.#thread.close(this.#file);
    this.#file = null;
  }
}
