import { AttendKernel } from '../../gpu/kernels/attend.ts';
import { GatherKernel } from '../../gpu/kernels/gather.ts';
import type { PreparedDispatch } from '../../gpu/kernels/kernel.ts';
import { type Epilogue, ProjectKernel } from '../../gpu/kernels/project.ts';
import { RotateHeadsKernel } from '../../gpu/kernels/rotate_heads.ts';
import { MAX_STEP_ROWS } from '../../gpu/step.ts';
import { type GpuTensor, partsWithin } from '../../gpu/tensor.ts';
import type { TextConfig } from '../../model/config.ts';
import { assert } from '../../model/errors.ts';
import { textTensors } from '../../weights/tensor_names.ts';
import type { Gpu } from './gpu.ts';
import type { LayerBuffers, WebgpuKvCache } from './kv_cache.ts';
import type { StepBlock } from './step_block.ts';
import { type StepWeights, vectors } from './weights.ts';

/** Rows that kernels are compiled for; a step takes the least that has room for it. */
export type RowCapacity = 1 | 4 | 8;
const CAPACITIES: readonly RowCapacity[] = [1, 4, 8];
/** On a software adapter compiling is most of loading. */
const SOFTWARE_CAPACITIES: readonly RowCapacity[] = [1, 8];

/** Buffers that a step works in. */
export interface StepBuffers {
  block: StepBlock;
  /** u32[8] */
  ids: GPUBuffer;
  /** [8, hidden] */
  hidden: GPUBuffer;
  /** [8, output rows] */
  logits: GPUBuffer;
}

/** One layer's vectors in float32. */
interface LayerVectors {
  attentionNorm: GPUBuffer;
  /** [2, headDim]: of the query norm, of the key norm */
  headNorms: GPUBuffer;
  mlpNorm: GPUBuffer;
}

/** Rotation, attention, and putting its pieces together. */
const ATTENTION_DISPATCHES = 3;

interface Attention {
  rotate: RotateHeadsKernel;
  attend: AttendKernel;
}

/** Rows of a matrix, and the place of their products. */
interface Projection {
  tensor: GpuTensor;
  from: number;
  to: number;
  epilogue: Epilogue;
  norm?: GPUBuffer;
  x: GPUBuffer;
  xRow?: number;
  y: GPUBuffer;
  yStride: number;
  yFirst?: number;
}

/**
 * All dispatches of a step on our kernels, prepared once: embedding, layers, output matrix. Weights are read
 * as they lie.
 */
export class StepPlan {
  readonly #gpu: Gpu;
  readonly #config: TextConfig;
  readonly #weights: StepWeights;
  readonly #names: ReturnType<typeof textTensors>;
  readonly #buffers: StepBuffers;
  readonly #layers: readonly LayerVectors[];
  readonly #finalNorm: GPUBuffer;
  readonly #attention: Attention;
  readonly #gather: GatherKernel;
  readonly #capacities: readonly RowCapacity[];
  readonly #projects = new Map<string, ProjectKernel>();
  readonly #embeddings = new Map<RowCapacity, PreparedDispatch[]>();
  readonly #heads = new Map<string, PreparedDispatch[]>();
  readonly #bound = new WeakMap<readonly LayerBuffers[], Map<RowCapacity, PreparedDispatch[]>>();

  private constructor(
    gpu: Gpu,
    config: TextConfig,
    weights: StepWeights,
    buffers: StepBuffers,
    layers: readonly LayerVectors[],
    finalNorm: GPUBuffer,
    attention: Attention,
    gather: GatherKernel,
  ) {
    this.#gpu = gpu;
    this.#config = config;
    this.#weights = weights;
    this.#names = textTensors(config);
    this.#buffers = buffers;
    this.#layers = layers;
    this.#finalNorm = finalNorm;
    this.#attention = attention;
    this.#gather = gather;
    this.#capacities = gpu.context.software ? SOFTWARE_CAPACITIES : CAPACITIES;
  }

  /** @throws GlanceError `gpu-error`, `out-of-memory` */
  static async create(
    gpu: Gpu,
    config: TextConfig,
    weights: StepWeights,
    buffers: StepBuffers,
  ): Promise<StepPlan> {
    const names = textTensors(config);
    const layers: LayerVectors[] = [];
    for (const { attention, mlp } of names.layers) {
      layers.push({
        attentionNorm: await vectors(gpu, [weights.get(attention.norm)]),
        headNorms: await vectors(gpu, [weights.get(attention.q_norm), weights.get(attention.k_norm)]),
        mlpNorm: await vectors(gpu, [weights.get(mlp.norm)]),
      });
    }
    const finalNorm = await vectors(gpu, [weights.get(names.head.norm)]);
    const { format } = weights.get(names.embedding);
    const [rotate, attend, gather] = await Promise.all([
      RotateHeadsKernel.create(gpu.kernels, config),
      AttendKernel.create(gpu.kernels, config),
      GatherKernel.create(gpu.kernels, format, config.hiddenSize),
    ]);
    const plan = new StepPlan(gpu, config, weights, buffers, layers, finalNorm, { rotate, attend }, gather);
    await Promise.all(plan.#capacities.map((rows) => plan.#compile(rows)));
    return plan;
  }

  /** What a step of so many rows takes. */
  capacityFor(rowCount: number): RowCapacity {
    const capacity = this.#capacities.find((rows) => rows >= rowCount);
    assert(capacity, `a step was to run ${rowCount} rows`);
    return capacity;
  }

  /** Embeds the step's tokens: `ids` to `hidden`. */
  embedding(rowCapacity: RowCapacity): readonly PreparedDispatch[] {
    return entry(this.#embeddings, rowCapacity, () => {
      const { ids, hidden, block } = this.#buffers;
      const tensor = this.#weights.get(this.#names.embedding);
      return this.#gather.prepareStep({ tensor, ids, hidden, step: block.step, rowCapacity });
    });
  }

  /** Runs `hidden` through the layers, whose keys and values it appends to the cache. */
  layers({ layers, capacity }: WebgpuKvCache, rowCapacity: RowCapacity): readonly PreparedDispatch[] {
    const plans = entry(this.#bound, layers, () => new Map<RowCapacity, PreparedDispatch[]>());
    return entry(plans, rowCapacity, () =>
      layers.flatMap((buffers, layer) => this.#layer(layer, buffers, capacity, rowCapacity)),
    );
  }

  /** Final norm and output matrix: from a row of `hidden` on, into the first rows of `logits`. */
  head(rowCapacity: RowCapacity, firstRow = 0): readonly PreparedDispatch[] {
    return entry(this.#heads, `${rowCapacity} ${firstRow}`, () =>
      this.#project(this.#headProjection(firstRow), rowCapacity),
    );
  }

  /** Dispatches that the layer with most of them takes. */
  get dispatchesPerLayer(): number {
    const nowhere = this.#buffers.hidden;
    const count = ({ tensor, from, to }: Projection) => [...partsWithin(tensor, from, to)].length;
    return Math.max(
      ...this.#layers.map((_, layer) =>
        [
          ...this.#attentionInputs(layer, nowhere),
          this.#attentionOutput(layer, nowhere),
          ...this.#mlp(layer, nowhere),
        ].reduce((sum, projection) => sum + count(projection), ATTENTION_DISPATCHES),
      ),
    );
  }

  /** Compiles what steps of so many rows need. */
  async #compile(rowCapacity: RowCapacity): Promise<void> {
    const nowhere = this.#buffers.hidden;
    const projections = [
      this.#headProjection(0),
      ...this.#layers.flatMap((_, layer) => [
        ...this.#attentionInputs(layer, nowhere),
        this.#attentionOutput(layer, nowhere),
        ...this.#mlp(layer, nowhere),
      ]),
    ];
    const { rmsNormEps } = this.#config;
    await Promise.all(
      projections.map(async (projection) => {
        const key = projectKey(projection, rowCapacity);
        const { tensor, norm, epilogue } = projection;
        const { format, rowLength } = tensor;
        const normEpsilon = norm ? rmsNormEps : null;
        const options = { format, rowLength, rowCapacity, normEpsilon, epilogue };
        // The runtime compiles what is asked for twice only once.
        this.#projects.set(key, await ProjectKernel.create(this.#gpu.kernels, options));
      }),
    );
  }

  #layer(
    layer: number,
    { keys, values }: LayerBuffers,
    capacity: number,
    rowCapacity: RowCapacity,
  ): PreparedDispatch[] {
    const { headDim, headCount, kvHeadCount, ffnSize } = this.#config;
    const { scratch } = this.#gpu;
    const { block } = this.#buffers;
    const { rotate, attend } = this.#attention;
    const { headNorms } = this.#layers[layer]!;
    const rows = 4 * MAX_STEP_ROWS;
    const heads = scratch.get('step heads', rows * (headCount + 2 * kvHeadCount) * headDim);
    const attended = scratch.get('step attended', rows * headCount * headDim);
    const ffn = scratch.get('step ffn', rows * ffnSize);
    // One for each size of cache: what is prepared must not lose its buffer to a larger one.
    const partials = scratch.get(
      `step partials ${capacity}`,
      attend.partialBytes(MAX_STEP_ROWS, capacity + MAX_STEP_ROWS),
    );
    const { step, angles } = block;
    const project = (projection: Projection) => this.#project(projection, rowCapacity);
    return [
      ...this.#attentionInputs(layer, heads).flatMap(project),
      rotate.prepare({ heads, weights: headNorms, angles, step, keys, values }),
      ...attend.prepare({ queries: heads, keys, values, partials, out: attended, step, capacity }),
      ...project(this.#attentionOutput(layer, attended)),
      ...this.#mlp(layer, ffn).flatMap(project),
    ];
  }

  /** Norm, queries, keys and values. */
  #attentionInputs(layer: number, heads: GPUBuffer): Projection[] {
    const { headDim, headCount, kvHeadCount } = this.#config;
    const { q, k, v } = this.#names.layers[layer]!.attention;
    const { attentionNorm: norm } = this.#layers[layer]!;
    const common = { epilogue: 'store', norm, x: this.#buffers.hidden, y: heads } as const;
    const yStride = (headCount + 2 * kvHeadCount) * headDim;
    const merged = this.#weights.together([q, k, v]);
    if (merged) return [{ ...common, ...merged, yStride }];
    const first = [0, headCount * headDim, (headCount + kvHeadCount) * headDim];
    return [q, k, v].map((name, i) => ({
      ...common,
      ...this.#weights.rows(name),
      yStride,
      yFirst: first[i]!,
    }));
  }

  /** Output projection, added to `hidden`. */
  #attentionOutput(layer: number, attended: GPUBuffer): Projection {
    const rows = this.#weights.rows(this.#names.layers[layer]!.attention.o);
    return this.#addToHidden(rows, attended);
  }

  /** Norm, gate and up with SiLU, down; added to `hidden`. */
  #mlp(layer: number, ffn: GPUBuffer): Projection[] {
    const { gate, up, down } = this.#names.layers[layer]!.mlp;
    const norm = this.#layers[layer]!.mlpNorm;
    const common = { norm, x: this.#buffers.hidden, y: ffn, yStride: this.#config.ffnSize };
    const pair = this.#weights.together([gate, up]);
    const inner: Projection[] = pair
      ? [{ ...common, ...pair, epilogue: 'pair' }]
      : [
          { ...common, ...this.#weights.rows(gate), epilogue: 'store' },
          { ...common, ...this.#weights.rows(up), epilogue: 'gated' },
        ];
    return [...inner, this.#addToHidden(this.#weights.rows(down), ffn)];
  }

  #addToHidden(rows: { tensor: GpuTensor; from: number; to: number }, x: GPUBuffer): Projection {
    return { ...rows, epilogue: 'add', x, y: this.#buffers.hidden, yStride: this.#config.hiddenSize };
  }

  #headProjection(xRow: number): Projection {
    const { hidden, logits } = this.#buffers;
    const rows = this.#weights.rows(this.#names.head.head);
    const yStride = this.#config.vocabSize;
    return { ...rows, epilogue: 'store', norm: this.#finalNorm, x: hidden, xRow, y: logits, yStride };
  }

  #project({ epilogue, ...projection }: Projection, rowCapacity: RowCapacity): PreparedDispatch[] {
    const kernel = this.#projects.get(projectKey({ epilogue, ...projection }, rowCapacity));
    assert(kernel, `no kernel was compiled for "${projection.tensor.name}"`);
    return kernel.prepare(projection);
  }
}

function projectKey({ tensor, norm, epilogue }: Projection, rowCapacity: RowCapacity): string {
  return `${tensor.format.name} ${tensor.rowLength} ${rowCapacity} ${norm !== undefined} ${epilogue}`;
}

/** The entry of a map, made where it is missing. */
function entry<K, V>(
  map: { get(key: K): V | undefined; set(key: K, value: V): unknown },
  key: K,
  make: () => V,
): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
