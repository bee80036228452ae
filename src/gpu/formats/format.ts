import type { ReadableFormat } from '../../weights/formats/index.ts';

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
   * @param target where planes that are not `bytes` itself are made, at least as long as `bytes` and beginning
   * at a multiple of 4; default: new memory
   */
  planes(
    bytes: Uint8Array<ArrayBuffer>,
    rows: number,
    rowLength: number,
    target?: Uint8Array<ArrayBuffer>,
  ): Uint8Array<ArrayBuffer>[];
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

/** Bytes of a block that go to a plane of their own. */
export interface BlockField {
  /** Offset of the first byte in the block. */
  readonly from: number;
  /** Offset of the byte after the last; from `from` on, whole words of 4 bytes, or 2 bytes. */
  readonly to: number;
  /** Moves the field's bits into the plane; by default in their order. */
  readonly move?: MoveField;
}

/**
 * Moves a field of some consecutive blocks into a plane.
 *
 * @param from offset in `view` of the field of the first block
 * @param step bytes from one block to the next
 * @param plane words of 4 bytes, only these blocks'
 */
export type MoveField = (
  view: DataView<ArrayBuffer>,
  from: number,
  step: number,
  plane: Int32Array<ArrayBuffer>,
  blocks: number,
) => void;

/** A format of blocks whose fields become planes, in the order given: the quants first, 2 bytes at most last. */
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
    planes(bytes, rows, rowLength, target = new Uint8Array(bytes.byteLength)) {
      const blocks = (rows * rowLength) / blockSize;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const starts: number[] = [];
      let end = target.byteOffset;
      for (const { from, to } of fields) {
        starts.push(end);
        end += blocks * (to - from);
      }
      // A stretch of blocks stays in the processor's cache while field after field leaves it.
      for (let first = 0; first < blocks; first += STRETCH_BLOCKS) {
        const count = Math.min(STRETCH_BLOCKS, blocks - first);
        fields.forEach(({ from, to, move }, index) => {
          const length = to - from;
          const at = first * blockBytes + from;
          const start = starts[index]! + first * length;
          if (length === 2) {
            moveHalves(view, at, blockBytes, new Uint16Array(target.buffer, start, count));
          } else {
            const plane = new Int32Array(target.buffer, start, (count * length) / 4);
            (move ?? moveWords)(view, at, blockBytes, plane, count);
          }
        });
      }
      return fields.map(
        ({ from, to }, index) => new Uint8Array(target.buffer, starts[index]!, blocks * (to - from)),
      );
    },
  };
}

const STRETCH_BLOCKS = 256;

// Fields of blocks lie at odd words, or between words. A DataView reads there as fast as elsewhere, and moving 4
// bytes at once is several times faster than 2; every platform with WebAssembly is little endian, as the file is.

const moveWords: MoveField = (view, from, step, plane, blocks) => {
  const words = plane.length / blocks;
  // For so few words a loop costs as much as the moves, so it is unrolled.
  const unrolled = words - (words % 4);
  for (let block = 0, at = from, to = 0; block < blocks; block++, at += step, to += words) {
    let word = 0;
    for (; word < unrolled; word += 4) {
      const first = at + 4 * word;
      plane[to + word] = view.getInt32(first, true);
      plane[to + word + 1] = view.getInt32(first + 4, true);
      plane[to + word + 2] = view.getInt32(first + 8, true);
      plane[to + word + 3] = view.getInt32(first + 12, true);
    }
    for (; word < words; word++) plane[to + word] = view.getInt32(at + 4 * word, true);
  }
};

function moveHalves(
  view: DataView<ArrayBuffer>,
  from: number,
  step: number,
  plane: Uint16Array<ArrayBuffer>,
): void {
  for (let block = 0; block < plane.length; block++) plane[block] = view.getUint16(from + block * step, true);
}
