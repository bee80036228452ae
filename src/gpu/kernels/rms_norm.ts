import { assert } from '../../model/errors.ts';
import type { KernelRuntime, KernelSource, Program } from './kernel.ts';
import wgsl from './rms_norm.wgsl?raw';

const source: KernelSource = { name: 'rms_norm', wgsl, operands: ['read', 'read', 'read-write'] };

export interface RmsNormArguments {
  /** [.., rowLength], f32 */
  x: GPUBuffer;
  /** First row that is normalised; default 0. */
  xRow?: number;
  /** [rowLength], f32: of a GPU tensor in F32, its only plane */
  weight: GPUBuffer;
  /** [.., rowLength], f32; another buffer than `x` */
  y: GPUBuffer;
  /** Row for the first result; default 0. */
  yRow?: number;
  count: number;
}

/** Scales rows to a mean square of 1, then by weights. */
export class RmsNormKernel {
  readonly #runtime: KernelRuntime;
  readonly #program: Program;
  readonly #rowLength: number;

  private constructor(runtime: KernelRuntime, program: Program, rowLength: number) {
    this.#runtime = runtime;
    this.#program = program;
    this.#rowLength = rowLength;
  }

  /**
   * @param rowLength a multiple of 4
   * @param epsilon added to the mean square
   * @throws GlanceError `gpu-error`
   */
  static async create(runtime: KernelRuntime, rowLength: number, epsilon: number): Promise<RmsNormKernel> {
    assert(rowLength % 4 === 0, `rows of ${rowLength} were to be normalised`);
    const program = await runtime.compile(source, null, { row_length: rowLength, epsilon });
    return new RmsNormKernel(runtime, program, rowLength);
  }

  /** @throws GlanceError `out-of-memory` if the rows are larger than can be bound at once */
  record(pass: GPUComputePassEncoder, { x, xRow = 0, weight, y, yRow = 0, count }: RmsNormArguments): void {
    const rowBytes = this.#rowLength * 4;
    const [from, fromWithin] = this.#runtime.bindRange(x, xRow * rowBytes, count * rowBytes);
    const [to, toWithin] = this.#runtime.bindRange(y, yRow * rowBytes, count * rowBytes);
    const [scale] = this.#runtime.bindRange(weight, 0, rowBytes);
    const params = [count, fromWithin / 16, toWithin / 16];
    this.#runtime.dispatch(pass, this.#program, params, [from, scale, to], null, count);
  }
}

/**
 * What the kernel computes, on the CPU and in f64.
 *
 * @param x [rows, rowLength]
 * @returns [rows, rowLength]
 */
export function rmsNormReference(x: Float32Array, weight: Float32Array, epsilon: number): Float64Array {
  const rowLength = weight.length;
  const y = new Float64Array(x.length);
  for (let row = 0; row < x.length; row += rowLength) {
    let squares = 0;
    for (let i = 0; i < rowLength; i++) squares += x[row + i]! ** 2;
    const scale = 1 / Math.sqrt(squares / rowLength + epsilon);
    for (let i = 0; i < rowLength; i++) y[row + i] = x[row + i]! * scale * weight[i]!;
  }
  return y;
}
