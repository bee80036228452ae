import type * as Ort from 'onnxruntime-web/webgpu';
import type { GpuContext } from '../../gpu/device.ts';
import { KernelRuntime } from '../../gpu/kernels/kernel.ts';
import { GpuMemory } from '../../gpu/memory.ts';
import { abortedError, GlanceError, throwIfAborted } from '../../model/errors.ts';
import { Lifetime } from '../../model/lifetime.ts';
import { gpuTensor, type OrtRuntime, type WebgpuRuntime } from './runtime.ts';
import { Scratch } from './scratch.ts';

export type Feeds = Record<string, Ort.Tensor>;

/** What the decoder and the vision encoder share of one GPU: memory, kernels, scratch and ONNX Runtime. */
export class Gpu {
  readonly context: GpuContext;
  readonly ort: OrtRuntime;
  readonly memory: GpuMemory;
  readonly kernels: KernelRuntime;
  readonly scratch: Scratch;
  readonly #runtime: WebgpuRuntime;
  readonly #sessions: Ort.InferenceSession[] = [];
  /** Steps that the GPU has not finished, as far as is known. */
  readonly #steps: Promise<unknown>[] = [];
  /** Ends when the device is lost or reports an error that nobody caught. */
  readonly #lifetime = new Lifetime();

  constructor(context: GpuContext, runtime: WebgpuRuntime) {
    this.context = context;
    this.ort = runtime.ort;
    this.#runtime = runtime;
    this.memory = new GpuMemory(context);
    this.kernels = new KernelRuntime(this.memory);
    this.scratch = new Scratch(this.memory);
    void Promise.race([context.lost, context.failed]).then((error) => this.#lifetime.end(error));
  }

  /** Waits for work, but no longer than the device works: what hangs on a lost device would never end. */
  async guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await this.#lifetime.guard(work);
    } catch (error) {
      // A step with a buffer that got no memory is refused: tell the cause, not the consequence.
      await this.memory.check();
      if (error instanceof GlanceError) throw error;
      // The runtime's own words for a lost device say less than ours, which may come a moment later.
      await this.#lifetime.guard(new Promise((resolve) => setTimeout(resolve, 50)));
      throw error;
    }
  }

  async session(model: Uint8Array): Promise<Ort.InferenceSession> {
    const session = await this.guard(this.#runtime.createSession(model));
    this.#sessions.push(session);
    return session;
  }

  /** Records work in one compute pass and submits it. */
  compute(record: (pass: GPUComputePassEncoder) => void): void {
    const encoder = this.context.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    record(pass);
    pass.end();
    this.context.device.queue.submit([encoder.finish()]);
  }

  /** Uploads float32 values to a role's scratch buffer, as a tensor. */
  upload(role: string, values: Float32Array, dims: readonly number[]): Ort.Tensor {
    const buffer = this.scratch.get(role, values.byteLength);
    this.memory.upload(buffer, 0, values as Float32Array<ArrayBuffer>);
    return this.tensor(buffer, dims);
  }

  tensor(buffer: GPUBuffer, dims: readonly number[]): Ort.Tensor {
    return gpuTensor(this.ort, buffer, dims);
  }

  /** Runs a graph into buffers of ours. */
  async run(
    session: Ort.InferenceSession,
    feeds: Feeds,
    fetches: Feeds,
    signal?: AbortSignal,
  ): Promise<void> {
    throwIfAborted(signal);
    await this.guard(session.run(feeds, fetches));
    if (signal?.aborted) throw abortedError();
  }

  /**
   * Call after each step of long work: waits until no more than so many steps are still in the GPU's queue.
   * Otherwise all of it would be queued at once, progress would be told of what has not begun, and a request
   * to stop would have no effect.
   */
  async pace(queuedSteps: number, signal?: AbortSignal): Promise<void> {
    const step = this.context.device.queue.onSubmittedWorkDone();
    // Nobody may be waiting when the device is lost.
    step.catch(() => {});
    this.#steps.push(step);
    while (this.#steps.length > queuedSteps) await this.guard(this.#steps.shift()!);
    throwIfAborted(signal);
  }

  /** Ends the sessions and frees every buffer; the device stays open. */
  async dispose(): Promise<void> {
    for (const session of this.#sessions.splice(0)) {
      // A lost device cannot end its sessions in order; they go with the worker.
      await this.guard(session.release()).catch(() => {});
    }
    this.scratch.dispose();
    this.kernels.dispose();
    this.memory.dispose();
  }
}
