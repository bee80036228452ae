import type { VisionConfig } from '../model/config.ts';
import { GlanceError, throwIfAborted, toGlanceError } from '../model/errors.ts';
import type { ChatEvent, ChatRequest, ChatResult, LoadProgress, ModelInfo } from '../model/request.ts';
import { defaultSampling } from '../model/sampling.ts';
import type { Tokenizer } from '../model/tokenizer.ts';
import type { ByteSource } from '../weights/byte_source.ts';
import { answer, emptyResult, type LoadedModel } from './answer.ts';
import type { Backend } from './backend.ts';
import { Constraints } from './constraint/constraint.ts';
import type { DeviceMemory, Executor } from './executor.ts';
import { FeatureCache } from './feature_cache.ts';
import { type OpenedModel, openModel } from './open_model.ts';
import { PrefixCache } from './prefix_cache.ts';
import { Queue } from './queue.ts';
import { WasmExecutor } from './wasm/executor.ts';
import { loadWasmRuntime } from './wasm/runtime.ts';
import { WebgpuExecutor } from './webgpu/executor.ts';
import type { KernelVerdict, VerdictStore } from './webgpu/self_check.ts';

/** Tokens that prompt and answer may take together, unless the caller asks for another number. */
const DEFAULT_CONTEXT_LENGTH = 4096;

export interface EngineOptions {
  /** What computes, with ONNX Runtime started on it; default: the CPU. */
  backend?: Backend;
  contextLength?: number;
  onProgress?: (progress: LoadProgress) => void;
  signal?: AbortSignal;
  /** Where checks of our kernels are remembered; default: for as long as this module lives. */
  verdicts?: VerdictStore;
}

/** Checks of the kernels that nobody keeps for longer. */
const passingVerdicts = new Map<string, KernelVerdict>();
const PASSING_STORE: VerdictStore = {
  get: async (key) => passingVerdicts.get(key),
  set: async (key, verdict) => void passingVerdicts.set(key, verdict),
};

/**
 * A loaded model that answers. One answer is made at a time; further requests wait their turn.
 * Call `dispose` when done with it.
 */
export class Engine {
  /** The network itself, for those who compare it with others. */
  readonly executor: Executor;
  readonly tokenizer: Tokenizer;
  readonly #model: LoadedModel;
  readonly #opened: OpenedModel;
  readonly #queue = new Queue();

  private constructor(model: LoadedModel, opened: OpenedModel) {
    this.#model = model;
    this.#opened = opened;
    this.executor = model.executor;
    this.tokenizer = model.tokenizer;
  }

  get info(): ModelInfo {
    return modelInfo(this.#model, this.#opened);
  }

  /**
   * Opens a model's files and makes it ready to answer: {@link openModel} and {@link Engine.start} in one.
   *
   * @throws GlanceError as these two
   */
  static async load({
    text,
    vision,
    ...options
  }: EngineOptions & { text: ByteSource; vision?: ByteSource }): Promise<Engine> {
    options.onProgress?.({ stage: 'tokenizer' });
    return Engine.start(await openModel(text, vision, options.signal), options);
  }

  /**
   * Brings an opened model's weights to the device and makes it ready to answer.
   *
   * @throws GlanceError `invalid-argument`, `model-too-large`, `runtime-unavailable`, `out-of-memory`,
   * `aborted`, or about the files
   */
  static async start(opened: OpenedModel, options: EngineOptions = {}): Promise<Engine> {
    const { onProgress, signal } = options;
    const contextLength = checkedContextLength(options.contextLength, opened);
    let executor: Executor | null = null;
    try {
      const backend = options.backend ?? { device: 'wasm', runtime: await loadWasmRuntime() };
      throwIfAborted(signal);
      const onTensor = (done: number, total: number) => onProgress?.({ stage: 'weights', done, total });
      executor =
        backend.device === 'webgpu'
          ? await WebgpuExecutor.create(backend.gpu, backend.runtime, opened, onTensor, signal)
          : await WasmExecutor.create(backend.runtime, opened, onTensor, signal);
      onProgress?.({ stage: 'warm-up' });
      const device = executor;
      if (device instanceof WebgpuExecutor) await device.checkKernels(options.verdicts ?? PASSING_STORE);
      await warmUp(device, contextLength);
      throwIfAborted(signal);
      const model: LoadedModel = {
        executor: device,
        tokenizer: opened.tokenizer,
        template: opened.template,
        vision: opened.vision?.config ?? null,
        contextLength,
        defaultSampling: (mode) =>
          defaultSampling(opened.card.sampling, {
            architecture: opened.text.config.architecture,
            ...mode,
          }),
        features: new FeatureCache(),
        constraints: new Constraints(opened.tokenizer),
        prefix: new PrefixCache(() => device.createCache(contextLength)),
      };
      return new Engine(model, opened);
    } catch (error) {
      await executor?.dispose();
      throw toGlanceError(error);
    }
  }

  /**
   * Answers a conversation. Raising the signal ends the answer early: the result then holds what was said
   * so far and `finishReason: 'abort'`.
   *
   * @throws GlanceError about the request (`prompt-invalid`, `invalid-argument`, `context-overflow`,
   * `model-has-no-vision`, `tools-unsupported`, `template-failed`, `format-unsupported`), its pictures (`picture-*`) or `out-of-memory`. The engine stays usable.
   */
  async chat(
    request: ChatRequest,
    onEvent: (event: ChatEvent) => void = () => {},
    signal?: AbortSignal,
  ): Promise<ChatResult> {
    try {
      return await this.#queue.run(() => answer(this.#model, request, onEvent, signal), signal);
    } catch (thrown) {
      const error = toGlanceError(thrown);
      // Stopped while it waited for its turn.
      if (error.code === 'aborted') return { ...emptyResult(), finishReason: 'abort' };
      throw error;
    }
  }

  /** What the model holds on its device. */
  memory(): DeviceMemory {
    return this.executor.memory();
  }

  /** Frees the model's memory once the running answer has ended. */
  dispose(): Promise<void> {
    return this.#queue.run(async () => {
      this.#model.prefix.dispose();
      this.#model.features.clear();
      this.#model.constraints.dispose();
      await this.executor.dispose();
    });
  }
}

function checkedContextLength(wanted: number | undefined, { text: { config } }: OpenedModel): number {
  const length = wanted ?? Math.min(DEFAULT_CONTEXT_LENGTH, config.contextLength);
  if (!Number.isInteger(length) || length < 1 || length > config.contextLength) {
    throw new GlanceError(
      'invalid-argument',
      `contextLength must be a whole number from 1 to ${config.contextLength}, which this model was made for, not ${length}.`,
      { details: { argument: 'contextLength' } },
    );
  }
  return length;
}

/**
 * Runs one token, so that the first answer does not pay for first-time work, in a cache of the size that
 * answers will have: where memory is too short for it, loading fails and not every question.
 */
async function warmUp(executor: Executor, contextLength: number): Promise<void> {
  const cache = executor.createCache(contextLength);
  await executor.forward(cache, {
    tokenIds: Int32Array.of(0),
    positions: new Int32Array(3),
    pictures: [],
    logits: 'last',
  });
  cache.dispose();
}

function modelInfo(model: LoadedModel, { text, card }: OpenedModel): ModelInfo {
  return {
    name: card.name,
    architecture: text.config.architecture,
    demo: card.demo,
    tasks: card.tasks,
    license: card.license,
    parameterCount: card.parameterCount,
    fileBytes: card.fileBytes,
    quantization: card.quantization,
    device: model.executor.device,
    deviceName: model.executor.deviceName,
    kernels: kernelInfo(model.executor),
    contextLength: model.contextLength,
    vision: model.vision && pictureLimits(model.vision),
    thinking: model.template.abilities.thinking,
    thinksUnasked: model.template.abilities.thinksUnasked,
    tools: model.template.abilities.tools,
    defaultSampling: model.defaultSampling({
      pictures: model.vision !== null,
      thinking: model.template.abilities.thinksUnasked,
    }),
    fileSampling: card.sampling,
  };
}

function kernelInfo(executor: Executor): ModelInfo['kernels'] {
  if (!(executor instanceof WebgpuExecutor)) return null;
  const { ok, reason } = executor.kernels;
  return { used: ok, reason };
}

function pictureLimits(config: VisionConfig): ModelInfo['vision'] {
  const { minPixels, maxPixels, defaultMaxPixels, patchSize, spatialMergeSize } = config;
  return { minPixels, maxPixels, defaultMaxPixels, patchSize, mergeSize: spatialMergeSize };
}
