import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type GpuContext, requestGpu } from '../../../src/gpu/device.ts';
import { KernelRuntime } from '../../../src/gpu/kernels/kernel.ts';
import { SiluMultiplyKernel, siluMultiplyReference } from '../../../src/gpu/kernels/silu_multiply.ts';
import { GpuMemory } from '../../../src/gpu/memory.ts';
import { nodeGpu } from '../../support/gpu.ts';
import { describeDecodeKernels } from '../../support/gpu_decode_kernels.ts';
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

describeDecodeKernels(nodeGpu());

test.each([4, 96, 1000])('applies %d gates, saturated ones among them', async (count) => {
  const gate = randomFloats(count, 11).map((value, i) => value * (i % 5 === 0 ? 200 : 4));
  const up = randomFloats(count, 12);
  const kernel = await SiluMultiplyKernel.create(runtime);
  const buffer = bufferOf(gate);
  run((pass) => kernel.record(pass, buffer, bufferOf(up), count));
  expectClose(await floats(buffer, count), siluMultiplyReference(gate, up), 2e-5);
});
