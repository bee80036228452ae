import { assert, GlanceError, throwIfAborted } from '../model/errors.ts';
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
  readonly name: string;
  /** Outermost dimension first, as in the file's description. */
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

/** Bytes read from the file at once. */
const SLICE_BYTES = 32 * 1024 * 1024;
/** Slices begin at rows whose bytes in every plane lie on a multiple of 16. */
const SLICE_ROW_ALIGNMENT = 8;

/**
 * Brings a tensor's bytes from its file to the GPU, 32 MiB at a time, split by rows where a plane would be
 * larger than the GPU can bind.
 *
 * @throws GlanceError `model-unsupported-format`, `out-of-memory`, `aborted`, and those of reading the file;
 * nothing stays behind on the GPU then
 */
export async function uploadTensor(
  memory: GpuMemory,
  file: GgufFile,
  tensor: GgufTensor,
  signal?: AbortSignal,
): Promise<GpuTensor> {
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
  const planeRowBytes = format.planeRowBytes(rowLength);
  const parts: TensorPart[] = [];
  const buffers: GPUBuffer[] = [];
  const free = () => {
    for (const buffer of buffers.splice(0)) memory.release(buffer);
  };
  try {
    const { maxStorageBufferBindingSize, maxBufferSize } = memory.context.limits;
    const limit = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    // Buffers are made in units of 16 bytes, limits are not.
    const planeLimit = limit - (limit % 16);
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
    await memory.check();

    const fileRowBytes = planeRowBytes.reduce((sum, bytes) => sum + bytes, 0);
    const sliceRows =
      Math.max(1, Math.floor(SLICE_BYTES / fileRowBytes / SLICE_ROW_ALIGNMENT)) * SLICE_ROW_ALIGNMENT;
    for (const { firstRow, rowCount, planes } of parts) {
      for (let row = 0; row < rowCount; row += sliceRows) {
        throwIfAborted(signal);
        const count = Math.min(sliceRows, rowCount - row);
        const offset = tensor.offset + (firstRow + row) * fileRowBytes;
        const bytes = await file.source.read(offset, count * fileRowBytes, signal);
        format.planes(bytes, count, rowLength).forEach((plane, index) => {
          memory.upload(planes[index]!, row * planeRowBytes[index]!, plane);
        });
        await memory.throttle();
      }
    }
    return { name, shape, rows, rowLength, format, parts, byteLength: fileRowBytes * rows, dispose: free };
  } catch (error) {
    free();
    throw error;
  }
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
  tensor: GpuTensor,
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
