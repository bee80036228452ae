import type { ReadableFormat } from '../../weights/formats/index.ts';

/**
 * How the weights of a file's format lie on the GPU, and the WGSL that reads them.
 *
 * A tensor becomes one to a few planes, which hold the file's bytes in another order: every block's scale
 * moves out of the way of its weights, so that these lie on multiples of 16 bytes. The unit of reading is the
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
  const { blockSize, blockBytes } = file;
  const quantBytes = blockBytes - 2;
  return {
    name: file.name,
    file,
    chunkLength,
    wgsl,
    planeRowBytes(rowLength) {
      const blocks = rowLength / blockSize;
      return [blocks * quantBytes, blocks * 2];
    },
    planes(bytes, rows, rowLength) {
      const blocks = (rows * rowLength) / blockSize;
      const quants = new Uint8Array(blocks * quantBytes);
      const scales = new Uint8Array(blocks * 2);
      for (let block = 0, at = 0, quant = 0; block < blocks; block++, at += blockBytes, quant += quantBytes) {
        scales[block * 2] = bytes[at]!;
        scales[block * 2 + 1] = bytes[at + 1]!;
        // A loop: for so few bytes `set` costs several times more.
        for (let i = 0; i < quantBytes; i++) quants[quant + i] = bytes[at + 2 + i]!;
      }
      return [quants, scales];
    },
  };
}
