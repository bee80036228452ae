import type * as Ort from 'onnxruntime-web/wasm';
import { frameWeight, patchEmbedding, patchMerger, visionBlock } from '../../graph/vision.ts';
import type { VisionConfig } from '../../model/config.ts';
import { throwIfAborted } from '../../model/errors.ts';
import { interpolatePositions, visionRotaryTable } from '../../model/vision_positions.ts';
import { visionTensors } from '../../weights/tensor_names.ts';
import type { VisionFeatures } from '../executor.ts';
import { yieldToEventLoop } from '../yield.ts';
import type { WasmRuntime } from './runtime.ts';
import type { Weights } from './weights.ts';

type Feeds = Record<string, Ort.Tensor>;

/** Features of one picture on the CPU: `merged` and each DeepStack map are [tokenCount, projection]. */
export class WasmVisionFeatures implements VisionFeatures {
  constructor(
    readonly tokenCount: number,
    readonly merged: Float32Array,
    readonly deepstack: readonly Float32Array[],
  ) {}

  dispose(): void {}
}

/** The vision encoder on the CPU. */
export class WasmVisionEncoder {
  readonly #runtime: WasmRuntime;
  readonly #config: VisionConfig;
  readonly #embedding: { session: Ort.InferenceSession; weights: Feeds };
  readonly #block: { session: Ort.InferenceSession; weights: Feeds[] };
  readonly #merger: { session: Ort.InferenceSession; weights: Feeds };
  readonly #deepstack: { session: Ort.InferenceSession; weights: Map<number, Feeds> };
  readonly #positionTable: Float32Array;

  private constructor(
    runtime: WasmRuntime,
    config: VisionConfig,
    sessions: Record<'embedding' | 'block' | 'merger' | 'deepstack', Ort.InferenceSession>,
    weights: Weights,
  ) {
    const names = visionTensors(config);
    this.#runtime = runtime;
    this.#config = config;
    this.#positionTable = weights.data(names.positionTable);
    const frames = names.patchWeights.map((name, t) => [frameWeight(t), name]);
    this.#embedding = {
      session: sessions.embedding,
      weights: weights.feeds({ ...Object.fromEntries(frames), bias: names.patchBias }),
    };
    this.#block = { session: sessions.block, weights: names.blocks.map((block) => weights.feeds(block)) };
    this.#merger = { session: sessions.merger, weights: weights.feeds(names.merger) };
    this.#deepstack = {
      session: sessions.deepstack,
      weights: new Map(names.deepstack.map(({ block, merger }) => [block, weights.feeds(merger)])),
    };
  }

  static async create(
    runtime: WasmRuntime,
    config: VisionConfig,
    weights: Weights,
  ): Promise<WasmVisionEncoder> {
    const sessions = {
      embedding: await runtime.createSession(patchEmbedding(config, 'float32')),
      block: await runtime.createSession(visionBlock(config, 'float32')),
      merger: await runtime.createSession(patchMerger(config, 'before', 'float32')),
      deepstack: await runtime.createSession(patchMerger(config, 'after', 'float32')),
    };
    return new WasmVisionEncoder(runtime, config, sessions, weights);
  }

  /** See `Executor.encodePicture`. */
  async encode(
    pixelValues: Float32Array,
    [, gridH, gridW]: readonly [number, number, number],
    onProgress?: (doneBlocks: number, totalBlocks: number) => void,
    signal?: AbortSignal,
  ): Promise<WasmVisionFeatures> {
    const { Tensor } = this.#runtime.ort;
    const { hiddenSize: width, headCount, spatialMergeSize: merge, positionGridSize } = this.#config;
    const patches = gridH * gridW;
    const headDim = width / headCount;
    const { cos, sin } = visionRotaryTable(gridH, gridW, headDim, merge);
    const rotary = {
      cos: new Tensor('float32', cos, [patches, headDim / 2]),
      sin: new Tensor('float32', sin, [patches, headDim / 2]),
    };
    const positions = interpolatePositions(this.#positionTable, positionGridSize, width, gridH, gridW, merge);
    let hidden = await only(this.#embedding.session, {
      ...this.#embedding.weights,
      pixels: new Tensor('float32', pixelValues, [patches, pixelValues.length / patches]),
      positions: new Tensor('float32', positions, [patches, width]),
    });

    const deepstack: Float32Array[] = [];
    for (const [index, weights] of this.#block.weights.entries()) {
      await yieldToEventLoop();
      throwIfAborted(signal);
      hidden = await only(this.#block.session, { ...weights, ...rotary, hidden });
      const merger = this.#deepstack.weights.get(index);
      if (merger) {
        const map = await only(this.#deepstack.session, { ...merger, hidden });
        deepstack.push(map.data as Float32Array);
      }
      onProgress?.(index + 1, this.#block.weights.length);
    }
    const merged = await only(this.#merger.session, { ...this.#merger.weights, hidden });
    return new WasmVisionFeatures(patches / merge ** 2, merged.data as Float32Array, deepstack);
  }

  async dispose(): Promise<void> {
    for (const part of [this.#embedding, this.#block, this.#merger, this.#deepstack]) {
      await part.session.release();
    }
  }
}

/** Runs a graph with the one output `out`. */
async function only(session: Ort.InferenceSession, feeds: Feeds): Promise<Ort.Tensor> {
  return (await session.run(feeds)).out!;
}
