/** What is asked of the projection kernel and of matrices made of several tensors, in Node.js and in the browser. */
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type GpuContext, requestGpu } from '../../src/gpu/device.ts';
import { F16 } from '../../src/gpu/formats/f16.ts';
import { F32 } from '../../src/gpu/formats/f32.ts';
import { type GpuFormat, gpuFormats } from '../../src/gpu/formats/index.ts';
import { Q4_0 } from '../../src/gpu/formats/q4_0.ts';
import { Q4_K } from '../../src/gpu/formats/q4_k.ts';
import { Q8_0 } from '../../src/gpu/formats/q8_0.ts';
import { DequantizeKernel, dequantizeReference } from '../../src/gpu/kernels/dequantize.ts';
import { KernelRuntime, type PreparedDispatch, replay } from '../../src/gpu/kernels/kernel.ts';
import {
  type Epilogue,
  type ProjectArguments,
  ProjectKernel,
  type ProjectOptions,
  type ProjectVariant,
  projectReference,
  projectVariant,
} from '../../src/gpu/kernels/project.ts';
import { GpuMemory } from '../../src/gpu/memory.ts';
import { canLieTogether, type GpuTensor } from '../../src/gpu/tensor.ts';
import { uploadMatrix, uploadTensor } from '../../src/gpu/upload.ts';
import { bytesSource } from '../../src/weights/byte_source.ts';
import type { GgufFile, GgufTensor } from '../../src/weights/gguf.ts';
import {
  expectClose,
  expectSame,
  firstOfKind,
  randomFloats,
  randomTensor,
  tensorOf,
  UNTOUCHED,
  VOCABULARY,
} from './gpu_kernels.ts';

const VARIANTS: readonly ProjectVariant[] = ['invocation', 'lanes', 'subgroups'];
const EPSILON = 1e-6;
/** Prepared for the same work in every step. */
const STEP = { rowCount: 1, past: 0, capacity: 1 };

/**
 * Opens the device with its subgroups, however small: the engine does without those of fewer than 8 lanes, for
 * the sake of a library, but kernels must not.
 */
async function openWithSubgroups(gpu: GPU, limit?: number): Promise<GpuContext> {
  const adapter = (await gpu.requestAdapter())!;
  const {
    vendor,
    architecture,
    device,
    description,
    subgroupMinSize: min,
    subgroupMaxSize: max,
  } = adapter.info;
  const offered = {
    features: adapter.features,
    limits: adapter.limits,
    info: { vendor, architecture, device, description, subgroupMinSize: 8, subgroupMaxSize: 8 },
    requestDevice: (descriptor: GPUDeviceDescriptor) => adapter.requestDevice(descriptor),
  };
  const offering = { requestAdapter: async () => offered } as unknown as GPU;
  const context = (await requestGpu(
    offering,
    limit === undefined ? {} : { maxStorageBufferBindingSize: limit },
  ))!;
  const subgroups = context.features.subgroups && { min, max };
  return { ...context, features: { ...context.features, subgroups } };
}

/** A row length that every format has and 32 lanes do not share evenly. */
const oddLength = ({ file }: GpuFormat): number => (file.blockSize === 256 ? 768 : 96);

interface Case extends Partial<Omit<ProjectArguments, 'tensor' | 'x' | 'y' | 'norm'>> {
  options: ProjectOptions;
  rows: number;
}

/**
 * @param variants that are tried
 * @param formats that are tried where formats are gone through
 */
export function describeProjection(
  gpu: GPU,
  variants: readonly ProjectVariant[] = VARIANTS,
  formats = gpuFormats,
): void {
  describe.each([
    { name: 'whole matrices', limit: undefined },
    { name: 'matrices in parts', limit: 17_000 },
  ])('projection by $name', ({ limit }) => {
    let context: GpuContext;
    let memory: GpuMemory;
    let runtime: KernelRuntime;
    let failure: unknown = null;
    const made: GPUBuffer[] = [];
    const tensors: GpuTensor[] = [];

    beforeAll(async () => {
      context = await openWithSubgroups(gpu, limit);
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

    function bufferOf(values: Float32Array<ArrayBuffer>): GPUBuffer {
      const buffer = memory.buffer('scratch', values.byteLength, 'operand');
      memory.upload(buffer, 0, values);
      made.push(buffer);
      return buffer;
    }

    async function upload(source: { file: GgufFile; tensor: GgufTensor }): Promise<GpuTensor> {
      const tensor = await uploadTensor(memory, source.file, source.tensor);
      tensors.push(tensor);
      return tensor;
    }

    function run(dispatches: readonly PreparedDispatch[]): void {
      const encoder = context.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      replay(pass, dispatches, STEP);
      pass.end();
      context.device.queue.submit([encoder.finish()]);
    }

    const floats = async (buffer: GPUBuffer, length: number) =>
      new Float32Array(await memory.read(buffer, 0, length * 4));

    /**
     * Projects the same vectors, of which the first is so small that epsilon counts, and compares with the
     * reference where results belong and with what was there elsewhere.
     *
     * @returns [rowCapacity, results]
     */
    async function project({ options, rows, ...place }: Case): Promise<Float32Array> {
      const { format, rowLength, rowCapacity, normEpsilon, epilogue } = options;
      const { from = 0, to = rows, xRow = 0, yRow = 0, yFirst = 0 } = place;
      const results = epilogue === 'pair' ? (to - from) / 2 : to - from;
      const { yStride = results } = place;
      const source = randomTensor(format, rows, rowLength);
      const tensor = await upload(source);
      const values = randomFloats((xRow + rowCapacity) * rowLength, 2);
      values.forEach((value, i) => {
        if (normEpsilon !== null && i < (xRow + 1) * rowLength) values[i] = value * 1e-3;
      });
      const weight = randomFloats(rowLength, 3);
      const before = randomFloats((yRow + rowCapacity) * yStride + 3, 4);
      const x = bufferOf(values);
      const y = bufferOf(before);
      const norm = normEpsilon === null ? {} : { norm: bufferOf(weight) };
      const kernel = await ProjectKernel.create(runtime, options);
      run(kernel.prepare({ tensor, x, y, ...norm, ...place }));

      const all = await floats(y, before.length);
      const [found, actual] = [1, 2].map(() => new Float32Array(rowCapacity * results)) as [
        Float32Array,
        Float32Array,
      ];
      for (let row = 0; row < rowCapacity; row++) {
        const at = (yRow + row) * yStride + yFirst;
        found.set(before.subarray(at, at + results), row * results);
        actual.set(all.subarray(at, at + results), row * results);
        all.set(before.subarray(at, at + results), at);
      }
      expectSame(all, before);
      const rowBytes = source.bytes.length / rows;
      const expected = projectReference(
        options,
        source.bytes.subarray(from * rowBytes, to * rowBytes),
        to - from,
        values.subarray(xRow * rowLength),
        normEpsilon === null ? null : { weight, epsilon: normEpsilon },
        found,
      );
      // Each vector by itself: they differ in size.
      for (let row = 0; row < rowCapacity; row++) {
        const [start, end] = [row * results, (row + 1) * results];
        expectClose(actual.subarray(start, end), expected.subarray(start, end), 3e-6);
      }
      return actual;
    }

    describe.each(variants)('%s', (variant) => {
      const options = (format: GpuFormat, rowLength: number, more: Partial<ProjectOptions> = {}) =>
        ({
          format,
          rowLength,
          rowCapacity: 2,
          normEpsilon: null,
          epilogue: 'store',
          variant,
          ...more,
        }) as const;

      if (limit !== undefined) {
        test('some rows of a matrix in parts, into some columns', async () => {
          const place = { from: 9, to: 58, xRow: 3, yRow: 2, yStride: 60, yFirst: 5 };
          await project({ options: options(F16, 2048, { normEpsilon: EPSILON }), rows: 65, ...place });
        });
        test('pairs whose halves are in different parts are refused', async () => {
          const tensor = await upload(randomTensor(F16, 64, 2048));
          const kernel = await ProjectKernel.create(runtime, options(F16, 2048, { epilogue: 'pair' }));
          const [x, y] = [bufferOf(randomFloats(4096, 1)), bufferOf(randomFloats(64, 1))];
          expect(() => kernel.prepare({ tensor, x, y })).toThrow(
            expect.objectContaining({ code: 'internal' }),
          );
        });
        return;
      }

      test.each(formats.filter((format) => variant === 'invocation' || firstOfKind.includes(format)))(
        'normalised by $name',
        async (format) => {
          const own = options(format, oddLength(format), { normEpsilon: EPSILON });
          for (const rows of [1, 7, 65]) await project({ options: own, rows });
        },
      );

      // Chunks of a row: 1, 2, 35, 64 in Q4_0; 4 and 140 in F16. One invocation takes them all in any case.
      const lengths =
        variant === 'invocation'
          ? [[1120], [1120]]
          : [
              [32, 64, 1120, 2048],
              [32, 1120],
            ];
      test.each(
        [Q4_0, F16].flatMap((format, i) =>
          lengths[i]!.filter(() => formats.includes(format)).map((rowLength) => ({
            name: format.name,
            format,
            rowLength,
          })),
        ),
      )('rows of $rowLength in $name', async ({ format, rowLength }) => {
        for (const rows of [1, 7, 65]) await project({ options: options(format, rowLength), rows });
      });

      test.each(
        // Stored without a norm above.
        (['store', 'add', 'pair', 'gated'] as const)
          .flatMap((epilogue: Epilogue) => [null, EPSILON].map((normEpsilon) => ({ epilogue, normEpsilon })))
          .slice(1),
      )('$epilogue with epsilon $normEpsilon', async (more) => {
        const own = options(Q8_0, 96, more);
        for (const rows of [2, 14, 66]) await project({ options: own, rows });
        const place = { from: 3, to: 41, xRow: 5, yRow: 1, yStride: 47, yFirst: 6 };
        await project({ options: own, rows: 50, ...place });
      });

      test.each([
        { format: Q4_0, epilogue: 'store', normEpsilon: EPSILON },
        { format: F32, epilogue: 'pair', normEpsilon: EPSILON },
        { format: Q4_K, epilogue: 'gated', normEpsilon: null },
      ] as const)('a row is the same alone and beside others: $epilogue', async ({ format, ...more }) => {
        const rowLength = oddLength(format);
        const results: Float32Array[] = [];
        for (const rowCapacity of format === Q4_0 ? ([8, 4, 2, 1] as const) : ([8, 1] as const)) {
          results.push(
            await project({ options: options(format, rowLength, { rowCapacity, ...more }), rows: 26 }),
          );
        }
        const [eight, ...fewer] = results;
        for (const result of fewer) expectSame(result, eight!.subarray(0, result.length));
      });
    });

    if (limit !== undefined) return;

    test('the device tells the variant', () => {
      const device = (software: boolean, subgroups: { min: number; max: number } | null) =>
        ({ ...context, software, features: { ...context.features, subgroups } }) as GpuContext;
      expect(projectVariant(device(true, { min: 8, max: 8 }))).toBe('invocation');
      expect(projectVariant(device(false, { min: 32, max: 32 }))).toBe('subgroups');
      expect(projectVariant(device(false, null))).toBe('lanes');
    });

    test('what cannot be prepared is refused', async () => {
      const tensor = await upload(randomTensor(Q8_0, 7, 96));
      const create = (more: Partial<ProjectOptions>) =>
        ProjectKernel.create(runtime, {
          format: Q8_0,
          rowLength: 96,
          rowCapacity: 1,
          normEpsilon: null,
          epilogue: 'store',
          ...more,
        });
      const [x, y] = [bufferOf(randomFloats(96, 1)), bufferOf(randomFloats(8, 1))];
      const internal = expect.objectContaining({ code: 'internal' });
      const [store, pair, normed] = await Promise.all([
        create({}),
        create({ epilogue: 'pair' }),
        create({ normEpsilon: EPSILON }),
      ]);
      expect(store.prepare({ tensor, x, y })).toHaveLength(1);
      expect(() => store.prepare({ tensor, x, y: x })).toThrow(internal);
      expect(() => store.prepare({ tensor, x, y, norm: x })).toThrow(internal);
      expect(() => store.prepare({ tensor, x, y, yRow: 1 })).toThrow(internal);
      expect(() => store.prepare({ tensor, x, y, xRow: 1 })).toThrow(internal);
      expect(() => store.prepare({ tensor, x, y, yStride: 6 })).toThrow(internal);
      expect(() => store.prepare({ tensor, x, y, to: 8 })).toThrow(internal);
      expect(() => pair.prepare({ tensor, x, y })).toThrow(internal);
      expect(() => normed.prepare({ tensor, x, y })).toThrow(internal);
    });
  });

  test.each(firstOfKind.filter((format) => formats.includes(format)))(
    'a vocabulary of 151,936 in two parts, in $name',
    async (format) => {
      const rowLength = Math.max(64, format.file.blockSize);
      const context = await openWithSubgroups(gpu, 100_000 * Math.max(...format.planeRowBytes(rowLength)));
      onTestFinished(() => context.close());
      const memory = new GpuMemory(context);
      const runtime = new KernelRuntime(memory);
      // Made of 32 equal pieces, between whose edges the parts meet.
      const piece = randomTensor(format, VOCABULARY / 32, rowLength);
      const bytes = new Uint8Array(32 * piece.bytes.length);
      for (let i = 0; i < 32; i++) bytes.set(piece.bytes, i * piece.bytes.length);
      const source = tensorOf(format, [VOCABULARY, rowLength], bytes);
      const tensor = await uploadTensor(memory, source.file, source.tensor);
      expect(tensor.parts.map((part) => part.rowCount)).toEqual([100_000, 51_936]);
      const values = randomFloats(rowLength, 7);
      const options = { format, rowLength, rowCapacity: 1, normEpsilon: null, epilogue: 'store' } as const;
      const once = projectReference(options, piece.bytes, VOCABULARY / 32, values, null, new Float32Array());
      const expected = Float64Array.from({ length: VOCABULARY }, (_, row) => once[row % once.length]!);
      const x = memory.buffer('scratch', values.byteLength, 'x');
      const y = memory.buffer('scratch', VOCABULARY * 4, 'y');
      memory.upload(x, 0, values);
      for (const variant of format === Q4_0 ? variants : (['invocation'] as const)) {
        memory.upload(y, 0, new Float32Array(VOCABULARY).fill(UNTOUCHED));
        const kernel = await ProjectKernel.create(runtime, { ...options, variant });
        const encoder = context.device.createCommandEncoder();
        const pass = encoder.beginComputePass();
        replay(pass, kernel.prepare({ tensor, x, y }), STEP);
        pass.end();
        context.device.queue.submit([encoder.finish()]);
        expectClose(new Float32Array(await memory.read(y, 0, VOCABULARY * 4)), expected, 1e-6);
      }
    },
  );

  describe('tensors that become one matrix', () => {
    /** A file with tensors of these rows, one after the other. */
    function fileOf(format: GpuFormat, rowCounts: readonly number[], rowLength: number) {
      const rows = rowCounts.reduce((sum, count) => sum + count, 0);
      const { bytes } = randomTensor(format, rows, rowLength);
      const rowBytes = bytes.length / rows;
      // In the file they lie in another order than they are asked for.
      const contents = new Uint8Array(64 + bytes.length);
      const list: GgufTensor[] = [];
      let [row, end] = [0, contents.length];
      for (const [index, count] of rowCounts.entries()) {
        const piece = bytes.subarray(row * rowBytes, (row + count) * rowBytes);
        end -= piece.length;
        contents.set(piece, end);
        const shape = [count, rowLength];
        list.push({ name: `t${index}`, shape, format: format.file, offset: end, byteLength: piece.length });
        row += count;
      }
      const file: GgufFile = {
        source: bytesSource(contents, 'test.gguf'),
        version: 3,
        metadata: new Map(),
        metadataTypes: new Map(),
        tensors: new Map(list.map((tensor) => [tensor.name, tensor])),
      };
      return { file, tensors: list, bytes };
    }

    async function open(limit?: number): Promise<GpuMemory> {
      const context = (await requestGpu(
        gpu,
        limit === undefined ? {} : { maxStorageBufferBindingSize: limit },
      ))!;
      onTestFinished(() => context.close());
      return new GpuMemory(context);
    }

    test.each(formats)('lie one after the other, in $name', async (format) => {
      const memory = await open();
      const runtime = new KernelRuntime(memory);
      const rowLength = oddLength(format);
      const { file, tensors, bytes } = fileOf(format, [14, 6, 8], rowLength);
      expect(canLieTogether(memory, tensors)).toBe(true);
      const tensor = await uploadMatrix(memory, file, tensors);
      expect(tensor).toMatchObject({ rows: 28, rowLength, shape: [28, rowLength], byteLength: bytes.length });
      expect(tensor.parts).toHaveLength(1);
      const kernel = await DequantizeKernel.create(runtime, format);
      for (const [from, to] of [
        [0, 28],
        [14, 20],
      ] as const) {
        const out = memory.buffer('scratch', (to - from) * rowLength * 4, 'out');
        const encoder = memory.context.device.createCommandEncoder();
        const pass = encoder.beginComputePass();
        kernel.record(pass, { tensor, from, to, out });
        pass.end();
        memory.context.device.queue.submit([encoder.finish()]);
        expectSame(
          new Float32Array(await memory.read(out, 0, (to - from) * rowLength * 4)),
          dequantizeReference(format, bytes, rowLength, from, to),
        );
      }
      tensor.dispose();
      expect(memory.usage().byCategory.weights).toEqual({ count: 0, bytes: 0 });
    });

    test('are of one format and row length, begin on words, and are bound at once', async () => {
      const memory = await open();
      const { tensors } = fileOf(Q8_0, [4, 4], 96);
      const [first, second] = tensors as [GgufTensor, GgufTensor];
      expect(canLieTogether(memory, [first, second])).toBe(true);
      expect(canLieTogether(memory, [first, { ...second, format: F16.file }])).toBe(false);
      expect(canLieTogether(memory, [first, { ...second, shape: [4, 64] }])).toBe(false);
      expect(canLieTogether(memory, [first, { ...second, shape: [96] }])).toBe(false);
      // Three scales of two bytes in each row.
      expect(canLieTogether(memory, [{ ...first, shape: [3, 96] }, second])).toBe(false);
      expect(canLieTogether(memory, [first, { ...second, shape: [3, 96] }])).toBe(true);
      expect(canLieTogether(await open(8 * 96), tensors)).toBe(true);
      expect(canLieTogether(await open(8 * 96 - 16), tensors)).toBe(false);
    });
  });
}
