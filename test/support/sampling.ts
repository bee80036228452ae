/** Many draws on the GPU at once, for tests of the sampler. */
import { type GpuContext, requestGpu } from '../../src/gpu/device.ts';
import { KernelRuntime, type PreparedDispatch, replay } from '../../src/gpu/kernels/kernel.ts';
import { DRAW_BYTES, drawWords, SampleKernels, type SampleVariant } from '../../src/gpu/kernels/sample.ts';
import { GpuMemory } from '../../src/gpu/memory.ts';
import { GREEDY, type SamplingOptions } from '../../src/model/sampling.ts';

/** What a row's results say. */
export interface Drawn {
  id: number;
  status: number;
  swept: boolean;
}

/** A GPU for tests of the sampler. */
export async function openSampler(gpu: GPU): Promise<{
  context: GpuContext;
  memory: GpuMemory;
  runtime: KernelRuntime;
  close(): void;
}> {
  const context = (await requestGpu(gpu))!;
  const memory = new GpuMemory(context);
  const runtime = new KernelRuntime(memory);
  return {
    context,
    memory,
    runtime,
    close() {
      runtime.dispose();
      memory.dispose();
      context.close();
    },
  };
}

/** A distance between uniforms that every device allows. */
const DRAW_STRIDE = 256;
const RESULT_BYTES = 8 * 16;
/** No logits of these are read. */
const STEP = { rowCount: 1, past: 0, capacity: 1 };

/** Draws from the same logits at one position after the other. */
export class DrawBench {
  readonly kernels: SampleKernels;
  readonly ids: GPUBuffer;
  readonly #memory: GpuMemory;
  readonly #logits: GPUBuffer;
  readonly #draws: GPUBuffer;
  readonly #all: GPUBuffer;
  readonly #slots: { results: GPUBuffer; rows: ReturnType<SampleKernels['prepare']>[] }[] = [];
  readonly #stride: number;

  private constructor(
    memory: GpuMemory,
    kernels: SampleKernels,
    stride: number,
    slots: number,
    rows: number,
  ) {
    this.#memory = memory;
    this.kernels = kernels;
    this.#stride = stride;
    const scratch = (name: string, bytes: number, usage = 0) => memory.buffer('scratch', bytes, name, usage);
    this.ids = scratch('ids', 32);
    this.#logits = scratch('logits', rows * stride * 4);
    this.#draws = scratch('draws', slots * DRAW_STRIDE, GPUBufferUsage.UNIFORM);
    this.#all = scratch('all results', slots * RESULT_BYTES);
    for (let slot = 0; slot < slots; slot++) {
      const results = scratch(`results ${slot}`, RESULT_BYTES);
      const draw = { buffer: this.#draws, offset: slot * DRAW_STRIDE, size: DRAW_BYTES };
      this.#slots.push({
        results,
        rows: Array.from({ length: rows }, (_, row) =>
          kernels.prepare({ logits: this.#logits, row, ids: this.ids, results, draw }),
        ),
      });
    }
  }

  /**
   * @param slots most draws in one submit
   * @param rows of a draw
   */
  static async create(
    runtime: KernelRuntime,
    vocabSize: number,
    { slots = 1, rows = 1, variant }: { slots?: number; rows?: number; variant?: SampleVariant } = {},
  ): Promise<DrawBench> {
    // Rows of logits are longer than the vocabulary, as those of padded output matrices.
    const stride = Math.ceil(vocabSize / 8) * 8 + 8;
    const kernels = await SampleKernels.create(runtime, { vocabSize, logitStride: stride }, variant);
    return new DrawBench(runtime.memory, kernels, stride, slots, rows);
  }

  /** @param rows each [vocabulary]; what is beyond must not matter */
  setLogits(...rows: Float32Array[]): void {
    const all = new Float32Array(rows.length * this.#stride).fill(Number.NaN);
    for (const [row, values] of rows.entries()) all.set(values, row * this.#stride);
    this.#memory.upload(this.#logits, 0, all);
  }

  /** Draws a token at each position, each draw counting for the penalties of the next. */
  async draw(
    options: Partial<SamplingOptions>,
    seed: number,
    positions: readonly number[],
  ): Promise<Drawn[]> {
    const drawn: Drawn[] = [];
    for (let from = 0; from < positions.length; from += this.#slots.length) {
      const some = positions.slice(from, from + this.#slots.length);
      drawn.push(...(await this.#submit({ ...GREEDY, ...options }, seed, some, [])).map(([first]) => first!));
    }
    return drawn;
  }

  /** Draws the tokens of all rows, of which those after the first have these ids. */
  async drawRows(
    options: Partial<SamplingOptions>,
    seed: number,
    position: number,
    drafts: readonly number[],
  ): Promise<Drawn[]> {
    this.#memory.upload(this.ids, 0, Uint32Array.of(0xffffffff, ...drafts));
    return (await this.#submit({ ...GREEDY, ...options }, seed, [position], drafts))[0]!;
  }

  /** Records the dispatches of so many draws. */
  record(pass: GPUComputePassEncoder, options: SamplingOptions, count: number, rows: number): void {
    const mode = this.kernels.modeOf(options);
    for (let slot = 0; slot < count; slot++) {
      const dispatches: PreparedDispatch[] = this.#slots[slot]!.rows.slice(0, rows).flatMap(
        (row) => row[mode],
      );
      replay(pass, dispatches, STEP);
    }
  }

  async #submit(
    options: SamplingOptions,
    seed: number,
    positions: readonly number[],
    drafts: readonly number[],
  ): Promise<Drawn[][]> {
    const { device } = this.#memory.context;
    const words = new Uint32Array((positions.length * DRAW_STRIDE) / 4);
    for (const [slot, position] of positions.entries()) {
      words.set(drawWords(options, seed, position, this.kernels.flags), (slot * DRAW_STRIDE) / 4);
    }
    this.#memory.upload(this.#draws, 0, words);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    this.record(pass, options, positions.length, drafts.length + 1);
    pass.end();
    for (let slot = 0; slot < positions.length; slot++) {
      const { results } = this.#slots[slot]!;
      encoder.copyBufferToBuffer(results, 0, this.#all, slot * RESULT_BYTES, RESULT_BYTES);
    }
    device.queue.submit([encoder.finish()]);
    const all = new Uint32Array(await this.#memory.read(this.#all, 0, positions.length * RESULT_BYTES));
    return positions.map((_, slot) =>
      Array.from({ length: drafts.length + 1 }, (_, row) => {
        const [id, status, swept] = all.subarray(slot * 32 + row * 4);
        return { id: id!, status: status!, swept: swept === 1 };
      }),
    );
  }

  dispose(): void {
    this.kernels.dispose();
    for (const buffer of [this.ids, this.#logits, this.#draws, this.#all]) this.#memory.release(buffer);
    for (const { results } of this.#slots) this.#memory.release(results);
  }
}
