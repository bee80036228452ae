/**
 * Bringing tensors from a file to the GPU. Three processes work on it in a browser: one reads, one puts blocks in
 * order, one provides the GPU's memory and fills it. So that none waits for the others, reads are begun before
 * they are needed, and buffers are made when the reads that fill them begin. All of it goes through memory that is
 * used again and again, which leaves nothing for the garbage collector.
 */
import { throwIfAborted } from '../model/errors.ts';
import { RangeReader } from '../weights/byte_source.ts';
import type { GgufFile, GgufTensor } from '../weights/gguf.ts';
import type { GpuMemory } from './memory.ts';
import {
  type GpuTensor,
  largestPlane,
  type MatrixShape,
  matrixShape,
  type TensorPart,
  tooLongRows,
} from './tensor.ts';

export interface UploadOptions {
  signal?: AbortSignal;
  /** Most bytes that are read at once, unless some rows are longer; default 8 MiB. */
  readBytes?: number;
  /** Reads under way or being worked on, each in memory of its own; default 3. */
  reads?: number;
}

/** Measured in Chromium: longer reads are no faster, shorter ones are. */
const READ_BYTES = 8 * 1024 * 1024;
const READS = 3;
/** Bytes between two tensors that are rather read in vain than by a read of their own. */
const MAX_GAP_BYTES = 64 * 1024;
/** Slices begin at rows whose bytes in every plane lie on a multiple of 16. */
const SLICE_ROW_ALIGNMENT = 8;

/** A matrix that is on its way. */
interface Matrix extends MatrixShape {
  /** Place among the matrices that were asked for. */
  readonly index: number;
  /** With the rows of each. */
  readonly tensors: readonly { readonly tensor: GgufTensor; readonly rows: number }[];
  readonly name: string;
  /** Of all tensors. */
  readonly rows: number;
  readonly planeRowBytes: readonly number[];
  readonly fileRowBytes: number;
  /** Rows of each part but the last. */
  readonly partRows: number;
  /** Slices that are yet to come. */
  left: number;
  /** Empty until the first of them is about to be read. */
  parts: TensorPart[];
}

/** Rows of a matrix that lie together in the file and in one part. */
interface Slice {
  readonly matrix: Matrix;
  readonly firstRow: number;
  readonly rows: number;
  /** In the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** Slices that are read at once. */
interface Read {
  readonly offset: number;
  byteLength: number;
  readonly slices: Slice[];
}

/**
 * Brings tensors from their file to the GPU, in the order of the file, split by rows where a plane would be larger
 * than the GPU can bind. Those of one matrix {@link canLieTogether}; their rows follow one another as the tensors
 * do. That a tensor got no memory is told before its bytes are waited for.
 *
 * @param matrices tensors of each; at least one
 * @returns each matrix with its place among `matrices`, as soon as all of it was handed to the queue. From then on
 * it is the caller's to dispose of.
 * @throws GlanceError `model-unsupported-format`, `out-of-memory`, `aborted`, and those of reading the file;
 * nothing stays behind on the GPU then but what was returned
 */
export async function* uploadMatrices(
  memory: GpuMemory,
  file: GgufFile,
  matrices: readonly (readonly GgufTensor[])[],
  { signal, readBytes = READ_BYTES, reads: depth = READS }: UploadOptions = {},
): AsyncGenerator<{ index: number; tensor: GpuTensor }, void, undefined> {
  const planned = matrices.map((tensors, index) => plan(memory, file, tensors, index));
  const reads = groupReads(
    planned.flatMap((matrix) => [...slicesOf(matrix, readBytes)]),
    readBytes,
  );
  const longest = Math.max(0, ...reads.map(({ byteLength }) => byteLength));
  const reader = file.source.reader?.(signal) ?? new RangeReader(file.source, signal);
  const begun: { memoryGiven: Promise<void>; bytes: Promise<Uint8Array<ArrayBuffer>> }[] = [];

  const begin = (read: Read | undefined, room?: Uint8Array<ArrayBuffer>) => {
    if (read === undefined) return;
    const fresh = new Set(read.slices.map(({ matrix }) => matrix).filter(({ parts }) => parts.length === 0));
    let memoryGiven = Promise.resolve();
    if (fresh.size > 0) {
      memory.together(() => {
        for (const matrix of fresh) matrix.parts = allocate(memory, matrix);
      });
      memoryGiven = memory.check();
    }
    const target = room ?? new Uint8Array(longest);
    const bytes = reader.readInto(read.offset, target.subarray(0, read.byteLength));
    // They are heard when it is their turn, if an earlier one has not ended it all before.
    memoryGiven.catch(() => {});
    bytes.catch(() => {});
    begun.push({ memoryGiven, bytes });
  };

  try {
    for (const read of reads.slice(0, depth)) begin(read);
    for (const [index, read] of reads.entries()) {
      const { memoryGiven, bytes } = begun.shift()!;
      await memoryGiven;
      const held = await bytes;
      throwIfAborted(signal);
      const done: Matrix[] = [];
      for (const slice of read.slices) {
        const at = slice.offset - read.offset;
        write(memory, slice, held.subarray(at, at + slice.byteLength));
        slice.matrix.left -= 1;
        if (slice.matrix.left === 0) done.push(slice.matrix);
      }
      begin(reads[index + depth], new Uint8Array(held.buffer));
      for (const matrix of done) {
        const { index, parts } = matrix;
        matrix.parts = [];
        yield { index, tensor: tensorOf(memory, matrix, parts) };
      }
      await memory.throttle();
    }
  } finally {
    reader.close();
    for (const { parts } of planned) free(memory, parts);
  }
}

/** As {@link uploadMatrices}, for one matrix. */
export async function uploadMatrix(
  memory: GpuMemory,
  file: GgufFile,
  tensors: readonly GgufTensor[],
  options?: UploadOptions,
): Promise<GpuTensor> {
  const uploaded: GpuTensor[] = [];
  for await (const { tensor } of uploadMatrices(memory, file, [tensors], options)) uploaded.push(tensor);
  return uploaded[0]!;
}

/** As {@link uploadMatrices}, for one tensor. */
export function uploadTensor(
  memory: GpuMemory,
  file: GgufFile,
  tensor: GgufTensor,
  options?: UploadOptions,
): Promise<GpuTensor> {
  return uploadMatrix(memory, file, [tensor], options);
}

function plan(memory: GpuMemory, file: GgufFile, tensors: readonly GgufTensor[], index: number): Matrix {
  const shapes = tensors.map((tensor) => matrixShape(file, tensor));
  const { format, rowLength } = shapes[0]!;
  const name = tensors.map((tensor) => tensor.name).join(' | ');
  const rows = shapes.reduce((sum, shape) => sum + shape.rows, 0);
  const own = tensors.map((tensor, i) => ({ tensor, rows: shapes[i]!.rows }));
  const planeRowBytes = format.planeRowBytes(rowLength);
  const planeLimit = largestPlane(memory);
  const partRows = Math.floor(planeLimit / Math.max(...planeRowBytes));
  if (partRows === 0) throw tooLongRows(name, rowLength, planeLimit);
  const fileRowBytes = planeRowBytes.reduce((sum, bytes) => sum + bytes, 0);
  return {
    index,
    tensors: own,
    name,
    format,
    rows,
    rowLength,
    planeRowBytes,
    fileRowBytes,
    partRows,
    left: 0,
    parts: [],
  };
}

/** Cuts a matrix into slices and counts them. */
function* slicesOf(matrix: Matrix, readBytes: number): Generator<Slice> {
  const { tensors, fileRowBytes, partRows } = matrix;
  const sliceRows =
    Math.max(1, Math.floor(readBytes / fileRowBytes / SLICE_ROW_ALIGNMENT)) * SLICE_ROW_ALIGNMENT;
  let tensorRow = 0;
  for (const { tensor, rows: ownRows } of tensors) {
    const endRow = tensorRow + ownRows;
    for (let row = tensorRow; row < endRow; ) {
      const partEnd = (Math.floor(row / partRows) + 1) * partRows;
      const rows = Math.min(sliceRows, partEnd - row, endRow - row);
      matrix.left += 1;
      yield {
        matrix,
        firstRow: row,
        rows,
        offset: tensor.offset + (row - tensorRow) * fileRowBytes,
        byteLength: rows * fileRowBytes,
      };
      row += rows;
    }
    tensorRow = endRow;
  }
}

/** Since a read costs milliseconds and most tensors are small, many slices are read at once. */
function groupReads(slices: readonly Slice[], readBytes: number): Read[] {
  const reads: Read[] = [];
  for (const slice of [...slices].sort((a, b) => a.offset - b.offset)) {
    const last = reads.at(-1);
    const gap = last ? slice.offset - (last.offset + last.byteLength) : 0;
    const byteLength = last ? slice.offset + slice.byteLength - last.offset : 0;
    if (last && gap <= MAX_GAP_BYTES && byteLength <= readBytes) {
      last.byteLength = Math.max(last.byteLength, byteLength);
      last.slices.push(slice);
    } else {
      reads.push({ offset: slice.offset, byteLength: slice.byteLength, slices: [slice] });
    }
  }
  return reads;
}

function allocate(memory: GpuMemory, { name, rows, partRows, planeRowBytes }: Matrix): TensorPart[] {
  const parts: TensorPart[] = [];
  for (let firstRow = 0; firstRow < rows; firstRow += partRows) {
    const rowCount = Math.min(partRows, rows - firstRow);
    const planes = planeRowBytes.map((rowBytes, plane) =>
      memory.buffer('weights', rowCount * rowBytes, `${name} rows ${firstRow}+${rowCount} plane ${plane}`),
    );
    parts.push({ firstRow, rowCount, planes });
  }
  return parts;
}

function write(memory: GpuMemory, { matrix, firstRow, rows }: Slice, bytes: Uint8Array<ArrayBuffer>): void {
  const { format, rowLength, planeRowBytes, partRows, parts } = matrix;
  const part = parts[Math.floor(firstRow / partRows)]!;
  format.planes(bytes, rows, rowLength).forEach((plane, i) => {
    memory.upload(part.planes[i]!, (firstRow - part.firstRow) * planeRowBytes[i]!, plane);
  });
}

function tensorOf(memory: GpuMemory, matrix: Matrix, parts: TensorPart[]): GpuTensor {
  const { name, tensors, rows, rowLength, format, fileRowBytes } = matrix;
  const shape = tensors.length === 1 ? tensors[0]!.tensor.shape : [rows, rowLength];
  return {
    name,
    shape,
    rows,
    rowLength,
    format,
    parts,
    byteLength: fileRowBytes * rows,
    dispose: () => free(memory, parts.splice(0)),
  };
}

function free(memory: GpuMemory, parts: readonly TensorPart[]): void {
  for (const { planes } of parts) for (const buffer of planes) memory.release(buffer);
}
