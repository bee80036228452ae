import type { GpuMemory } from '../../gpu/memory.ts';
import type { TextConfig } from '../../model/config.ts';
import { assert } from '../../model/errors.ts';
import type { KvCache } from '../executor.ts';

/** Keys and values of one layer, [1, kvHeads, capacity, headDim] in float32 each. */
export interface LayerBuffers {
  keys: GPUBuffer;
  values: GPUBuffer;
}

/** The GPU's cache: buffers of full length, written in place. */
export class WebgpuKvCache implements KvCache {
  readonly capacity: number;
  readonly layers: readonly LayerBuffers[];
  readonly #release: () => void;
  #length = 0;

  /** @param release what disposing of the cache does with its buffers */
  constructor(capacity: number, layers: readonly LayerBuffers[], release: () => void) {
    this.capacity = capacity;
    this.layers = layers;
    this.#release = release;
  }

  get length(): number {
    return this.#length;
  }

  /** Says that a run over all layers has written as many tokens more. */
  append(tokens: number): void {
    this.#length += tokens;
  }

  truncate(length: number): void {
    assert(
      length >= 0 && length <= this.#length,
      `cannot truncate ${this.#length} cached tokens to ${length}`,
    );
    this.#length = length;
  }

  dispose(): void {
    this.#length = 0;
    this.#release();
  }
}

/** Makes caches, and keeps the buffers of the last one that was given back for the next of its size. */
export class KvCachePool {
  readonly #memory: GpuMemory;
  readonly #config: TextConfig;
  #idle: { capacity: number; layers: readonly LayerBuffers[] } | null = null;

  constructor(memory: GpuMemory, config: TextConfig) {
    this.#memory = memory;
    this.#config = config;
  }

  /** @throws GlanceError `out-of-memory` if no buffer on this GPU can be so large */
  create(capacity: number): WebgpuKvCache {
    const layers = this.#takeIdle(capacity) ?? this.#allocate(capacity);
    let released = false;
    return new WebgpuKvCache(capacity, layers, () => {
      if (released) return;
      released = true;
      this.dispose();
      this.#idle = { capacity, layers };
    });
  }

  /** Frees the buffers that are kept. */
  dispose(): void {
    if (this.#idle) this.#free(this.#idle.layers);
    this.#idle = null;
  }

  #takeIdle(capacity: number): readonly LayerBuffers[] | null {
    const idle = this.#idle;
    if (idle?.capacity !== capacity) return null;
    this.#idle = null;
    return idle.layers;
  }

  #allocate(capacity: number): LayerBuffers[] {
    const { layerCount, kvHeadCount, headDim } = this.#config;
    const bytes = 4 * kvHeadCount * capacity * headDim;
    const buffer = (label: string) => this.#memory.buffer('kv', bytes, label);
    const layers: LayerBuffers[] = [];
    try {
      for (let i = 0; i < layerCount; i++) {
        layers.push({ keys: buffer(`keys ${i}`), values: buffer(`values ${i}`) });
      }
      return layers;
    } catch (error) {
      this.#free(layers);
      throw error;
    }
  }

  #free(layers: readonly LayerBuffers[]): void {
    for (const { keys, values } of layers) {
      this.#memory.release(keys);
      this.#memory.release(values);
    }
  }
}
