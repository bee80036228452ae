import { type PreparedDispatch, replay } from '../../gpu/kernels/kernel.ts';
import { SampleKernels, type SampleMode } from '../../gpu/kernels/sample.ts';
import { MAX_STEP_ROWS, type StepShape } from '../../gpu/step.ts';
import type { TextConfig } from '../../model/config.ts';
import { throwIfAborted } from '../../model/errors.ts';
import type { DecoderInput } from '../executor.ts';
import type { Gpu } from './gpu.ts';
import type { WebgpuKvCache } from './kv_cache.ts';
import { StepBlock } from './step_block.ts';
import { type StepBuffers, StepPlan } from './step_plan.ts';
import type { StepWeights } from './weights.ts';

/** Steps whose results may be awaited at once. */
export const MAX_STEPS_IN_FLIGHT = 4;

/** Steps of a prompt that the GPU may have before it. */
const QUEUED_STEPS = 4;

/** Bytes of a row's results (sample.ts). */
const RESULT_BYTES = 16;

/** What drawing takes beside the logits. */
export interface StepDraw {
  mode: SampleMode;
  /** The uniform `Draw`. */
  words: Uint32Array;
  /** Rows that draw, from 0 on. */
  rows: number;
}

type Dispatches = readonly PreparedDispatch[];

/** How much work a step is. */
export interface StepCost {
  submits: number;
  dispatches: number;
}

/**
 * Runs steps of 1 to 8 tokens on our kernels: one submit each, nothing of it made anew. Also keeps the logits
 * from which the next token is drawn.
 */
export class StepRunner {
  readonly sampler: SampleKernels;
  readonly #gpu: Gpu;
  readonly #config: TextConfig;
  readonly #plan: StepPlan;
  readonly #buffers: StepBuffers;
  /** [8][4] u32 */
  readonly #results: GPUBuffer;
  /** Buffers that results are copied to, those that nobody waits for. */
  readonly #idle: GPUBuffer[] = [];
  /** By row of the step. */
  readonly #draws: readonly Record<SampleMode, Dispatches>[];
  readonly #cost: StepCost = { submits: 0, dispatches: 0 };

  private constructor(
    gpu: Gpu,
    config: TextConfig,
    plan: StepPlan,
    buffers: StepBuffers,
    sampler: SampleKernels,
  ) {
    this.#gpu = gpu;
    this.#config = config;
    this.#plan = plan;
    this.#buffers = buffers;
    this.sampler = sampler;
    const results = gpu.memory.buffer('scratch', RESULT_BYTES * MAX_STEP_ROWS, 'step results');
    this.#results = results;
    const { logits, ids, block } = buffers;
    this.#draws = Array.from({ length: MAX_STEP_ROWS }, (_, row) =>
      sampler.prepare({ logits, row, ids, results, draw: block.draw }),
    );
    for (let i = 0; i <= MAX_STEPS_IN_FLIGHT; i++) {
      this.#idle.push(gpu.memory.readback(RESULT_BYTES * MAX_STEP_ROWS, 'step results, read'));
    }
  }

  /**
   * @param vocabSize tokens that can be drawn; rows of the output matrix beyond are padding
   * @throws GlanceError `gpu-error`, `out-of-memory`
   */
  static async create(
    gpu: Gpu,
    config: TextConfig,
    weights: StepWeights,
    vocabSize: number,
  ): Promise<StepRunner> {
    const { memory } = gpu;
    const buffers = {
      block: new StepBlock(memory, config),
      ids: memory.buffer('scratch', 4 * MAX_STEP_ROWS, 'step ids'),
      hidden: memory.buffer('scratch', 4 * MAX_STEP_ROWS * config.hiddenSize, 'step hidden'),
      logits: memory.buffer('scratch', 4 * MAX_STEP_ROWS * config.vocabSize, 'step logits'),
    };
    const [plan, sampler] = await Promise.all([
      StepPlan.create(gpu, config, weights, buffers),
      SampleKernels.create(gpu.kernels, { vocabSize, logitStride: config.vocabSize }),
    ]);
    return new StepRunner(gpu, config, plan, buffers, sampler);
  }

  /** Submits and dispatches so far. */
  get cost(): Readonly<StepCost> {
    return { ...this.#cost };
  }

  get dispatchesPerLayer(): number {
    return this.#plan.dispatchesPerLayer;
  }

  /**
   * Draws from the logits in the first row, then runs nothing: the beginning of an answer.
   *
   * @returns as {@link StepRunner.step}
   */
  draw(position: Int32Array, draw: StepDraw): Promise<Uint32Array> {
    this.#buffers.block.write({ rowCount: 1, past: 0, capacity: 1 }, position, draw.words);
    return this.#submit({ rowCount: 1, past: 0, capacity: 1 }, this.#drawsOf(draw), true);
  }

  /**
   * Runs the token that was drawn last, and drafts behind it, appends them to the cache and draws what follows
   * each.
   *
   * @param positions [3, 1 + drafts]
   * @param drafts what may follow the token
   * @returns the results of all rows, [8][4]
   */
  step(
    cache: WebgpuKvCache,
    positions: Int32Array,
    drafts: readonly number[],
    draw: StepDraw,
  ): Promise<Uint32Array> {
    const rowCount = 1 + drafts.length;
    const step = { rowCount, past: cache.length, capacity: cache.capacity };
    const rows = this.#plan.capacityFor(rowCount);
    this.#buffers.block.write(step, positions, draw.words);
    if (drafts.length > 0) this.#gpu.memory.upload(this.#buffers.ids, 4, Uint32Array.from(drafts));
    cache.append(rowCount);
    return this.#submit(
      step,
      [
        this.#plan.embedding(rows),
        this.#plan.layers(cache, rows),
        this.#plan.head(rows),
        ...this.#drawsOf(draw),
      ],
      true,
    );
  }

  /** Makes this the token that was drawn last, which the next step runs. */
  setLast(id: number): void {
    this.#gpu.memory.upload(this.#buffers.ids, 0, Uint32Array.of(id));
  }

  /**
   * Runs a stretch of a prompt, eight tokens at a time, and leaves the logits after its last token in the first
   * row.
   *
   * @returns logits [0, 1 or S, vocabulary], as the input asks
   */
  async prompt(
    cache: WebgpuKvCache,
    { tokenIds, positions, logits }: Omit<DecoderInput, 'pictures'>,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const length = tokenIds.length;
    const { vocabSize } = this.#config;
    const out = new Float32Array(logits === 'all' ? length * vocabSize : 0);
    for (let from = 0; from < length; from += MAX_STEP_ROWS) {
      throwIfAborted(signal);
      const rowCount = Math.min(MAX_STEP_ROWS, length - from);
      const isLast = from + rowCount === length;
      const rows = this.#plan.capacityFor(rowCount);
      const step = { rowCount, past: cache.length, capacity: cache.capacity };
      const stretch = new Int32Array(3 * rowCount);
      for (let axis = 0; axis < 3; axis++) {
        const first = axis * length + from;
        stretch.set(positions.subarray(first, first + rowCount), axis * rowCount);
      }
      this.#buffers.block.write(step, stretch, null);
      this.#gpu.memory.upload(this.#buffers.ids, 0, tokenIds.slice(from, from + rowCount));
      const head = logits === 'all' ? this.#plan.head(rows) : this.#plan.head(1, rowCount - 1);
      const hasHead = logits === 'all' || (isLast && logits !== 'none');
      this.#submit(step, [
        this.#plan.embedding(rows),
        this.#plan.layers(cache, rows),
        ...(hasHead ? [head] : []),
      ]);
      cache.append(rowCount);
      if (logits === 'all') out.set(await this.readLogits(rowCount), from * vocabSize);
      else await this.#gpu.pace(QUEUED_STEPS, signal);
    }
    return logits === 'last' ? this.readLogits(1) : out;
  }

  /**
   * Computes the logits of rows that another path has brought through the layers. Those of the last row are what
   * is drawn from next if it is asked for alone.
   *
   * @param hidden [.., hidden]
   * @param read whether they are wanted on the CPU
   * @returns [to - from, vocabulary], or nothing
   */
  async logitsOf(hidden: GPUBuffer, from: number, to: number, read: boolean): Promise<Float32Array> {
    const { device } = this.#gpu.context;
    const { hiddenSize, vocabSize } = this.#config;
    const out = new Float32Array(read ? (to - from) * vocabSize : 0);
    for (let row = from; row < to; row += MAX_STEP_ROWS) {
      const rowCount = Math.min(MAX_STEP_ROWS, to - row);
      const encoder = device.createCommandEncoder();
      const bytes = 4 * hiddenSize;
      encoder.copyBufferToBuffer(hidden, row * bytes, this.#buffers.hidden, 0, rowCount * bytes);
      const pass = encoder.beginComputePass();
      replay(pass, this.#plan.head(this.#plan.capacityFor(rowCount)), { rowCount, past: 0, capacity: 1 });
      pass.end();
      device.queue.submit([encoder.finish()]);
      if (read) out.set(await this.readLogits(rowCount), (row - from) * vocabSize);
    }
    return out;
  }

  /** The first rows of logits, as the last step left them. */
  async readLogits(rowCount: number): Promise<Float32Array> {
    const bytes = 4 * rowCount * this.#config.vocabSize;
    return new Float32Array(await this.#gpu.memory.read(this.#buffers.logits, 0, bytes));
  }

  #drawsOf({ mode, rows }: StepDraw): Dispatches[] {
    return this.#draws.slice(0, rows).map((row) => row[mode]);
  }

  #submit(step: StepShape, parts: readonly Dispatches[], read: true): Promise<Uint32Array>;
  #submit(step: StepShape, parts: readonly Dispatches[]): void;
  #submit(step: StepShape, parts: readonly Dispatches[], read = false): Promise<Uint32Array> | undefined {
    const { device } = this.#gpu.context;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const dispatches of parts) {
      replay(pass, dispatches, step);
      this.#cost.dispatches += dispatches.length;
    }
    pass.end();
    const staging = read ? this.#idle.pop()! : null;
    if (staging) encoder.copyBufferToBuffer(this.#results, 0, staging, 0, staging.size);
    device.queue.submit([encoder.finish()]);
    this.#cost.submits += 1;
    return staging ? this.#gpu.guard(this.#read(staging)) : undefined;
  }

  async #read(staging: GPUBuffer): Promise<Uint32Array> {
    await staging.mapAsync(GPUMapMode.READ);
    const results = new Uint32Array(staging.getMappedRange().slice(0));
    staging.unmap();
    this.#idle.push(staging);
    return results;
  }
}
