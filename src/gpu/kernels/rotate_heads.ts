import type { TextConfig } from '../../model/config.ts';
import type { GpuContext } from '../device.ts';
import type { StepShape } from '../step.ts';
import stepWgsl from '../step.wgsl?raw';
import type { KernelRuntime, KernelSource, PreparedDispatch, Program } from './kernel.ts';
import wgsl from './rotate_heads.wgsl?raw';
import invocationWgsl from './rotate_heads_invocation.wgsl?raw';
import lanesWgsl from './rotate_heads_lanes.wgsl?raw';

/** How the work on heads is laid out: a piece to one invocation, or to a workgroup of them that meet. */
export type HeadVariant = 'invocation' | 'lanes';

const operands = ['uniform', 'read-write', 'read', 'read', 'read-write', 'read-write'] as const;
const sources: Record<HeadVariant, KernelSource> = {
  invocation: { name: 'rotate_heads_invocation', wgsl: stepWgsl + wgsl + invocationWgsl, operands },
  lanes: { name: 'rotate_heads_lanes', wgsl: stepWgsl + wgsl + lanesWgsl, operands },
};

/** Heads that one workgroup has. */
const GROUP_HEADS: Record<HeadVariant, number> = { invocation: 32, lanes: 1 };

/** The sizes of a decoder's attention. */
export type HeadConfig = Pick<TextConfig, 'headDim' | 'headCount' | 'kvHeadCount' | 'rmsNormEps'>;

export interface RotateHeadsArguments {
  /** [rows, q heads | k heads | v heads, d], f32: of each row its queries, then its keys, then its values. */
  heads: GPUBuffer;
  /** [2, d], f32: the weights of the query norm and of the key norm. */
  weights: GPUBuffer;
  /** [rows, 2, d / 2], f32: of each row the cosines, then the sines. */
  angles: GPUBufferBinding;
  /** The uniform `Step`. */
  step: GPUBufferBinding;
  /** [kv, capacity, d], f32 */
  keys: GPUBuffer;
  values: GPUBuffer;
}

/** The variant that suits a device: on a CPU a barrier costs more than the work that it shares out. */
export function headVariant({ software }: GpuContext): HeadVariant {
  return software ? 'invocation' : 'lanes';
}

/** Normalises and rotates queries and keys, and appends keys and values to the cache. */
export class RotateHeadsKernel {
  readonly #runtime: KernelRuntime;
  readonly #program: Program;
  readonly #config: HeadConfig;
  readonly #variant: HeadVariant;

  private constructor(runtime: KernelRuntime, program: Program, config: HeadConfig, variant: HeadVariant) {
    this.#runtime = runtime;
    this.#program = program;
    this.#config = config;
    this.#variant = variant;
  }

  /** @throws GlanceError `gpu-error` */
  static async create(
    runtime: KernelRuntime,
    config: HeadConfig,
    variant: HeadVariant = headVariant(runtime.memory.context),
  ): Promise<RotateHeadsKernel> {
    const program = await runtime.compile(sources[variant], null, {
      head_dim: config.headDim,
      head_count: config.headCount,
      kv_head_count: config.kvHeadCount,
      epsilon: config.rmsNormEps,
    });
    return new RotateHeadsKernel(runtime, program, config, variant);
  }

  /** @throws GlanceError `out-of-memory` if a cache is larger than can be bound at once */
  prepare(args: RotateHeadsArguments): PreparedDispatch {
    return this.#runtime.prepare(this.#program, [], this.#bind(args), null, (step) => this.#groups(step));
  }

  #bind({ heads, weights, angles, step, keys, values }: RotateHeadsArguments): GPUBufferBinding[] {
    const whole = (buffer: GPUBuffer) => this.#runtime.bindRange(buffer, 0, buffer.size)[0];
    return [step, whole(heads), whole(weights), angles, whole(keys), whole(values)];
  }

  #groups({ rowCount }: StepShape): number {
    const { headCount, kvHeadCount } = this.#config;
    return Math.ceil((rowCount * (headCount + 2 * kvHeadCount)) / GROUP_HEADS[this.#variant]);
  }
}

/**
 * What the kernel computes, on the CPU and in f64.
 *
 * @param heads as the kernel's; not changed
 * @returns as `heads`: queries and keys rotated, values as they were
 */
export function rotateHeadsReference(
  heads: Float32Array,
  weights: Float32Array,
  angles: Float32Array,
  { headDim, headCount, kvHeadCount, rmsNormEps }: HeadConfig,
): Float64Array {
  const half = headDim / 2;
  const perRow = headCount + 2 * kvHeadCount;
  const out = Float64Array.from(heads);
  for (let head = 0; head < heads.length / headDim; head++) {
    const row = Math.floor(head / perRow);
    if (head % perRow >= headCount + kvHeadCount) continue;
    const weight = head % perRow < headCount ? 0 : headDim;
    const x = out.subarray(head * headDim, (head + 1) * headDim);
    const scale = 1 / Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / headDim + rmsNormEps);
    for (let i = 0; i < half; i++) {
      const a = x[i]! * scale * weights[weight + i]!;
      const b = x[half + i]! * scale * weights[weight + half + i]!;
      const cosine = angles[row * headDim + i]!;
      const sine = angles[row * headDim + half + i]!;
      x[i] = a * cosine - b * sine;
      x[half + i] = b * cosine + a * sine;
    }
  }
  return out;
}
