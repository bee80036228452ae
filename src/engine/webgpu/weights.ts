import type * as Ort from 'onnxruntime-web/webgpu';
import { DequantizeKernel } from '../../gpu/kernels/dequantize.ts';
import type { KernelRuntime } from '../../gpu/kernels/kernel.ts';
import { canLieTogether, type GpuTensor } from '../../gpu/tensor.ts';
import { uploadMatrices } from '../../gpu/upload.ts';
import { assert } from '../../model/errors.ts';
import type { GgufFile, GgufTensor } from '../../weights/gguf.ts';
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

/** Where the kernels of a step find their weights. */
export type StepWeights = Pick<GpuWeights, 'get' | 'rows' | 'together'>;

/** A model's tensors on the GPU, in the formats of their file. */
export class GpuWeights {
  readonly #ort: OrtRuntime;
  readonly #scratch: Scratch;
  readonly #rows: ReadonlyMap<string, MatrixRows>;
  readonly #dequantize: ReadonlyMap<string, DequantizeKernel>;

  private constructor(
    ort: OrtRuntime,
    scratch: Scratch,
    rows: ReadonlyMap<string, MatrixRows>,
    dequantize: ReadonlyMap<string, DequantizeKernel>,
  ) {
    this.#ort = ort;
    this.#scratch = scratch;
    this.#rows = rows;
    this.#dequantize = dequantize;
  }

  /**
   * Uploads the named tensors of a file.
   *
   * @param onTensor called after each
   * @param groups of tensors among them that become one matrix each, where they can
   * @throws GlanceError as `uploadMatrices`; nothing stays behind on the GPU then
   */
  static async upload(
    ort: OrtRuntime,
    kernels: KernelRuntime,
    scratch: Scratch,
    file: GgufFile,
    names: Iterable<string>,
    onTensor?: () => void,
    signal?: AbortSignal,
    groups: readonly (readonly string[])[] = [],
  ): Promise<GpuWeights> {
    const rows = new Map<string, MatrixRows>();
    const tensorNamed = (name: string): GgufTensor => {
      const description = file.tensors.get(name);
      assert(description, `tensor ${name} was not checked when the file was opened`);
      return description;
    };
    const groupOf = new Map<string, readonly string[]>();
    for (const group of groups) {
      if (canLieTogether(kernels.memory, group.map(tensorNamed)))
        for (const name of group) groupOf.set(name, group);
    }
    const matrices = [...new Set([...names].map((name) => groupOf.get(name) ?? [name]))];
    const described = matrices.map((group) => group.map(tensorNamed));
    // Compiled while weights are on their way.
    const compiling = new Map<string, Promise<DequantizeKernel>>();
    try {
      for await (const { index, tensor } of uploadMatrices(kernels.memory, file, described, { signal })) {
        let from = 0;
        for (const { name, shape } of described[index]!) {
          const to = described[index]!.length === 1 ? tensor.rows : from + shape[0]!;
          rows.set(name, { tensor, from, to });
          from = to;
          onTensor?.();
        }
        const { format } = tensor;
        if (!compiling.has(format.name)) {
          const kernel = DequantizeKernel.create(kernels, format);
          kernel.catch(() => {});
          compiling.set(format.name, kernel);
        }
      }
      await kernels.memory.check();
      const dequantize = new Map<string, DequantizeKernel>();
      for (const [name, kernel] of compiling) dequantize.set(name, await kernel);
      return new GpuWeights(ort, scratch, rows, dequantize);
    } catch (error) {
      disposeAll(rows);
      throw error;
    }
  }

  /** A tensor that is a matrix by itself. */
  get(name: string): GpuTensor {
    const { tensor, from, to } = this.rows(name);
    assert(from === 0 && to === tensor.rows, `tensor ${name} is only some rows of a matrix`);
    return tensor;
  }

  /** A tensor as rows of the matrix that holds it. */
  rows(name: string): MatrixRows {
    const rows = this.#rows.get(name);
    assert(rows, `tensor ${name} was not uploaded`);
    return rows;
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
      Object.entries(names).map(([input, name]) => [input, this.#feed(pass, input, this.rows(name))]),
    );
  }

  /**
   * Some rows of a matrix, dequantised into scratch by `pass`.
   *
   * @returns [to - from, row length], until the next such call
   */
  dequantizedRows(pass: GPUComputePassEncoder, name: string, from: number, to: number): Ort.Tensor {
    const { tensor, from: first } = this.rows(name);
    const out = this.#scratch.get('weights rows', 4 * (to - from) * tensor.rowLength);
    const kernel = this.#dequantize.get(tensor.format.name)!;
    kernel.record(pass, { tensor, from: first + from, to: first + to, out });
    return gpuTensor(this.#ort, out, [to - from, tensor.rowLength]);
  }

  dispose(): void {
    disposeAll(this.#rows);
  }

  #feed(pass: GPUComputePassEncoder, input: string, { tensor, from, to }: MatrixRows): Ort.Tensor {
    const { rowLength, shape, parts, format } = tensor;
    const dims = shape.length > 1 ? [to - from, rowLength] : [rowLength];
    const isWhole = to - from === tensor.rows && parts.length === 1;
    // Buffers are borrowed whole, so rows among others are copied.
    if (format.name === 'F32' && isWhole) return gpuTensor(this.#ort, parts[0]!.planes[0]!, dims);
    const out = this.#scratch.get(`weights ${input}`, 4 * (to - from) * rowLength);
    this.#dequantize.get(format.name)!.record(pass, { tensor, from, to, out });
    return gpuTensor(this.#ort, out, dims);
  }
}

function disposeAll(rows: ReadonlyMap<string, MatrixRows>): void {
  for (const tensor of new Set([...rows.values()].map(({ tensor }) => tensor))) tensor.dispose();
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
