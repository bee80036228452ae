import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type GpuContext, requestGpu } from '../../../src/gpu/device.ts';
import { AttendKernel, attendReference } from '../../../src/gpu/kernels/attend.ts';
import { KernelRuntime } from '../../../src/gpu/kernels/kernel.ts';
import { RotateHeadsKernel, rotateHeadsReference } from '../../../src/gpu/kernels/rotate_heads.ts';
import { SiluMultiplyKernel, siluMultiplyReference } from '../../../src/gpu/kernels/silu_multiply.ts';
import { GpuMemory } from '../../../src/gpu/memory.ts';
import { nodeGpu } from '../../support/gpu.ts';
import { randomFloats } from '../../support/gpu_kernels.ts';

let context: GpuContext;
let memory: GpuMemory;
let runtime: KernelRuntime;
const made: GPUBuffer[] = [];

beforeAll(async () => {
  context = (await requestGpu(nodeGpu()))!;
  memory = new GpuMemory(context);
  runtime = new KernelRuntime(memory);
});
afterEach(() => {
  for (const buffer of made.splice(0)) memory.release(buffer);
});
afterAll(() => {
  runtime.dispose();
  memory.dispose();
  context.close();
});

function bufferOf(values: Float32Array<ArrayBuffer>): GPUBuffer {
  const buffer = memory.buffer('scratch', values.byteLength, 'operand');
  memory.upload(buffer, 0, values);
  made.push(buffer);
  return buffer;
}

function run(record: (pass: GPUComputePassEncoder) => void): void {
  const encoder = context.device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  record(pass);
  pass.end();
  context.device.queue.submit([encoder.finish()]);
}

const floats = async (buffer: GPUBuffer, length: number) =>
  new Float32Array(await memory.read(buffer, 0, 4 * length));

function expectClose(actual: Float32Array, expected: Float64Array, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  // Written so that a NaN counts.
  const wrong = actual.findIndex((value, i) => !(Math.abs(value - expected[i]!) <= tolerance));
  expect(wrong, `number ${wrong} is ${actual[wrong]}, not ${expected[wrong]}`).toBe(-1);
}

const heads = [
  { headDim: 32, headCount: 4, kvHeadCount: 2 },
  { headDim: 64, headCount: 3, kvHeadCount: 3 },
  { headDim: 128, headCount: 8, kvHeadCount: 2 },
].map((config) => ({ ...config, rmsNormEps: 1e-6 }));

describe.each(heads)('$headCount heads of $headDim over $kvHeadCount', (config) => {
  const { headDim, headCount, kvHeadCount } = config;

  test.each([
    [1, 0],
    [1, 37],
    [5, 3],
    [8, 40],
  ])('%d rows after %d tokens are normalised, rotated and appended', async (rowCount, past) => {
    const capacity = 50;
    const all = rowCount * (headCount + 2 * kvHeadCount) * headDim;
    const input = randomFloats(all, 1);
    const weights = randomFloats(2 * headDim, 2);
    const turns = randomFloats((rowCount * headDim) / 2, 3);
    const angles = Float32Array.from([...turns.map(Math.cos), ...turns.map(Math.sin)]);
    const cache = randomFloats(kvHeadCount * capacity * headDim, 4);
    const buffers = {
      heads: bufferOf(input),
      weights: bufferOf(weights),
      angles: bufferOf(angles),
      keys: bufferOf(cache),
      values: bufferOf(cache),
    };
    const kernel = await RotateHeadsKernel.create(runtime, config);
    run((pass) => kernel.record(pass, { ...buffers, rowCount, past, capacity }));

    const { queries, keys } = rotateHeadsReference(input, weights, angles, rowCount, config);
    expectClose(await floats(buffers.heads, queries.length), queries, 1e-5);
    // The cache holds the rows where they belong, and elsewhere what it held.
    const firstValue = rowCount * (headCount + kvHeadCount) * headDim;
    const [expectedKeys, expectedValues] = [Float64Array.from(cache), Float64Array.from(cache)];
    for (let row = 0; row < rowCount; row++) {
      for (let head = 0; head < kvHeadCount; head++) {
        const from = (row * kvHeadCount + head) * headDim;
        const to = (head * capacity + past + row) * headDim;
        expectedKeys.set(keys.subarray(from, from + headDim), to);
        expectedValues.set(input.subarray(firstValue + from, firstValue + from + headDim), to);
      }
    }
    expectClose(await floats(buffers.keys, cache.length), expectedKeys, 1e-5);
    expectClose(await floats(buffers.values, cache.length), expectedValues, 0);
  });

  test.each([
    [1, 0],
    [1, 31],
    [1, 32],
    [1, 33],
    [3, 62],
    [8, 63],
    [1, 4094],
  ])('%d rows attend to %d tokens and themselves', async (rowCount, past) => {
    const capacity = past + rowCount + 2;
    const queries = randomFloats(rowCount * headCount * headDim, 5);
    const keys = randomFloats(kvHeadCount * capacity * headDim, 6).map((value) => 3 * value);
    const values = randomFloats(kvHeadCount * capacity * headDim, 7);
    const kernel = await AttendKernel.create(runtime, config);
    const out = bufferOf(new Float32Array(queries.length));
    const partials = bufferOf(new Float32Array(kernel.partialBytes(rowCount, past + rowCount) / 4));
    const buffers = { queries: bufferOf(queries), keys: bufferOf(keys), values: bufferOf(values) };
    run((pass) => kernel.record(pass, { ...buffers, partials, out, rowCount, past, capacity }));
    const expected = attendReference(queries, keys, values, rowCount, past, capacity, config);
    expectClose(await floats(out, queries.length), expected, 2e-5);
  });

  test('a row’s attention does not depend on how many rows run together', async () => {
    const [past, capacity] = [70, 80];
    const queries = randomFloats(4 * headCount * headDim, 8);
    const keys = bufferOf(randomFloats(kvHeadCount * capacity * headDim, 9));
    const values = bufferOf(randomFloats(kvHeadCount * capacity * headDim, 10));
    const kernel = await AttendKernel.create(runtime, config);
    const attend = async (rows: Float32Array<ArrayBuffer>, before: number) => {
      const rowCount = rows.length / (headCount * headDim);
      const out = bufferOf(new Float32Array(rows.length));
      const partials = bufferOf(new Float32Array(kernel.partialBytes(rowCount, before + rowCount) / 4));
      const request = { queries: bufferOf(rows), keys, values, partials, out };
      run((pass) => kernel.record(pass, { ...request, rowCount, past: before, capacity }));
      return floats(out, rows.length);
    };
    const together = await attend(queries, past);
    const size = headCount * headDim;
    for (let row = 0; row < 4; row++) {
      const alone = await attend(queries.slice(row * size, (row + 1) * size), past + row);
      expect([...alone]).toEqual([...together.subarray(row * size, (row + 1) * size)]);
    }
  });
});

test.each([4, 96, 1000])('applies %d gates, saturated ones among them', async (count) => {
  const gate = randomFloats(count, 11).map((value, i) => value * (i % 5 === 0 ? 200 : 4));
  const up = randomFloats(count, 12);
  const kernel = await SiluMultiplyKernel.create(runtime);
  const buffer = bufferOf(gate);
  run((pass) => kernel.record(pass, buffer, bufferOf(up), count));
  expectClose(await floats(buffer, count), siluMultiplyReference(gate, up), 2e-5);
});
