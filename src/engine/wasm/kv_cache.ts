import type * as Ort from 'onnxruntime-web/wasm';
import type { TextConfig } from '../../model/config.ts';
import { assert } from '../../model/errors.ts';
import type { KvCache } from '../executor.ts';
import type { OrtRuntime } from './runtime.ts';

/** Keys and values of one layer, [1, kvHeads, length, headDim] each. */
export interface LayerCache {
  keys: Ort.Tensor;
  values: Ort.Tensor;
}

/** The CPU's cache: a pair of tensors per layer, replaced by longer ones at each run. */
export class WasmKvCache implements KvCache {
  readonly capacity: number;
  readonly #ort: OrtRuntime;
  readonly #config: TextConfig;
  #layers: LayerCache[];
  #length = 0;

  constructor(ort: OrtRuntime, config: TextConfig, capacity: number) {
    this.#ort = ort;
    this.#config = config;
    this.capacity = capacity;
    this.#layers = this.#empty();
  }

  get length(): number {
    return this.#length;
  }

  layer(index: number): LayerCache {
    return this.#layers[index]!;
  }

  /** Takes what a run over all layers produced. */
  replace(layers: LayerCache[], length: number): void {
    assert(layers.length === this.#config.layerCount, 'a run did not fill the cache of every layer');
    this.#layers = layers;
    this.#length = length;
  }

  truncate(length: number): void {
    assert(
      length >= 0 && length <= this.#length,
      `cannot truncate ${this.#length} cached tokens to ${length}`,
    );
    if (length === this.#length) return;
    this.#layers = this.#layers.map(({ keys, values }) => ({
      keys: this.#firstTokens(keys, length),
      values: this.#firstTokens(values, length),
    }));
    this.#length = length;
  }

  dispose(): void {
    this.#layers = this.#empty();
    this.#length = 0;
  }

  #firstTokens(tensor: Ort.Tensor, length: number): Ort.Tensor {
    const { kvHeadCount, headDim } = this.#config;
    const from = tensor.data as Float32Array;
    const stride = this.#length * headDim;
    const to = new Float32Array(kvHeadCount * length * headDim);
    for (let head = 0; head < kvHeadCount; head++) {
      to.set(from.subarray(head * stride, head * stride + length * headDim), head * length * headDim);
    }
    return this.#tensor(to, length);
  }

  #empty(): LayerCache[] {
    const empty = this.#tensor(new Float32Array(0), 0);
    return Array.from({ length: this.#config.layerCount }, () => ({ keys: empty, values: empty }));
  }

  #tensor(data: Float32Array, length: number): Ort.Tensor {
    return new this.#ort.Tensor('float32', data, [1, this.#config.kvHeadCount, length, this.#config.headDim]);
  }
}
