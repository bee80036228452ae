import type * as Ort from 'onnxruntime-web/wasm';
import { attentionHalf, languageHead, mlpHalf } from '../../graph/decoder.ts';
import type { TextConfig } from '../../model/config.ts';
import { assert, GlanceError, throwIfAborted } from '../../model/errors.ts';
import { mropeTable } from '../../model/mrope.ts';
import { CPU_WEIGHT_BYTES } from '../../store/need.ts';
import { elementCount } from '../../weights/gguf.ts';
import { expectedTextTensors, expectedVisionTensors, textTensors } from '../../weights/tensor_names.ts';
import type {
  DecoderInput,
  DeviceMemory,
  Drawing,
  Executor,
  KvCache,
  TokenSource,
  VisionFeatures,
} from '../executor.ts';
import type { OpenedModel } from '../open_model.ts';
import { SteppedTokens } from '../stepped_tokens.ts';
import { yieldToEventLoop } from '../yield.ts';
import { type LayerCache, WasmKvCache } from './kv_cache.ts';
import type { WasmRuntime } from './runtime.ts';
import { WasmVisionEncoder, WasmVisionFeatures } from './vision.ts';
import { Weights } from './weights.ts';

type Feeds = Record<string, Ort.Tensor>;

/** Above this many tokens a run looks for a request to stop after every layer. */
const LONG_RUN_TOKENS = 16;

/**
 * Runs the block graphs on ONNX Runtime's CPU provider, with weights dequantised to float32. It is the
 * fallback for machines without WebGPU and the judge of faster paths.
 */
export class WasmExecutor implements Executor {
  readonly device = 'wasm';
  readonly deviceName = 'CPU (WebAssembly)';
  readonly #runtime: WasmRuntime;
  readonly #config: TextConfig;
  readonly #sessions: Record<'attention' | 'mlp' | 'head', Ort.InferenceSession>;
  readonly #embedding: Float32Array;
  readonly #layers: readonly { attention: Feeds; mlp: Feeds }[];
  readonly #head: Feeds;
  readonly #vision: WasmVisionEncoder | null;
  readonly #usage: { count: number; bytes: number };
  /** Tokens that can be drawn; rows of the output matrix beyond are padding. */
  readonly #tokenCount: number;
  /** Logits of the last run, if it held them back. */
  #held: Float32Array | null = null;

  private constructor(
    runtime: WasmRuntime,
    config: TextConfig,
    sessions: Record<'attention' | 'mlp' | 'head', Ort.InferenceSession>,
    weights: Weights,
    vision: WasmVisionEncoder | null,
    usage: { count: number; bytes: number },
    tokenCount: number,
  ) {
    this.#tokenCount = tokenCount;
    const names = textTensors(config);
    this.#runtime = runtime;
    this.#config = config;
    this.#sessions = sessions;
    this.#embedding = weights.data(names.embedding);
    this.#layers = names.layers.map(({ attention, mlp }) => ({
      attention: weights.feeds(attention),
      mlp: weights.feeds(mlp),
    }));
    this.#head = weights.feeds(names.head);
    this.#vision = vision;
    this.#usage = usage;
  }

  /**
   * Reads the weights and opens the sessions.
   *
   * @param onProgress called after each tensor
   * @throws GlanceError of the files, `runtime-unavailable`, `out-of-memory`, `aborted`
   */
  static async create(
    runtime: WasmRuntime,
    { text, vision, tokenizer }: OpenedModel,
    onProgress?: (done: number, total: number) => void,
    signal?: AbortSignal,
  ): Promise<WasmExecutor> {
    const textNames = expectedTextTensors(text.config);
    const visionNames = vision && expectedVisionTensors(vision.config);
    const bytes = checkedSize([...textNames.values(), ...(visionNames?.values() ?? [])]);
    const total = textNames.size + (visionNames?.size ?? 0);
    let done = 0;
    const count = () => onProgress?.(++done, total);
    const weights = await Weights.read(runtime.ort, text.file, textNames.keys(), count, signal);
    const visionWeights =
      vision &&
      visionNames &&
      (await Weights.read(runtime.ort, vision.file, visionNames.keys(), count, signal));

    const opened: { release(): Promise<void> }[] = [];
    const session = async (model: Uint8Array) => {
      const created = await runtime.createSession(model);
      opened.push(created);
      return created;
    };
    try {
      const sessions = {
        attention: await session(attentionHalf(text.config, 'float32')),
        mlp: await session(mlpHalf(text.config, 'float32')),
        head: await session(languageHead(text.config, 'float32')),
      };
      const encoder =
        vision &&
        visionWeights &&
        (await WasmVisionEncoder.create(
          { ...runtime, createSession: session },
          vision.config,
          visionWeights,
        ));
      const usage = { count: total, bytes };
      const { vocabSize } = tokenizer;
      return new WasmExecutor(runtime, text.config, sessions, weights, encoder, usage, vocabSize);
    } catch (error) {
      for (const created of opened) await created.release();
      throw error;
    }
  }

  encodePicture(
    pixelValues: Float32Array,
    gridThw: readonly [number, number, number],
    onProgress?: (doneBlocks: number, totalBlocks: number) => void,
    signal?: AbortSignal,
  ): Promise<VisionFeatures> {
    assert(this.#vision, 'a picture was given to a model without a vision encoder');
    return this.#vision.encode(pixelValues, gridThw, onProgress, signal);
  }

  async readFeatures(features: VisionFeatures): Promise<{ merged: Float32Array; deepstack: Float32Array[] }> {
    const { merged, deepstack } = own(features);
    return { merged: merged.slice(), deepstack: deepstack.map((map) => map.slice()) };
  }

  createCache(capacity: number): KvCache {
    return new WasmKvCache(this.#runtime.ort, this.#config, capacity);
  }

  async forward(cache: KvCache, input: DecoderInput, signal?: AbortSignal): Promise<Float32Array> {
    assert(cache instanceof WasmKvCache, 'a cache of another device was given');
    const { Tensor } = this.#runtime.ort;
    const { hiddenSize, headDim, layerCount } = this.#config;
    const length = input.tokenIds.length;
    const past = cache.length;
    const total = past + length;
    assert(total <= cache.capacity, `${total} tokens do not fit a cache of ${cache.capacity}`);

    const embedded = this.#embed(input.tokenIds);
    for (const { start, features } of input.pictures) {
      eachFeatureRow(start, length, own(features).merged, hiddenSize, (row, feature) => {
        embedded.set(feature, row * hiddenSize);
      });
    }
    let hidden: Ort.Tensor = new Tensor('float32', embedded, [length, hiddenSize]);

    const { cos, sin } = mropeTable(input.positions, this.#config);
    const shared = {
      cos: new Tensor('float32', cos, [length, headDim / 2]),
      sin: new Tensor('float32', sin, [length, headDim / 2]),
      last: new Tensor('int32', Int32Array.of(total - 1), [1]),
      total: new Tensor('int32', Int32Array.of(total), [1]),
    };
    const produced: LayerCache[] = [];
    for (let layer = 0; layer < layerCount; layer++) {
      if (length > LONG_RUN_TOKENS) await yieldToEventLoop();
      throwIfAborted(signal);
      const { attention, mlp } = this.#layers[layer]!;
      const { keys, values } = cache.layer(layer);
      const attended = await this.#sessions.attention.run({
        ...attention,
        ...shared,
        hidden,
        past_k: keys,
        past_v: values,
      });
      produced.push({ keys: attended.present_k!, values: attended.present_v! });
      hidden = (await this.#sessions.mlp.run({ ...mlp, hidden: attended.out! })).out!;
      this.#addDeepstack(hidden, layer, input);
    }
    cache.replace(produced, total);
    this.#held = null;
    if (input.logits === 'none') return new Float32Array(0);
    const rows = input.logits === 'all' ? length : 1;
    const wanted = (hidden.data as Float32Array).subarray((length - rows) * hiddenSize);
    const { logits } = await this.#sessions.head.run({
      ...this.#head,
      hidden: new Tensor('float32', wanted, [rows, hiddenSize]),
    });
    if (input.logits !== 'held') return logits!.data as Float32Array;
    this.#held = logits!.data as Float32Array;
    return new Float32Array(0);
  }

  draw(cache: KvCache, drawing: Drawing): TokenSource {
    assert(this.#held, 'no logits were held back to draw from');
    return new SteppedTokens(this, cache, drawing, this.#held, this.#tokenCount);
  }

  memory(): DeviceMemory {
    return { ...this.#usage, byCategory: { weights: this.#usage } };
  }

  async dispose(): Promise<void> {
    for (const session of Object.values(this.#sessions)) await session.release();
    await this.#vision?.dispose();
  }

  /** Embedding rows of tokens: [S, hidden]. */
  #embed(tokenIds: Int32Array): Float32Array<ArrayBuffer> {
    const { hiddenSize } = this.#config;
    const out = new Float32Array(tokenIds.length * hiddenSize);
    for (const [row, id] of tokenIds.entries()) {
      out.set(this.#embedding.subarray(id * hiddenSize, (id + 1) * hiddenSize), row * hiddenSize);
    }
    return out;
  }

  /**
   * DeepStack (Meng et al. 2024, arXiv:2406.04334): the features of an earlier vision block are added at
   * the picture's rows after decoder layer `layer`.
   */
  #addDeepstack(hidden: Ort.Tensor, layer: number, input: DecoderInput): void {
    const { hiddenSize } = this.#config;
    const data = hidden.data as Float32Array;
    for (const { start, features } of input.pictures) {
      const map = own(features).deepstack[layer];
      if (map === undefined) continue;
      eachFeatureRow(start, input.tokenIds.length, map, hiddenSize, (row, feature) => {
        for (let i = 0; i < hiddenSize; i++) data[row * hiddenSize + i]! += feature[i]!;
      });
    }
  }
}

/**
 * Bytes of the weights in float32.
 * @throws GlanceError `model-too-large` if they would not fit WebAssembly's memory.
 */
function checkedSize(shapes: readonly (readonly number[])[]): number {
  const bytes = shapes.reduce((sum, shape) => sum + 4 * elementCount(shape), 0);
  if (bytes <= CPU_WEIGHT_BYTES) return bytes;
  const gigabytes = (bytes / 1e9).toFixed(1);
  throw new GlanceError(
    'model-too-large',
    `This model takes ${gigabytes} GB of memory on the CPU, where Glance runs small models only. Choose a smaller model, or a device with WebGPU.`,
    { details: { neededBytes: bytes, limitBytes: CPU_WEIGHT_BYTES } },
  );
}

function own(features: VisionFeatures): WasmVisionFeatures {
  assert(features instanceof WasmVisionFeatures, 'features of another device were given');
  return features;
}

/** Visits the rows of a picture that lie within this run of `length` tokens. */
function eachFeatureRow(
  start: number,
  length: number,
  features: Float32Array,
  hiddenSize: number,
  visit: (row: number, feature: Float32Array) => void,
): void {
  const count = features.length / hiddenSize;
  for (let i = Math.max(0, -start); i < count && start + i < length; i++) {
    visit(start + i, features.subarray(i * hiddenSize, (i + 1) * hiddenSize));
  }
}
