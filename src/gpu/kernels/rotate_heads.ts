import type { TextConfig } from '../../model/config.ts';
import type { KernelRuntime, KernelSource, Program } from './kernel.ts';
import wgsl from './rotate_heads.wgsl?raw';

const source: KernelSource = {
  name: 'rotate_heads',
  wgsl,
  operands: ['read-write', 'read', 'read', 'read-write', 'read-write'],
};

/** The sizes of a decoder's attention. */
export type HeadConfig = Pick<TextConfig, 'headDim' | 'headCount' | 'kvHeadCount' | 'rmsNormEps'>;

export interface RotateHeadsArguments {
  /** The queries [rows, heads, d], the keys [rows, kv, d] and the values [rows, kv, d], one after the other, f32. */
  heads: GPUBuffer;
  /** [2, d], f32: the weights of the query norm and of the key norm. */
  weights: GPUBuffer;
  /** [2, rows, d / 2], f32: cosines and sines. */
  angles: GPUBuffer;
  /** [kv, capacity, d], f32 */
  keys: GPUBuffer;
  values: GPUBuffer;
  rowCount: number;
  /** Tokens in the cache before these. */
  past: number;
  capacity: number;
}

/** Normalises and rotates queries and keys, and appends keys and values to the cache. */
export class RotateHeadsKernel {
  readonly #runtime: KernelRuntime;
  readonly #program: Program;
  readonly #config: HeadConfig;

  private constructor(runtime: KernelRuntime, program: Program, config: HeadConfig) {
    this.#runtime = runtime;
    this.#program = program;
    this.#config = config;
  }

  /** @throws GlanceError `gpu-error` */
  static async create(runtime: KernelRuntime, config: HeadConfig): Promise<RotateHeadsKernel> {
    const program = await runtime.compile(source, null, {
      head_dim: config.headDim,
      head_count: config.headCount,
      kv_head_count: config.kvHeadCount,
      epsilon: config.rmsNormEps,
    });
    return new RotateHeadsKernel(runtime, program, config);
  }

  /** @throws GlanceError `out-of-memory` if a cache is larger than can be bound at once */
  record(
    pass: GPUComputePassEncoder,
    { heads, weights, angles, keys, values, rowCount, past, capacity }: RotateHeadsArguments,
  ): void {
    const { headCount, kvHeadCount, headDim } = this.#config;
    const cacheBytes = 4 * kvHeadCount * capacity * headDim;
    const groups = rowCount * (headCount + 2 * kvHeadCount);
    const operands = [
      this.#runtime.bindRange(heads, 0, 4 * groups * headDim)[0],
      this.#runtime.bindRange(weights, 0, 8 * headDim)[0],
      this.#runtime.bindRange(angles, 0, 4 * rowCount * headDim)[0],
      this.#runtime.bindRange(keys, 0, cacheBytes)[0],
      this.#runtime.bindRange(values, 0, cacheBytes)[0],
    ];
    this.#runtime.dispatch(pass, this.#program, [rowCount, past, capacity], operands, null, groups);
  }
}

/**
 * What the kernel computes, on the CPU and in f64.
 *
 * @param heads as the kernel's; not changed
 * @returns queries [rows, heads, d] and keys [rows, kv, d]
 */
export function rotateHeadsReference(
  heads: Float32Array,
  weights: Float32Array,
  angles: Float32Array,
  rowCount: number,
  { headDim, headCount, kvHeadCount, rmsNormEps }: HeadConfig,
): { queries: Float64Array; keys: Float64Array } {
  const half = headDim / 2;
  const rotate = (first: number, count: number, weight: number) => {
    const out = new Float64Array(rowCount * count * headDim);
    for (let at = 0; at < rowCount * count; at++) {
      const row = Math.floor(at / count);
      const x = heads.subarray(first + at * headDim, first + (at + 1) * headDim);
      const scale = 1 / Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / headDim + rmsNormEps);
      for (let i = 0; i < half; i++) {
        const a = x[i]! * scale * weights[weight + i]!;
        const b = x[half + i]! * scale * weights[weight + half + i]!;
        const cosine = angles[row * half + i]!;
        const sine = angles[(rowCount + row) * half + i]!;
        out[at * headDim + i] = a * cosine - b * sine;
        out[at * headDim + half + i] = b * cosine + a * sine;
      }
    }
    return out;
  };
  return {
    queries: rotate(0, headCount, 0),
    keys: rotate(rowCount * headCount * headDim, kvHeadCount, headDim),
  };
}
