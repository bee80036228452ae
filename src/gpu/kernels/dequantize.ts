import { assert } from '../../model/errors.ts';
import type { GpuFormat } from '../formats/index.ts';
import { type GpuTensor, partsWithin } from '../tensor.ts';
import wgsl from './dequantize.wgsl?raw';
import type { KernelRuntime, KernelSource, Program } from './kernel.ts';

const source: KernelSource = { name: 'dequantize', wgsl, operands: ['read-write'] };

export interface DequantizeArguments {
  tensor: GpuTensor;
  /** First row; default 0. */
  from?: number;
  /** The row after the last; default all. */
  to?: number;
  /** f32 */
  out: GPUBuffer;
  /** Row of `out`, taken as [.., rowLength], for the first row; default 0. */
  outRow?: number;
}

/** Turns rows of a matrix into f32. */
export class DequantizeKernel {
  readonly #runtime: KernelRuntime;
  readonly #program: Program;
  readonly #format: GpuFormat;

  private constructor(runtime: KernelRuntime, program: Program, format: GpuFormat) {
    this.#runtime = runtime;
    this.#program = program;
    this.#format = format;
  }

  /** @throws GlanceError `gpu-error` */
  static async create(runtime: KernelRuntime, format: GpuFormat): Promise<DequantizeKernel> {
    return new DequantizeKernel(runtime, await runtime.compile(source, format, {}), format);
  }

  record(pass: GPUComputePassEncoder, { tensor, out, outRow = 0, ...rows }: DequantizeArguments): void {
    const { from = 0, to = tensor.rows } = rows;
    assert(tensor.format === this.#format, `"${tensor.name}" is stored as ${tensor.format.name}`);
    const rowBytes = tensor.rowLength * 4;
    const chunksPerRow = tensor.rowLength / this.#format.chunkLength;
    const { maxStorageBufferBindingSize, minStorageBufferOffsetAlignment } =
      this.#runtime.memory.context.limits;
    // In f32 the rows of one part may be too many to be bound at once.
    const bindable = maxStorageBufferBindingSize - minStorageBufferOffsetAlignment;
    const maxRows = Math.max(1, Math.floor(bindable / rowBytes));
    for (const { part, from: start, to: end } of partsWithin(tensor, from, to)) {
      for (let row = start; row < end; row += maxRows) {
        const rowCount = Math.min(maxRows, end - row);
        const outBytes = (outRow + row - from) * rowBytes;
        const [binding, within] = this.#runtime.bindRange(out, outBytes, rowCount * rowBytes);
        const chunkCount = rowCount * chunksPerRow;
        const params = [(row - part.firstRow) * chunksPerRow, chunkCount, within / 16];
        this.#runtime.dispatch(pass, this.#program, params, [binding], part, Math.ceil(chunkCount / 64));
      }
    }
  }
}

/**
 * What the kernel computes, on the CPU.
 *
 * @param bytes [rows, rowLength] in the file's layout
 * @returns [to - from, rowLength]
 */
export function dequantizeReference(
  format: GpuFormat,
  bytes: Uint8Array,
  rowLength: number,
  from: number,
  to: number,
): Float32Array {
  const rowBytes = (rowLength / format.file.blockSize) * format.file.blockBytes;
  const out = new Float32Array((to - from) * rowLength);
  format.file.dequantize(bytes.subarray(from * rowBytes, to * rowBytes), out);
  return out;
}
