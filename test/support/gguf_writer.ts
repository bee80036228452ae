/** Writes GGUF files, for tests: sound ones, broken ones, and F32 twins of quantised ones. */
import { F32 } from '../../src/weights/formats/f32.ts';
import type { TensorFormat } from '../../src/weights/formats/index.ts';
import { type GgufFile, type GgufType, type GgufValue, readTensorF32 } from '../../src/weights/gguf.ts';
import { GGUF_SCALAR_TYPES } from '../../src/weights/gguf_types.ts';
import { quantize } from './quantize.ts';

/** A metadata value with the type to store it as. */
export interface TypedValue {
  type: GgufType;
  value: GgufValue;
}

export const uint32 = (value: number): TypedValue => ({ type: 'uint32', value });
export const float32 = (value: number): TypedValue => ({ type: 'float32', value });
export const bool = (value: boolean): TypedValue => ({ type: 'bool', value });
export const text = (value: string): TypedValue => ({ type: 'string', value });
export const list = (of: GgufType, value: readonly GgufValue[]): TypedValue => ({
  type: { kind: 'array', of },
  value,
});

/** A tensor to write: numbers to be brought into its format, or its bytes as they are. */
export interface TensorInput {
  name: string;
  /** Outermost dimension first. */
  shape: readonly number[];
  format: TensorFormat;
  data: Float32Array | Uint8Array;
}

export interface GgufInput {
  /** Default 3. */
  version?: number;
  metadata: ReadonlyMap<string, TypedValue>;
  tensors: readonly TensorInput[];
}

class ByteWriter {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  length = 0;

  reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }

  bytes(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  string(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.scalar('uint64', bytes.length);
    this.bytes(bytes);
  }

  padTo(alignment: number): void {
    const end = Math.ceil(this.length / alignment) * alignment;
    this.bytes(new Uint8Array(end - this.length));
  }

  scalar(type: Exclude<GgufType, object>, value: GgufValue): void {
    const at = (size: number) => this.reserve(size);
    // `reserve` may replace the view, so it runs first.
    const put: Record<typeof type, () => void> = {
      uint8: () => this.put(at(1), (view, to) => view.setUint8(to, Number(value))),
      int8: () => this.put(at(1), (view, to) => view.setInt8(to, Number(value))),
      uint16: () => this.put(at(2), (view, to) => view.setUint16(to, Number(value), true)),
      int16: () => this.put(at(2), (view, to) => view.setInt16(to, Number(value), true)),
      uint32: () => this.put(at(4), (view, to) => view.setUint32(to, Number(value), true)),
      int32: () => this.put(at(4), (view, to) => view.setInt32(to, Number(value), true)),
      float32: () => this.put(at(4), (view, to) => view.setFloat32(to, Number(value), true)),
      bool: () => this.put(at(1), (view, to) => view.setUint8(to, value ? 1 : 0)),
      string: () => this.string(String(value)),
      uint64: () => this.put(at(8), (view, to) => view.setBigUint64(to, BigInt(value as number), true)),
      int64: () => this.put(at(8), (view, to) => view.setBigInt64(to, BigInt(value as number), true)),
      float64: () => this.put(at(8), (view, to) => view.setFloat64(to, Number(value), true)),
    };
    put[type]();
  }

  put(at: number, write: (view: DataView, at: number) => void): void {
    write(this.#view, at);
  }

  value(type: GgufType, value: GgufValue): void {
    if (typeof type !== 'object') {
      this.scalar(type, value);
      return;
    }
    const elements = value as readonly GgufValue[];
    const of = type.of ?? 'uint8';
    this.scalar('uint32', GGUF_SCALAR_TYPES.indexOf(typeof of === 'object' ? 'array' : of));
    this.scalar('uint64', elements.length);
    for (const element of elements) this.value(of, element);
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.length);
  }
}

/** A tensor as a file's header describes it. */
export interface TensorDescription {
  name: string;
  /** Outermost dimension first. */
  shape: readonly number[];
  format: TensorFormat;
  byteLength: number;
}

/**
 * Everything in a GGUF file before its tensors' bytes. These follow at once, in the order given, each filled up
 * with zeros to a multiple of `alignment`.
 */
export function writeGgufHeader(
  version: number,
  metadata: ReadonlyMap<string, TypedValue>,
  tensors: readonly TensorDescription[],
): { header: Uint8Array<ArrayBuffer>; alignment: number } {
  const writer = new ByteWriter();
  const alignment = Number(metadata.get('general.alignment')?.value ?? 32);
  writer.bytes(new TextEncoder().encode('GGUF'));
  writer.scalar('uint32', version);
  writer.scalar('uint64', tensors.length);
  writer.scalar('uint64', metadata.size);
  for (const [key, { type, value }] of metadata) {
    writer.string(key);
    writer.scalar('uint32', GGUF_SCALAR_TYPES.indexOf(typeof type === 'object' ? 'array' : type));
    writer.value(type, value);
  }
  let offset = 0;
  for (const tensor of tensors) {
    writer.string(tensor.name);
    writer.scalar('uint32', tensor.shape.length);
    for (const size of [...tensor.shape].reverse()) writer.scalar('uint64', size);
    writer.scalar('uint32', tensor.format.typeId);
    writer.scalar('uint64', offset);
    offset += Math.ceil(tensor.byteLength / alignment) * alignment;
  }
  writer.padTo(alignment);
  return { header: writer.done(), alignment };
}

/** The bytes of a GGUF file. */
export function writeGguf({ version = 3, metadata, tensors }: GgufInput): Uint8Array<ArrayBuffer> {
  const contents = tensors.map(({ format, data }) =>
    data instanceof Float32Array ? quantize(format, data) : data,
  );
  const described = tensors.map((tensor, index) => ({ ...tensor, byteLength: contents[index]!.length }));
  const { header, alignment } = writeGgufHeader(version, metadata, described);
  const writer = new ByteWriter();
  writer.bytes(header);
  for (const bytes of contents) {
    writer.bytes(bytes);
    writer.padTo(alignment);
  }
  return writer.done();
}

/** The metadata of a file, ready to be written again. */
export function metadataOf(file: GgufFile): Map<string, TypedValue> {
  return new Map(
    [...file.metadata].map(([key, value]) => [key, { type: file.metadataTypes.get(key)!, value }]),
  );
}

/** Everything in a file, its tensors as bytes: to be changed and written again. */
export async function contentOf(file: GgufFile): Promise<GgufInput> {
  const tensors: TensorInput[] = [];
  for (const { name, shape, format, offset, byteLength } of file.tensors.values()) {
    tensors.push({ name, shape, format, data: await file.source.read(offset, byteLength) });
  }
  return { version: file.version, metadata: metadataOf(file), tensors };
}

/** The same model with every tensor dequantised and stored as F32. */
export async function dequantizedTwin(file: GgufFile): Promise<Uint8Array<ArrayBuffer>> {
  return requantizedTwin(file, F32);
}

/** The same model with its matrices in another format, where their rows are whole blocks; the rest in F32. */
export async function requantizedTwin(
  file: GgufFile,
  format: TensorFormat,
): Promise<Uint8Array<ArrayBuffer>> {
  const metadata = metadataOf(file);
  const fileType = FILE_TYPES[format.name];
  if (metadata.has('general.file_type') && fileType !== undefined) {
    metadata.set('general.file_type', uint32(fileType));
  }
  const tensors: TensorInput[] = [];
  for (const tensor of file.tensors.values()) {
    const { name, shape } = tensor;
    const fits = shape.length > 1 && shape.at(-1)! % format.blockSize === 0;
    tensors.push({ name, shape, format: fits ? format : F32, data: await readTensorF32(file, tensor) });
  }
  return writeGguf({ version: file.version, metadata, tensors });
}

/** llama.cpp's numbers for files that are mostly in one format (LLAMA_FTYPE). */
const FILE_TYPES: Readonly<Record<string, number>> = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 7, BF16: 32 };
