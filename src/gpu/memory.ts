import { assert, GlanceError } from '../model/errors.ts';
import type { GpuContext } from './device.ts';

/** What a buffer is for. `staging` is what the CPU reads through. */
export type MemoryCategory = 'weights' | 'kv' | 'scratch' | 'features' | 'staging';

export interface MemoryUsage {
  readonly count: number;
  /** Bytes. */
  readonly bytes: number;
  readonly byCategory: Readonly<Record<MemoryCategory, { readonly count: number; readonly bytes: number }>>;
}

/** Most bytes handed to the queue at once. */
const SLICE_BYTES = 32 * 1024 * 1024;
/** Uploaded bytes that may wait in the browser's hands before {@link GpuMemory.throttle} lets more come. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** Uploaded bytes after which the queue is asked to tell when it has them. */
const FENCE_BYTES = 16 * 1024 * 1024;
/** A staging buffer larger than this is not kept for the next read. */
const MAX_IDLE_STAGING_BYTES = 16 * 1024 * 1024;

interface Allocation {
  category: MemoryCategory;
  bytes: number;
  request: MemoryRequest;
}

/** Buffers that the GPU is asked about together. */
interface MemoryRequest {
  /** Of the first of them. */
  label: string;
  category: MemoryCategory;
  /** Of all of them. */
  bytes: number;
  /** How many there are, less those that were released. */
  buffers: number;
  /** Null if the GPU had the memory. */
  outcome: Promise<GlanceError | null>;
}

/** Makes, fills, reads and counts every buffer on the GPU. */
export class GpuMemory {
  readonly context: GpuContext;
  readonly #allocations = new Map<GPUBuffer, Allocation>();
  /** Of all of them. */
  #allocatedBytes = 0;
  /** Since the last {@link GpuMemory.check}. */
  readonly #requests = new Set<MemoryRequest>();
  /** What {@link GpuMemory.together} is making. */
  #making: MemoryRequest | null = null;
  /** Uploads that the queue may not have done yet, oldest first. */
  readonly #fences: { bytes: number; done: Promise<unknown> }[] = [];
  /** Of these uploads. */
  #fencedBytes = 0;
  /** Uploaded since the last of them. */
  #unfencedBytes = 0;
  #idleStaging: GPUBuffer | null = null;
  #givesBack = false;

  constructor(context: GpuContext) {
    this.context = context;
  }

  /**
   * Makes a buffer for kernels and copies. It can be used at once, but whether the GPU had the memory is
   * known only after {@link GpuMemory.check}: so hundreds of buffers cost one wait.
   *
   * @param byteLength rounded up to a multiple of 16
   * @param extraUsage beyond STORAGE, COPY_SRC and COPY_DST
   * @throws GlanceError `out-of-memory` if no buffer on this GPU can be so large
   */
  buffer(category: MemoryCategory, byteLength: number, label: string, extraUsage = 0): GPUBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST | extraUsage;
    return this.#allocate(category, byteLength, label, usage);
  }

  /** Makes a buffer that copies go to and the CPU maps; otherwise as {@link GpuMemory.buffer}. */
  readback(byteLength: number, label: string): GPUBuffer {
    return this.#allocate('staging', byteLength, label, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
  }

  /**
   * Makes buffers with one question to the GPU whether it had the memory: asking takes longer than making one.
   *
   * @param make makes buffers and does nothing else with the GPU. It does not wait.
   */
  together<T>(make: () => T): T {
    assert(this.#making === null, 'buffers are made together while others are');
    const { device } = this.context;
    const none = Promise.resolve(null);
    const request: MemoryRequest = { label: '', category: 'scratch', bytes: 0, buffers: 0, outcome: none };
    const usedBytes = this.#allocatedBytes;
    this.#making = request;
    device.pushErrorScope('out-of-memory');
    try {
      return make();
    } finally {
      this.#making = null;
      request.outcome = device.popErrorScope().then(
        (error) => error && noMemory({ ...request, usedBytes, reason: error.message }),
        // The device is gone, which is reported elsewhere.
        () => null,
      );
      if (request.buffers > 0) this.#requests.add(request);
    }
  }

  /**
   * Waits until it is known whether every buffer made so far, and not released, has its memory.
   *
   * @throws GlanceError `out-of-memory`, naming the first buffer that has none, or the first of those made together
   * with it. The caller releases what it made.
   */
  async check(): Promise<void> {
    const requests = [...this.#requests];
    const outcomes = await Promise.all(requests.map(({ outcome }) => outcome));
    const failure = outcomes.find((outcome) => outcome !== null);
    // Only now: another check may have come meanwhile, and is to hear of the failure too.
    for (const request of requests) this.#requests.delete(request);
    if (failure) throw failure;
  }

  /** Frees a buffer. Work that was submitted with it is done first. */
  release(buffer: GPUBuffer): void {
    const allocation = this.#allocations.get(buffer);
    assert(allocation, `the buffer "${buffer.label}" was released twice`);
    this.#allocations.delete(buffer);
    this.#allocatedBytes -= allocation.bytes;
    const { request } = allocation;
    request.buffers -= 1;
    // Whether they had memory matters to nobody any more.
    if (request.buffers === 0) this.#requests.delete(request);
    buffer.destroy();
    this.#giveBackSoon();
  }

  usage(): MemoryUsage {
    const byCategory = {
      weights: { count: 0, bytes: 0 },
      kv: { count: 0, bytes: 0 },
      scratch: { count: 0, bytes: 0 },
      features: { count: 0, bytes: 0 },
      staging: { count: 0, bytes: 0 },
    };
    for (const { category, bytes } of this.#allocations.values()) {
      byCategory[category].count++;
      byCategory[category].bytes += bytes;
    }
    return { count: this.#allocations.size, bytes: this.#allocatedBytes, byCategory };
  }

  /**
   * Writes bytes into a buffer, after all work submitted so far and before what is submitted later.
   *
   * @param offset in the buffer, a multiple of 4
   * @param bytes copied at once. A length that is no multiple of 4 is filled up with zeros.
   */
  upload(buffer: GPUBuffer, offset: number, bytes: ArrayBufferView<ArrayBuffer>): void {
    assert(offset % 4 === 0, `an upload to "${buffer.label}" begins at byte ${offset}`);
    const { queue } = this.context.device;
    const whole = bytes.byteLength - (bytes.byteLength % 4);
    for (let at = 0; at < whole; at += SLICE_BYTES) {
      const size = Math.min(SLICE_BYTES, whole - at);
      queue.writeBuffer(buffer, offset + at, bytes.buffer, bytes.byteOffset + at, size);
    }
    if (whole < bytes.byteLength) {
      const tail = new Uint8Array(4);
      tail.set(new Uint8Array(bytes.buffer, bytes.byteOffset + whole, bytes.byteLength - whole));
      queue.writeBuffer(buffer, offset + whole, tail);
    }
    this.#unfencedBytes += bytes.byteLength;
  }

  /** Waits for the oldest uploads where many bytes are under way, since each is held in memory until it is done. */
  async throttle(): Promise<void> {
    if (this.#unfencedBytes < FENCE_BYTES) return;
    this.#fences.push({ bytes: this.#unfencedBytes, done: this.context.device.queue.onSubmittedWorkDone() });
    this.#fencedBytes += this.#unfencedBytes;
    this.#unfencedBytes = 0;
    while (this.#fencedBytes > MAX_PENDING_BYTES) {
      const { bytes, done } = this.#fences.shift()!;
      this.#fencedBytes -= bytes;
      await done;
    }
  }

  /**
   * Copies bytes to the CPU, after all work submitted so far.
   *
   * @throws GlanceError `device-lost`, `gpu-error`, `out-of-memory`
   */
  async read(buffer: GPUBuffer, offset: number, byteLength: number): Promise<ArrayBuffer> {
    assert(
      offset >= 0 && offset + byteLength <= buffer.size,
      `bytes ${offset} to ${offset + byteLength} of "${buffer.label}" were read, which has ${buffer.size}`,
    );
    if (byteLength === 0) return new ArrayBuffer(0);
    // Copies go by words of 4 bytes.
    const start = offset - (offset % 4);
    const size = Math.ceil((offset + byteLength - start) / 4) * 4;
    const staging = this.#takeStaging(size);
    try {
      const { device } = this.context;
      const encoder = device.createCommandEncoder({ label: `read ${buffer.label}` });
      encoder.copyBufferToBuffer(buffer, start, staging, 0, size);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ, 0, size);
      const bytes = staging.getMappedRange(0, size).slice(offset - start, offset - start + byteLength);
      staging.unmap();
      this.#returnStaging(staging);
      return bytes;
    } catch (cause) {
      if (this.#allocations.has(staging)) this.release(staging);
      await this.check();
      throw await this.#reasonOf(cause, buffer.label);
    }
  }

  /** Frees every buffer that is still there. */
  dispose(): void {
    this.#idleStaging = null;
    for (const buffer of [...this.#allocations.keys()]) this.release(buffer);
  }

  /**
   * Chromium lets go of a destroyed buffer's memory once what was submitted afterwards is done. Writing into buffers
   * may submit nothing: without this the weights of a model that did not fit would be there while the next one loads.
   */
  #giveBackSoon(): void {
    if (this.#givesBack) return;
    this.#givesBack = true;
    queueMicrotask(() => {
      this.#givesBack = false;
      this.context.device.queue.submit([]);
    });
  }

  #allocate(category: MemoryCategory, byteLength: number, label: string, usage: number): GPUBuffer {
    const { device, limits } = this.context;
    const size = Math.max(16, Math.ceil(byteLength / 16) * 16);
    if (size > limits.maxBufferSize) {
      throw new GlanceError(
        'out-of-memory',
        `This graphics processor cannot hold ${inMegabytes(size)} in one piece (at most ${inMegabytes(limits.maxBufferSize)}). Choose a smaller model or a shorter context.`,
        { details: { buffer: label, category, bytes: size, limitBytes: limits.maxBufferSize } },
      );
    }
    if (this.#making === null) return this.together(() => this.#allocate(category, byteLength, label, usage));
    const request = this.#making;
    if (request.buffers === 0) Object.assign(request, { label, category });
    request.buffers += 1;
    request.bytes += size;
    const buffer = device.createBuffer({ label, size, usage });
    this.#allocations.set(buffer, { category, bytes: size, request });
    this.#allocatedBytes += size;
    return buffer;
  }

  #takeStaging(size: number): GPUBuffer {
    const idle = this.#idleStaging;
    if (idle && idle.size >= size) {
      this.#idleStaging = null;
      return idle;
    }
    return this.readback(size, 'staging');
  }

  /** Keeps the largest buffer of reasonable size for the next read. */
  #returnStaging(staging: GPUBuffer): void {
    const idle = this.#idleStaging;
    // Disposed of while it was being read.
    if (!this.#allocations.has(staging)) return;
    if (staging.size > MAX_IDLE_STAGING_BYTES || (idle && idle.size >= staging.size)) {
      this.release(staging);
      return;
    }
    if (idle) this.release(idle);
    this.#idleStaging = staging;
  }

  /** Why a read failed: mapping says only that it did. */
  async #reasonOf(cause: unknown, label: string): Promise<GlanceError> {
    const { lost, failed } = this.context;
    // Both are told at about the time of the failure, in no fixed order.
    const late = new Promise<null>((resolve) => setTimeout(resolve, 100, null));
    const known = await Promise.race([lost, failed, late]);
    return (
      known ??
      new GlanceError(
        'gpu-error',
        'The graphics processor did not hand back its result. Ask again, or choose the CPU in the settings.',
        { cause, details: { buffer: label, reason: cause instanceof Error ? cause.message : String(cause) } },
      )
    );
  }
}

function noMemory({
  label: buffer,
  category,
  bytes,
  usedBytes,
  reason,
}: MemoryRequest & {
  /** Held when the buffers were made. */
  usedBytes: number;
  reason: string;
}): GlanceError {
  const details = { buffer, category, bytes, usedBytes, reason };
  return new GlanceError(
    'out-of-memory',
    `The graphics processor has no memory for ${inMegabytes(bytes)} more; Glance holds ${inMegabytes(usedBytes)} already. Close other tabs, use a smaller picture or a smaller model, and try again.`,
    { details },
  );
}

function inMegabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`;
}
