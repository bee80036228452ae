import type * as Ort from 'onnxruntime-web/webgpu';
import { DequantizeKernel } from '../../gpu/kernels/dequantize.ts';
import type { KernelRuntime } from '../../gpu/kernels/kernel.ts';
import { type GpuTensor, uploadTensor } from '../../gpu/tensor.ts';
import { assert, throwIfAborted } from '../../model/errors.ts';
import type { GgufFile } from '../../weights/gguf.ts';
import { gpuTensor, type OrtRuntime } from './runtime.ts';
import type { Scratch } from './scratch.ts';

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
