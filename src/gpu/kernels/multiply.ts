import { assert } from '../../model/errors.ts';
import type { GpuFormat } from '../formats/index.ts';
import type { GpuTensor } from '../tensor.ts';
import { dequantizeReference } from './dequantize.ts';
import type { KernelRuntime, KernelSource, Program } from './kernel.ts';
import wgsl from './multiply.wgsl?raw';

const source: KernelSource = { name: 'multiply', wgsl, operands: ['read', 'read-write'] };

/** Most vectors that one kernel multiplies at a time. */
export const MAX_VECTORS = 8;

/** Rows of the matrix that a workgroup takes (multiply.wgsl). */
const ROWS_PER_GROUP = 8;

export interface MultiplyArguments {
  /** [rows, rowLength] */
  tensor: GpuTensor;
  /** [.., rowLength], f32 */
  x: GPUBuffer;
  /** Row of `x` that is the first vector; default 0. */
  xRow?: number;
  /** [.., rows], f32 */
  y: GPUBuffer;
  /** Row of `y` for the first vector; default 0. */
  yRow?: number;
}

/** Multiplies 1 to 8 vectors by a matrix of weights. */
export class MultiplyKernel {
  readonly vectorCount: number;
  readonly #runtime: KernelRuntime;
  readonly #program: Program;
  readonly #rowLength: number;

  private constructor(runtime: KernelRuntime, program: Program, rowLength: number, vectorCount: number) {
    this.#runtime = runtime;
    this.#program = program;
    this.#rowLength = rowLength;
    this.vectorCount = vectorCount;
  }

  /**
   * @param vectorCount 1 to {@link MAX_VECTORS}
   * @throws GlanceError `gpu-error`
   */
  static async create(
    runtime: KernelRuntime,
    format: GpuFormat,
    rowLength: number,
    vectorCount: number,
  ): Promise<MultiplyKernel> {
    assert(
      vectorCount >= 1 && vectorCount <= MAX_VECTORS,
      `${vectorCount} vectors were to be multiplied at once`,
    );
    const constants = { row_length: rowLength, vector_count: vectorCount };
    const program = await runtime.compile(source, format, constants);
    return new MultiplyKernel(runtime, program, rowLength, vectorCount);
  }

  record(pass: GPUComputePassEncoder, { tensor, x, xRow = 0, y, yRow = 0 }: MultiplyArguments): void {
    const vectors = this.vectorCount;
    assert(tensor.rowLength === this.#rowLength, `"${tensor.name}" has rows of ${tensor.rowLength}`);
    assert(
      (xRow + vectors) * tensor.rowLength * 4 <= x.size,
      `${vectors} vectors were announced, but not given`,
    );
    assert((yRow + vectors) * tensor.rows * 4 <= y.size, `${vectors} results do not fit "${y.label}"`);
    for (const part of tensor.parts) {
      const params = [part.firstRow, part.rowCount, tensor.rows, xRow, yRow];
      const groups = Math.ceil(part.rowCount / ROWS_PER_GROUP);
      this.#runtime.dispatch(pass, this.#program, params, [{ buffer: x }, { buffer: y }], part, groups);
    }
  }
}

/**
 * What the kernel computes, on the CPU and in f64.
 *
 * @param bytes [rows, rowLength] in the file's layout
 * @param x [vectors, rowLength]
 * @returns [vectors, rows]
 */
export function multiplyReference(
  format: GpuFormat,
  bytes: Uint8Array,
  rows: number,
  rowLength: number,
  x: Float32Array,
): Float64Array {
  const weights = dequantizeReference(format, bytes, rowLength, 0, rows);
  const vectors = x.length / rowLength;
  const y = new Float64Array(vectors * rows);
  for (let vector = 0; vector < vectors; vector++) {
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let k = 0; k < rowLength; k++) sum += x[vector * rowLength + k]! * weights[row * rowLength + k]!;
      y[vector * rows + row] = sum;
    }
  }
  return y;
}
