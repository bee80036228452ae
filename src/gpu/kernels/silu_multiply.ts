import { assert } from '../../model/errors.ts';
import type { KernelRuntime, KernelSource, Program } from './kernel.ts';
import wgsl from './silu_multiply.wgsl?raw';

const source: KernelSource = { name: 'silu_multiply', wgsl, operands: ['read-write', 'read'] };

/** SwiGLU's gate (Shazeer 2020, arXiv:2002.05202): silu(gate) * up, in place of the gate. */
export class SiluMultiplyKernel {
  readonly #runtime: KernelRuntime;
  readonly #program: Program;

  private constructor(runtime: KernelRuntime, program: Program) {
    this.#runtime = runtime;
    this.#program = program;
  }

  /** @throws GlanceError `gpu-error` */
  static async create(runtime: KernelRuntime): Promise<SiluMultiplyKernel> {
    return new SiluMultiplyKernel(runtime, await runtime.compile(source, null, {}));
  }

  /**
   * @param count elements, a multiple of 4
   * @throws GlanceError `out-of-memory` if they are more than can be bound at once
   */
  record(pass: GPUComputePassEncoder, gate: GPUBuffer, up: GPUBuffer, count: number): void {
    assert(count % 4 === 0, `${count} gates were to be applied`);
    const operands = [gate, up].map((buffer) => this.#runtime.bindRange(buffer, 0, 4 * count)[0]);
    this.#runtime.dispatch(pass, this.#program, [count / 4], operands, null, Math.ceil(count / 256));
  }
}

/** What the kernel computes, on the CPU and in f64. */
export function siluMultiplyReference(gate: Float32Array, up: Float32Array): Float64Array {
  return Float64Array.from(gate, (x, i) => (x / (1 + Math.exp(-x))) * up[i]!);
}
