import type * as Ort from 'onnxruntime-web/webgpu';
import { frameWeight, patchEmbedding, patchMerger, visionBlock } from '../../graph/vision.ts';
import type { VisionConfig } from '../../model/config.ts';
import { assert } from '../../model/errors.ts';
import { interpolatePositions, visionRotaryTable } from '../../model/vision_positions.ts';
import { visionTensors } from '../../weights/tensor_names.ts';
import type { VisionFeatures } from '../executor.ts';
import type { Gpu } from './gpu.ts';
import type { GpuWeights } from './weights.ts';

/** Features of one picture on the GPU: `merged` and each DeepStack map are [tokenCount, projection]. */
export class WebgpuVisionFeatures implements VisionFeatures {
  readonly #release: (buffer: GPUBuffer) => void;

  constructor(
    readonly tokenCount: number,
    readonly merged: GPUBuffer,
    readonly deepstack: readonly GPUBuffer[],
    release: (buffer: GPUBuffer) => void,
  ) {
    this.#release = release;
  }

  dispose(): void {
    for (const buffer of [this.merged, ...this.deepstack]) this.#release(buffer);
  }
}

/** @returns the features, which must be a GPU's */
export function ownFeatures(features: VisionFeatures): WebgpuVisionFeatures {
  assert(features instanceof WebgpuVisionFeatures, 'features of another device were given');
  return features;
}

/** Blocks that the GPU may have before it: enough that it never waits for the next. */
const QUEUED_BLOCKS = 2;

type SessionName = 'embedding' | 'block' | 'merger' | 'deepstack';

/** The vision encoder on the GPU. */
export class WebgpuVisionEncoder {
  readonly #gpu: Gpu;
  readonly #config: VisionConfig;
  readonly #weights: GpuWeights;
  readonly #names: ReturnType<typeof visionTensors>;
  readonly #sessions: Record<SessionName, Ort.InferenceSession>;
  readonly #positionTable: Float32Array;

  private constructor(
    gpu: Gpu,
    config: VisionConfig,
    weights: GpuWeights,
    sessions: Record<SessionName, Ort.InferenceSession>,
    positionTable: Float32Array,
  ) {
    this.#gpu = gpu;
    this.#config = config;
    this.#weights = weights;
    this.#names = visionTensors(config);
    this.#sessions = sessions;
    this.#positionTable = positionTable;
  }

  /** @param positionTable [positionGridSize², hidden]: fitting it to a picture is the CPU's work */
  static async create(
    gpu: Gpu,
    config: VisionConfig,
    weights: GpuWeights,
    positionTable: Float32Array,
  ): Promise<WebgpuVisionEncoder> {
    const sessions = {
      embedding: await gpu.session(patchEmbedding(config, 'float32')),
      block: await gpu.session(visionBlock(config, 'float32')),
      merger: await gpu.session(patchMerger(config, 'before', 'float32')),
      deepstack: await gpu.session(patchMerger(config, 'after', 'float32')),
    };
    return new WebgpuVisionEncoder(gpu, config, weights, sessions, positionTable);
  }

  /** See `Executor.encodePicture`. */
  async encode(
    pixelValues: Float32Array,
    [, gridH, gridW]: readonly [number, number, number],
    onProgress?: (doneBlocks: number, totalBlocks: number) => void,
    signal?: AbortSignal,
  ): Promise<WebgpuVisionFeatures> {
    const { hiddenSize: width, headCount, spatialMergeSize: merge, positionGridSize } = this.#config;
    const { blockCount, projectionSize } = this.#config;
    const gpu = this.#gpu;
    const patches = gridH * gridW;
    const tokens = patches / merge ** 2;
    const headDim = width / headCount;
    const positions = interpolatePositions(this.#positionTable, positionGridSize, width, gridH, gridW, merge);
    const { cos, sin } = visionRotaryTable(gridH, gridW, headDim, merge);
    const rotary = {
      cos: gpu.upload('vision cos', cos, [patches, headDim / 2]),
      sin: gpu.upload('vision sin', sin, [patches, headDim / 2]),
    };
    const [from, to] = ['vision hidden 0', 'vision hidden 1'].map((role) =>
      gpu.tensor(gpu.scratch.get(role, 4 * patches * width), [patches, width]),
    );
    let [hidden, next] = [from!, to!];
    const maps: GPUBuffer[] = [];
    const newMap = (label: string): Ort.Tensor => {
      const buffer = gpu.memory.buffer('features', 4 * tokens * projectionSize, label);
      maps.push(buffer);
      return gpu.tensor(buffer, [tokens, projectionSize]);
    };
    try {
      const frames = this.#names.patchWeights.map((name, t) => [frameWeight(t), name]);
      await this.#run(
        'embedding',
        { ...Object.fromEntries(frames), bias: this.#names.patchBias },
        hidden,
        signal,
        {
          pixels: gpu.upload('pixels', pixelValues, [patches, pixelValues.length / patches]),
          positions: gpu.upload('vision positions', positions, [patches, width]),
        },
      );
      for (const [index, names] of this.#names.blocks.entries()) {
        await this.#run('block', names, next, signal, { ...rotary, hidden });
        [hidden, next] = [next, hidden];
        const level = this.#names.deepstack.find(({ block }) => block === index);
        if (level)
          await this.#run('deepstack', level.merger, newMap(`deepstack ${index}`), signal, { hidden });
        await gpu.pace(QUEUED_BLOCKS, signal);
        onProgress?.(index + 1, blockCount);
      }
      await this.#run('merger', this.#names.merger, newMap('merged'), signal, { hidden });
      await gpu.memory.check();
    } catch (error) {
      for (const buffer of maps) gpu.memory.release(buffer);
      throw error;
    }
    const merged = maps.pop()!;
    return new WebgpuVisionFeatures(tokens, merged, maps, (buffer) => gpu.memory.release(buffer));
  }

  /** Brings a block's weights into reach and runs its graph. */
  async #run(
    session: SessionName,
    names: Readonly<Record<string, string>>,
    out: Ort.Tensor,
    signal: AbortSignal | undefined,
    feeds: Record<string, Ort.Tensor>,
  ): Promise<void> {
    let weights: Record<string, Ort.Tensor> = {};
    this.#gpu.compute((pass) => {
      weights = this.#weights.feeds(pass, names);
    });
    await this.#gpu.run(this.#sessions[session], { ...weights, ...feeds }, { out }, signal);
  }
}
