import { assert, GlanceError } from '../model/errors.ts';
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

/** Most bytes that a plane may have, a multiple of 16. */
export function largestPlane({ context: { limits } }: GpuMemory): number {
  const limit = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  // Buffers are made in units of 16 bytes, limits are not.
  return limit - (limit % 16);
}

/** A tensor as a matrix. */
export interface MatrixShape {
  readonly format: GpuFormat;
  readonly rows: number;
  readonly rowLength: number;
}

/** @throws GlanceError `model-unsupported-format` */
export function matrixShape(file: GgufFile, tensor: GgufTensor): MatrixShape {
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

/** The error of a row that the GPU cannot bind. */
export function tooLongRows(name: string, rowLength: number, limitBytes: number): GlanceError {
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
