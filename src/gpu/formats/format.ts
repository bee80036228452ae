import type { ReadableFormat } from '../../weights/formats/index.ts';
import { type BlockField, takeApart } from './blocks/take_apart.ts';

/**
 * How the weights of a file's format lie on the GPU, and the WGSL that reads them.
 *
 * A tensor becomes one to a few planes, which hold the file's bits in another order: every block's scales
 * move out of the way of its weights, so that these lie on multiples of 16 bytes. The unit of reading is the
 * chunk: the 4 to 32 consecutive weights that one 128-bit word of the first plane holds. Rows hold whole
 * chunks, one after the other.
 */
export interface GpuFormat {
  readonly name: string;
  /** The same format in the file. */
  readonly file: ReadableFormat;
  /** Weights in a chunk: a multiple of 4 and, for formats with blocks, a divisor of the block's length. */
  readonly chunkLength: number;
  /**
   * Declares the planes in bind group 1, one binding each, the constant `CHUNK_VEC4S` (a quarter of
   * `chunkLength`) and `fn read_chunk(chunk: u32) -> array<vec4<f32>, CHUNK_VEC4S>`.
   */
  readonly wgsl: string;
  /**
   * Bytes that a row takes in each plane.
   * @param rowLength weights in a row, a multiple of `chunkLength`
   */
  planeRowBytes(rowLength: number): readonly number[];
  /**
   * Splits whole rows into planes; nothing but the order changes.
   * @param bytes [rows, rowLength] as in the file
   * @returns what the next call, of any format, overwrites; or `bytes` itself
   */
  planes(bytes: Uint8Array<ArrayBuffer>, rows: number, rowLength: number): Uint8Array<ArrayBuffer>[];
}

/** A format whose elements stand alone: the file's bytes are the plane. */
export function plainFormat(file: ReadableFormat, wgsl: string): GpuFormat {
  return {
    name: file.name,
    file,
    chunkLength: 16 / file.blockBytes,
    wgsl,
    planeRowBytes: (rowLength) => [rowLength * file.blockBytes],
    planes: (bytes) => [bytes],
  };
}

/** A format of blocks that begin with an f16 scale: a plane of quants and a plane of scales. */
export function scaledFormat(file: ReadableFormat, chunkLength: number, wgsl: string): GpuFormat {
  const fields = [
    { from: 2, to: file.blockBytes },
    { from: 0, to: 2 },
  ];
  return blockFormat(file, chunkLength, fields, wgsl);
}

/** A format of blocks whose fields become planes, in the order given: the quants first. */
export function blockFormat(
  file: ReadableFormat,
  chunkLength: number,
  fields: readonly BlockField[],
  wgsl: string,
): GpuFormat {
  const { blockSize, blockBytes } = file;
  return {
    name: file.name,
    file,
    chunkLength,
    wgsl,
    planeRowBytes: (rowLength) => fields.map(({ from, to }) => (rowLength / blockSize) * (to - from)),
    planes: (bytes, rows, rowLength) => takeApart(bytes, (rows * rowLength) / blockSize, blockBytes, fields),
  };
}
