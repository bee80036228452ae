import code from './move.ts?assembly';

/** Bytes of a block that go to a plane of their own. */
export interface BlockField {
  /** Offset of the first byte in the block. */
  readonly from: number;
  /** Offset of the byte after the last; an even number of bytes after `from`. */
  readonly to: number;
  /** How its bits come into the plane; default: in their order. */
  readonly move?: 'inOrder' | 'kNibbles' | 'q6Nibbles';
}

interface Moves extends Record<NonNullable<BlockField['move']>, Move> {
  readonly memory: WebAssembly.Memory;
}

/** See move.ts. */
type Move = (from: number, step: number, to: number, blocks: number, length: number) => void;

/** So many blocks are moved at once as stay in the processor's cache while field after field leaves them. */
const STRETCH_BYTES = 64 * 1024;
/** Of WebAssembly's memory. */
const PAGE_BYTES = 64 * 1024;

let moves: Moves | null = null;

/**
 * Takes blocks apart, field by field.
 *
 * @param bytes of all blocks, which are no longer than {@link STRETCH_BYTES} each
 * @returns the plane of each field, in memory that the next call overwrites
 */
export function takeApart(
  bytes: Uint8Array<ArrayBuffer>,
  blocks: number,
  blockBytes: number,
  fields: readonly BlockField[],
): Uint8Array<ArrayBuffer>[] {
  moves ??= new WebAssembly.Instance(new WebAssembly.Module(code)).exports as unknown as Moves;
  const { memory } = moves;
  // Memory begins with the blocks of a stretch; the planes lie behind it.
  const missing = STRETCH_BYTES + blocks * blockBytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  const room = new Uint8Array(memory.buffer as ArrayBuffer);
  let end = STRETCH_BYTES;
  const planes = fields.map(({ from, to }) => {
    const start = end;
    end += blocks * (to - from);
    return room.subarray(start, end);
  });
  const most = Math.floor(STRETCH_BYTES / blockBytes);
  for (let first = 0; first < blocks; first += most) {
    const count = Math.min(most, blocks - first);
    room.set(bytes.subarray(first * blockBytes, (first + count) * blockBytes));
    for (const [index, { from, to, move = 'inOrder' }] of fields.entries()) {
      const length = to - from;
      moves[move](from, blockBytes, planes[index]!.byteOffset + first * length, count, length);
    }
  }
  return planes;
}
