import attendWgsl from './attend.wgsl?raw';
import combineWgsl from './combine_splits.wgsl?raw';
import type { KernelRuntime, KernelSource, Program } from './kernel.ts';
import type { HeadConfig } from './rotate_heads.ts';

const attendSource: KernelSource = {
  name: 'attend',
  wgsl: attendWgsl,
  operands: ['read', 'read', 'read', 'read-write'],
};
const combineSource: KernelSource = {
  name: 'combine_splits',
  wgsl: combineWgsl,
  operands: ['read', 'read-write'],
};

/** Keys that one workgroup takes (attend.wgsl). */
const SPLIT = 64;

export interface AttendArguments {
  /** [rows, heads, d], f32; may go on behind them */
  queries: GPUBuffer;
  /** [kv, capacity, d], f32, the rows' own keys included */
  keys: GPUBuffer;
  values: GPUBuffer;
  /** Of {@link AttendKernel.partialBytes} */
  partials: GPUBuffer;
  /** [rows, heads, d], f32 */
  out: GPUBuffer;
  rowCount: number;
  /** Tokens in the cache before these rows. */
  past: number;
  capacity: number;
}

/** Causal attention of a few rows over the cache. */
export class AttendKernel {
  readonly #runtime: KernelRuntime;
  readonly #attend: Program;
  readonly #combine: Program;
  readonly #config: HeadConfig;

  private constructor(runtime: KernelRuntime, attend: Program, combine: Program, config: HeadConfig) {
    this.#runtime = runtime;
    this.#attend = attend;
    this.#combine = combine;
    this.#config = config;
  }

  /** @throws GlanceError `gpu-error` */
  static async create(runtime: KernelRuntime, config: HeadConfig): Promise<AttendKernel> {
    const { headDim, headCount, kvHeadCount } = config;
    const [attend, combine] = await Promise.all([
      runtime.compile(attendSource, null, {
        head_dim: headDim,
        head_count: headCount,
        kv_head_count: kvHeadCount,
      }),
      runtime.compile(combineSource, null, { head_dim: headDim }),
    ]);
    return new AttendKernel(runtime, attend, combine, config);
  }

  /** Bytes of scratch for this many rows over this many keys. */
  partialBytes(rowCount: number, keyCount: number): number {
    const { headCount, headDim } = this.#config;
    return 4 * rowCount * headCount * Math.ceil(keyCount / SPLIT) * (headDim + 2);
  }

  /** @throws GlanceError `out-of-memory` if a cache is larger than can be bound at once */
  record(
    pass: GPUComputePassEncoder,
    { queries, keys, values, partials, out, rowCount, past, capacity }: AttendArguments,
  ): void {
    const { headCount, kvHeadCount, headDim } = this.#config;
    const splitCount = Math.ceil((past + rowCount) / SPLIT);
    const rowBytes = 4 * headCount * headDim;
    const cacheBytes = 4 * kvHeadCount * capacity * headDim;
    const [parts] = this.#runtime.bindRange(partials, 0, this.partialBytes(rowCount, past + rowCount));
    const attendOperands = [
      this.#runtime.bindRange(queries, 0, rowCount * rowBytes)[0],
      this.#runtime.bindRange(keys, 0, cacheBytes)[0],
      this.#runtime.bindRange(values, 0, cacheBytes)[0],
      parts,
    ];
    const groups = rowCount * headCount;
    const params = [rowCount, past, capacity, splitCount];
    this.#runtime.dispatch(pass, this.#attend, params, attendOperands, null, groups * splitCount);
    const [attended] = this.#runtime.bindRange(out, 0, rowCount * rowBytes);
    this.#runtime.dispatch(pass, this.#combine, [groups, splitCount], [parts, attended], null, groups);
  }
}

/**
 * What the kernels compute, on the CPU and in f64.
 *
 * @returns [rows, heads, d]
 */
export function attendReference(
  queries: Float32Array,
  keys: Float32Array,
  values: Float32Array,
  rowCount: number,
  past: number,
  capacity: number,
  { headDim, headCount, kvHeadCount }: HeadConfig,
): Float64Array {
  const out = new Float64Array(rowCount * headCount * headDim);
  for (let rowHead = 0; rowHead < rowCount * headCount; rowHead++) {
    const row = Math.floor(rowHead / headCount);
    const kvHead = Math.floor((rowHead % headCount) / (headCount / kvHeadCount));
    const at = (key: number, i: number) => (kvHead * capacity + key) * headDim + i;
    const scores = Array.from({ length: past + row + 1 }, (_, key) => {
      let product = 0;
      for (let i = 0; i < headDim; i++) product += queries[rowHead * headDim + i]! * keys[at(key, i)]!;
      return product / Math.sqrt(headDim);
    });
    const largest = scores.reduce((a, b) => Math.max(a, b));
    const weights = scores.map((score) => Math.exp(score - largest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let i = 0; i < headDim; i++) {
      const sum = weights.reduce((acc, weight, key) => acc + weight * values[at(key, i)]!, 0);
      out[rowHead * headDim + i] = sum / total;
    }
  }
  return out;
}
