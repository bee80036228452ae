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
   * at an even address; default: new memory
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

/** Bytes of a block that go to a plane of their own; both bounds are even. */
export interface BlockField {
  readonly from: number;
  readonly to: number;
  /** Moves a block's field into the plane, in units of 16 bits; by default in their order. */
  readonly move?: (block: Uint16Array, at: number, plane: Uint16Array, to: number) => void;
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
    planes(bytes, rows, rowLength, target = new Uint8Array(bytes.byteLength)) {
      const blocks = (rows * rowLength) / blockSize;
      const units = unitsOf(bytes);
      let start = target.byteOffset;
      const planes = fields.map(({ from, to }) => {
        const plane = new Uint16Array(target.buffer, start, (blocks * (to - from)) / 2);
        start += plane.byteLength;
        return plane;
      });
      // A stretch of blocks stays in the processor's cache while field after field leaves it.
      for (let first = 0; first < blocks; first += STRETCH_BLOCKS) {
        const count = Math.min(STRETCH_BLOCKS, blocks - first);
        fields.forEach(({ from, to, move }, index) => {
          const [step, length] = [blockBytes / 2, (to - from) / 2];
          const at = first * step + from / 2;
          const plane = planes[index]!;
          if (move === undefined) moveInOrder(units, at, step, plane, first * length, length, count);
          else for (let i = 0; i < count; i++) move(units, at + i * step, plane, (first + i) * length);
        });
      }
      return planes.map((plane) => new Uint8Array(plane.buffer, plane.byteOffset, plane.byteLength));
    },
  };
}

const STRETCH_BLOCKS = 256;

/** The same bytes in units of 16 bits; every platform with WebAssembly is little endian, as the file is. */
function unitsOf(bytes: Uint8Array<ArrayBuffer>): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 1);
}

function moveInOrder(
  units: Uint16Array,
  from: number,
  step: number,
  plane: Uint16Array,
  to: number,
  length: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    // A loop: for so few units `set` costs several times more.
    for (let j = 0; j < length; j++) plane[to + i * length + j] = units[from + i * step + j]!;
  }
}
