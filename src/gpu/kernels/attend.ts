import { assert } from '../../model/errors.ts';
import { SPLIT_KEYS, type StepShape, splitCount } from '../step.ts';
import stepWgsl from '../step.wgsl?raw';
import attendWgsl from './attend.wgsl?raw';
import attendInvocationWgsl from './attend_invocation.wgsl?raw';
import attendLanesWgsl from './attend_lanes.wgsl?raw';
import combineWgsl from './combine_splits.wgsl?raw';
import combineInvocationWgsl from './combine_splits_invocation.wgsl?raw';
import combineLanesWgsl from './combine_splits_lanes.wgsl?raw';
import type { KernelRuntime, KernelSource, PreparedDispatch, Program } from './kernel.ts';
import { type HeadConfig, type HeadVariant, headVariant } from './rotate_heads.ts';

const attendOperands = ['uniform', 'read', 'read', 'read', 'read-write'] as const;
const attendSources: Record<HeadVariant, KernelSource> = {
  invocation: {
    name: 'attend_invocation',
    wgsl: stepWgsl + attendWgsl + attendInvocationWgsl,
    operands: attendOperands,
  },
  lanes: { name: 'attend_lanes', wgsl: stepWgsl + attendWgsl + attendLanesWgsl, operands: attendOperands },
};

const combineOperands = ['uniform', 'read', 'read-write'] as const;
const combineSources: Record<HeadVariant, KernelSource> = {
  invocation: {
    name: 'combine_splits_invocation',
    wgsl: stepWgsl + combineWgsl + combineInvocationWgsl,
    operands: combineOperands,
  },
  lanes: {
    name: 'combine_splits_lanes',
    wgsl: stepWgsl + combineWgsl + combineLanesWgsl,
    operands: combineOperands,
  },
};

/** Invocations in a workgroup of the variant in which each has work of its own. */
const INVOCATIONS = 32;
/** Dimensions of a head that such an invocation combines (combine_splits_invocation.wgsl). */
const COMBINED_DIMENSIONS = 16;

export interface AttendArguments {
  /** [rows, q heads | k heads | v heads, d], f32, rotated; only the queries are read. */
  queries: GPUBuffer;
  /** [kv, capacity, d], f32, the rows' own keys included */
  keys: GPUBuffer;
  values: GPUBuffer;
  /** Of {@link AttendKernel.partialBytes} */
  partials: GPUBuffer;
  /** [rows, q heads, d], f32 */
  out: GPUBuffer;
  /** The uniform `Step`. */
  step: GPUBufferBinding;
  /** Tokens that the cache can hold. */
  capacity: number;
}

/**
 * Causal attention of a few rows over the cache. A row's result is the same to the last bit however many rows
 * run with it, and however large the cache is.
 */
export class AttendKernel {
  readonly #runtime: KernelRuntime;
  readonly #attend: Program;
  readonly #combine: Program;
  readonly #config: HeadConfig;
  readonly #variant: HeadVariant;

  private constructor(
    runtime: KernelRuntime,
    attend: Program,
    combine: Program,
    config: HeadConfig,
    variant: HeadVariant,
  ) {
    this.#runtime = runtime;
    this.#attend = attend;
    this.#combine = combine;
    this.#config = config;
    this.#variant = variant;
  }

  /**
   * @param config whose heads have 16 to 512 dimensions, a multiple of 8
   * @throws GlanceError `gpu-error`
   */
  static async create(
    runtime: KernelRuntime,
    config: HeadConfig,
    variant: HeadVariant = headVariant(runtime.memory.context),
  ): Promise<AttendKernel> {
    const { headDim, headCount, kvHeadCount } = config;
    assert(headDim % 8 === 0 && headDim >= 16 && headDim <= 512, `heads of ${headDim} cannot attend`);
    const heads = headsAtOnce(config);
    const [attend, combine] = await Promise.all([
      runtime.compile(attendSources[variant], null, {
        head_dim: headDim,
        head_count: headCount,
        kv_head_count: kvHeadCount,
        heads_at_once: heads,
        ...(variant === 'lanes' ? { lanes: heads > 2 ? 4 : 8 } : {}),
      }),
      runtime.compile(combineSources[variant], null, { head_dim: headDim, head_count: headCount }),
    ]);
    return new AttendKernel(runtime, attend, combine, config, variant);
  }

  /** Bytes of scratch for this many rows over this many keys, their own included. */
  partialBytes(rowCount: number, keyCount: number): number {
    const { headCount, headDim } = this.#config;
    return 4 * rowCount * headCount * Math.ceil(keyCount / SPLIT_KEYS) * (headDim + 4);
  }

  /**
   * @returns what attends, and what combines its parts
   * @throws GlanceError `out-of-memory` if a cache is larger than can be bound at once
   */
  prepare(args: AttendArguments): PreparedDispatch[] {
    const { attend, combine } = this.#bind(args);
    return [
      this.#runtime.prepare(this.#attend, [], attend, null, (step) => this.#attendGroups(step)),
      this.#runtime.prepare(this.#combine, [], combine, null, (step) => this.#combineGroups(step)),
    ];
  }

  #bind({ queries, keys, values, partials, out, step, capacity }: AttendArguments): {
    attend: GPUBufferBinding[];
    combine: GPUBufferBinding[];
  } {
    const cacheBytes = 4 * this.#config.kvHeadCount * capacity * this.#config.headDim;
    const range = (buffer: GPUBuffer, byteLength = buffer.size) =>
      this.#runtime.bindRange(buffer, 0, byteLength)[0];
    const parts = range(partials);
    return {
      attend: [step, range(queries), range(keys, cacheBytes), range(values, cacheBytes), parts],
      combine: [step, parts, range(out)],
    };
  }

  #attendGroups(step: StepShape): number {
    const { headCount, kvHeadCount } = this.#config;
    const pieces = kvHeadCount * Math.ceil(headCount / kvHeadCount / headsAtOnce(this.#config));
    const work = step.rowCount * pieces * splitCount(step);
    return this.#variant === 'lanes' ? work : Math.ceil(work / INVOCATIONS);
  }

  #combineGroups({ rowCount }: StepShape): number {
    const { headCount, headDim } = this.#config;
    const heads = rowCount * headCount;
    if (this.#variant === 'lanes') return heads;
    return Math.ceil((heads * Math.ceil(headDim / COMBINED_DIMENSIONS)) / INVOCATIONS);
  }
}

/** Query heads that attend together: those of a group, or of halves, thirds.. of it where it has more than four. */
function headsAtOnce({ headCount, kvHeadCount }: HeadConfig): number {
  const groupSize = headCount / kvHeadCount;
  return Math.ceil(groupSize / Math.ceil(groupSize / 4));
}

/**
 * What the kernels compute, on the CPU and in f64.
 *
 * @param heads [rows, q heads | k heads | v heads, d], as the kernel's
 * @returns [rows, q heads, d]
 */
export function attendReference(
  heads: Float32Array,
  keys: Float32Array,
  values: Float32Array,
  { rowCount, past, capacity }: StepShape,
  { headDim, headCount, kvHeadCount }: HeadConfig,
): Float64Array {
  const out = new Float64Array(rowCount * headCount * headDim);
  for (let rowHead = 0; rowHead < rowCount * headCount; rowHead++) {
    const row = Math.floor(rowHead / headCount);
    const head = rowHead % headCount;
    const query = (row * (headCount + 2 * kvHeadCount) + head) * headDim;
    const kvHead = Math.floor(head / (headCount / kvHeadCount));
    const at = (key: number, i: number) => (kvHead * capacity + key) * headDim + i;
    const scores = Array.from({ length: past + row + 1 }, (_, key) => {
      let product = 0;
      for (let i = 0; i < headDim; i++) product += heads[query + i]! * keys[at(key, i)]!;
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
