/**
 * GGUF, the container of llama.cpp: a header of metadata and tensor descriptions, then the tensors' bytes.
 * Layout after the specification in ggml's repository (docs/gguf.md), versions 2 and 3, little endian.
 */
import { throwIfAborted } from '../model/errors.ts';
import { type ByteSource, truncatedError } from './byte_source.ts';
import { formatOfType, isReadable, type ReadableFormat } from './formats/index.ts';
import { isSplit, mergeParts, refuseLonePart } from './gguf_split.ts';
import {
  corruptError,
  fileError,
  GGUF_SCALAR_TYPES,
  type GgufFile,
  type GgufTensor,
  type GgufType,
  type GgufValue,
} from './gguf_types.ts';
import { HeaderReader } from './header_reader.ts';

export type { GgufFile, GgufTensor, GgufType, GgufValue } from './gguf_types.ts';

const MAGIC = 'GGUF';
const DEFAULT_ALIGNMENT = 32;
/** Limits far above any real model; a header beyond them is damaged, not large. */
const MAX_METADATA = 65_536;
const MAX_TENSORS = 65_536;
const MAX_ARRAY_LENGTH = 2 ** 28;
const MAX_ARRAY_DEPTH = 8;
/** ggml's own limit (GGML_MAX_DIMS). */
const MAX_DIMENSIONS = 4;

/** Fewest bytes that a value of each type takes, to tell a damaged length before reading. */
const MIN_BYTES: Record<(typeof GGUF_SCALAR_TYPES)[number], number> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  bool: 1,
  string: 8,
  array: 12,
  uint64: 8,
  int64: 8,
  float64: 8,
};

/**
 * Reads the header of a GGUF file, a window at a time; no tensor's bytes are read. The parts of a split
 * model (see `joinParts`) are read as one file.
 *
 * @throws GlanceError `file-not-gguf` (something else, with a guess what), `file-unsupported-version`,
 * `file-truncated`, `file-corrupt`, `file-split` (parts are missing), `aborted`; each names the file.
 */
export async function readGguf(source: ByteSource, signal?: AbortSignal): Promise<GgufFile> {
  if (isSplit(source)) {
    const headers: GgufFile[] = [];
    for (const part of source.parts) headers.push(await readGgufPart(part, signal));
    return mergeParts(source, headers);
  }
  const file = await readGgufPart(source, signal);
  refuseLonePart(file);
  return file;
}

/** Reads the header of a single file, which may be one part of a split model. Throws as {@link readGguf}. */
export async function readGgufPart(source: ByteSource, signal?: AbortSignal): Promise<GgufFile> {
  const reader = new HeaderReader(source, signal);
  await checkMagic(source, signal);
  await reader.ensure(24);
  reader.uint32();
  const version = reader.uint32();
  if (version !== 2 && version !== 3) throw unsupportedVersion(source, version);
  const tensorCount = reader.count('tensors', MAX_TENSORS);
  const metadataCount = reader.count('metadata entries', MAX_METADATA);

  const metadata = new Map<string, GgufValue>();
  const metadataTypes = new Map<string, GgufType>();
  for (let i = 0; i < metadataCount; i++) {
    throwIfAborted(signal);
    const key = await reader.string('a metadata key');
    if (metadata.has(key)) throw corruptError(source, `the metadata key "${key}" occurs twice`);
    await reader.ensure(4);
    const kind = valueKind(source, reader.uint32(), key);
    const { value, type } = await readValue(reader, kind, key, 0);
    metadata.set(key, value);
    metadataTypes.set(key, type);
  }

  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT;
  if (typeof alignment !== 'number' || alignment < 1 || alignment > 65_536 || !isPowerOfTwo(alignment)) {
    throw corruptError(source, `its alignment is ${String(alignment)}, which is no power of two`);
  }

  const described: TensorDescription[] = [];
  for (let i = 0; i < tensorCount; i++) described.push(await readTensorDescription(reader, alignment));
  const dataStart = Math.ceil(reader.offset / alignment) * alignment;
  return {
    source,
    version,
    metadata,
    metadataTypes,
    tensors: placeTensors(source, described, dataStart),
  };
}

/**
 * A tensor's values as f32, read and dequantised in slices.
 *
 * @returns as many elements as the shape has, innermost dimension contiguous
 * @throws GlanceError `model-unsupported-format`, `file-truncated`, `file-unreachable`, `aborted`
 */
export async function readTensorF32(
  file: GgufFile,
  tensor: GgufTensor,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const format = checkReadable(file, tensor);
  const out = new Float32Array(elementCount(tensor.shape));
  const blocks = out.length / format.blockSize;
  const blocksPerSlice = Math.max(1, Math.floor(SLICE_BYTES / format.blockBytes));
  for (let block = 0; block < blocks; block += blocksPerSlice) {
    const count = Math.min(blocksPerSlice, blocks - block);
    const bytes = await file.source.read(
      tensor.offset + block * format.blockBytes,
      count * format.blockBytes,
      signal,
    );
    format.dequantize(bytes, out.subarray(block * format.blockSize, (block + count) * format.blockSize));
  }
  return out;
}

/**
 * The tensor's format, if Glance can read it.
 * @throws GlanceError `model-unsupported-format`
 */
export function checkReadable(file: GgufFile, { name, format }: GgufTensor): ReadableFormat {
  if (isReadable(format)) return format;
  throw fileError(
    'model-unsupported-format',
    file.source,
    `${file.source.name} stores "${name}" as ${format.name}, which Glance cannot read yet. Choose a file in Q4_K_M, Q8_0 or F16.`,
    { tensor: name, format: format.name },
  );
}

const SLICE_BYTES = 8 * 1024 * 1024;

/** Product of the dimensions; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

async function checkMagic(source: ByteSource, signal: AbortSignal | undefined): Promise<void> {
  const head = await source.read(0, Math.min(source.size, 64), signal);
  const text = Array.from(head, (byte) => String.fromCharCode(byte)).join('');
  if (text.startsWith(MAGIC)) return;
  // A file that breaks off inside the magic, or is empty, is a failed download rather than a foreign file.
  if (MAGIC.startsWith(text)) throw truncatedError(source.name, 24, source.size);
  throw fileError(
    'file-not-gguf',
    source,
    `${source.name} is not a GGUF model file${describeForeign(text)}. Choose a file whose name ends in .gguf.`,
  );
}

/** What a file seems to be, from its first bytes; empty where there is no telling. */
function describeForeign(head: string): string {
  if (/^\s*(<!doctype|<html|<\?xml|<head|<body)/i.test(head)) {
    return ': it is a web page, which servers send when the file is not there';
  }
  if (head.startsWith('version https://git-lfs')) {
    return ': it is a Git LFS pointer, which only names the real file; download the file itself';
  }
  if (/^.{8}\{"/s.test(head)) return ': it looks like a safetensors file';
  if (head.startsWith('PK\x03\x04')) return ': it is a ZIP archive or a PyTorch checkpoint';
  if (/^(\x89PNG|\xff\xd8\xff|RIFF.{4}WEBP|GIF8)/s.test(head)) return ': it is a picture';
  if (/^(ggml|ggjt|ggmf|lmgg|tjgg|fmgg)/.test(head)) {
    return ': it is in the GGML format that GGUF replaced in 2023';
  }
  return '';
}

function unsupportedVersion(source: ByteSource, version: number): Error {
  const swapped = version !== 0 && (version & 0xffff) === 0;
  return fileError(
    'file-unsupported-version',
    source,
    swapped
      ? `${source.name} is a big-endian GGUF file, which Glance cannot read. Choose a little-endian one (nearly all are).`
      : `${source.name} is in version ${version} of GGUF; Glance reads versions 2 and 3. Convert it with a current llama.cpp.`,
    { version },
  );
}

function valueKind(source: ByteSource, code: number, key: string): (typeof GGUF_SCALAR_TYPES)[number] {
  const kind = GGUF_SCALAR_TYPES[code];
  if (kind === undefined)
    throw corruptError(source, `the metadata key "${key}" has the unknown type ${code}`);
  return kind;
}

async function readValue(
  reader: HeaderReader,
  kind: (typeof GGUF_SCALAR_TYPES)[number],
  key: string,
  depth: number,
): Promise<{ value: GgufValue; type: GgufType }> {
  if (kind !== 'array') {
    if (kind === 'string') return { value: await reader.string(`the value of "${key}"`), type: kind };
    await reader.ensure(MIN_BYTES[kind]);
    return { value: readScalar(reader, kind), type: kind };
  }
  if (depth >= MAX_ARRAY_DEPTH) throw corruptError(reader.source, `the arrays of "${key}" nest too deeply`);
  await reader.ensure(12);
  const elementKind = valueKind(reader.source, reader.uint32(), key);
  const length = reader.count(`elements in "${key}"`, MAX_ARRAY_LENGTH);
  const needed = reader.offset + length * MIN_BYTES[elementKind];
  if (needed > reader.source.size) throw truncatedError(reader.source.name, needed, reader.source.size);

  const values: GgufValue[] = [];
  let of: GgufType | null = elementKind === 'array' ? null : elementKind;
  for (let i = 0; i < length; i++) {
    if (elementKind === 'string') {
      values.push(await reader.string(`an element of "${key}"`));
    } else if (elementKind === 'array') {
      const inner = await readValue(reader, 'array', key, depth + 1);
      values.push(inner.value);
      of ??= inner.type;
    } else {
      const bytes = MIN_BYTES[elementKind];
      if (!reader.has(bytes)) await reader.ensure(bytes);
      values.push(readScalar(reader, elementKind));
    }
  }
  return { value: values, type: { kind: 'array', of } };
}

function readScalar(
  reader: HeaderReader,
  kind: Exclude<(typeof GGUF_SCALAR_TYPES)[number], 'array' | 'string'>,
): number | bigint | boolean {
  return kind === 'bool' ? reader.uint8() !== 0 : reader[kind]();
}

interface TensorDescription {
  name: string;
  shape: number[];
  typeId: number;
  /** From the start of the data section. */
  relativeOffset: number;
}

async function readTensorDescription(reader: HeaderReader, alignment: number): Promise<TensorDescription> {
  const { source } = reader;
  const name = await reader.string('a tensor name');
  await reader.ensure(4);
  const dimensionCount = reader.uint32();
  if (dimensionCount > MAX_DIMENSIONS) {
    throw corruptError(source, `the tensor "${name}" has ${dimensionCount} dimensions`);
  }
  await reader.ensure(dimensionCount * 8 + 12);
  const shape: number[] = [];
  for (let i = 0; i < dimensionCount; i++) {
    shape.unshift(reader.count(`rows in "${name}"`, Number.MAX_SAFE_INTEGER));
  }
  const elements = elementCount(shape);
  if (elements === 0 || !Number.isSafeInteger(elements)) {
    throw corruptError(source, `the tensor "${name}" has the shape [${shape.join(', ')}]`);
  }
  const typeId = reader.uint32();
  const relativeOffset = reader.count(`as the place of "${name}"`, Number.MAX_SAFE_INTEGER);
  if (relativeOffset % alignment !== 0) {
    throw corruptError(source, `the tensor "${name}" does not lie on a multiple of ${alignment} bytes`);
  }
  return { name, shape, typeId, relativeOffset };
}

/** Works out where each tensor lies, and that none leaves the file or runs into another. */
function placeTensors(
  source: ByteSource,
  described: TensorDescription[],
  dataStart: number,
): Map<string, GgufTensor> {
  const byOffset = [...described].sort((a, b) => a.relativeOffset - b.relativeOffset);
  const placed = new Map<string, GgufTensor>();
  byOffset.forEach(({ name, shape, typeId, relativeOffset }, index) => {
    const format = formatOfType(typeId);
    const offset = dataStart + relativeOffset;
    const following = byOffset[index + 1];
    const next = following ? dataStart + following.relativeOffset : Math.max(source.size, offset);
    let byteLength = next - offset;
    if (format.blockSize > 0) {
      const rowLength = shape.at(-1) ?? 1;
      if (rowLength % format.blockSize !== 0) {
        throw corruptError(
          source,
          `the rows of "${name}" have ${rowLength} elements, which ${format.name} cannot hold`,
        );
      }
      byteLength = (elementCount(shape) / format.blockSize) * format.blockBytes;
    }
    if (offset + byteLength > source.size) {
      throw truncatedError(source.name, offset + byteLength, source.size);
    }
    if (following && offset + byteLength > next) {
      throw corruptError(source, `the tensors "${name}" and "${following.name}" overlap`);
    }
    if (placed.has(name)) throw corruptError(source, `the tensor "${name}" occurs twice`);
    placed.set(name, { name, shape, format, offset, byteLength });
  });
  // In the order of the header, which is the order in which a copy should write them.
  return new Map(described.map(({ name }) => [name, placed.get(name)!]));
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
