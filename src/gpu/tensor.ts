import { assert, GlanceError, throwIfAborted } from '../model/errors.ts';
import type { ByteSource } from '../weights/byte_source.ts';
import { elementCount, type GgufFile, type GgufTensor } from '../weights/gguf.ts';
import { fileError } from '../weights/gguf_types.ts';
import { type GpuFormat, gpuFormatOf } from './formats/index.ts';
import type { GpuMemory } from './memory.ts';

/** Consecutive rows of a tensor whose planes can each be bound at once. */
export interface TensorPart {
  readonly firstRow: number;
  readonly rowCount: number;
  /** In the order of the format's bindings. */
  readonly planes: readonly GPUBuffer[];
}

/** A weight tensor on the GPU: a matrix of rows in the format of its file. */
export interface GpuTensor {
  /** In the file; of several tensors in one matrix, all their names. */
  readonly name: string;
  /** Outermost dimension first, as in the file's description; of several tensors, that of the matrix. */
  readonly shape: readonly number[];
  /** As a matrix: the first dimension; 1 for a vector. */
  readonly rows: number;
  /** As a matrix: the other dimensions together. */
  readonly rowLength: number;
  readonly format: GpuFormat;
  readonly parts: readonly TensorPart[];
  /** Bytes of all planes. */
  readonly byteLength: number;
  /** Frees its buffers. */
  dispose(): void;
}

/** Bytes that go to the GPU at once. More are no faster, and as many are held twice: as read, and as planes. */
const SLICE_BYTES = 16 * 1024 * 1024;
/** Slices begin at rows whose bytes in every plane lie on a multiple of 16. */
const SLICE_ROW_ALIGNMENT = 8;

/**
 * Memory that slices go through on their way to the GPU, one after the other: gigabytes of weights then leave
 * nothing for the garbage collector. Reads ahead, since a read costs milliseconds and most tensors are small: for
 * tensors in the order of the file.
 */
export class SliceMemory {
  readonly #readAheadBytes: number;
  /** Bytes of a file, from an offset on. */
  #window = { source: null as ByteSource | null, offset: 0, length: 0 };
  #file = new Uint8Array(0);
  #planes = new Uint8Array(0);

  /** @param readAheadBytes read at once, where the file is as long */
  constructor(readAheadBytes = SLICE_BYTES) {
    this.#readAheadBytes = readAheadBytes;
  }

  /** As {@link ByteSource.read}, but the next read may overwrite the bytes. */
  async read(
    source: ByteSource,
    offset: number,
    length: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (source.readInto === undefined) return source.read(offset, length, signal);
    const known = this.#window;
    const isWithin =
      known.source === source && offset >= known.offset && offset <= known.offset + known.length;
    if (!isWithin || offset + length > known.offset + known.length) {
      const ahead = Math.max(length, Math.min(this.#readAheadBytes, source.size - offset));
      // What was read of these bytes before goes to the front.
      const kept = isWithin
        ? this.#file.subarray(offset - known.offset, known.length)
        : this.#file.subarray(0, 0);
      const file = this.#file.length < ahead ? new Uint8Array(ahead) : this.#file;
      file.set(kept);
      this.#file = file;
      this.#window = { source: null, offset: 0, length: 0 };
      await source.readInto(offset + kept.length, file.subarray(kept.length, ahead), signal);
      this.#window = { source, offset, length: ahead };
    }
    const start = offset - this.#window.offset;
    return this.#file.subarray(start, start + length);
  }

  /** Room for the planes of so many bytes. */
  planes(length: number): Uint8Array<ArrayBuffer> {
    if (this.#planes.length < length) this.#planes = new Uint8Array(length);
    return this.#planes;
  }
}

/**
 * Brings a tensor's bytes from its file to the GPU, a slice at a time, split by rows where a plane would be
 * larger than the GPU can bind. That a tensor got no memory may be told by the next {@link GpuMemory.check} only.
 *
 * @throws GlanceError `model-unsupported-format`, `out-of-memory`, `aborted`, and those of reading the file;
 * nothing stays behind on the GPU then
 */
export function uploadTensor(
  memory: GpuMemory,
  file: GgufFile,
  tensor: GgufTensor,
  signal?: AbortSignal,
  through?: SliceMemory,
): Promise<GpuTensor> {
  return uploadMatrix(memory, file, [tensor], signal, through);
}

/**
 * As {@link uploadTensor}, for tensors whose rows become one matrix in the order given.
 *
 * @param tensors that {@link canLieTogether}; at least one
 * @param through memory to read through; by one upload at a time
 */
export async function uploadMatrix(
  memory: GpuMemory,
  file: GgufFile,
  tensors: readonly GgufTensor[],
  signal?: AbortSignal,
  through: SliceMemory = new SliceMemory(0),
): Promise<GpuTensor> {
  const shapes = tensors.map((tensor) => matrixShape(file, tensor));
  const { format, rowLength } = shapes[0]!;
  const name = tensors.map((tensor) => tensor.name).join(' | ');
  const rows = shapes.reduce((sum, shape) => sum + shape.rows, 0);
  const planeRowBytes = format.planeRowBytes(rowLength);
  const parts: TensorPart[] = [];
  const buffers: GPUBuffer[] = [];
  const free = () => {
    for (const buffer of buffers.splice(0)) memory.release(buffer);
  };
  try {
    const planeLimit = largestPlane(memory);
    const partRows = Math.floor(planeLimit / Math.max(...planeRowBytes));
    if (partRows === 0) throw tooLongRows(name, rowLength, planeLimit);
    for (let firstRow = 0; firstRow < rows; firstRow += partRows) {
      const rowCount = Math.min(partRows, rows - firstRow);
      const planes = planeRowBytes.map((rowBytes, plane) => {
        const label = `${name} rows ${firstRow}+${rowCount} plane ${plane}`;
        const buffer = memory.buffer('weights', rowCount * rowBytes, label);
        buffers.push(buffer);
        return buffer;
      });
      parts.push({ firstRow, rowCount, planes });
    }
    // Waiting for each of hundreds of tensors would take a second.
    await memory.checkLarge();

    const fileRowBytes = planeRowBytes.reduce((sum, bytes) => sum + bytes, 0);
    const sliceRows =
      Math.max(1, Math.floor(SLICE_BYTES / fileRowBytes / SLICE_ROW_ALIGNMENT)) * SLICE_ROW_ALIGNMENT;
    let firstRow = 0;
    for (const [index, { offset }] of tensors.entries()) {
      const endRow = firstRow + shapes[index]!.rows;
      for (const { part, from, to } of partsWithin({ name, rows, parts }, firstRow, endRow)) {
        for (let row = from; row < to; row += sliceRows) {
          throwIfAborted(signal);
          const count = Math.min(sliceRows, to - row);
          const at = offset + (row - firstRow) * fileRowBytes;
          const bytes = await through.read(file.source, at, count * fileRowBytes, signal);
          const target = planeRowBytes.length > 1 ? through.planes(bytes.length) : undefined;
          format.planes(bytes, count, rowLength, target).forEach((plane, i) => {
            memory.upload(part.planes[i]!, (row - part.firstRow) * planeRowBytes[i]!, plane);
          });
          await memory.throttle();
        }
      }
      firstRow = endRow;
    }
    const shape = tensors.length === 1 ? tensors[0]!.shape : [rows, rowLength];
    return { name, shape, rows, rowLength, format, parts, byteLength: fileRowBytes * rows, dispose: free };
  } catch (error) {
    free();
    throw error;
  }
}

/**
 * Whether tensors can be one matrix on the GPU, which kernels then work on in one dispatch: they have the same
 * format and row length, the planes of all together can be bound, and the rows of each begin on a word.
 */
export function canLieTogether(memory: GpuMemory, tensors: readonly GgufTensor[]): boolean {
  const [first] = tensors;
  const format = first && gpuFormatOf(first.format);
  if (!format || tensors.some(({ shape }) => shape.length !== 2 || shape[1] !== first.shape[1])) return false;
  if (tensors.some((tensor) => tensor.format !== first.format)) return false;
  const planeRowBytes = format.planeRowBytes(first.shape[1]!);
  let rows = 0;
  for (const { shape } of tensors) {
    const firstRow = rows;
    if (planeRowBytes.some((rowBytes) => (firstRow * rowBytes) % 4 !== 0)) return false;
    rows += shape[0]!;
  }
  return rows * Math.max(...planeRowBytes) <= largestPlane(memory);
}

function largestPlane({ context: { limits } }: GpuMemory): number {
  const limit = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  // Buffers are made in units of 16 bytes, limits are not.
  return limit - (limit % 16);
}

/** A tensor as a matrix. */
function matrixShape(
  file: GgufFile,
  tensor: GgufTensor,
): { format: GpuFormat; rows: number; rowLength: number } {
  const { name, shape } = tensor;
  const rows = shape.length > 1 ? shape[0]! : 1;
  const rowLength = elementCount(shape) / rows;
  const format = gpuFormatOf(tensor.format);
  if (format === null || rowLength % format.chunkLength !== 0) {
    throw fileError(
      'model-unsupported-format',
      file.source,
      `${file.source.name} stores "${name}" as ${tensor.format.name} in rows of ${rowLength}, which Glance cannot use on the GPU. Choose a file in Q4_K_M, Q8_0 or F16.`,
      { tensor: name, format: tensor.format.name, rowLength },
    );
  }
  return { format, rows, rowLength };
}

function tooLongRows(name: string, rowLength: number, limitBytes: number): GlanceError {
  return new GlanceError(
    'out-of-memory',
    `This graphics processor works on at most ${limitBytes} bytes at once, which is too little for a row of "${name}". Choose a smaller model.`,
    { details: { tensor: name, rowLength, limitBytes } },
  );
}

/** The parts of a tensor that hold some of the rows [from, to), with the rows of each that are meant. */
export function* partsWithin(
  tensor: Pick<GpuTensor, 'name' | 'rows' | 'parts'>,
  from: number,
  to: number,
): Generator<{ part: TensorPart; from: number; to: number }> {
  assert(
    from >= 0 && from <= to && to <= tensor.rows,
    `rows ${from} to ${to} of "${tensor.name}" were asked for, which has ${tensor.rows}`,
  );
  for (const part of tensor.parts) {
    const start = Math.max(from, part.firstRow);
    const end = Math.min(to, part.firstRow + part.rowCount);
    if (start < end) yield { part, from: start, to: end };
  }
}
