import type * as Ort from 'onnxruntime-web/wasm';
import { assert, throwIfAborted } from '../../model/errors.ts';
import { type GgufFile, readTensorF32 } from '../../weights/gguf.ts';
import { yieldToEventLoop } from '../yield.ts';
import type { OrtRuntime } from './runtime.ts';

/** A file's tensors, dequantised to float32 in memory: the CPU path is for small models. */
export class Weights {
  readonly #ort: OrtRuntime;
  readonly #tensors: ReadonlyMap<string, { data: Float32Array; shape: readonly number[] }>;

  private constructor(
    ort: OrtRuntime,
    tensors: ReadonlyMap<string, { data: Float32Array; shape: readonly number[] }>,
  ) {
    this.#ort = ort;
    this.#tensors = tensors;
  }

  /** Reads and dequantises the named tensors of a file. `onTensor` is called after each. */
  static async read(
    ort: OrtRuntime,
    file: GgufFile,
    names: Iterable<string>,
    onTensor?: () => void,
    signal?: AbortSignal,
  ): Promise<Weights> {
    const tensors = new Map<string, { data: Float32Array; shape: readonly number[] }>();
    for (const name of names) {
      throwIfAborted(signal);
      const tensor = file.tensors.get(name);
      assert(tensor, `tensor ${name} was not checked when the file was opened`);
      tensors.set(tensor.name, { data: await readTensorF32(file, tensor, signal), shape: tensor.shape });
      onTensor?.();
      await yieldToEventLoop();
    }
    return new Weights(ort, tensors);
  }

  data(name: string): Float32Array {
    return this.#get(name).data;
  }

  /** The tensor as a graph input; kernels of several dimensions count as matrices of [rows, rest]. */
  tensor(name: string): Ort.Tensor {
    const { data, shape } = this.#get(name);
    const dims = shape.length > 2 ? [shape[0]!, data.length / shape[0]!] : [...shape];
    return new this.#ort.Tensor('float32', data, dims);
  }

  /** Graph inputs by name, from tensor names by input name. */
  feeds(names: Readonly<Record<string, string>>): Record<string, Ort.Tensor> {
    return Object.fromEntries(Object.entries(names).map(([input, name]) => [input, this.tensor(name)]));
  }

  #get(name: string): { data: Float32Array; shape: readonly number[] } {
    const found = this.#tensors.get(name);
    assert(found, `tensor ${name} was not checked when the file was opened`);
    return found;
  }
}
