import { assert } from '../../model/errors.ts';
import type { GpuContext } from '../device.ts';
import type { GpuFormat } from '../formats/index.ts';
import { type GpuTensor, partsWithin } from '../tensor.ts';
import { dequantizeReference } from './dequantize.ts';
import type { KernelRuntime, KernelSource, PreparedDispatch, Program } from './kernel.ts';
import wgsl from './project.wgsl?raw';
import invocationWgsl from './project_invocation.wgsl?raw';
import lanesWgsl from './project_lanes.wgsl?raw';
import subgroupsWgsl from './project_subgroups.wgsl?raw';

/**
 * How work is laid out: a unit of rows to one invocation, or to 32 whose sums meet in workgroup memory, or in
 * subgroups.
 */
export type ProjectVariant = 'invocation' | 'lanes' | 'subgroups';

/**
 * What becomes of the products p of vectors and rows n of the matrix: `store` y = p; `add` y = y + p; `pair`
 * y[n] = silu(p[n]) * p[n + count], the second half of the rows being partners of the first; `gated`
 * y = silu(y) * p.
 */
export type Epilogue = 'store' | 'add' | 'pair' | 'gated';

/** As numbered in project.wgsl. */
const EPILOGUES: readonly Epilogue[] = ['store', 'add', 'pair', 'gated'];

const operands = ['read', 'read', 'read-write'] as const;
const sources: Record<ProjectVariant, KernelSource> = {
  invocation: { name: 'project_invocation', wgsl: wgsl + invocationWgsl, operands },
  lanes: { name: 'project_lanes', wgsl: wgsl + lanesWgsl, operands },
  subgroups: {
    name: 'project_subgroups',
    wgsl: wgsl + subgroupsWgsl,
    operands,
    extensions: ['subgroups'],
  },
};

/** Rows of the matrix that a unit has (project.wgsl). */
const UNIT_ROWS = 4;
/** Units in a workgroup. */
const GROUP_UNITS: Record<ProjectVariant, number> = { invocation: 16, lanes: 2, subgroups: 2 };
/** Lanes of a unit, where it has several. */
const LANES = 32;

export interface ProjectOptions {
  format: GpuFormat;
  /** Weights in a row. */
  rowLength: number;
  /** Vectors that are multiplied at once. */
  rowCapacity: 1 | 2 | 4 | 8;
  /** RMSNorm of the vectors comes first, with this added to the mean square; null without. */
  normEpsilon: number | null;
  epilogue: Epilogue;
  /** By default what suits the device. */
  variant?: ProjectVariant;
}

export interface ProjectArguments {
  /** [rows, rowLength] */
  tensor: GpuTensor;
  /** First row of the matrix; default 0. For a pair the rows are gates, then as many partners. */
  from?: number;
  /** The row after the last; default all. */
  to?: number;
  /** [.., rowLength], f32; another buffer than `y` */
  x: GPUBuffer;
  /** Row of `x` that is the first vector; default 0. */
  xRow?: number;
  /** [rowLength], f32: weights of the norm, for a kernel with one. */
  norm?: GPUBuffer;
  /** [.., yStride], f32 */
  y: GPUBuffer;
  /** Row of `y` for the first vector's results; default 0. */
  yRow?: number;
  /** Floats between the rows of `y`; default the number of results. */
  yStride?: number;
  /** Column of `y` for the first result; default 0. */
  yFirst?: number;
}

/** The variant that suits a device. */
export function projectVariant({ software, features }: GpuContext): ProjectVariant {
  if (software) return 'invocation';
  return features.subgroups ? 'subgroups' : 'lanes';
}

/** Multiplies vectors, normalised if asked, by rows of a matrix, and stores, adds or gates the results. */
export class ProjectKernel {
  readonly rowCapacity: number;
  readonly #runtime: KernelRuntime;
  readonly #program: Program;
  readonly #options: ProjectOptions & { variant: ProjectVariant };

  private constructor(
    runtime: KernelRuntime,
    program: Program,
    options: ProjectOptions & { variant: ProjectVariant },
  ) {
    this.#runtime = runtime;
    this.#program = program;
    this.#options = options;
    this.rowCapacity = options.rowCapacity;
  }

  /** @throws GlanceError `gpu-error` */
  static async create(runtime: KernelRuntime, options: ProjectOptions): Promise<ProjectKernel> {
    const { context } = runtime.memory;
    const { variant = projectVariant(context), format, rowLength, rowCapacity } = options;
    const { normEpsilon, epilogue } = options;
    const { subgroups } = context.features;
    assert(variant !== 'subgroups' || subgroups !== null, 'the device has no subgroups');
    const constants = {
      row_length: rowLength,
      row_capacity: rowCapacity,
      epilogue: EPILOGUES.indexOf(epilogue),
      normalised: Number(normEpsilon !== null),
      epsilon: normEpsilon ?? 0,
      ...(variant === 'subgroups' ? { small_subgroups: Number(subgroups!.min < LANES) } : {}),
    };
    const program = await runtime.compile(sources[variant], format, constants);
    return new ProjectKernel(runtime, program, { ...options, variant });
  }

  /**
   * As many vectors as the kernel has rows are read and written, whatever they hold.
   *
   * @returns a dispatch for each part of the tensor that holds some of the rows
   * @throws GlanceError `out-of-memory` if the vectors or their results cannot be bound at once
   */
  prepare({ tensor, x, xRow = 0, norm, y, yRow = 0, ...rest }: ProjectArguments): PreparedDispatch[] {
    const { format, rowLength, normEpsilon, epilogue, variant } = this.#options;
    const { from = 0, to = tensor.rows } = rest;
    const isPair = epilogue === 'pair';
    const results = isPair ? (to - from) / 2 : to - from;
    const { yStride = results, yFirst = 0 } = rest;
    const { name } = tensor;
    assert(tensor.format === format, `"${name}" is stored as ${tensor.format.name}, not ${format.name}`);
    assert(tensor.rowLength === rowLength, `"${name}" has rows of ${tensor.rowLength}`);
    assert(x !== y, `"${x.label}" was to be multiplied into itself`);
    assert(
      (norm !== undefined) === (normEpsilon !== null),
      `"${name}" was given a norm, or not, against plan`,
    );
    assert(Number.isInteger(results), `"${name}" has no partner for one of its rows`);
    assert(yFirst + results <= yStride, `${results} results do not fit rows of ${yStride}`);
    const rowBytes = rowLength * 4;
    const chunkBytes = format.chunkLength * 4;
    const [vectors, xWithin] = this.#runtime.bindRange(x, xRow * rowBytes, this.rowCapacity * rowBytes);
    const [weights] = norm ? this.#runtime.bindRange(norm, 0, rowBytes) : [vectors];
    const yBytes = 4 * ((this.rowCapacity - 1) * yStride + results);
    const [out, yWithin] = this.#runtime.bindRange(y, 4 * (yRow * yStride + yFirst), yBytes);

    const groupResults = GROUP_UNITS[variant] * (isPair ? UNIT_ROWS / 2 : UNIT_ROWS);
    const dispatches: PreparedDispatch[] = [];
    for (const { part, from: start, to: end } of partsWithin(tensor, from, to)) {
      assert(!isPair || end - start === to - from, `"${name}" is in parts, so its pairs are not together`);
      const count = isPair ? results : end - start;
      const first = yWithin / 4 + start - from;
      const params = [start - part.firstRow, count, results, xWithin / chunkBytes, first, yStride];
      const groups = Math.ceil(count / groupResults);
      dispatches.push(this.#runtime.prepare(this.#program, params, [vectors, weights, out], part, groups));
    }
    return dispatches;
  }
}

/**
 * What the kernel computes, on the CPU and in f64.
 *
 * @param bytes [rows, rowLength] in the file's layout
 * @param x [vectors, rowLength]
 * @param norm weights of the norm and what is added to the mean square; null without
 * @param y [vectors, results]: what the epilogues `add` and `gated` find
 * @returns [vectors, results]
 */
export function projectReference(
  { format, rowLength, epilogue }: Pick<ProjectOptions, 'format' | 'rowLength' | 'epilogue'>,
  bytes: Uint8Array,
  rows: number,
  x: Float32Array,
  norm: { weight: Float32Array; epsilon: number } | null,
  y: Float32Array,
): Float64Array {
  const weights = dequantizeReference(format, bytes, rowLength, 0, rows);
  const vectors = x.length / rowLength;
  const results = epilogue === 'pair' ? rows / 2 : rows;
  const out = new Float64Array(vectors * results);
  const silu = (value: number) => value / (1 + Math.exp(-value));
  for (let vector = 0; vector < vectors; vector++) {
    const values = Float64Array.from(x.subarray(vector * rowLength, (vector + 1) * rowLength));
    if (norm) {
      const meanSquare = values.reduce((sum, value) => sum + value ** 2, 0) / rowLength;
      const scale = 1 / Math.sqrt(meanSquare + norm.epsilon);
      values.forEach((value, k) => {
        values[k] = value * scale * norm.weight[k]!;
      });
    }
    const product = (row: number) => {
      let sum = 0;
      for (let k = 0; k < rowLength; k++) sum += values[k]! * weights[row * rowLength + k]!;
      return sum;
    };
    for (let n = 0; n < results; n++) {
      const at = vector * results + n;
      const p = product(n);
      if (epilogue === 'store') out[at] = p;
      else if (epilogue === 'add') out[at] = y[at]! + p;
      else if (epilogue === 'pair') out[at] = silu(p) * product(n + results);
      else out[at] = silu(y[at]!) * p;
    }
  }
  return out;
}
