import type { GpuContext } from '../../gpu/device.ts';
import type { MemoryUsage } from '../../gpu/memory.ts';
import type { TextConfig } from '../../model/config.ts';
import { assert, throwIfAborted, toGlanceError } from '../../model/errors.ts';
import { readTensorF32 } from '../../weights/gguf.ts';
import {
  expectedTextTensors,
  expectedVisionTensors,
  textTensors,
  visionTensors,
} from '../../weights/tensor_names.ts';
import type { DecoderInput, Drawing, Executor, KvCache, TokenSource, VisionFeatures } from '../executor.ts';
import type { OpenedModel } from '../open_model.ts';
import { SteppedTokens } from '../stepped_tokens.ts';
import { Gpu } from './gpu.ts';
import { GraphDecoder } from './graph_decoder.ts';
import { KvCachePool, WebgpuKvCache } from './kv_cache.ts';
import type { WebgpuRuntime } from './runtime.ts';
import {
  checkKernels,
  DEFAULT_CROSSING_TOKENS,
  type KernelVerdict,
  stillCounts,
  type VerdictStore,
} from './self_check.ts';
import { StepRunner } from './step_runner.ts';
import { TokenLoop } from './token_loop.ts';
import { ownFeatures, WebgpuVisionEncoder } from './vision.ts';
import { GpuWeights } from './weights.ts';

interface Parts {
  gpu: Gpu;
  config: TextConfig;
  /** Tokens that can be drawn; rows of the output matrix beyond are padding. */
  vocabSize: number;
  graphs: GraphDecoder;
  runner: StepRunner;
  vision: WebgpuVisionEncoder | null;
}

/** What runs the decoder: our kernels where they are quicker, or the block graphs for every token. */
export type DecoderPath = 'kernels' | 'graphs';

/**
 * Runs pictures and long prompts through the block graphs on ONNX Runtime's WebGPU provider, and short prompts
 * and single tokens through kernels of ours, which also draw the tokens. Weights stay on the GPU as the file
 * has them.
 */
export class WebgpuExecutor implements Executor {
  readonly device = 'webgpu';
  readonly deviceName: string;
  /** Graphs for those who compare the two. */
  path: DecoderPath = 'kernels';
  readonly #parts: Parts;
  readonly #caches: KvCachePool;
  #verdict: KernelVerdict = { ok: true, reason: null, crossingTokens: DEFAULT_CROSSING_TOKENS, at: 0 };
  #remember: (verdict: KernelVerdict) => void = () => {};
  /** Logits that a run held back on the CPU. */
  #held: Float32Array | null = null;

  private constructor(parts: Parts) {
    this.deviceName = parts.gpu.context.name;
    this.#parts = parts;
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

  /** What is known of our kernels on this device; with `ok: false` the graphs run in their place. */
  get kernels(): KernelVerdict {
    return this.#verdict;
  }

  /** Submits and dispatches of our kernels so far, and dispatches that they take for one layer. */
  get cost(): { submits: number; dispatches: number; dispatchesPerLayer: number } {
    return { ...this.#parts.runner.cost, dispatchesPerLayer: this.#parts.runner.dispatchesPerLayer };
  }

  /**
   * Decides whether our kernels are used: by what is remembered for this device, these kernels and this kind of
   * model, else by a known-answer run. Without a store that is all; with one, failures are remembered too.
   *
   * @throws GlanceError `device-lost`, `out-of-memory`, `gpu-error`
   */
  async checkKernels(store: VerdictStore): Promise<void> {
    const { gpu, config, graphs, runner, vocabSize } = this.#parts;
    const key = `${gpu.context.name} ${gpu.kernels.fingerprint()}`;
    const known = await store.get(key);
    if (known && stillCounts(known)) {
      this.#verdict = known;
    } else {
      this.#verdict = await gpu.guard(checkKernels(config, this.#caches, graphs, runner, vocabSize));
      await store.set(key, this.#verdict);
    }
    this.#remember = (verdict) => void store.set(key, verdict).catch(() => {});
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
    const { merged, deepstack, tokenCount } = ownFeatures(features);
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
    return this.#watched(this.#forward(cache, input, signal));
  }

  draw(cache: KvCache, drawing: Drawing): TokenSource {
    assert(cache instanceof WebgpuKvCache, 'a cache of another device was given');
    const { gpu, runner, vocabSize } = this.#parts;
    if (this.#held !== null) return new SteppedTokens(this, cache, drawing, this.#held, vocabSize);
    const loop = new TokenLoop(runner, cache, drawing, gpu.context.software);
    return { next: (signal) => this.#watched(loop.next(signal)), end: () => loop.end() };
  }

  async dispose(): Promise<void> {
    this.#caches.dispose();
    await this.#parts.gpu.dispose();
  }

  get #usesKernels(): boolean {
    return this.#verdict.ok && this.path === 'kernels';
  }

  /** Work in which our kernels have a part: after a failure the graphs take their place. */
  async #watched<T>(work: Promise<T>): Promise<T> {
    try {
      return await this.#parts.gpu.guard(work);
    } catch (thrown) {
      const error = toGlanceError(thrown);
      if (error.code === 'gpu-error' && this.#usesKernels) {
        this.#verdict = { ...this.#verdict, ok: false, reason: error.message, at: Date.now() };
        this.#remember(this.#verdict);
      }
      throw error;
    }
  }

  async #forward(cache: KvCache, input: DecoderInput, signal?: AbortSignal): Promise<Float32Array> {
    assert(cache instanceof WebgpuKvCache, 'a cache of another device was given');
    const length = input.tokenIds.length;
    const total = cache.length + length;
    assert(total <= cache.capacity, `${total} tokens do not fit a cache of ${cache.capacity}`);
    throwIfAborted(signal);
    const { gpu, graphs, runner } = this.#parts;
    this.#held = null;
    if (this.#usesKernels && input.pictures.length === 0 && length <= this.#verdict.crossingTokens) {
      const logits = await runner.prompt(cache, input, signal);
      await gpu.memory.check();
      return logits;
    }
    const hidden = await graphs.run(cache, input, signal);
    await gpu.memory.check();
    if (input.logits === 'none') return new Float32Array(0);
    const from = input.logits === 'all' ? 0 : length - 1;
    const isHeld = input.logits === 'held';
    // Kernels that failed the check are not to be trusted with the output matrix either.
    if (this.#verdict.ok) {
      const isHeldOnCpu = isHeld && this.path === 'graphs';
      const logits = await runner.logitsOf(hidden, from, length, !isHeld || isHeldOnCpu);
      if (isHeldOnCpu) this.#held = logits;
      return isHeld ? new Float32Array(0) : logits;
    }
    const logits = await graphs.logits(hidden, from, length);
    if (isHeld) this.#held = logits;
    return isHeld ? new Float32Array(0) : logits;
  }
}

async function createParts(
  gpu: Gpu,
  { text, vision, tokenizer }: OpenedModel,
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

  // What works on the same vectors lies together, to be multiplied in one dispatch.
  const groups = textTensors(config).layers.flatMap(({ attention: { q, k, v }, mlp: { gate, up } }) => [
    [q, k, v],
    [gate, up],
  ]);
  const weights = await GpuWeights.upload(ort, runtime, scratch, text.file, textNames, count, signal, groups);
  const { vocabSize } = tokenizer;
  const [graphs, runner] = await Promise.all([
    GraphDecoder.create(gpu, config, weights),
    StepRunner.create(gpu, config, weights, vocabSize),
  ]);
  const decoder = { gpu, config, vocabSize, graphs, runner };
  if (vision === null || positionTable === null) return { ...decoder, vision: null };
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
  return { ...decoder, vision: encoder };
}
