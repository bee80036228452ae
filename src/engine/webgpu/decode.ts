import { AddRowsKernel } from '../../gpu/kernels/add_rows.ts';
import { AttendKernel } from '../../gpu/kernels/attend.ts';
import { MultiplyKernel } from '../../gpu/kernels/multiply.ts';
import { RmsNormKernel } from '../../gpu/kernels/rms_norm.ts';
import { RotateHeadsKernel } from '../../gpu/kernels/rotate_heads.ts';
import { SiluMultiplyKernel } from '../../gpu/kernels/silu_multiply.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import type { TextConfig } from '../../model/config.ts';
import { textTensors } from '../../weights/tensor_names.ts';
import type { Gpu } from './gpu.ts';
import type { WebgpuKvCache } from './kv_cache.ts';
import { type GpuWeights, vectors } from './weights.ts';

/** One layer's weights: matrices as the file has them, norms in float32. */
interface LayerWeights {
  attentionNorm: GPUBuffer;
  q: GpuTensor;
  k: GpuTensor;
  v: GpuTensor;
  o: GpuTensor;
  /** [2, headDim]: of the query norm, of the key norm */
  headNorms: GPUBuffer;
  mlpNorm: GPUBuffer;
  gate: GpuTensor;
  up: GpuTensor;
  down: GpuTensor;
}

interface Kernels {
  norm: RmsNormKernel;
  rotate: RotateHeadsKernel;
  attend: AttendKernel;
  silu: SiluMultiplyKernel;
  addRows: AddRowsKernel;
  /** For one vector, by format and row length. */
  multiply: ReadonlyMap<string, MultiplyKernel>;
}

const multiplyKey = ({ format, rowLength }: GpuTensor): string => `${format.name} ${rowLength}`;

/**
 * The decoder's layers for one token, on kernels of ours that read the weights as they lie: nothing is
 * dequantised into memory, and the CPU only records.
 */
export class DecodeLayers {
  readonly #gpu: Gpu;
  readonly #config: TextConfig;
  readonly #layers: readonly LayerWeights[];
  readonly #kernels: Kernels;

  private constructor(gpu: Gpu, config: TextConfig, layers: readonly LayerWeights[], kernels: Kernels) {
    this.#gpu = gpu;
    this.#config = config;
    this.#layers = layers;
    this.#kernels = kernels;
  }

  /** @throws GlanceError `gpu-error`, `out-of-memory` */
  static async create(gpu: Gpu, config: TextConfig, weights: GpuWeights): Promise<DecodeLayers> {
    const layers: LayerWeights[] = [];
    for (const { attention, mlp } of textTensors(config).layers) {
      layers.push({
        attentionNorm: await vectors(gpu, [weights.get(attention.norm)]),
        q: weights.get(attention.q),
        k: weights.get(attention.k),
        v: weights.get(attention.v),
        o: weights.get(attention.o),
        headNorms: await vectors(gpu, [weights.get(attention.q_norm), weights.get(attention.k_norm)]),
        mlpNorm: await vectors(gpu, [weights.get(mlp.norm)]),
        gate: weights.get(mlp.gate),
        up: weights.get(mlp.up),
        down: weights.get(mlp.down),
      });
    }
    const multiply = new Map<string, MultiplyKernel>();
    for (const { q, k, v, o, gate, up, down } of layers) {
      for (const tensor of [q, k, v, o, gate, up, down]) {
        const key = multiplyKey(tensor);
        if (multiply.has(key)) continue;
        multiply.set(key, await MultiplyKernel.create(gpu.kernels, tensor.format, tensor.rowLength, 1));
      }
    }
    return new DecodeLayers(gpu, config, layers, {
      norm: await RmsNormKernel.create(gpu.kernels, config.hiddenSize, config.rmsNormEps),
      rotate: await RotateHeadsKernel.create(gpu.kernels, config),
      attend: await AttendKernel.create(gpu.kernels, config),
      silu: await SiluMultiplyKernel.create(gpu.kernels),
      addRows: await AddRowsKernel.create(gpu.kernels),
      multiply,
    });
  }

  /**
   * Records all layers for the token after those in the cache, whose keys and values they append.
   *
   * @param hidden [1, hidden], changed in place
   * @param angles [2, headDim / 2]: cosines and sines of the token's position
   */
  record(pass: GPUComputePassEncoder, hidden: GPUBuffer, angles: GPUBuffer, cache: WebgpuKvCache): void {
    const { hiddenSize, headDim, headCount, kvHeadCount, ffnSize } = this.#config;
    const { norm, rotate, attend, silu, addRows } = this.#kernels;
    const { scratch } = this.#gpu;
    const { length: past, capacity } = cache;
    const normed = scratch.get('decode normed', 4 * hiddenSize);
    const heads = scratch.get('decode heads', 4 * (headCount + 2 * kvHeadCount) * headDim);
    const partials = scratch.get('decode partials', attend.partialBytes(1, capacity));
    const attended = scratch.get('decode attended', 4 * headCount * headDim);
    const projected = scratch.get('decode projected', 4 * hiddenSize);
    const gate = scratch.get('decode gate', 4 * ffnSize);
    const up = scratch.get('decode up', 4 * ffnSize);
    const multiply = (tensor: GpuTensor, x: GPUBuffer, y: GPUBuffer, yRow = 0) =>
      this.#kernels.multiply.get(multiplyKey(tensor))!.record(pass, { tensor, x, y, yRow });
    const addToHidden = () =>
      addRows.record(pass, { source: projected, target: hidden, count: 1, rowLength: hiddenSize });

    for (const [index, layer] of this.#layers.entries()) {
      const { keys, values } = cache.layers[index]!;
      norm.record(pass, { x: hidden, weight: layer.attentionNorm, y: normed, count: 1 });
      // Behind the queries lie the keys and the values, each as wide as the key heads.
      const firstKeyRow = headCount / kvHeadCount;
      multiply(layer.q, normed, heads);
      multiply(layer.k, normed, heads, firstKeyRow);
      multiply(layer.v, normed, heads, firstKeyRow + 1);
      const appended = { heads, weights: layer.headNorms, angles, keys, values };
      rotate.record(pass, { ...appended, rowCount: 1, past, capacity });
      const attention = { queries: heads, keys, values, partials, out: attended };
      attend.record(pass, { ...attention, rowCount: 1, past, capacity });
      multiply(layer.o, attended, projected);
      addToHidden();

      norm.record(pass, { x: hidden, weight: layer.mlpNorm, y: normed, count: 1 });
      multiply(layer.gate, normed, gate);
      multiply(layer.up, normed, up);
      silu.record(pass, gate, up, ffnSize);
      multiply(layer.down, gate, projected);
      addToHidden();
    }
  }
}
