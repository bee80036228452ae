import { compileChatTemplate } from '../model/chat_template.ts';
import type { TextConfig, VisionConfig } from '../model/config.ts';
import { GlanceError, throwIfAborted, toGlanceError } from '../model/errors.ts';
import type {
  ChatEvent,
  ChatRequest,
  ChatResult,
  Device,
  LoadProgress,
  ModelInfo,
} from '../model/request.ts';
import { defaultSampling } from '../model/sampling.ts';
import { Tokenizer } from '../model/tokenizer.ts';
import type { ByteSource } from '../weights/byte_source.ts';
import { type GgufFile, readGguf } from '../weights/gguf.ts';
import {
  checkPair,
  type ModelCard,
  readModelCard,
  readTextConfig,
  readVisionConfig,
} from '../weights/model_config.ts';
import { readChatTemplate, readTokenizerData } from '../weights/tokenizer_data.ts';
import { answer, type LoadedModel } from './answer.ts';
import type { Executor } from './executor.ts';
import { FeatureCache } from './feature_cache.ts';
import { Queue } from './queue.ts';
import { WasmExecutor } from './wasm/executor.ts';
import { loadWasmRuntime, type WasmRuntime } from './wasm/runtime.ts';

/** Tokens that prompt and answer may take together, unless the caller asks for another number. */
const DEFAULT_CONTEXT_LENGTH = 4096;

export interface EngineOptions {
  text: ByteSource;
  /** The mmproj file; without it the model reads text only. */
  vision?: ByteSource;
  device?: Device | 'auto';
  contextLength?: number;
  /** ONNX Runtime, where the caller has started it already. */
  runtime?: WasmRuntime;
  onProgress?: (progress: LoadProgress) => void;
  signal?: AbortSignal;
}

/**
 * A loaded model that answers. One answer is made at a time; further requests wait their turn.
 * Call `dispose` when done with it.
 */
export class Engine {
  readonly info: ModelInfo;
  /** The network itself, for those who compare it with others. */
  readonly executor: Executor;
  readonly tokenizer: Tokenizer;
  readonly #model: LoadedModel;
  readonly #queue = new Queue();

  private constructor(model: LoadedModel, info: ModelInfo) {
    this.#model = model;
    this.info = info;
    this.executor = model.executor;
    this.tokenizer = model.tokenizer;
  }

  /**
   * Opens the files, checks that they belong together, and makes the model ready to answer.
   *
   * @throws GlanceError about the files (`file-*`, `model-*`, `tokenizer-unsupported`, `template-invalid`),
   * `runtime-unavailable`, `out-of-memory`, `invalid-argument`, `aborted`
   */
  static async load(options: EngineOptions): Promise<Engine> {
    const { onProgress, signal } = options;
    if (options.device === 'webgpu') {
      throw new GlanceError(
        'invalid-argument',
        'This version computes on the CPU only. Choose the device "wasm" or "auto".',
        { details: { argument: 'device' } },
      );
    }
    try {
      const runtime = options.runtime ?? (await loadWasmRuntime());

      onProgress?.({ stage: 'tokenizer' });
      const text = await readGguf(options.text, signal);
      const textConfig = readTextConfig(text);
      const vision = options.vision ? await readGguf(options.vision, signal) : null;
      const visionConfig = vision && readVisionConfig(vision);
      if (visionConfig) checkPair(textConfig, visionConfig);
      const tokenizer = new Tokenizer(readTokenizerData(text));
      const templateSource = readChatTemplate(text);
      const template = compileChatTemplate(templateSource);
      throwIfAborted(signal);

      const executor = await WasmExecutor.create(
        runtime,
        {
          text: { file: text, config: textConfig },
          vision: vision && visionConfig && { file: vision, config: visionConfig },
        },
        (done, total) => onProgress?.({ stage: 'weights', done, total }),
        signal,
      );
      const model: LoadedModel = {
        executor,
        tokenizer,
        template,
        text: textConfig,
        vision: visionConfig,
        contextLength: contextLength(options.contextLength, textConfig),
        defaultSampling: recommendedSampling(readModelCard(text, vision), textConfig, templateSource),
        features: new FeatureCache(),
      };
      onProgress?.({ stage: 'warm-up' });
      await warmUp(model);
      throwIfAborted(signal);
      return new Engine(model, modelInfo(model, text, vision));
    } catch (error) {
      throw toGlanceError(error);
    }
  }

  /**
   * Answers a conversation. Raising the signal ends the answer early: the result then holds what was said
   * so far and `finishReason: 'abort'`.
   *
   * @throws GlanceError about the request (`prompt-invalid`, `invalid-argument`, `context-overflow`,
   * `model-has-no-vision`), its pictures (`picture-*`) or `out-of-memory`. The engine stays usable.
   */
  chat(
    request: ChatRequest,
    onEvent: (event: ChatEvent) => void = () => {},
    signal?: AbortSignal,
  ): Promise<ChatResult> {
    return this.#queue.run(async () => {
      try {
        return await answer(this.#model, request, onEvent, signal);
      } catch (error) {
        throw toGlanceError(error);
      }
    });
  }

  /** Frees the model's memory once the running answer has ended. */
  dispose(): Promise<void> {
    return this.#queue.run(async () => {
      this.#model.features.clear();
      await this.executor.dispose();
    });
  }
}

function contextLength(wanted: number | undefined, config: TextConfig): number {
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

/** How this model wants to be sampled, with and without pictures in the conversation. */
function recommendedSampling(
  card: ModelCard,
  config: TextConfig,
  templateSource: string,
): LoadedModel['defaultSampling'] {
  const { architecture } = config;
  // Qwen3 thinks unless told otherwise; a Qwen3-VL that thinks opens the thought in its template.
  const thinking =
    templateSource.includes('<think>') && (architecture === 'qwen3' || /thinking/i.test(card.name));
  return (pictures) => defaultSampling(card.sampling, { architecture, thinking, pictures });
}

/** Runs one token, so that the first answer does not pay for first-time work. */
async function warmUp({ executor }: LoadedModel): Promise<void> {
  const cache = executor.createCache(1);
  await executor.forward(cache, {
    tokenIds: Int32Array.of(0),
    positions: new Int32Array(3),
    pictures: [],
    logits: 'last',
  });
  cache.dispose();
}

function modelInfo(model: LoadedModel, text: GgufFile, vision: GgufFile | null): ModelInfo {
  const { name, license, demo, parameterCount, fileBytes, quantization } = readModelCard(text, vision);
  return {
    name,
    architecture: model.text.architecture,
    demo,
    license,
    parameterCount,
    fileBytes,
    quantization,
    device: model.executor.device,
    deviceName: model.executor.deviceName,
    contextLength: model.contextLength,
    vision: model.vision && pictureLimits(model.vision),
    defaultSampling: model.defaultSampling(model.vision !== null),
  };
}

function pictureLimits(config: VisionConfig): ModelInfo['vision'] {
  const { minPixels, maxPixels, defaultMaxPixels, patchSize, spatialMergeSize } = config;
  return { minPixels, maxPixels, defaultMaxPixels, patchSize, mergeSize: spatialMergeSize };
}
