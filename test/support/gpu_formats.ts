/** What is asked of every format on the GPU, in Node.js and in the browser. */
import { describe, expect, test } from 'vitest';
import { requestGpu } from '../../src/gpu/device.ts';
import { gpuFormats } from '../../src/gpu/formats/index.ts';
import { DequantizeKernel, dequantizeReference } from '../../src/gpu/kernels/dequantize.ts';
import { KernelRuntime } from '../../src/gpu/kernels/kernel.ts';
import { GpuMemory } from '../../src/gpu/memory.ts';
import { uploadTensor } from '../../src/gpu/upload.ts';
import { readableFormats } from '../../src/weights/formats/index.ts';
import { anyBlocks } from './any_blocks.ts';
import { expectSame, tensorOf } from './gpu_kernels.ts';

const blockFormats = gpuFormats.filter((format) => format.file.blockSize > 1);

/** Planes that later calls leave alone. */
const copied = (planes: readonly Uint8Array[]) => planes.map((plane) => plane.slice());

export function describeFormats(gpu: GPU): void {
  test('every format that is read from files is read on the GPU', () => {
    expect(gpuFormats.map(({ file }) => file)).toEqual(readableFormats);
  });

  describe.each(blockFormats)('$name', (format) => {
    const { blockSize, blockBytes } = format.file;
    const [rows, rowLength] = [19, 3 * blockSize];
    const bytes = anyBlocks(format.file, 3 * rows);

    test('any bits mean the same as on the CPU', async () => {
      const context = (await requestGpu(gpu))!;
      const memory = new GpuMemory(context);
      const { file, tensor } = tensorOf(format, [rows, rowLength], bytes);
      const kernel = await DequantizeKernel.create(new KernelRuntime(memory), format);
      const uploaded = await uploadTensor(memory, file, tensor);
      const out = memory.buffer('scratch', rows * rowLength * 4, 'out');
      const encoder = context.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      kernel.record(pass, { tensor: uploaded, out });
      pass.end();
      context.device.queue.submit([encoder.finish()]);
      const weights = new Float32Array(await memory.read(out, 0, rows * rowLength * 4));
      const expected = dequantizeReference(format, bytes, rowLength, 0, rows);
      expect(new Set(expected).size).toBeGreaterThan(expected.length / 4);
      expectSame(weights, expected);
      memory.dispose();
      context.close();
    });

    test('its planes hold the bits of the file, no more and no fewer', () => {
      const planes = format.planes(bytes, rows, rowLength);
      expect(planes.map((plane) => plane.length)).toEqual(
        format.planeRowBytes(rowLength).map((rowBytes) => rowBytes * rows),
      );
      expect(planes.reduce((sum, plane) => sum + plane.length, 0)).toBe(bytes.length);
      // A single bit of the file is a single bit of the planes, each another one.
      const places = new Set<number>();
      for (let bit = 0; bit < blockBytes * 8; bit++) {
        const block = new Uint8Array(blockBytes);
        block[bit >> 3] = 1 << (bit & 7);
        const all = format.planes(block, 1, blockSize).flatMap((plane) => [...plane]);
        const found = all.flatMap((byte, at) => (byte === 0 ? [] : [at * 8 + Math.log2(byte)]));
        expect(found).toHaveLength(1);
        places.add(found[0]!);
      }
      expect(places.size).toBe(blockBytes * 8);
    });

    test('bytes at an odd address give the same planes', () => {
      const shifted = new Uint8Array(bytes.length + 1);
      shifted.set(bytes, 1);
      const expected = copied(format.planes(bytes, rows, rowLength));
      expect(format.planes(shifted.subarray(1), rows, rowLength)).toEqual(expected);
    });

    test('many blocks are taken apart as each of them', () => {
      // More than are moved at once.
      const blocks = Math.ceil(200_000 / blockBytes);
      const many = anyBlocks(format.file, blocks);
      const together = copied(format.planes(many, blocks, blockSize));
      const strays = Array.from({ length: blocks }, (_, block) => block).filter((block) => {
        const alone = format.planes(many.slice(block * blockBytes, (block + 1) * blockBytes), 1, blockSize);
        return alone.some((plane, index) => {
          const start = block * plane.length;
          return plane.some((byte, at) => byte !== together[index]![start + at]);
        });
      });
      expect(strays).toEqual([]);
    });
  });
}
