import { assert } from '../../model/errors.ts';
import type { GpuFormat } from '../formats/index.ts';
import stepWgsl from '../step.wgsl?raw';
import type { GpuTensor } from '../tensor.ts';
import { dequantizeReference } from './dequantize.ts';
import wgsl from './gather.wgsl?raw';
import type { KernelRuntime, KernelSource, PreparedDispatch, Program } from './kernel.ts';

const source: KernelSource = {
  name: 'gather',
  wgsl: stepWgsl + wgsl,
  operands: ['uniform', 'read', 'read-write'],
};

export interface GatherArguments {
  /** [vocabulary, rowLength] */
  tensor: GpuTensor;
  /** u32 (or i32) token ids, each a row of the tensor: an id beyond leaves its row of `hidden` as it was. */
  ids: GPUBuffer;
  /** First token in `ids`; default 0. */
  firstId?: number;
  count: number;
  /** [.., rowLength], f32 */
  hidden: GPUBuffer;
  /** Row of `hidden` for the first token; default 0. */
  hiddenRow?: number;
}

export interface GatherStepArguments {
  /** [vocabulary, rowLength] */
  tensor: GpuTensor;
  /** u32 token ids of the step's rows, each a row of the tensor. */
  ids: GPUBuffer;
  /** [rowCapacity, rowLength], f32: rows beyond the step's repeat its last. */
  hidden: GPUBuffer;
  /** The uniform `Step`. */
  step: GPUBufferBinding;
  rowCapacity: number;
}

/** Copies the rows of a matrix that token ids name: the embedding. */
export class GatherKernel {
  readonly #runtime: KernelRuntime;
  readonly #program: Program;
  readonly #rowLength: number;
  readonly #groupsPerToken: number;

  private constructor(runtime: KernelRuntime, program: Program, format: GpuFormat, rowLength: number) {
    this.#runtime = runtime;
    this.#program = program;
    this.#rowLength = rowLength;
    this.#groupsPerToken = rowLength / format.chunkLength / 64;
  }

  /** @throws GlanceError `gpu-error` */
  static async create(runtime: KernelRuntime, format: GpuFormat, rowLength: number): Promise<GatherKernel> {
    const program = await runtime.compile(source, format, { row_length: rowLength });
    return new GatherKernel(runtime, program, format, rowLength);
  }

  /** @throws GlanceError `out-of-memory` if the tokens' rows are larger than can be bound at once */
  record(
    pass: GPUComputePassEncoder,
    { tensor, ids, firstId = 0, count, hidden, hiddenRow = 0 }: GatherArguments,
  ): void {
    const rowLength = this.#rowLength;
    assert(tensor.rowLength === rowLength, `"${tensor.name}" has rows of ${tensor.rowLength}`);
    assert((firstId + count) * 4 <= ids.size, `${count} token ids were announced, but not given`);
    if (count === 0) return;
    const [binding, within] = this.#runtime.bindRange(
      hidden,
      hiddenRow * rowLength * 4,
      count * rowLength * 4,
    );
    // Of a step only the rows count here, and all are real.
    const step = { buffer: this.#runtime.params([count, 0, 0, 0]) };
    for (const part of tensor.parts) {
      const params = [part.firstRow, part.rowCount, count, within / 16, firstId];
      const groups = Math.ceil(count * this.#groupsPerToken);
      this.#runtime.dispatch(pass, this.#program, params, [step, { buffer: ids }, binding], part, groups);
    }
  }

  /**
   * @returns a dispatch for each part of the tensor
   * @throws GlanceError `out-of-memory` if the tokens' rows are larger than can be bound at once
   */
  prepareStep({ tensor, ids, hidden, step, rowCapacity }: GatherStepArguments): PreparedDispatch[] {
    const rowLength = this.#rowLength;
    assert(tensor.rowLength === rowLength, `"${tensor.name}" has rows of ${tensor.rowLength}`);
    assert(rowCapacity * 4 <= ids.size, `there is no room for ${rowCapacity} token ids`);
    const [rows] = this.#runtime.bindRange(hidden, 0, rowCapacity * rowLength * 4);
    const groups = Math.ceil(rowCapacity * this.#groupsPerToken);
    return tensor.parts.map((part) => {
      const params = [part.firstRow, part.rowCount, rowCapacity, 0, 0];
      return this.#runtime.prepare(this.#program, params, [step, { buffer: ids }, rows], part, groups);
    });
  }
}

/**
 * What the kernel computes, on the CPU.
 *
 * @param bytes [vocabulary, rowLength] in the file's layout
 * @returns [tokens, rowLength]
 */
export function gatherReference(
  format: GpuFormat,
  bytes: Uint8Array,
  rowLength: number,
  ids: Uint32Array,
): Float32Array {
  const out = new Float32Array(ids.length * rowLength);
  for (const [token, id] of ids.entries()) {
    out.set(dequantizeReference(format, bytes, rowLength, id, id + 1), token * rowLength);
  }
  return out;
}
