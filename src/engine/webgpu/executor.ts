import type * as Ort from 'onnxruntime-web/webgpu';
import type { GpuContext } from '../../gpu/device.ts';
import { AddRowsKernel } from '../../gpu/kernels/add_rows.ts';
import { GatherKernel } from '../../gpu/kernels/gather.ts';
import { MAX_VECTORS, MultiplyKernel } from '../../gpu/kernels/multiply.ts';
import { RmsNormKernel } from '../../gpu/kernels/rms_norm.ts';
import type { MemoryUsage } from '../../gpu/memory.ts';
import { attentionHalf, mlpHalf } from '../../graph/decoder.ts';
import type { TextConfig } from '../../model/config.ts';
import { assert, throwIfAborted } from '../../model/errors.ts';
import { mropeTable } from '../../model/mrope.ts';
import { readTensorF32 } from '../../weights/gguf.ts';
import {
  expectedTextTensors,
  expectedVisionTensors,
  textTensors,
  visionTensors,
} from '../../weights/tensor_names.ts';
import type { DecoderInput, Executor, KvCache, VisionFeatures } from '../executor.ts';
import type { OpenedModel } from '../open_model.ts';
import { DecodeLayers } from './decode.ts';
import { Gpu } from './gpu.ts';
import { KvCachePool, WebgpuKvCache } from './kv_cache.ts';
import type { WebgpuRuntime } from './runtime.ts';
import { WebgpuVisionEncoder, WebgpuVisionFeatures } from './vision.ts';
import { GpuWeights, vectors } from './weights.ts';

/** Layers of a prompt that the GPU may have before it: enough that it never waits for the next. */
const QUEUED_LAYERS = 4;

/** Our kernels, compiled for a model. */
interface Kernels {
  gather: GatherKernel;
  norm: RmsNormKernel;
  addRows: AddRowsKernel;
  /** The output matrix times 1 to {@link MAX_VECTORS} vectors. */
  head: readonly MultiplyKernel[];
}

interface Parts {
  gpu: Gpu;
  config: TextConfig;
  weights: GpuWeights;
  sessions: Record<'attention' | 'mlp', Ort.InferenceSession>;
  kernels: Kernels;
  decode: DecodeLayers;
  /** [hidden], float32 */
  finalNorm: GPUBuffer;
  vision: WebgpuVisionEncoder | null;
}

/**
 * Runs pictures and prompts through the block graphs on ONNX Runtime's WebGPU provider, and single tokens
 * through kernels of ours. Weights stay on the GPU as the file has them: before a graph runs, its matrices
 * are dequantised into scratch buffers that it borrows; our kernels read them as they lie.
 */
export class WebgpuExecutor implements Executor {
  readonly device = 'webgpu';
  readonly deviceName: string;
  readonly #parts: Parts;
  readonly #names: ReturnType<typeof textTensors>;
  readonly #caches: KvCachePool;

  private constructor(parts: Parts) {
    this.deviceName = parts.gpu.context.name;
    this.#parts = parts;
    this.#names = textTensors(parts.config);
    this.#caches = new KvCachePool(parts.gpu.memory, parts.config);
  }

  /**
   * Uploads the weights, opens the sessions and compiles the kernels.
   *
   * @param onProgress called after each tensor
   * @throws GlanceError of the files, `out-of-memory`, `device-lost`, `gpu-error`, `aborted`; nothing stays
   * behind on the GPU then
   */
  static async create(
    context: GpuContext,
    runtime: WebgpuRuntime,
    opened: OpenedModel,
    onProgress?: (done: number, total: number) => void,
    signal?: AbortSignal,
  ): Promise<WebgpuExecutor> {
    const gpu = new Gpu(context, runtime);
    try {
      return new WebgpuExecutor(await gpu.guard(createParts(gpu, opened, onProgress, signal)));
    } catch (error) {
      await gpu.dispose();
      throw error;
    }
  }

  encodePicture(
    pixelValues: Float32Array,
    gridThw: readonly [number, number, number],
    onProgress?: (doneBlocks: number, totalBlocks: number) => void,
    signal?: AbortSignal,
  ): Promise<VisionFeatures> {
    const { vision, gpu } = this.#parts;
    assert(vision, 'a picture was given to a model without a vision encoder');
    return gpu.guard(vision.encode(pixelValues, gridThw, onProgress, signal));
  }

  async readFeatures(features: VisionFeatures): Promise<{ merged: Float32Array; deepstack: Float32Array[] }> {
    const { merged, deepstack, tokenCount } = own(features);
    const bytes = 4 * tokenCount * this.#parts.config.hiddenSize;
    const read = async (buffer: GPUBuffer) =>
      new Float32Array(await this.#parts.gpu.memory.read(buffer, 0, bytes));
    return { merged: await read(merged), deepstack: await Promise.all(deepstack.map(read)) };
  }

  createCache(capacity: number): KvCache {
    return this.#caches.create(capacity);
  }

  memory(): MemoryUsage {
    return this.#parts.gpu.memory.usage();
  }

  forward(cache: KvCache, input: DecoderInput, signal?: AbortSignal): Promise<Float32Array> {
    return this.#parts.gpu.guard(this.#forward(cache, input, signal));
  }

  async dispose(): Promise<void> {
    this.#caches.dispose();
    await this.#parts.gpu.dispose();
  }

  async #forward(cache: KvCache, input: DecoderInput, signal?: AbortSignal): Promise<Float32Array> {
    assert(cache instanceof WebgpuKvCache, 'a cache of another device was given');
    const length = input.tokenIds.length;
    const total = cache.length + length;
    assert(total <= cache.capacity, `${total} tokens do not fit a cache of ${cache.capacity}`);
    throwIfAborted(signal);
    const hidden = this.#parts.gpu.scratch.get('hidden 0', 4 * length * this.#parts.config.hiddenSize);
    this.#embed(input, hidden);
    if (length === 1 && input.pictures.length === 0) this.#decode(cache, input.positions, hidden);
    else await this.#prefill(cache, input, hidden, signal);
    cache.append(length);
    await this.#parts.gpu.memory.check();
    if (input.logits === 'none') return new Float32Array(0);
    return this.#logits(hidden, input.logits === 'all' ? 0 : length - 1, length);
  }

  /** One token through our kernels. */
  #decode(cache: WebgpuKvCache, positions: Int32Array, hidden: GPUBuffer): void {
    const { gpu, config, decode } = this.#parts;
    const { cos, sin } = mropeTable(positions, config);
    const angles = gpu.scratch.get('decode angles', 4 * config.headDim);
    gpu.memory.upload(angles, 0, Float32Array.of(...cos, ...sin));
    gpu.compute((pass) => decode.record(pass, hidden, angles, cache));
  }

  /** Many tokens through the block graphs. */
  async #prefill(
    cache: WebgpuKvCache,
    input: DecoderInput,
    hiddenBuffer: GPUBuffer,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { gpu, config, sessions } = this.#parts;
    const { hiddenSize, headDim, kvHeadCount } = config;
    const length = input.tokenIds.length;
    const total = cache.length + length;
    const dims = [length, hiddenSize];
    const hidden = gpu.tensor(hiddenBuffer, dims);
    const attended = gpu.tensor(gpu.scratch.get('hidden 1', 4 * length * hiddenSize), dims);

    const { cos, sin } = mropeTable(input.positions, config);
    const shared = {
      cos: gpu.upload('cos', cos, [length, headDim / 2]),
      sin: gpu.upload('sin', sin, [length, headDim / 2]),
      last: new gpu.ort.Tensor('int32', Int32Array.of(total - 1), [1]),
      total: new gpu.ort.Tensor('int32', Int32Array.of(total), [1]),
    };
    for (const [layer, names] of this.#names.layers.entries()) {
      throwIfAborted(signal);
      const { keys, values } = cache.layers[layer]!;
      const cacheDims = [1, kvHeadCount, cache.capacity, headDim];
      const [k, v] = [gpu.tensor(keys, cacheDims), gpu.tensor(values, cacheDims)];
      await gpu.run(
        sessions.attention,
        { ...this.#weights(names.attention), ...shared, hidden, past_k: k, past_v: v },
        { out: attended, present_k: k, present_v: v },
        signal,
      );
      await gpu.run(sessions.mlp, { ...this.#weights(names.mlp), hidden: attended }, { out: hidden }, signal);
      this.#addDeepstack(input, layer, hiddenBuffer);
      await gpu.pace(QUEUED_LAYERS, signal);
    }
  }

  /** Writes embedding rows, and over the placeholders of pictures their features. */
  #embed(input: DecoderInput, hidden: GPUBuffer): void {
    const { gpu, config, weights, kernels } = this.#parts;
    const { tokenIds } = input;
    const ids = gpu.scratch.get('token ids', tokenIds.byteLength);
    gpu.memory.upload(ids, 0, tokenIds as Int32Array<ArrayBuffer>);
    const { device } = gpu.context;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    const tensor = weights.get(this.#names.embedding);
    kernels.gather.record(pass, { tensor, ids, count: tokenIds.length, hidden });
    pass.end();
    const rowBytes = 4 * config.hiddenSize;
    for (const picture of input.pictures) {
      const { from, to, count } = rowsWithin(picture, tokenIds.length);
      const { merged } = own(picture.features);
      encoder.copyBufferToBuffer(merged, from * rowBytes, hidden, to * rowBytes, count * rowBytes);
    }
    device.queue.submit([encoder.finish()]);
  }

  /** A block's weights as graph inputs, dequantised where they must be. */
  #weights(names: Readonly<Record<string, string>>): Record<string, Ort.Tensor> {
    let feeds: Record<string, Ort.Tensor> = {};
    this.#parts.gpu.compute((pass) => {
      feeds = this.#parts.weights.feeds(pass, names);
    });
    return feeds;
  }

  /**
   * DeepStack (Meng et al. 2024, arXiv:2406.04334): the features of an earlier vision block are added at
   * the picture's rows after decoder layer `layer`.
   */
  #addDeepstack(input: DecoderInput, layer: number, hidden: GPUBuffer): void {
    const { gpu, kernels, config } = this.#parts;
    const pictures = input.pictures.filter(({ features }) => layer < own(features).deepstack.length);
    if (pictures.length === 0) return;
    gpu.compute((pass) => {
      for (const picture of pictures) {
        const { from, to, count } = rowsWithin(picture, input.tokenIds.length);
        kernels.addRows.record(pass, {
          source: own(picture.features).deepstack[layer]!,
          sourceRow: from,
          target: hidden,
          targetRow: to,
          count,
          rowLength: config.hiddenSize,
        });
      }
    });
  }

  /** Final norm and output matrix for the rows [from, to). */
  async #logits(hidden: GPUBuffer, from: number, to: number): Promise<Float32Array> {
    const { gpu, config, weights, kernels, finalNorm } = this.#parts;
    const count = to - from;
    const x = gpu.scratch.get('normed', 4 * count * config.hiddenSize);
    const y = gpu.scratch.get('logits', 4 * count * config.vocabSize);
    const tensor = weights.get(this.#names.head.head);
    gpu.compute((pass) => {
      kernels.norm.record(pass, { x: hidden, xRow: from, weight: finalNorm, y: x, count });
      for (let row = 0; row < count; row += MAX_VECTORS) {
        const vectors = Math.min(MAX_VECTORS, count - row);
        kernels.head[vectors - 1]!.record(pass, { tensor, x, xRow: row, y, yRow: row });
      }
    });
    await gpu.memory.check();
    return new Float32Array(await gpu.memory.read(y, 0, 4 * count * config.vocabSize));
  }
}

async function createParts(
  gpu: Gpu,
  { text, vision }: OpenedModel,
  onProgress: ((done: number, total: number) => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<Parts> {
  const { ort, kernels: runtime, scratch } = gpu;
  const { config } = text;
  const textNames = [...expectedTextTensors(config).keys()];
  // The position table is fitted to each picture by the CPU.
  const positionTable = vision && visionTensors(vision.config).positionTable;
  const visionNames = vision
    ? [...expectedVisionTensors(vision.config).keys()].filter((name) => name !== positionTable)
    : [];
  const total = textNames.length + visionNames.length;
  let done = 0;
  const count = () => onProgress?.(++done, total);

  const weights = await GpuWeights.upload(ort, runtime, scratch, text.file, textNames, count, signal);
  const sessions = {
    attention: await gpu.session(attentionHalf(config, 'float32')),
    mlp: await gpu.session(mlpHalf(config, 'float32')),
  };
  const names = textTensors(config);
  const { format: headFormat } = weights.get(names.head.head);
  const kernels: Kernels = {
    gather: await GatherKernel.create(runtime, weights.get(names.embedding).format, config.hiddenSize),
    norm: await RmsNormKernel.create(runtime, config.hiddenSize, config.rmsNormEps),
    addRows: await AddRowsKernel.create(runtime),
    head: await Promise.all(
      Array.from({ length: MAX_VECTORS }, (_, i) =>
        MultiplyKernel.create(runtime, headFormat, config.hiddenSize, i + 1),
      ),
    ),
  };
  const decode = await DecodeLayers.create(gpu, config, weights);
  const finalNorm = await vectors(gpu, [weights.get(names.head.norm)]);
  if (vision === null || positionTable === null) {
    return { gpu, config, weights, sessions, kernels, decode, finalNorm, vision: null };
  }
  const visionWeights = await GpuWeights.upload(
    ort,
    runtime,
    scratch,
    vision.file,
    visionNames,
    count,
    signal,
  );
  const table = await readTensorF32(vision.file, vision.file.tensors.get(positionTable)!, signal);
  const encoder = await WebgpuVisionEncoder.create(gpu, vision.config, visionWeights, table);
  return { gpu, config, weights, sessions, kernels, decode, finalNorm, vision: encoder };
}

function own(features: VisionFeatures): WebgpuVisionFeatures {
  assert(features instanceof WebgpuVisionFeatures, 'features of another device were given');
  return features;
}

/** The rows of a picture that lie within a run of `length` tokens. */
function rowsWithin(
  { start, features }: DecoderInput['pictures'][number],
  length: number,
): { from: number; to: number; count: number } {
  const from = Math.max(0, -start);
  return { from, to: start + from, count: Math.min(features.tokenCount - from, length - start - from) };
}
