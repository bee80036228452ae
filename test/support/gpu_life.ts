/** What is asked of the device, its memory and its tensors, in Node.js and in the browser. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type GpuContext, type GpuOptions, isSoftware, nameOf, requestGpu } from '../../src/gpu/device.ts';
import { BF16 } from '../../src/gpu/formats/bf16.ts';
import { F16 } from '../../src/gpu/formats/f16.ts';
import { F32 } from '../../src/gpu/formats/f32.ts';
import { gpuFormatOf, gpuFormats } from '../../src/gpu/formats/index.ts';
import { Q4_0 } from '../../src/gpu/formats/q4_0.ts';
import { Q8_0 } from '../../src/gpu/formats/q8_0.ts';
import { DequantizeKernel } from '../../src/gpu/kernels/dequantize.ts';
import { KernelRuntime } from '../../src/gpu/kernels/kernel.ts';
import { GpuMemory } from '../../src/gpu/memory.ts';
import type { GpuTensor } from '../../src/gpu/tensor.ts';
import { uploadMatrices, uploadTensor } from '../../src/gpu/upload.ts';
import { type ByteSource, bytesSource } from '../../src/weights/byte_source.ts';
import { formatOfType } from '../../src/weights/formats/index.ts';
import type { GgufTensor } from '../../src/weights/gguf.ts';
import { halfValues } from '../../src/weights/half.ts';
import { expectSame, randomTensor, type TensorFile, tensorOf } from './gpu_kernels.ts';
import { randomFrom } from './random.ts';

const MIB = 1024 * 1024;

/** The same bytes in pieces of odd sizes, in memory that is used again. */
function inPieces(source: ByteSource, read?: (offset: number) => void): ByteSource {
  return {
    name: source.name,
    size: source.size,
    read: () => Promise.reject(new Error('read into new memory')),
    async *pieces(offset, length) {
      read?.(offset);
      const memory = new Uint8Array(70_001);
      for (let at = 0; at < length; at += memory.length) {
        const piece = await source.read(offset + at, Math.min(memory.length, length - at));
        memory.set(piece);
        yield memory.subarray(0, piece.length);
        memory.fill(0xee);
      }
    },
  };
}

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const random = randomFrom(9);
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => random() * 2 ** 32);
  return new Uint8Array(words.buffer, 0, length);
}

/** Whether a promise has been kept by now, a little later. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const late = new Promise((resolve) => setTimeout(resolve, 100, 'late'));
  return (await Promise.race([promise, late])) === 'late';
}

export function describeLife(gpu: GPU): void {
  async function open(options?: GpuOptions): Promise<GpuContext> {
    const context = (await requestGpu(gpu, options))!;
    onTestFinished(() => context.close());
    return context;
  }

  async function openMemory(options?: GpuOptions): Promise<GpuMemory> {
    return new GpuMemory(await open(options));
  }

  describe('the device', () => {
    test('takes what the adapter offers, and tells what it is', async () => {
      const context = await open();
      const adapter = (await gpu.requestAdapter())!;
      for (const limit of ['maxBufferSize', 'maxStorageBufferBindingSize'] as const) {
        expect(context.limits[limit]).toBe(adapter.limits[limit]);
      }
      expect(context.device.limits.maxStorageBuffersPerShaderStage).toBe(
        adapter.limits.maxStorageBuffersPerShaderStage,
      );
      expect(context.features.timestampQuery).toBe(false);
      expect(context.features.shaderF16).toBe(adapter.features.has('shader-f16'));
      if (/swiftshader/i.test(adapter.info.architecture)) {
        expect(context.name).toBe('SwiftShader (software)');
        expect(context.software).toBe(true);
        // The adapter has subgroups, but of four lanes.
        expect(adapter.features.has('subgroups')).toBe(true);
        expect(context.features.subgroups).toBeNull();
        expect(context.device.features.has('subgroups')).toBe(false);
      }
      expect((await open({ timestampQuery: true })).features.timestampQuery).toBe(
        adapter.features.has('timestamp-query'),
      );
    });

    test('is null where there is no adapter', async () => {
      expect(await requestGpu({ requestAdapter: async () => null } as unknown as GPU)).toBeNull();
    });

    test.each([
      [4, ['shader-f16']],
      [8, ['shader-f16', 'subgroups']],
      [32, ['shader-f16', 'subgroups']],
    ])(
      'with subgroups of %d lanes asks for %j; an adapter that gives none is an error',
      async (size, features) => {
        let asked: GPUDeviceDescriptor | undefined;
        const adapter = {
          features: new Set(['shader-f16', 'subgroups', 'timestamp-query']),
          limits: { maxBufferSize: 7 },
          info: { vendor: 'intel', architecture: 'xe', device: '', description: '', subgroupMinSize: size },
          async requestDevice(descriptor: GPUDeviceDescriptor) {
            asked = descriptor;
            throw new Error('adapter is consumed');
          },
        };
        const offering = { requestAdapter: async () => adapter } as unknown as GPU;
        await expect(requestGpu(offering)).rejects.toMatchObject({
          code: 'gpu-error',
          details: { gpu: 'Intel Xe', reason: 'adapter is consumed' },
        });
        expect(asked!.requiredFeatures).toEqual(features);
        expect(asked!.requiredLimits).toMatchObject({ maxBufferSize: 7 });
      },
    );

    test.each([
      ['apple', 'metal-3', '', 'Apple Metal 3', false],
      ['nvidia', 'ampere', '', 'NVIDIA Ampere', false],
      ['nvidia', 'ampere', 'NVIDIA GeForce RTX 3060', 'NVIDIA GeForce RTX 3060', false],
      ['amd', 'rdna-3', 'driver 31.0', 'AMD Rdna 3', false],
      ['intel', '', '', 'Intel GPU', false],
      ['', '', '', 'unnamed GPU', false],
      ['mesa', 'llvmpipe', 'llvmpipe (LLVM 15.0.6, 256 bits)', 'llvmpipe (software)', true],
      ['microsoft', 'warp', 'Microsoft Basic Render Driver', 'warp (software)', true],
      ['google', 'swiftshader', 'SwiftShader driver 5.0.0', 'SwiftShader (software)', true],
    ])('"%s", "%s", "%s" is called %s', (vendor, architecture, description, name, software) => {
      const info = { vendor, architecture, device: '', description };
      expect(nameOf(info)).toBe(name);
      expect(isSoftware(info)).toBe(software);
      expect(isSoftware({ ...info, isFallbackAdapter: true })).toBe(true);
    });

    test('tells that it is lost, and not that it was closed', async () => {
      const [killed, closed] = [(await requestGpu(gpu))!, (await requestGpu(gpu))!];
      killed.device.destroy();
      closed.close();
      expect(await killed.lost).toMatchObject({ code: 'device-lost', details: { reason: 'destroyed' } });
      expect(await isPending(closed.lost)).toBe(true);
    });

    test('tells of errors that nobody caught', async () => {
      const context = await open();
      const buffer = context.device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST });
      expect(await isPending(context.failed)).toBe(true);
      const encoder = context.device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, buffer, 0, 16);
      context.device.queue.submit([encoder.finish()]);
      expect(await context.failed).toMatchObject({ code: 'gpu-error' });
      expect(await isPending(context.lost)).toBe(true);
    });
  });

  describe('memory', () => {
    test('is counted by what it is for', async () => {
      const memory = await openMemory();
      const weights = memory.buffer('weights', 100, 'w');
      memory.buffer('kv', 16, 'k');
      memory.buffer('scratch', 0, 's');
      expect(weights.size).toBe(112);
      expect(memory.usage()).toMatchObject({
        count: 3,
        bytes: 144,
        byCategory: {
          weights: { count: 1, bytes: 112 },
          kv: { count: 1, bytes: 16 },
          features: { bytes: 0 },
        },
      });
      memory.release(weights);
      expect(memory.usage()).toMatchObject({ count: 2, byCategory: { weights: { count: 0, bytes: 0 } } });
      expect(() => memory.release(weights)).toThrow(expect.objectContaining({ code: 'internal' }));
      memory.dispose();
      expect(memory.usage()).toMatchObject({ count: 0, bytes: 0 });
    });

    test('is written and read at any length, also by several readers at once', async () => {
      const memory = await openMemory();
      const bytes = randomBytes(999);
      const buffer = memory.buffer('scratch', 1004, 'bytes');
      memory.upload(buffer, 4, bytes);
      const ranges = [
        [4, 999],
        [5, 1],
        [7, 500],
        [1002, 1],
        [1003, 1],
        [9, 0],
      ] as const;
      await memory.read(buffer, 0, 8);
      await memory.read(buffer, 0, 512);
      expect(memory.usage().byCategory.staging).toEqual({ count: 1, bytes: 512 });
      const parts = await Promise.all(ranges.map(([offset, length]) => memory.read(buffer, offset, length)));
      const whole = Uint8Array.of(0, 0, 0, 0, ...bytes, 0);
      parts.forEach((part, i) => {
        const [offset, length] = ranges[i]!;
        expect([...new Uint8Array(part)]).toEqual([...whole.subarray(offset, offset + length)]);
      });
      // One staging buffer stays for the next read and serves it.
      expect(memory.usage().byCategory.staging.count).toBe(1);
      await memory.read(buffer, 0, 8);
      expect(memory.usage().byCategory.staging.count).toBe(1);
      await expect(memory.read(buffer, 1000, 17)).rejects.toMatchObject({ code: 'internal' });
    });

    test('takes uploads larger than a slice', async () => {
      const memory = await openMemory();
      const bytes = randomBytes(33 * MIB + 3);
      const buffer = memory.buffer('scratch', bytes.length, 'large');
      memory.upload(buffer, 0, bytes);
      await memory.throttle();
      const read = new Uint8Array(await memory.read(buffer, 0, bytes.length));
      expect(read.findIndex((byte, i) => byte !== bytes[i])).toBe(-1);
      // A staging buffer so large is not kept.
      expect(memory.usage().byCategory.staging.count).toBe(0);
    });

    test('refuses a buffer beyond the limit, naming it', async () => {
      const memory = await openMemory();
      const { maxBufferSize } = memory.context.limits;
      expect(() => memory.buffer('kv', maxBufferSize + 1, 'keys')).toThrow(
        expect.objectContaining({
          code: 'out-of-memory',
          details: expect.objectContaining({ buffer: 'keys', limitBytes: maxBufferSize }),
        }),
      );
      expect(memory.usage().count).toBe(0);
    });

    test('that runs out is an error of the next check, and what is released comes back', async () => {
      const memory = await openMemory();
      const { maxBufferSize } = memory.context.limits;
      const made: GPUBuffer[] = [];
      const exhaust = async () => {
        for (let i = 0; i < 64; i++) {
          made.push(memory.buffer('kv', maxBufferSize, `keys ${i}`), memory.buffer('scratch', 16, 'small'));
          await memory.check();
        }
      };
      await expect(exhaust()).rejects.toMatchObject({
        code: 'out-of-memory',
        message: expect.stringMatching(/no memory for [\d,]+ MB more/),
        details: { buffer: expect.stringMatching(/^keys/), bytes: maxBufferSize },
      });
      for (const buffer of made) memory.release(buffer);
      expect(memory.usage().bytes).toBe(0);
      const buffer = memory.buffer('kv', MIB, 'keys');
      await memory.check();
      expect((await memory.read(buffer, 0, 4)).byteLength).toBe(4);
      expect(await isPending(memory.context.failed)).toBe(true);
    });

    test('made together is asked for once, and either all of it or none', async () => {
      const memory = await openMemory();
      const { device, limits } = memory.context;
      const asked = vi.spyOn(device, 'pushErrorScope');
      const pair = (bytes: number) => () => [
        memory.buffer('kv', 16, 'keys'),
        memory.buffer('kv', bytes, 'values'),
      ];
      const small = memory.together(pair(32));
      await memory.check();
      expect(asked).toHaveBeenCalledTimes(1);
      expect(memory.usage()).toMatchObject({ count: 2, bytes: 48 });

      const tooMuch = () => Array.from({ length: 64 }, () => pair(limits.maxBufferSize)()).flat();
      const failed = memory.together(tooMuch);
      const first = failed.shift()!;
      // Those that are left may be the ones that have no memory.
      memory.release(first);
      const bytes = 64 * (16 + limits.maxBufferSize);
      await expect(memory.check()).rejects.toMatchObject({
        code: 'out-of-memory',
        details: { buffer: 'keys', category: 'kv', bytes, usedBytes: 48 },
      });
      for (const buffer of failed) memory.release(buffer);
      await memory.check();
      for (const buffer of memory.together(tooMuch)) memory.release(buffer);
      await memory.check();

      expect(() => memory.together(pair(limits.maxBufferSize + 1))).toThrow(/cannot hold/);
      expect(() => memory.together(() => memory.together(pair(32)))).toThrow(/together/);
      const later = memory.buffer('kv', 16, 'keys');
      await memory.check();
      expect((await memory.read(later, 0, 4)).byteLength).toBe(4);
      memory.release(later);
      for (const buffer of small) memory.release(buffer);
      // The one that was made before the other was refused.
      expect(memory.usage().byCategory.kv.count).toBe(1);
      expect(await isPending(memory.context.failed)).toBe(true);
    });

    test('of a lost device cannot be read', async () => {
      const memory = new GpuMemory((await requestGpu(gpu))!);
      const buffer = memory.buffer('scratch', 64, 'logits');
      await memory.read(buffer, 0, 64);
      const reading = memory.read(buffer, 0, 64);
      memory.context.device.destroy();
      await expect(reading).rejects.toMatchObject({ code: 'device-lost' });
      await expect(memory.read(buffer, 0, 64)).rejects.toMatchObject({ code: 'device-lost' });
      await memory.throttle();
      memory.dispose();
      expect(memory.usage().count).toBe(0);
    });
  });

  describe('tensors', () => {
    async function dequantize(memory: GpuMemory, tensor: GpuTensor): Promise<Float32Array> {
      const runtime = new KernelRuntime(memory);
      const kernel = await DequantizeKernel.create(runtime, tensor.format);
      const bytes = tensor.rows * tensor.rowLength * 4;
      const out = memory.buffer('scratch', bytes, 'out');
      const encoder = memory.context.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      kernel.record(pass, { tensor, out });
      pass.end();
      memory.context.device.queue.submit([encoder.finish()]);
      const values = new Float32Array(await memory.read(out, 0, bytes));
      memory.release(out);
      runtime.dispose();
      return values;
    }

    test('every half is read right, also the smallest', async () => {
      const memory = await openMemory();
      // Exponent 31 is infinity or NaN, which weights do not have.
      const bits = Uint16Array.from({ length: 65_536 }, (_, i) => ((i & 0x7c00) === 0x7c00 ? 0 : i));
      const { file, tensor } = tensorOf(F16, [64, 1024], new Uint8Array(bits.buffer));
      const halves = halfValues();
      const expected = Float32Array.from(bits, (half) => halves[half]!);
      expectSame(await dequantize(memory, await uploadTensor(memory, file, tensor)), expected);
    });

    test('every bfloat16 in the range of normal f32 is read right', async () => {
      const memory = await openMemory();
      const isNormal = (bits: number) => (bits & 0x7f80) !== 0 && (bits & 0x7f80) !== 0x7f80;
      const bits = Uint16Array.from({ length: 65_536 }, (_, i) => (isNormal(i) ? i : 0));
      const { file, tensor, bytes } = tensorOf(BF16, [64, 1024], new Uint8Array(bits.buffer));
      const expected = new Float32Array(65_536);
      BF16.file.dequantize(bytes, expected);
      expectSame(await dequantize(memory, await uploadTensor(memory, file, tensor)), expected);
    });

    test('blocks are taken apart in their order', () => {
      const blocks = Uint8Array.from({ length: 3 * 34 }, (_, i) => i);
      const [quants, scales] = Q8_0.planes(blocks, 1, 96);
      expect([...scales!]).toEqual([0, 1, 34, 35, 68, 69]);
      expect([...quants!]).toEqual([...blocks].filter((byte) => byte % 34 > 1));
      expect(Q8_0.planeRowBytes(96)).toEqual([96, 6]);
      expect(Q4_0.planeRowBytes(96)).toEqual([48, 6]);
      for (const format of gpuFormats) {
        expect(16 / (format.planeRowBytes(256)[0]! / 256)).toBe(format.chunkLength);
      }
    });

    test.each([F16, Q4_0])('$name of several slices lies on the GPU as planned', async (format) => {
      const memory = await openMemory();
      // 34 MiB in rows of an odd number of blocks, the number of rows being odd as well.
      const rowLength = 32 * 333;
      const rowBytes = (rowLength / format.file.blockSize) * format.file.blockBytes;
      const rows = Math.floor((34 * MIB) / rowBytes / 2) * 2 + 1;
      const { file, tensor, bytes } = tensorOf(format, [rows, rowLength], randomBytes(rows * rowBytes));
      // Uploading takes blocks apart in the same memory.
      const planes = format.planes(new Uint8Array(bytes), rows, rowLength).map((plane) => plane.slice());
      for (const given of [file, { ...file, source: inPieces(file.source) }]) {
        const uploaded = await uploadTensor(memory, given, tensor);
        expect(uploaded.byteLength).toBe(bytes.length);
        expect(memory.usage().byCategory.weights.bytes - uploaded.byteLength).toBeLessThan(32);
        for (const [index, plane] of planes.entries()) {
          const read = new Uint8Array(await memory.read(uploaded.parts[0]!.planes[index]!, 0, plane.length));
          expect(read.findIndex((byte, i) => byte !== plane[i])).toBe(-1);
        }
        uploaded.dispose();
        expect(memory.usage().byCategory.weights).toEqual({ count: 0, bytes: 0 });
      }
    });

    test('come in the order of the file, which is read on where they follow one another', async () => {
      const memory = await openMemory();
      const contents = randomBytes(9_100_000);
      const place = (name: string, offset: number, shape: number[]): GgufTensor => {
        const byteLength = 4 * shape.reduce((product, length) => product * length, 1);
        return { name, shape, format: F32.file, offset, byteLength };
      };
      const gate = place('gate', 96, [8, 64]);
      const q = place('q', 2144, [40, 64]);
      const up = place('up', 12_384, [8, 64]);
      const norm = place('norm', 14_432, [64]);
      const far = place('far', 9_000_000, [10, 64]);
      const matrices = [[up, gate], [q], [far], [norm]];
      const reads: number[] = [];
      const source = inPieces(bytesSource(contents, 'model.gguf'), (offset) => reads.push(offset));
      const file = { ...tensorOf(F32, [4], new Uint8Array(16)).file, source };
      const order: number[] = [];
      for await (const { index, tensor } of uploadMatrices(memory, file, matrices, {
        readBytes: 8192,
        reads: 2,
      })) {
        order.push(index);
        const expected = matrices[index]!.flatMap(({ offset, byteLength }) => [
          ...contents.subarray(offset, offset + byteLength),
        ]);
        expect(tensor.byteLength).toBe(expected.length);
        const [part] = tensor.parts;
        expect([...new Uint8Array(await memory.read(part!.planes[0]!, 0, expected.length))]).toEqual(
          expected,
        );
      }
      expect(reads).toEqual([96, 9_000_000]);
      expect(order).toEqual([1, 0, 3, 2]);
      expect(memory.usage().byCategory.weights.count).toBe(4);
    });

    test('that nobody waits for any more are freed, those that were handed out are not', async () => {
      const memory = await openMemory();
      const files = [Q8_0, Q4_0].map((format) => randomTensor(format, 64, 96));
      const [first, second] = files as [TensorFile, TensorFile];
      const both = new Uint8Array([...first.bytes, ...second.bytes]);
      const { file } = tensorOf(F32, [both.length / 4], both);
      const tensors = [first.tensor, { ...second.tensor, offset: first.tensor.offset + first.bytes.length }];
      const uploads = uploadMatrices(
        memory,
        file,
        tensors.map((tensor) => [tensor]),
        { readBytes: 1 },
      );
      const { value } = await uploads.next();
      expect(value!.index).toBe(0);
      // Of the second tensor, whose reading has begun.
      expect(memory.usage().count).toBeGreaterThan(2);
      await uploads.return();
      expect(memory.usage()).toMatchObject({ count: 2 });
      value!.tensor.dispose();
      expect(memory.usage()).toMatchObject({ count: 0, bytes: 0 });
      await memory.check();
    });

    test('of one and of four dimensions are matrices', async () => {
      const memory = await openMemory();
      const vector = tensorOf(F32, [96], randomBytes(384));
      expect(await uploadTensor(memory, vector.file, vector.tensor)).toMatchObject({
        rows: 1,
        rowLength: 96,
      });
      const kernel = tensorOf(F16, [12, 3, 4, 8], randomBytes(12 * 96 * 2));
      expect(await uploadTensor(memory, kernel.file, kernel.tensor)).toMatchObject({
        shape: [12, 3, 4, 8],
        rows: 12,
        rowLength: 96,
      });
    });

    test('that fail to load leave nothing behind', async () => {
      const memory = await openMemory({ maxStorageBufferBindingSize: 4000 });
      const { file, tensor } = randomTensor(Q8_0, 64, 96);
      const controller = new AbortController();
      const aborting = {
        ...file,
        source: {
          ...file.source,
          read: (...args: Parameters<typeof file.source.read>) => {
            controller.abort();
            return file.source.read(...args);
          },
        },
      };
      await expect(
        uploadTensor(memory, aborting, tensor, { signal: controller.signal }),
      ).rejects.toMatchObject({
        code: 'aborted',
      });
      await expect(
        uploadTensor(memory, file, { ...tensor, offset: tensor.offset + 1 }),
      ).rejects.toMatchObject({
        code: 'file-truncated',
      });
      const foreign = { ...tensor, format: formatOfType(16) };
      expect(gpuFormatOf(foreign.format)).toBeNull();
      await expect(uploadTensor(memory, file, foreign)).rejects.toMatchObject({
        code: 'model-unsupported-format',
      });
      const ragged = tensorOf(F16, [2, 12], randomBytes(48));
      await expect(uploadTensor(memory, ragged.file, ragged.tensor)).rejects.toMatchObject({
        code: 'model-unsupported-format',
      });
      const long = tensorOf(F32, [2, 1024], randomBytes(8192));
      await expect(uploadTensor(memory, long.file, long.tensor)).rejects.toMatchObject({
        code: 'out-of-memory',
        details: { limitBytes: 4000 },
      });
      expect(memory.usage()).toMatchObject({ count: 0, bytes: 0 });
    });

    test('for which there is no memory are not waited for', async () => {
      const memory = await openMemory();
      const rowLength = memory.context.limits.maxStorageBufferBindingSize / 128;
      const { file, tensor } = tensorOf(F32, [64, 4], new Uint8Array(1024));
      // 64 parts of the greatest size; the file does not hold them.
      const shape = [64, Math.floor(rowLength) * 32];
      await expect(uploadTensor(memory, file, { ...tensor, shape })).rejects.toMatchObject({
        code: 'out-of-memory',
        details: { buffer: expect.stringContaining(tensor.name) },
      });
      expect(memory.usage()).toMatchObject({ count: 0, bytes: 0 });
      // Nor does what they lacked hold up what comes after them.
      (await uploadTensor(memory, file, tensor)).dispose();
      await memory.check();
    });

    test('come and go without a trace', async () => {
      const memory = await openMemory({ maxStorageBufferBindingSize: 4000 });
      const before = memory.usage();
      for (let cycle = 0; cycle < 20; cycle++) {
        const tensors = await Promise.all(
          gpuFormats.map((format) => {
            const { file, tensor } = randomTensor(format, 40, format.file.blockSize === 256 ? 256 : 96);
            return uploadTensor(memory, file, tensor);
          }),
        );
        expect(memory.usage().byCategory.weights.count).toBeGreaterThan(gpuFormats.length);
        for (const tensor of tensors) tensor.dispose();
        expect(memory.usage()).toEqual(before);
      }
    });
  });

  describe('the kernel runtime', () => {
    test('keeps a bounded number of parameter blocks, and gives them back', async () => {
      const memory = await openMemory();
      const runtime = new KernelRuntime(memory);
      const first = runtime.params([1, 2, 3]);
      for (let i = 0; i < 1500; i++) {
        runtime.params([i, 0]);
        expect(runtime.params([1, 2, 3])).toBe(first);
      }
      expect(memory.usage().count).toBe(1024);
      expect([...new Uint32Array(await memory.read(first, 0, 12))]).toEqual([1, 2, 3]);
      runtime.dispose();
      expect(memory.usage().byCategory.scratch.count).toBe(0);
    });

    test('says which kernel a driver refuses', async () => {
      const memory = await openMemory();
      const runtime = new KernelRuntime(memory);
      const source = { name: 'broken', wgsl: 'fn main() { return 1; }', operands: [] };
      await expect(runtime.compile(source, Q4_0, {})).rejects.toMatchObject({
        code: 'gpu-error',
        details: { kernel: 'broken Q4_0' },
      });
      expect(await isPending(memory.context.failed)).toBe(true);
    });
  });
}
