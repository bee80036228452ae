/**
 * GGUF, the container of llama.cpp: a header of metadata and tensor descriptions, then the tensors' bytes.
 * Layout after the specification in ggml's repository (docs/gguf.md), versions 2 and 3, little endian.
 */
import { type ByteSource, truncatedError } from './byte_source.ts';
import { formatOfType, isReadable, type ReadableFormat } from './formats/index.ts';
import { readMetadata, readPreamble } from './gguf_metadata.ts';
import { isSplit, mergeParts, refuseLonePart } from './gguf_split.ts';
import { corruptError, fileError, type GgufFile, type GgufTensor } from './gguf_types.ts';
import { HeaderReader } from './header_reader.ts';

export type { GgufFile, GgufTensor, GgufType, GgufValue } from './gguf_types.ts';

const DEFAULT_ALIGNMENT = 32;
/** ggml's own limit (GGML_MAX_DIMS). */
const MAX_DIMENSIONS = 4;

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
  const { version, tensorCount, metadataCount } = await readPreamble(reader, signal);
  const { metadata, types: metadataTypes } = await readMetadata(reader, metadataCount, signal);

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
