/** What is asked of the kernels of a step between its matrix products, in Node.js and in the browser. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type GpuContext, requestGpu } from '../../src/gpu/device.ts';
import { gpuFormats } from '../../src/gpu/formats/index.ts';
import { AttendKernel, attendReference } from '../../src/gpu/kernels/attend.ts';
import { GatherKernel, gatherReference } from '../../src/gpu/kernels/gather.ts';
import { KernelRuntime, type PreparedDispatch, replay } from '../../src/gpu/kernels/kernel.ts';
import {
  type HeadConfig,
  type HeadVariant,
  RotateHeadsKernel,
  rotateHeadsReference,
} from '../../src/gpu/kernels/rotate_heads.ts';
import { GpuMemory } from '../../src/gpu/memory.ts';
import { MAX_STEP_ROWS, type StepShape, stepWords } from '../../src/gpu/step.ts';
import { uploadTensor } from '../../src/gpu/upload.ts';
import { expectSame, randomFloats, randomTensor } from './gpu_kernels.ts';

/** What buffers hold where nothing was written. */
const UNTOUCHED = 12345;
const LONG_CAPACITY = 4103;
/** Where the step block's parts begin, as the loop has them. */
const ANGLES_OFFSET = 512;

/** The sizes of groups are those of models, one that is cut unevenly, and one that is cut in two. */
export const headConfigs: readonly HeadConfig[] = [
  { headDim: 32, headCount: 4, kvHeadCount: 2 },
  { headDim: 64, headCount: 3, kvHeadCount: 3 },
  { headDim: 72, headCount: 5, kvHeadCount: 1 },
  { headDim: 128, headCount: 8, kvHeadCount: 2 },
  { headDim: 128, headCount: 4, kvHeadCount: 2 },
  { headDim: 256, headCount: 8, kvHeadCount: 1 },
].map((config) => ({ ...config, rmsNormEps: 1e-6 }));

/** What a step finds: rows as the projections leave them, and a cache that is full of other tokens' numbers. */
interface Inputs {
  heads: Float32Array<ArrayBuffer>;
  angles: Float32Array<ArrayBuffer>;
  keys: Float32Array<ArrayBuffer>;
  values: Float32Array<ArrayBuffer>;
}

interface Outputs {
  heads: Float32Array;
  keys: Float32Array;
  values: Float32Array;
  attended: Float32Array;
}

/** Within a tolerance; written so that a NaN counts. */
function expectNear(actual: Float32Array, expected: Float64Array, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const wrong = actual.findIndex((value, i) => !(Math.abs(value - expected[i]!) <= tolerance));
  expect(wrong, `number ${wrong} is ${actual[wrong]}, not ${expected[wrong]}`).toBe(-1);
}

/** Buffers and prepared dispatches of one layer's attention, used for step after step. */
class Layer {
  readonly config: HeadConfig;
  readonly weights: Float32Array<ArrayBuffer>;
  readonly #memory: GpuMemory;
  readonly #buffers: Record<
    'heads' | 'weights' | 'step' | 'keys' | 'values' | 'partials' | 'attended',
    GPUBuffer
  >;
  readonly #dispatches: PreparedDispatch[];
  readonly #attend: AttendKernel;

  private constructor(
    memory: GpuMemory,
    config: HeadConfig,
    rotate: RotateHeadsKernel,
    attend: AttendKernel,
  ) {
    const { headDim, headCount, kvHeadCount } = config;
    this.config = config;
    this.#memory = memory;
    this.#attend = attend;
    this.weights = randomFloats(2 * headDim, 2).map((value) => 1.5 + value);
    const buffer = (floats: number, usage = 0) => memory.buffer('scratch', 4 * floats, 'operand', usage);
    const cache = kvHeadCount * LONG_CAPACITY * headDim;
    this.#buffers = {
      heads: buffer((MAX_STEP_ROWS + 1) * this.rowLength),
      weights: buffer(2 * headDim),
      step: buffer(ANGLES_OFFSET / 4 + MAX_STEP_ROWS * headDim, GPUBufferUsage.UNIFORM),
      keys: buffer(cache),
      values: buffer(cache),
      partials: buffer(attend.partialBytes(MAX_STEP_ROWS, LONG_CAPACITY) / 4),
      attended: buffer((MAX_STEP_ROWS + 1) * headCount * headDim),
    };
    memory.upload(this.#buffers.weights, 0, this.weights);
    const { heads, weights, step: block, keys, values, partials, attended } = this.#buffers;
    const step = { buffer: block, offset: 0, size: 16 };
    const angles = { buffer: block, offset: ANGLES_OFFSET, size: 4 * MAX_STEP_ROWS * headDim };
    this.#dispatches = [
      rotate.prepare({ heads, weights, angles, step, keys, values }),
      ...attend.prepare({
        queries: heads,
        keys,
        values,
        partials,
        out: attended,
        step,
        capacity: LONG_CAPACITY,
      }),
    ];
  }

  static async create(runtime: KernelRuntime, config: HeadConfig, variant: HeadVariant): Promise<Layer> {
    const [rotate, attend] = await Promise.all([
      RotateHeadsKernel.create(runtime, config, variant),
      AttendKernel.create(runtime, config, variant),
    ]);
    return new Layer(runtime.memory, config, rotate, attend);
  }

  get rowLength(): number {
    return (this.config.headCount + 2 * this.config.kvHeadCount) * this.config.headDim;
  }

  inputs(capacity: number): Inputs {
    const { headDim, kvHeadCount } = this.config;
    const turns = randomFloats((MAX_STEP_ROWS * headDim) / 2, 3).map((value) => 3 * value);
    const angles = new Float32Array(MAX_STEP_ROWS * headDim);
    for (let row = 0; row < MAX_STEP_ROWS; row++) {
      const own = turns.subarray((row * headDim) / 2, ((row + 1) * headDim) / 2);
      angles.set([...own.map(Math.cos), ...own.map(Math.sin)], row * headDim);
    }
    return {
      heads: randomFloats(MAX_STEP_ROWS * this.rowLength, 1),
      angles,
      keys: randomFloats(kvHeadCount * capacity * headDim, 4).map((value) => 2 * value),
      values: randomFloats(kvHeadCount * capacity * headDim, 5),
    };
  }

  /** Runs one step; rows behind its own hold a number that nothing computes. */
  async run(shape: StepShape, { heads, angles, keys, values }: Inputs): Promise<Outputs> {
    const memory = this.#memory;
    const buffers = this.#buffers;
    const { headCount, headDim } = this.config;
    const { rowCount, past } = shape;
    const ends = {
      heads: rowCount * this.rowLength,
      attended: rowCount * headCount * headDim,
      partials: this.#attend.partialBytes(rowCount, past + rowCount) / 4,
    };
    // As far as is looked at.
    const untilOf = (name: keyof typeof ends) => Math.min(ends[name] + 4096, buffers[name].size / 4);
    const blank = (name: keyof typeof ends) => new Float32Array(untilOf(name)).fill(UNTOUCHED);
    const rows = blank('heads');
    rows.set(heads.subarray(0, rowCount * this.rowLength));
    memory.upload(buffers.heads, 0, rows);
    memory.upload(buffers.step, 0, stepWords(shape));
    memory.upload(buffers.step, ANGLES_OFFSET, angles);
    memory.upload(buffers.keys, 0, keys);
    memory.upload(buffers.values, 0, values);
    memory.upload(buffers.partials, 0, blank('partials'));
    memory.upload(buffers.attended, 0, blank('attended'));
    const { device } = memory.context;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    replay(pass, this.#dispatches, shape);
    pass.end();
    device.queue.submit([encoder.finish()]);
    const read = async (buffer: GPUBuffer, from: number, to: number) =>
      new Float32Array(await memory.read(buffer, 4 * from, 4 * (to - from)));
    for (const name of ['heads', 'attended', 'partials'] as const) {
      const [from, to] = [ends[name], untilOf(name)];
      expectSame(await read(buffers[name], from, to), new Float32Array(to - from).fill(UNTOUCHED));
    }
    return {
      heads: await read(buffers.heads, 0, ends.heads),
      keys: await read(buffers.keys, 0, keys.length),
      values: await read(buffers.values, 0, values.length),
      attended: await read(buffers.attended, 0, ends.attended),
    };
  }

  dispose(): void {
    for (const buffer of Object.values(this.#buffers)) this.#memory.release(buffer);
  }
}

/** All that a step's outputs must be. Attention is judged by what it was given, rotated in f32. */
function expectStep(
  layer: Layer,
  shape: StepShape,
  inputs: Inputs,
  outputs: Outputs,
  tolerance = 1e-5,
): void {
  const { config, rowLength } = layer;
  const { headDim, headCount, kvHeadCount } = config;
  const { rowCount, past, capacity } = shape;
  const given = inputs.heads.subarray(0, rowCount * rowLength);
  const rotated = rotateHeadsReference(given, layer.weights, inputs.angles, config);
  const heads = Float64Array.from(given);
  const [keys, values] = [Float64Array.from(inputs.keys), Float64Array.from(inputs.values)];
  for (let row = 0; row < rowCount; row++) {
    const first = row * rowLength;
    heads.set(rotated.subarray(first, first + headCount * headDim), first);
    for (let head = 0; head < kvHeadCount; head++) {
      const key = first + (headCount + head) * headDim;
      const value = key + kvHeadCount * headDim;
      const place = (head * capacity + past + row) * headDim;
      keys.set(rotated.subarray(key, key + headDim), place);
      values.set(given.subarray(value, value + headDim), place);
    }
  }
  expectNear(outputs.heads, heads, 1e-5);
  expectNear(outputs.keys, keys, 1e-5);
  expectNear(outputs.values, values, 0);
  const attended = attendReference(outputs.heads, outputs.keys, outputs.values, shape, config);
  expectNear(outputs.attended, attended, tolerance);
}

const VARIANTS: readonly HeadVariant[] = ['invocation', 'lanes'];

/** @param variants that are tried */
export function describeDecodeKernels(gpu: GPU, configs = headConfigs, variants = VARIANTS): void {
  let context: GpuContext;
  let memory: GpuMemory;
  let runtime: KernelRuntime;
  let failure: unknown = null;

  beforeAll(async () => {
    // Tensors come in parts of few rows.
    context = (await requestGpu(gpu, { maxStorageBufferBindingSize: 2000 }))!;
    memory = new GpuMemory(context);
    runtime = new KernelRuntime(memory);
    void context.failed.then((error) => {
      failure = error.details.reason;
    });
  });
  afterEach(() => expect(failure).toBeNull());
  afterAll(() => {
    runtime.dispose();
    memory.dispose();
    context.close();
  });

  describe.each(variants)('a step, one %s at work', (variant) => {
    describe.each(configs)('$headCount heads of $headDim over $kvHeadCount', (config) => {
      let layer: Layer;

      beforeAll(async () => {
        layer = await Layer.create(runtime, config, variant);
      });
      afterAll(() => layer.dispose());

      test.each([1, 2, 5, 8])('%d rows are rotated, appended and attend', async (rowCount) => {
        const capacity = 75;
        const inputs = layer.inputs(capacity);
        for (const past of [0, 1, 30, 31, 32, 62, 63, 64]) {
          const shape = { rowCount, past, capacity };
          expectStep(layer, shape, inputs, await layer.run(shape, inputs));
        }
      });

      test('rows attend to thousands of tokens', async () => {
        const inputs = layer.inputs(LONG_CAPACITY);
        const shape = { rowCount: 2, past: 4094, capacity: LONG_CAPACITY };
        expectStep(layer, shape, inputs, await layer.run(shape, inputs));
      });

      test('scores lie further apart than an exponential reaches', async () => {
        const inputs = layer.inputs(75);
        inputs.keys = inputs.keys.map((value) => 500 * value);
        for (const past of [40, 70]) {
          const shape = { rowCount: 2, past, capacity: 75 };
          // Scores of thousands have errors of some ten-thousandths.
          expectStep(layer, shape, inputs, await layer.run(shape, inputs), 1e-3);
        }
      });

      test('a row is the same to the last bit, whatever runs with it', async () => {
        const { headCount, headDim } = config;
        const { rowLength } = layer;
        const past = 59;
        const inputs = layer.inputs(75);
        const together = await layer.run({ rowCount: 8, past, capacity: 75 }, inputs);
        for (const [first, rowCount] of [
          [0, 1],
          [1, 1],
          [4, 1],
          [7, 1],
          [0, 2],
          [3, 2],
          [3, 5],
        ] as const) {
          // The rows before these are in the cache.
          const alone = await layer.run(
            { rowCount, past: past + first, capacity: 75 },
            {
              heads: inputs.heads.slice(first * rowLength),
              angles: inputs.angles.slice(first * headDim),
              keys: together.keys.slice(),
              values: together.values.slice(),
            },
          );
          const end = first + rowCount;
          expectSame(alone.heads, together.heads.subarray(first * rowLength, end * rowLength));
          expectSame(alone.keys, together.keys);
          const size = headCount * headDim;
          expectSame(alone.attended, together.attended.subarray(first * size, end * size));
        }
      });

      test('a row is the same to the last bit, however large the cache', async () => {
        const { headDim, kvHeadCount } = config;
        const [small, large] = [layer.inputs(75), layer.inputs(LONG_CAPACITY)];
        for (const name of ['keys', 'values'] as const) {
          for (let head = 0; head < kvHeadCount; head++) {
            const from = head * 75 * headDim;
            large[name].set(small[name].subarray(from, from + 75 * headDim), head * LONG_CAPACITY * headDim);
          }
        }
        const shape = { rowCount: 5, past: 62 };
        const first = await layer.run({ ...shape, capacity: 75 }, small);
        const second = await layer.run({ ...shape, capacity: LONG_CAPACITY }, large);
        expectSame(second.attended, first.attended);
      });
    });
  });

  test('a step’s rows are gathered, and those beyond repeat the last', async () => {
    const format = gpuFormats.find(({ name }) => name === 'Q8_0')!;
    const [rows, rowLength] = [65, 96];
    const source = randomTensor(format, rows, rowLength);
    const tensor = await uploadTensor(memory, source.file, source.tensor);
    expect(tensor.parts.length).toBeGreaterThan(2);
    const kernel = await GatherKernel.create(runtime, format, rowLength);
    const tokens = [64, 0, 7, 64, 33, 12, 50, 20];
    const ids = memory.buffer('scratch', 4 * MAX_STEP_ROWS, 'ids');
    memory.upload(ids, 0, Uint32Array.from(tokens));
    const block = memory.buffer('scratch', 16, 'step', GPUBufferUsage.UNIFORM);
    const hidden = memory.buffer('scratch', 4 * (MAX_STEP_ROWS + 1) * rowLength, 'hidden');
    for (const rowCapacity of [1, 2, 4, 8]) {
      const dispatches = kernel.prepareStep({ tensor, ids, hidden, step: { buffer: block }, rowCapacity });
      for (let rowCount = 1; rowCount <= rowCapacity; rowCount++) {
        const shape = { rowCount, past: 9, capacity: 20 };
        const expected = new Float32Array((MAX_STEP_ROWS + 1) * rowLength).fill(UNTOUCHED);
        memory.upload(hidden, 0, expected);
        memory.upload(block, 0, stepWords(shape));
        const encoder = context.device.createCommandEncoder();
        const pass = encoder.beginComputePass();
        replay(pass, dispatches, shape);
        pass.end();
        context.device.queue.submit([encoder.finish()]);
        const meant = Uint32Array.from(
          { length: rowCapacity },
          (_, row) => tokens[Math.min(row, rowCount - 1)]!,
        );
        expected.set(gatherReference(format, source.bytes, rowLength, meant));
        expectSame(new Float32Array(await memory.read(hidden, 0, 4 * expected.length)), expected);
      }
    }
    tensor.dispose();
    for (const buffer of [ids, block, hidden]) memory.release(buffer);
  });
}
