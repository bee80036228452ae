import type * as Ort from 'onnxruntime-web/webgpu';
import { AddRowsKernel } from '../../gpu/kernels/add_rows.ts';
import { GatherKernel } from '../../gpu/kernels/gather.ts';
import { attentionHalf, languageHead, mlpHalf } from '../../graph/decoder.ts';
import type { TextConfig } from '../../model/config.ts';
import { throwIfAborted } from '../../model/errors.ts';
import { mropeTable } from '../../model/mrope.ts';
import { textTensors } from '../../weights/tensor_names.ts';
import type { DecoderInput } from '../executor.ts';
import type { Gpu } from './gpu.ts';
import type { WebgpuKvCache } from './kv_cache.ts';
import { ownFeatures } from './vision.ts';
import type { GpuWeights } from './weights.ts';

/** Layers of a prompt that the GPU may have before it: enough that it never waits for the next. */
const QUEUED_LAYERS = 4;

/** Rows of the output matrix that are dequantised at once. */
const HEAD_ROWS = 4096;

/**
 * The decoder as block graphs on ONNX Runtime's WebGPU provider: for long prompts, and in place of our kernels
 * where these fail. Before a graph runs, its matrices are dequantised into scratch buffers that it borrows.
 */
export class GraphDecoder {
  readonly #gpu: Gpu;
  readonly #config: TextConfig;
  readonly #weights: GpuWeights;
  readonly #names: ReturnType<typeof textTensors>;
  readonly #sessions: Record<'attention' | 'mlp', Ort.InferenceSession>;
  /** By rows of the output matrix; opened where the head is computed by graphs. */
  readonly #heads = new Map<number, Promise<Ort.InferenceSession>>();
  readonly #gather: GatherKernel;
  readonly #addRows: AddRowsKernel;

  private constructor(
    gpu: Gpu,
    config: TextConfig,
    weights: GpuWeights,
    sessions: Record<'attention' | 'mlp', Ort.InferenceSession>,
    kernels: { gather: GatherKernel; addRows: AddRowsKernel },
  ) {
    this.#gpu = gpu;
    this.#config = config;
    this.#weights = weights;
    this.#names = textTensors(config);
    this.#sessions = sessions;
    this.#gather = kernels.gather;
    this.#addRows = kernels.addRows;
  }

  /** @throws GlanceError `gpu-error`, `runtime-unavailable` */
  static async create(gpu: Gpu, config: TextConfig, weights: GpuWeights): Promise<GraphDecoder> {
    const sessions = {
      attention: await gpu.session(attentionHalf(config, 'float32')),
      mlp: await gpu.session(mlpHalf(config, 'float32')),
    };
    const { format } = weights.get(textTensors(config).embedding);
    return new GraphDecoder(gpu, config, weights, sessions, {
      gather: await GatherKernel.create(gpu.kernels, format, config.hiddenSize),
      addRows: await AddRowsKernel.create(gpu.kernels),
    });
  }

  /**
   * Runs a stretch of tokens through all layers and appends them to the cache.
   *
   * @returns [S, hidden], until the next run
   */
  async run(
    cache: WebgpuKvCache,
    input: Omit<DecoderInput, 'logits'>,
    signal: AbortSignal | undefined,
  ): Promise<GPUBuffer> {
    const { hiddenSize, headDim, kvHeadCount } = this.#config;
    const length = input.tokenIds.length;
    const total = cache.length + length;
    const dims = [length, hiddenSize];
    const gpu = this.#gpu;
    const hiddenBuffer = gpu.scratch.get('hidden 0', 4 * length * hiddenSize);
    this.#embed(input, hiddenBuffer);
    const hidden = gpu.tensor(hiddenBuffer, dims);
    const attended = gpu.tensor(gpu.scratch.get('hidden 1', 4 * length * hiddenSize), dims);

    const { cos, sin } = mropeTable(input.positions, this.#config);
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
        this.#sessions.attention,
        { ...this.#feeds(names.attention), ...shared, hidden, past_k: k, past_v: v },
        { out: attended, present_k: k, present_v: v },
        signal,
      );
      await gpu.run(
        this.#sessions.mlp,
        { ...this.#feeds(names.mlp), hidden: attended },
        { out: hidden },
        signal,
      );
      this.#addDeepstack(input, layer, hiddenBuffer);
      await gpu.pace(QUEUED_LAYERS, signal);
    }
    cache.append(length);
    return hiddenBuffer;
  }

  /** Waits until the GPU has done all that was submitted. */
  async finished(): Promise<void> {
    await this.#gpu.context.device.queue.onSubmittedWorkDone();
  }

  /**
   * Final norm and output matrix by graphs too, slowly: where our kernels are not to be trusted.
   *
   * @returns [to - from, vocabulary]
   */
  async logits(hidden: GPUBuffer, from: number, to: number): Promise<Float32Array> {
    const gpu = this.#gpu;
    const { hiddenSize, vocabSize } = this.#config;
    const count = to - from;
    const wanted = gpu.scratch.get('head hidden', 4 * count * hiddenSize);
    const encoder = gpu.context.device.createCommandEncoder();
    encoder.copyBufferToBuffer(hidden, 4 * from * hiddenSize, wanted, 0, 4 * count * hiddenSize);
    gpu.context.device.queue.submit([encoder.finish()]);
    const out = new Float32Array(count * vocabSize);
    for (let first = 0; first < vocabSize; first += HEAD_ROWS) {
      const rows = Math.min(HEAD_ROWS, vocabSize - first);
      const logits = gpu.scratch.get('head logits', 4 * count * rows);
      await gpu.run(
        await this.#head(rows),
        {
          ...this.#feeds({ norm: this.#names.head.norm }),
          head: this.#headRows(first, first + rows),
          hidden: gpu.tensor(wanted, [count, hiddenSize]),
        },
        { logits: gpu.tensor(logits, [count, rows]) },
      );
      const values = new Float32Array(await gpu.memory.read(logits, 0, 4 * count * rows));
      for (let row = 0; row < count; row++) {
        out.set(values.subarray(row * rows, (row + 1) * rows), row * vocabSize + first);
      }
    }
    return out;
  }

  #head(rows: number): Promise<Ort.InferenceSession> {
    let session = this.#heads.get(rows);
    if (session === undefined) {
      session = this.#gpu.session(languageHead({ ...this.#config, vocabSize: rows }, 'float32'));
      this.#heads.set(rows, session);
    }
    return session;
  }

  #headRows(from: number, to: number): Ort.Tensor {
    let tensor: Ort.Tensor | null = null;
    this.#gpu.compute((pass) => {
      tensor = this.#weights.dequantizedRows(pass, this.#names.head.head, from, to);
    });
    return tensor!;
  }

  /** Writes embedding rows, and over the placeholders of pictures their features. */
  #embed({ tokenIds, pictures }: Pick<DecoderInput, 'tokenIds' | 'pictures'>, hidden: GPUBuffer): void {
    const gpu = this.#gpu;
    const ids = gpu.scratch.get('token ids', tokenIds.byteLength);
    gpu.memory.upload(ids, 0, tokenIds as Int32Array<ArrayBuffer>);
    const { device } = gpu.context;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    const tensor = this.#weights.get(this.#names.embedding);
    this.#gather.record(pass, { tensor, ids, count: tokenIds.length, hidden });
    pass.end();
    const rowBytes = 4 * this.#config.hiddenSize;
    for (const picture of pictures) {
      const { from, to, count } = rowsWithin(picture, tokenIds.length);
      const { merged } = ownFeatures(picture.features);
      encoder.copyBufferToBuffer(merged, from * rowBytes, hidden, to * rowBytes, count * rowBytes);
    }
    device.queue.submit([encoder.finish()]);
  }

  /** A block's weights as graph inputs, dequantised where they must be. */
  #feeds(names: Readonly<Record<string, string>>): Record<string, Ort.Tensor> {
    let feeds: Record<string, Ort.Tensor> = {};
    this.#gpu.compute((pass) => {
      feeds = this.#weights.feeds(pass, names);
    });
    return feeds;
  }

  /**
   * DeepStack (Meng et al. 2024, arXiv:2406.04334): the features of an earlier vision block are added at
   * the picture's rows after decoder layer `layer`.
   */
  #addDeepstack(
    { tokenIds, pictures }: Pick<DecoderInput, 'tokenIds' | 'pictures'>,
    layer: number,
    hidden: GPUBuffer,
  ): void {
    const concerned = pictures.filter(({ features }) => layer < ownFeatures(features).deepstack.length);
    if (concerned.length === 0) return;
    this.#gpu.compute((pass) => {
      for (const picture of concerned) {
        const { from, to, count } = rowsWithin(picture, tokenIds.length);
        this.#addRows.record(pass, {
          source: ownFeatures(picture.features).deepstack[layer]!,
          sourceRow: from,
          target: hidden,
          targetRow: to,
          count,
          rowLength: this.#config.hiddenSize,
        });
      }
    });
  }
}

/** The rows of a picture that lie within a run of `length` tokens. */
function rowsWithin(
  { start, features }: DecoderInput['pictures'][number],
  length: number,
): { from: number; to: number; count: number } {
  const from = Math.max(0, -start);
  return { from, to: start + from, count: Math.min(features.tokenCount - from, length - start - from) };
}
