/** The GPU path beside the CPU path, on random models of shapes that no published model has. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/engine/backend.ts';
import type { Executor, VisionFeatures } from '../../src/engine/executor.ts';
import { type OpenedModel, openModel } from '../../src/engine/open_model.ts';
import { WasmExecutor } from '../../src/engine/wasm/executor.ts';
import { WebgpuExecutor } from '../../src/engine/webgpu/executor.ts';
import { loadWebgpuRuntime } from '../../src/engine/webgpu/runtime.ts';
import { requestGpu } from '../../src/gpu/device.ts';
import type { TextConfig, VisionConfig } from '../../src/model/config.ts';
import { type PlacedPrompt, placePictures } from '../../src/model/positions.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { BF16 } from '../../src/weights/formats/bf16.ts';
import { F16 } from '../../src/weights/formats/f16.ts';
import { F32 } from '../../src/weights/formats/f32.ts';
import { Q4_0 } from '../../src/weights/formats/q4_0.ts';
import { Q4_1 } from '../../src/weights/formats/q4_1.ts';
import { Q4_K } from '../../src/weights/formats/q4_k.ts';
import { Q5_0 } from '../../src/weights/formats/q5_0.ts';
import { Q5_1 } from '../../src/weights/formats/q5_1.ts';
import { Q5_K } from '../../src/weights/formats/q5_k.ts';
import { Q6_K } from '../../src/weights/formats/q6_k.ts';
import { Q8_0 } from '../../src/weights/formats/q8_0.ts';
import { Backends } from '../../workers/backends.ts';
import { largestDifference } from '../parity/comparison.ts';
import { isLong } from '../support/long.ts';
import { randomFrom } from '../support/random.ts';
import { type Formats, writeSyntheticText, writeSyntheticVision } from '../support/synthetic_model.ts';
import { trainVocabulary } from '../support/vocabulary.ts';

const TOLERANCE = 1e-3;
/** As `answer` reads a prompt. */
const CHUNK_TOKENS = 256;
/** Tokens that follow the prompt one at a time. */
const DECODE_STEPS = 3;
const IMAGE_PAD = 7;

type Wasm = Extract<Backend, { device: 'wasm' }>;
type Webgpu = Extract<Backend, { device: 'webgpu' }>;
let cpu: Wasm;
let gpu: Webgpu;

beforeAll(async () => {
  const backends = new Backends();
  cpu = (await (await backends.start('wasm', () => {})).started) as Wasm;
  gpu = (await (await backends.start('webgpu', () => {})).started) as Webgpu;
});
afterAll(() => gpu.gpu.close());

interface Shape {
  text: Partial<TextConfig>;
  vision?: Partial<VisionConfig>;
  formats: Formats;
}

const vocabulary = trainVocabulary([], 0);

async function open({ text, vision, formats }: Shape): Promise<OpenedModel> {
  const source = (bytes: Uint8Array<ArrayBuffer>, name: string) => blobSource(new Blob([bytes]), name);
  const visionFile =
    vision &&
    writeSyntheticVision({ config: { projectionSize: text.hiddenSize!, ...vision }, format: formats });
  return openModel(
    source(writeSyntheticText(vocabulary, { config: text, format: formats }), 'text'),
    visionFile && source(visionFile, 'vision'),
  );
}

/** The same model on both devices. */
interface Twins {
  opened: OpenedModel;
  wasm: WasmExecutor;
  webgpu: WebgpuExecutor;
  dispose(): Promise<void>;
}

async function twins(shape: Shape): Promise<Twins> {
  const opened = await open(shape);
  const wasm = await WasmExecutor.create(cpu.runtime, opened);
  const webgpu = await WebgpuExecutor.create(gpu.gpu, gpu.runtime, opened);
  const dispose = async () => {
    await wasm.dispose();
    await webgpu.dispose();
    expect(webgpu.memory().count).toBe(0);
  };
  return { opened, wasm, webgpu, dispose };
}

type Grid = readonly [number, number, number];

/** Random tokens with pictures at the given places; the prompt's length counts each picture as one. */
function randomPrompt(length: number, pictures: ReadonlyMap<number, Grid> = new Map()): PlacedPrompt {
  const random = randomFrom(length);
  const ids = Array.from({ length }, (_, i) =>
    pictures.has(i) ? IMAGE_PAD : 8 + Math.floor(random() * 200),
  );
  return placePictures(ids, IMAGE_PAD, [...pictures.values()], 2);
}

/** Reads a prompt in chunks and then takes tokens one at a time. Returns all logits, [rows, vocabulary]. */
async function run(
  executor: Executor,
  { tokenIds, positions, delta, pictureStarts }: PlacedPrompt,
  features: readonly VisionFeatures[],
  rows: 'last' | 'all',
): Promise<Float32Array> {
  const total = tokenIds.length;
  const cache = executor.createCache(total + DECODE_STEPS + 5);
  const parts: Float32Array[] = [];
  for (let from = 0; from < total; from += CHUNK_TOKENS) {
    const to = Math.min(from + CHUNK_TOKENS, total);
    parts.push(
      await executor.forward(cache, {
        tokenIds: tokenIds.subarray(from, to),
        positions: Int32Array.from(
          [0, 1, 2].flatMap((axis) => [...positions.subarray(axis * total + from, axis * total + to)]),
        ),
        pictures: features
          .map((picture, i) => ({ start: pictureStarts[i]! - from, features: picture }))
          .filter(({ start, features: { tokenCount } }) => start < to - from && start + tokenCount > 0),
        logits: rows === 'last' && to < total ? 'none' : rows,
      }),
    );
  }
  for (let step = 0; step < DECODE_STEPS; step++) {
    const position = total + step + delta;
    parts.push(
      await executor.forward(cache, {
        tokenIds: Int32Array.of(20 + step),
        positions: Int32Array.of(position, position, position),
        pictures: [],
        logits: 'last',
      }),
    );
  }
  expect(cache.length).toBe(total + DECODE_STEPS);
  cache.dispose();
  const logits = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    logits.set(part, at);
    at += part.length;
  }
  return logits;
}

/** Numbers that are all alike, or all small, would be equal whatever went wrong. */
function expectEqual(ours: Float32Array, theirs: Float32Array, length: number): void {
  expect(theirs.length).toBe(length);
  let [sum, squares] = [0, 0];
  for (const value of theirs) {
    sum += value;
    squares += value * value;
  }
  expect(Math.sqrt(squares / length - (sum / length) ** 2)).toBeGreaterThan(0.1);
  expect(largestDifference(ours, theirs)).toBeLessThanOrEqual(TOLERANCE);
}

async function encode({ wasm, webgpu }: Twins, [t, h, w]: Grid): Promise<[VisionFeatures, VisionFeatures]> {
  const random = randomFrom(h * w);
  const pixels = Float32Array.from({ length: t * h * w * 1536 }, () => random() * 2 - 1);
  const features = [
    await wasm.encodePicture(pixels, [t, h, w]),
    await webgpu.encodePicture(pixels, [t, h, w]),
  ] as const;
  const theirs = await wasm.readFeatures(features[0]);
  const ours = await webgpu.readFeatures(features[1]);
  expectEqual(ours.merged, theirs.merged, theirs.merged.length);
  expect(ours.deepstack.length).toBe(theirs.deepstack.length);
  for (const [level, map] of theirs.deepstack.entries()) expectEqual(ours.deepstack[level]!, map, map.length);
  return [...features];
}

describe('rows of 96 and 160, vision heads of 72, formats mixed', () => {
  let models: Twins;
  beforeAll(async () => {
    models = await twins({
      text: {
        hiddenSize: 96,
        headCount: 6,
        kvHeadCount: 2,
        headDim: 64,
        mropeSections: [12, 10, 10],
        ffnSize: 160,
        deepstackLayerCount: 2,
        contextLength: 1024,
      },
      vision: { hiddenSize: 144, headCount: 2, ffnSize: 304, blockCount: 2, deepstackBlocks: [0, 1] },
      formats: [Q8_0, F16, Q4_0, BF16, F32],
    });
  });
  afterAll(() => models.dispose());

  it.each([1, 31, 32, 33, 513])('%i tokens', async (length) => {
    const prompt = randomPrompt(length);
    const theirs = await run(models.wasm, prompt, [], 'all');
    const rows = length + DECODE_STEPS;
    expectEqual(await run(models.webgpu, prompt, [], 'all'), theirs, rows * vocabulary.tokens.length);
  });

  it('pictures, one of them across the border of two chunks', async () => {
    const pictures = new Map<number, Grid>([
      [3, [1, 2, 2]],
      [230, [1, 10, 14]],
    ]);
    const prompt = randomPrompt(240, pictures);
    expect(prompt.pictureStarts[1]! < CHUNK_TOKENS && prompt.pictureStarts[1]! + 35 > CHUNK_TOKENS).toBe(
      true,
    );
    const features = [];
    for (const grid of pictures.values()) features.push(await encode(models, grid));
    const theirs = await run(
      models.wasm,
      prompt,
      features.map(([wasm]) => wasm),
      'all',
    );
    const ours = await run(
      models.webgpu,
      prompt,
      features.map(([, webgpu]) => webgpu),
      'all',
    );
    expectEqual(ours, theirs, (prompt.tokenIds.length + DECODE_STEPS) * vocabulary.tokens.length);
    for (const picture of features.flat()) picture.dispose();
  });
});

describe('a picture and a question', () => {
  // Each shape is compiled anew; heads of 128 and an output matrix of its own are below, in text.
  const headsOf128 = [
    'heads of 128, Q4_0',
    Q4_0,
    {
      hiddenSize: 160,
      headCount: 2,
      kvHeadCount: 2,
      headDim: 128,
      mropeSections: [24, 20, 20],
      ffnSize: 224,
      layerCount: 1,
      tiedEmbeddings: false,
    },
  ] as const;
  it.each([
    ...(isLong ? [headsOf128] : []),
    [
      'rows of 256 and 512, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K and Q6_K',
      [Q6_K, Q4_K, Q5_K, Q4_1, Q5_0, Q5_1],
      {
        hiddenSize: 256,
        headCount: 4,
        kvHeadCount: 2,
        headDim: 64,
        mropeSections: [12, 10, 10],
        ffnSize: 512,
      },
    ],
  ] as readonly (readonly [string, Shape['formats'], Shape['text']])[])(
    '%s',
    { timeout: 180_000 },
    async (_, formats, text) => {
      const vision = { hiddenSize: 192, headCount: 3, ffnSize: 96, blockCount: 2, deepstackBlocks: [1] };
      const models = await twins({ text, vision, formats });
      const used = new Set([...models.opened.text.file.tensors.values()].map(({ format }) => format.name));
      expect([...used]).toEqual(expect.arrayContaining([formats].flat().map(({ name }) => name)));
      const grid = [1, 6, 8] as const;
      const [wasm, webgpu] = await encode(models, grid);
      const prompt = randomPrompt(40, new Map([[5, grid]]));
      const theirs = await run(models.wasm, prompt, [wasm], 'all');
      expectEqual(
        await run(models.webgpu, prompt, [webgpu], 'all'),
        theirs,
        (prompt.tokenIds.length + DECODE_STEPS) * vocabulary.tokens.length,
      );
      wasm.dispose();
      webgpu.dispose();
      await models.dispose();
    },
  );
});

describe('a text-only Qwen3', () => {
  // Every shape is compiled anew, which takes a software adapter longer than the computing.
  it.each([
    [
      'F16 and BF16, an output matrix of its own, one head for keys and values, rows of 104',
      [F16, BF16],
      { hiddenSize: 104, ffnSize: 200, headCount: 5, kvHeadCount: 1, tiedEmbeddings: false },
    ],
    ...(isLong
      ? ([
          [
            'F16, an output matrix of its own, rows of 80',
            F16,
            { hiddenSize: 80, ffnSize: 200, tiedEmbeddings: false },
          ],
          ['BF16, one head for keys and values', BF16, { hiddenSize: 104, headCount: 5, kvHeadCount: 1 }],
        ] as const)
      : []),
  ] as const)('%s', async (_, formats, sizes) => {
    const models = await twins({
      text: {
        architecture: 'qwen3',
        mropeSections: null,
        deepstackLayerCount: 0,
        ropeTheta: 1e6,
        headDim: 128,
        ...sizes,
      },
      formats,
    });
    const prompt = randomPrompt(270);
    const theirs = await run(models.wasm, prompt, [], 'all');
    expectEqual(
      await run(models.webgpu, prompt, [], 'all'),
      theirs,
      (270 + DECODE_STEPS) * vocabulary.tokens.length,
    );
    await models.dispose();
  });
});

describe('a vocabulary of 151,936', () => {
  it('in one buffer, and split over several', { timeout: 180_000 }, async () => {
    const shape: Shape = { text: { hiddenSize: 32, layerCount: 1, vocabSize: 151_936 }, formats: Q8_0 };
    const whole = await twins(shape);
    const prompt = randomPrompt(33);
    const theirs = await run(whole.wasm, prompt, [], 'last');
    const length = (1 + DECODE_STEPS) * 151_936;
    expectEqual(await run(whole.webgpu, prompt, [], 'last'), theirs, length);
    const { count } = whole.webgpu.memory().byCategory.weights!;

    const context = (await requestGpu(undefined, { maxStorageBufferBindingSize: 2 * 2 ** 20 }))!;
    const runtime = await loadWebgpuRuntime(context.device);
    const split = await WebgpuExecutor.create(context, runtime, whole.opened);
    // Of the embedding matrix alone: 4.9 MB of quants are three parts, and each has its scales.
    expect(split.memory().byCategory.weights!.count).toBe(count + 4);
    expectEqual(await run(split, prompt, [], 'last'), theirs, length);
    await split.dispose();
    context.close();
    await whole.dispose();
  });
});

describe('a large picture', () => {
  it('is worked on as progress tells, and no longer once that is to stop', { timeout: 120_000 }, async () => {
    const blockCount = 8;
    const models = await twins({ text: { hiddenSize: 64 }, vision: { blockCount }, formats: F32 });
    const pixels = new Float32Array(16 * 16 * 1536).fill(0.5);
    const { queue } = gpu.gpu.device;
    /** What the GPU was given, and how much of that it has finished. */
    let [submitted, finished] = [0, 0];
    queue.submit = (buffers) => {
      GPUQueue.prototype.submit.call(queue, buffers);
      submitted += 1;
      const own = submitted;
      void queue.onSubmittedWorkDone().then(() => {
        finished = own;
      });
    };
    const encode = async (tell: (doneBlocks: number) => void, signal?: AbortSignal) => {
      [submitted, finished] = [0, 0];
      const stopped = await models.webgpu.encodePicture(pixels, [1, 16, 16], tell, signal).then(
        (features) => features.dispose(),
        (error) => error.code,
      );
      expect(stopped).toBe(signal && 'aborted');
      const given = submitted;
      await queue.onSubmittedWorkDone();
      return given;
    };
    try {
      let finishedAtEnd = 0;
      const all = await encode((doneBlocks) => {
        if (doneBlocks === blockCount) finishedAtEnd = finished;
      });
      expect(finishedAtEnd).toBeGreaterThan(all / 2);
      const controller = new AbortController();
      const some = await encode((doneBlocks) => {
        if (doneBlocks === 3) controller.abort();
      }, controller.signal);
      expect(some).toBeGreaterThan(0);
      expect(some).toBeLessThan(0.6 * all);
    } finally {
      Reflect.deleteProperty(queue, 'submit');
    }
    await models.dispose();
  });
});
