import { startReader } from './start_reader.ts';

/** What a reader worker is told, of a file by its number: what it consists of, what to read of it, that it is done with. */
export type ReaderRequest =
  | { file: number; blobs: readonly Blob[] }
  | ({ file: number; id: number } & FillRequest)
  | { file: number };

export interface FillRequest {
  /** In the file. */
  offset: number;
  memory: ArrayBuffer;
  /** Where in the memory the bytes go. */
  from: number;
  length: number;
}

/** The memory with the bytes; null, and the memory is lost, if they could not be read. */
export type ReaderAnswer = { ready: true } | { id: number; memory: ArrayBuffer | null };

/** After the last use. A model's files are read one after the other. */
const IDLE_MS = 15_000;

/** A reader worker that is started when it is first wanted, and ended some time after nobody wants it any more. */
export class ReaderThread {
  readonly #start: () => Worker;
  #worker: Worker | null = null;
  #isReady = false;
  #lastNumber = 0;
  readonly #files = new Set<number>();
  readonly #waiting = new Map<number, (memory: ArrayBuffer | null) => void>();
  #idle: ReturnType<typeof setTimeout> | undefined;

  /** @param start makes a new worker; default: this site's */
  constructor(start: () => Worker = startReader) {
    this.#start = start;
  }

  /** Whether the worker has started. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Starts the worker ahead of its use. Browsers without workers in workers never have it ready. */
  warmUp(): void {
    this.#restEnd();
    if (this.#worker !== null) return;
    try {
      this.#worker = this.#start();
    } catch {
      return;
    }
    this.#worker.addEventListener('message', ({ data }: MessageEvent<ReaderAnswer>) => {
      if ('ready' in data) {
        this.#isReady = true;
        return;
      }
      this.#waiting.get(data.id)?.(data.memory);
      this.#waiting.delete(data.id);
    });
    this.#worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#end();
    });
    this.#rest();
  }

  /** Hands a file over; null if there is no worker. @returns its number */
  open(blobs: readonly Blob[]): number | null {
    this.warmUp();
    if (this.#worker === null) return null;
    this.#restEnd();
    const file = this.#number();
    this.#files.add(file);
    this.#send({ file, blobs });
    return file;
  }

  /** @returns the memory with the bytes; null, and the memory is lost, if the worker could not read them, or has ended */
  fill(file: number, request: FillRequest): Promise<ArrayBuffer | null> {
    if (!this.#files.has(file)) return Promise.resolve(null);
    const id = this.#number();
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send({ file, id, ...request }, [request.memory]);
    });
  }

  close(file: number): void {
    if (!this.#files.delete(file)) return;
    this.#send({ file });
    this.#rest();
  }

  #number(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  #send(request: ReaderRequest, given: Transferable[] = []): void {
    this.#worker!.postMessage(request, given);
  }

  #rest(): void {
    this.#restEnd();
    if (this.#files.size === 0) this.#idle = setTimeout(() => this.#end(), IDLE_MS);
  }

  #restEnd(): void {
    clearTimeout(this.#idle);
  }

  #end(): void {
    this.#restEnd();
    this.#worker?.terminate();
    this.#worker = null;
    this.#isReady = false;
    this.#files.clear();
    for (const resolve of this.#waiting.values()) resolve(null);
    this.#waiting.clear();
  }
}
