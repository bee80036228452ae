/** What is asked of every kernel, in Node.js and in the browser. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type GpuContext, requestGpu } from '../../src/gpu/device.ts';
import { type GpuFormat, gpuFormats } from '../../src/gpu/formats/index.ts';
import { AddRowsKernel, addRowsReference } from '../../src/gpu/kernels/add_rows.ts';
import { DequantizeKernel, dequantizeReference } from '../../src/gpu/kernels/dequantize.ts';
import { GatherKernel, gatherReference } from '../../src/gpu/kernels/gather.ts';
import { dispatchGrid, KernelRuntime, replay } from '../../src/gpu/kernels/kernel.ts';
import { ProjectKernel, projectReference } from '../../src/gpu/kernels/project.ts';
import { GpuMemory } from '../../src/gpu/memory.ts';
import type { GpuTensor } from '../../src/gpu/tensor.ts';
import { uploadTensor } from '../../src/gpu/upload.ts';
import { bytesSource } from '../../src/weights/byte_source.ts';
import type { GgufFile, GgufTensor } from '../../src/weights/gguf.ts';
import { quantize } from './quantize.ts';
import { randomFrom } from './random.ts';

/** A file that holds one tensor. */
export interface TensorFile {
  file: GgufFile;
  tensor: GgufTensor;
  bytes: Uint8Array;
}

/** A file whose one tensor has these bytes. */
export function tensorOf(format: GpuFormat, shape: readonly number[], bytes: Uint8Array): TensorFile {
  // Not at the start of the file, nor at a multiple of anything large.
  const offset = 96;
  const contents = new Uint8Array(offset + bytes.length);
  contents.set(bytes, offset);
  const name = `${format.name} ${shape.join('x')}`;
  const tensor = { name, shape, format: format.file, offset, byteLength: bytes.length };
  const file = {
    source: bytesSource(contents, 'test.gguf'),
    version: 3,
    metadata: new Map(),
    metadataTypes: new Map(),
    tensors: new Map([[name, tensor]]),
  };
  return { file, tensor, bytes };
}

/** A file's tensor of random weights; the scales of a fifth of its blocks are subnormal halves. */
export function randomTensor(format: GpuFormat, rows: number, rowLength: number): TensorFile {
  const random = randomFrom(1);
  const values = new Float32Array(rows * rowLength);
  // Blocks of 256 have scales of scales, which are small in any case.
  const [run, small] = format.file.blockSize === 256 ? [256, 0.02] : [32, 2e-5];
  for (let start = 0; start < values.length; start += run) {
    const scale = random() < 0.2 ? small : 0.25;
    for (let i = start; i < Math.min(start + run, values.length); i++) values[i] = (random() - 0.5) * scale;
  }
  return tensorOf(format, [rows, rowLength], quantize(format.file, values));
}

export function randomFloats(length: number, seed: number): Float32Array<ArrayBuffer> {
  const random = randomFrom(seed);
  return Float32Array.from({ length }, () => random() * 2 - 1);
}

/** Equal, number for number; a zero's sign is free, as WGSL leaves it. */
export function expectSame(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  const different = actual.findIndex((value, i) => value !== expected[i]);
  if (different >= 0) {
    expect.fail(`number ${different} is ${actual[different]}, not ${expected[different]}`);
  }
}

/** Within `tolerance` times the largest magnitude that is expected. */
export function expectClose(actual: Float32Array, expected: Float64Array, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let largest = 0;
  let worst = 0;
  for (const [i, value] of expected.entries()) {
    largest = Math.max(largest, Math.abs(value));
    // Written so that a NaN counts.
    if (!(Math.abs(actual[i]! - value) <= worst)) worst = Math.abs(actual[i]! - value);
  }
  expect(largest).toBeGreaterThan(0);
  expect(worst).toBeLessThanOrEqual(tolerance * largest);
}

/** Row lengths of odd counts of blocks, of up to 512 chunks, and of no multiple of the 32 lanes' chunks. */
const shapes = [32, 64, 96, 256, 768, 1120, 1792, 2048].flatMap((rowLength) =>
  [1, 7, 65].map((rows) => ({ rows, rowLength })),
);
/** The first format of each length of chunk and block: what kernels do depends on nothing else. */
export const firstOfKind = gpuFormats.filter(
  (format) => format === gpuFormats.find((other) => isAlike(format, other)),
);

function isAlike(format: GpuFormat, other: GpuFormat): boolean {
  return format.chunkLength === other.chunkLength && format.file.blockSize === other.file.blockSize;
}

/** Those that a format can take, if it is the first of its kind; else few of them. */
function shapesFor(format: GpuFormat, among: typeof shapes): typeof shapes {
  const lengths = format.file.blockSize === 256 ? [256, 768, 1792, 2048] : [32, 64, 96, 256, 1120, 2048];
  return among.filter(({ rows, rowLength }) =>
    firstOfKind.includes(format)
      ? lengths.includes(rowLength)
      : rows === 65 && lengths.includes(rowLength) && rowLength % 96 === 0,
  );
}
export const VOCABULARY = 151_936;
/** What buffers hold where nothing was written. */
export const UNTOUCHED = 12345;

export function describeKernels(gpu: GPU): void {
  describe.each([
    { name: 'whole tensors', limit: undefined, shapes },
    // 65 rows then take up to 33 parts.
    {
      name: 'tensors in parts',
      limit: 17_000,
      shapes: shapes.filter(({ rows, rowLength }) => rows === 65 && rowLength % 96 !== 64),
    },
  ])('kernels on $name', ({ limit, shapes }) => {
    let context: GpuContext;
    let memory: GpuMemory;
    let runtime: KernelRuntime;
    let failure: unknown = null;
    const made: GPUBuffer[] = [];
    const tensors: GpuTensor[] = [];

    beforeAll(async () => {
      context = (await requestGpu(gpu, limit === undefined ? {} : { maxStorageBufferBindingSize: limit }))!;
      memory = new GpuMemory(context);
      runtime = new KernelRuntime(memory);
      void context.failed.then((error) => {
        failure = error.details.reason;
      });
    });
    afterEach(() => {
      for (const buffer of made.splice(0)) memory.release(buffer);
      for (const tensor of tensors.splice(0)) tensor.dispose();
      expect(failure).toBeNull();
    });
    afterAll(() => {
      runtime.dispose();
      memory.dispose();
      context.close();
    });

    async function upload(source: { file: GgufFile; tensor: GgufTensor }): Promise<GpuTensor> {
      const tensor = await uploadTensor(memory, source.file, source.tensor);
      tensors.push(tensor);
      return tensor;
    }

    /** A buffer filled with `values`, or with a number that nothing computes. */
    function bufferOf(values: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | number): GPUBuffer {
      const contents = typeof values === 'number' ? new Float32Array(values).fill(UNTOUCHED) : values;
      const buffer = memory.buffer('scratch', contents.byteLength, 'operand');
      memory.upload(buffer, 0, contents);
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

    async function floats(buffer: GPUBuffer, length: number): Promise<Float32Array> {
      return new Float32Array(await memory.read(buffer, 0, length * 4));
    }

    test('the tensors are split as meant', async () => {
      const tensor = await upload(randomTensor(gpuFormats[0]!, 65, 2048));
      expect(tensor.parts.length).toBe(limit === undefined ? 1 : 33);
      expect(tensor.parts.reduce((rows, part) => rows + part.rowCount, 0)).toBe(65);
      expect(memory.usage().byCategory.weights.bytes).toBe(tensor.byteLength);
    });

    describe.each(gpuFormats)('$name', (format) => {
      const own = shapesFor(format, shapes);

      test.each(own)('dequantises $rows rows of $rowLength', async ({ rows, rowLength }) => {
        const source = randomTensor(format, rows, rowLength);
        const tensor = await upload(source);
        const kernel = await DequantizeKernel.create(runtime, format);
        const out = bufferOf(rows * rowLength);
        run((pass) => kernel.record(pass, { tensor, out }));
        expectSame(
          await floats(out, rows * rowLength),
          dequantizeReference(format, source.bytes, rowLength, 0, rows),
        );
      });

      test.each(own)('dequantises some of $rows rows of $rowLength', async ({ rows, rowLength }) => {
        const source = randomTensor(format, rows, rowLength);
        const tensor = await upload(source);
        const kernel = await DequantizeKernel.create(runtime, format);
        const [from, to] = [Math.floor(rows / 3), Math.ceil((rows * 2) / 3)];
        const length = (to - from) * rowLength;
        const out = bufferOf(length + 4 * rowLength);
        run((pass) => kernel.record(pass, { tensor, from, to, out, outRow: 3 }));
        const around = await floats(out, length + 4 * rowLength);
        const expected = new Float32Array(around.length).fill(UNTOUCHED);
        expected.set(dequantizeReference(format, source.bytes, rowLength, from, to), 3 * rowLength);
        expectSame(around, expected);
      });

      test.each([1, 31, 33])('gathers the rows of %d tokens', async (count) => {
        const [rows, rowLength] = [65, format.file.blockSize === 256 ? 768 : 96];
        const source = randomTensor(format, rows, rowLength);
        const tensor = await upload(source);
        const kernel = await GatherKernel.create(runtime, format, rowLength);
        // The last row among them, some more than once, and one that no part has.
        const ids = Uint32Array.from({ length: count }, (_, i) => (i * 32 + 64) % rows);
        const announced = bufferOf(Uint32Array.of(64, ...ids, rows));
        const hidden = bufferOf((count + 4) * rowLength);
        run((pass) =>
          kernel.record(pass, { tensor, ids: announced, firstId: 1, count: count + 1, hidden, hiddenRow: 2 }),
        );
        const expected = new Float32Array((count + 4) * rowLength).fill(UNTOUCHED);
        expected.set(gatherReference(format, source.bytes, rowLength, ids), 2 * rowLength);
        expectSame(await floats(hidden, expected.length), expected);
      });
    });

    test('rows are added to rows', async () => {
      const rowLength = 36;
      const kernel = await AddRowsKernel.create(runtime);
      const [from, onto] = [randomFloats(9 * rowLength, 3), randomFloats(70 * rowLength, 4)];
      const [source, target] = [bufferOf(from), bufferOf(onto)];
      run((pass) => {
        kernel.record(pass, { source, sourceRow: 2, target, targetRow: 61, count: 7, rowLength });
        kernel.record(pass, { source, target, targetRow: 0, count: 0, rowLength });
      });
      addRowsReference(from, 2, onto, 61, 7, rowLength);
      expectSame(await floats(target, onto.length), onto);
    });
  });

  test.each(firstOfKind)('a vocabulary of 151,936 in two parts, in $name', async (format) => {
    const rowLength = Math.max(32, format.file.blockSize);
    const limit = 100_000 * format.planeRowBytes(rowLength)[0]!;
    const context = (await requestGpu(gpu, { maxStorageBufferBindingSize: limit }))!;
    const memory = new GpuMemory(context);
    const runtime = new KernelRuntime(memory);
    // Made of 32 equal pieces, between whose edges the parts meet.
    const piece = randomTensor(format, VOCABULARY / 32, rowLength);
    const bytes = new Uint8Array(32 * piece.bytes.length);
    for (let i = 0; i < 32; i++) bytes.set(piece.bytes, i * piece.bytes.length);
    const source = tensorOf(format, [VOCABULARY, rowLength], bytes);
    const tensor = await uploadTensor(memory, source.file, source.tensor);
    expect(tensor.parts.map((part) => part.rowCount)).toEqual([100_000, 51_936]);
    const gather = await GatherKernel.create(runtime, format, rowLength);
    const ids = Uint32Array.of(0, 99_999, 100_000, VOCABULARY - 1);
    const idBuffer = memory.buffer('scratch', ids.byteLength, 'ids');
    const hidden = memory.buffer('scratch', ids.length * rowLength * 4, 'hidden');
    memory.upload(idBuffer, 0, ids);
    const encoder = context.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    gather.record(pass, { tensor, ids: idBuffer, count: ids.length, hidden });
    pass.end();
    context.device.queue.submit([encoder.finish()]);
    const rows = await memory.read(hidden, 0, ids.length * rowLength * 4);
    expectSame(new Float32Array(rows), gatherReference(format, source.bytes, rowLength, ids));
    context.close();
  });

  test('more workgroups than one dimension takes', async () => {
    const context = (await requestGpu(gpu))!;
    const narrow: GpuContext = {
      ...context,
      limits: { ...context.limits, maxComputeWorkgroupsPerDimension: 100 },
    };
    const memory = new GpuMemory(narrow);
    const runtime = new KernelRuntime(memory);
    const format = gpuFormats[0]!;
    const [rows, rowLength] = [1999, 64];
    const source = randomTensor(format, rows, rowLength);
    const tensor = await uploadTensor(memory, source.file, source.tensor);
    const plain = { rowCapacity: 1, normEpsilon: null, epilogue: 'store', variant: 'lanes' } as const;
    const projection = { format, rowLength, ...plain };
    const [dequantize, project, add] = await Promise.all([
      DequantizeKernel.create(runtime, format),
      ProjectKernel.create(runtime, projection),
      AddRowsKernel.create(runtime),
    ]);
    const values = randomFloats(rowLength, 8);
    const x = memory.buffer('scratch', values.byteLength, 'x');
    memory.upload(x, 0, values);
    const [weights, sums] = ['weights', 'sums'].map((label) =>
      memory.buffer('scratch', rows * rowLength * 4, label),
    ) as [GPUBuffer, GPUBuffer];
    const y = memory.buffer('scratch', rows * 4, 'y');
    const encoder = context.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    dequantize.record(pass, { tensor, out: weights });
    replay(pass, project.prepare({ tensor, x, y }), { rowCount: 1, past: 0, capacity: 1 });
    add.record(pass, { source: weights, target: sums, count: rows, rowLength });
    pass.end();
    context.device.queue.submit([encoder.finish()]);
    const read = async (buffer: GPUBuffer, length: number) =>
      new Float32Array(await memory.read(buffer, 0, length * 4));
    const matrix = dequantizeReference(format, source.bytes, rowLength, 0, rows);
    expectSame(await read(weights, rows * rowLength), matrix);
    expectSame(await read(sums, rows * rowLength), matrix);
    const products = projectReference(projection, source.bytes, rows, values, null, new Float32Array());
    expectClose(await read(y, rows), products, 1e-6);
    context.close();
  });

  test('a grid has as many workgroups as are needed and few more', () => {
    expect(dispatchGrid(1, 65_535)).toEqual([1, 1]);
    expect(dispatchGrid(65_535, 65_535)).toEqual([65_535, 1]);
    expect(dispatchGrid(65_536, 65_535)).toEqual([32_768, 2]);
    expect(dispatchGrid(200_001, 65_535)).toEqual([50_001, 4]);
  });
}
