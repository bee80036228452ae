import type * as Ort from 'onnxruntime-web/webgpu';
import { DequantizeKernel } from '../../gpu/kernels/dequantize.ts';
import type { KernelRuntime } from '../../gpu/kernels/kernel.ts';
import { type GpuTensor, uploadTensor } from '../../gpu/tensor.ts';
import { assert, throwIfAborted } from '../../model/errors.ts';
import type { GgufFile } from '../../weights/gguf.ts';
import type { Gpu } from './gpu.ts';
import { gpuTensor, type OrtRuntime } from './runtime.ts';
import type { Scratch } from './scratch.ts';

/** Rows of a matrix on the GPU. */
export interface MatrixRows {
  tensor: GpuTensor;
  from: number;
  /** The row after the last. */
  to: number;
}

/** A model's tensors on the GPU, in the formats of their file. */
export class GpuWeights {
  readonly #ort: OrtRuntime;
  readonly #scratch: Scratch;
  readonly #tensors: ReadonlyMap<string, GpuTensor>;
  readonly #dequantize: ReadonlyMap<string, DequantizeKernel>;

  private constructor(
    ort: OrtRuntime,
    scratch: Scratch,
    tensors: ReadonlyMap<string, GpuTensor>,
    dequantize: ReadonlyMap<string, DequantizeKernel>,
  ) {
    this.#ort = ort;
    this.#scratch = scratch;
    this.#tensors = tensors;
    this.#dequantize = dequantize;
  }

  /**
   * Uploads the named tensors of a file.
   *
   * @param onTensor called after each
   * @throws GlanceError as `uploadTensor`; nothing stays behind on the GPU then
   */
  static async upload(
    ort: OrtRuntime,
    kernels: KernelRuntime,
    scratch: Scratch,
    file: GgufFile,
    names: Iterable<string>,
    onTensor?: () => void,
    signal?: AbortSignal,
  ): Promise<GpuWeights> {
    const tensors = new Map<string, GpuTensor>();
    const dequantize = new Map<string, DequantizeKernel>();
    try {
      for (const name of names) {
        throwIfAborted(signal);
        const description = file.tensors.get(name);
        assert(description, `tensor ${name} was not checked when the file was opened`);
        const tensor = await uploadTensor(kernels.memory, file, description, signal);
        tensors.set(name, tensor);
        const { format } = tensor;
        if (!dequantize.has(format.name)) {
          dequantize.set(format.name, await DequantizeKernel.create(kernels, format));
        }
        onTensor?.();
      }
      return new GpuWeights(ort, scratch, tensors, dequantize);
    } catch (error) {
      for (const tensor of tensors.values()) tensor.dispose();
      throw error;
    }
  }

  get(name: string): GpuTensor {
    const tensor = this.#tensors.get(name);
    assert(tensor, `tensor ${name} was not uploaded`);
    return tensor;
  }

  /** A tensor as rows of the matrix that holds it. */
  rows(name: string): MatrixRows {
    const tensor = this.get(name);
    return { tensor, from: 0, to: tensor.rows };
  }

  /** Tensors whose rows follow one another in one matrix, in this order; null if they do not. */
  together(names: readonly string[]): MatrixRows | null {
    const rows = names.map((name) => this.rows(name));
    const [first, last] = [rows[0]!, rows.at(-1)!];
    const follow = rows.every(({ tensor, from }, i) => {
      return tensor === first.tensor && (i === 0 || from === rows[i - 1]!.to);
    });
    return follow ? { tensor: first.tensor, from: first.from, to: last.to } : null;
  }

  /**
   * Graph inputs by name, from tensor names by input name. What lies in the GPU as ONNX Runtime wants it is
   * borrowed as it is; the rest is dequantised into scratch by `pass`, which must be submitted before the
   * graph runs and whose results the next call overwrites.
   */
  feeds(pass: GPUComputePassEncoder, names: Readonly<Record<string, string>>): Record<string, Ort.Tensor> {
    return Object.fromEntries(
      Object.entries(names).map(([input, name]) => [input, this.#feed(pass, input, this.get(name))]),
    );
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
  }

  #feed(pass: GPUComputePassEncoder, input: string, tensor: GpuTensor): Ort.Tensor {
    const { rows, rowLength, shape, parts, format } = tensor;
    const dims = shape.length > 1 ? [rows, rowLength] : [rowLength];
    const [whole] = parts;
    if (format.name === 'F32' && parts.length === 1) return gpuTensor(this.#ort, whole!.planes[0]!, dims);
    const out = this.#scratch.get(`weights ${input}`, 4 * rows * rowLength);
    this.#dequantize.get(format.name)!.record(pass, { tensor, out });
    return gpuTensor(this.#ort, out, dims);
  }
}

/** Vectors of weights in float32, one after the other; one that lies so already is borrowed as it is. */
export async function vectors(gpu: Gpu, tensors: readonly GpuTensor[]): Promise<GPUBuffer> {
  const [first] = tensors;
  if (tensors.length === 1 && first!.format.name === 'F32' && first!.parts.length === 1) {
    return first!.parts[0]!.planes[0]!;
  }
  const length = first!.rowLength;
  const out = gpu.memory.buffer('weights', 4 * tensors.length * length, `${first!.name} in f32`);
  const kernels = await Promise.all(
    tensors.map(({ format }) => DequantizeKernel.create(gpu.kernels, format)),
  );
  gpu.compute((pass) => {
    for (const [row, tensor] of tensors.entries()) kernels[row]!.record(pass, { tensor, out, outRow: row });
  });
  return out;
}
