import { assert } from '../../model/errors.ts';
import wgsl from './add_rows.wgsl?raw';
import type { KernelRuntime, KernelSource, Program } from './kernel.ts';

const source: KernelSource = { name: 'add_rows', wgsl, operands: ['read', 'read-write'] };

export interface AddRowsArguments {
  /** [.., rowLength], f32 */
  source: GPUBuffer;
  /** First row that is added; default 0. */
  sourceRow?: number;
  /** [.., rowLength], f32; another buffer than `source` */
  target: GPUBuffer;
  /** First row that is added to; default 0. */
  targetRow?: number;
  count: number;
  /** A multiple of 4. */
  rowLength: number;
}

/** Adds rows of one buffer to rows of another: DeepStack's features to the hidden states of a picture. */
export class AddRowsKernel {
  readonly #runtime: KernelRuntime;
  readonly #program: Program;

  private constructor(runtime: KernelRuntime, program: Program) {
    this.#runtime = runtime;
    this.#program = program;
  }

  /** @throws GlanceError `gpu-error` */
  static async create(runtime: KernelRuntime): Promise<AddRowsKernel> {
    return new AddRowsKernel(runtime, await runtime.compile(source, null, {}));
  }

  /** @throws GlanceError `out-of-memory` if the rows are larger than can be bound at once */
  record(
    pass: GPUComputePassEncoder,
    { source, sourceRow = 0, target, targetRow = 0, count, rowLength }: AddRowsArguments,
  ): void {
    assert(rowLength % 4 === 0, `rows of ${rowLength} were to be added`);
    const rowBytes = rowLength * 4;
    const [from, fromWithin] = this.#runtime.bindRange(source, sourceRow * rowBytes, count * rowBytes);
    const [to, toWithin] = this.#runtime.bindRange(target, targetRow * rowBytes, count * rowBytes);
    const vec4s = (count * rowLength) / 4;
    const params = [fromWithin / 16, toWithin / 16, vec4s];
    this.#runtime.dispatch(pass, this.#program, params, [from, to], null, Math.ceil(vec4s / 64));
  }
}

/** What the kernel computes, on the CPU: `target` [.., rowLength] changes in place. */
export function addRowsReference(
  source: Float32Array,
  sourceRow: number,
  target: Float32Array,
  targetRow: number,
  count: number,
  rowLength: number,
): void {
  for (let i = 0; i < count * rowLength; i++) {
    target[targetRow * rowLength + i]! += source[sourceRow * rowLength + i]!;
  }
}
