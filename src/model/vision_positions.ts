/**
 * Where patches stand: merge order, the learned position table fitted to a picture's grid, and the
 * two-dimensional rotary angles. After `Qwen3VLVisionModel` of Hugging Face transformers.
 */
import type { RotaryTable } from './mrope.ts';

const ROTARY_THETA = 10_000;

/**
 * Row and column of each patch in merge order: squares of mergeSize x mergeSize patches, row by row, and
 * row by row within a square.
 *
 * @returns [P, 2] as row, column
 */
export function mergeOrder(gridH: number, gridW: number, mergeSize: number): Int32Array {
  const out = new Int32Array(gridH * gridW * 2);
  let p = 0;
  for (let top = 0; top < gridH; top += mergeSize) {
    for (let left = 0; left < gridW; left += mergeSize) {
      for (let dy = 0; dy < mergeSize; dy++) {
        for (let dx = 0; dx < mergeSize; dx++) {
          out[p++] = top + dy;
          out[p++] = left + dx;
        }
      }
    }
  }
  return out;
}

/** The two table rows between which a grid coordinate falls, and how far it is to the second one. */
interface Between {
  low: number;
  high: number;
  share: number;
}

/** Spreads `count` coordinates over a table of `size` entries with both ends aligned, in float32. */
export function alignedCoordinates(count: number, size: number): Between[] {
  const step = count > 1 ? Math.fround((size - 1) / (count - 1)) : 0;
  return Array.from({ length: count }, (_, i) => {
    // Counting from the nearer end keeps the last coordinate exactly at the table's end.
    const at =
      i < count / 2 ? Math.fround(i * step) : Math.fround(size - 1 - Math.fround((count - 1 - i) * step));
    const coordinate = count > 1 ? at : 0;
    const low = Math.floor(coordinate);
    return { low, high: Math.min(low + 1, size - 1), share: Math.fround(coordinate - low) };
  });
}

/**
 * The learned table of positions, bilinearly interpolated to a picture's grid, in merge order.
 *
 * @param table [size * size, width]
 * @returns [gridH * gridW, width]
 */
export function interpolatePositions(
  table: Float32Array,
  size: number,
  width: number,
  gridH: number,
  gridW: number,
  mergeSize: number,
): Float32Array {
  const rows = alignedCoordinates(gridH, size);
  const columns = alignedCoordinates(gridW, size);
  const order = mergeOrder(gridH, gridW, mergeSize);
  const out = new Float32Array(gridH * gridW * width);
  for (let p = 0; p < gridH * gridW; p++) {
    const r = rows[order[2 * p]!]!;
    const c = columns[order[2 * p + 1]!]!;
    const corners = [
      [r.low * size + c.low, (1 - r.share) * (1 - c.share)],
      [r.low * size + c.high, (1 - r.share) * c.share],
      [r.high * size + c.low, r.share * (1 - c.share)],
      [r.high * size + c.high, r.share * c.share],
    ] as const;
    for (const [row, weight] of corners) {
      if (weight === 0) continue;
      for (let i = 0; i < width; i++) out[p * width + i]! += weight * table[row * width + i]!;
    }
  }
  return out;
}

/**
 * Rotary angles of the vision encoder: of a head's headDim/2 frequencies the first half turns with the
 * patch's row, the second half with its column.
 *
 * @returns tables of [gridH * gridW, headDim / 2] in merge order
 */
export function visionRotaryTable(
  gridH: number,
  gridW: number,
  headDim: number,
  mergeSize: number,
): RotaryTable {
  const order = mergeOrder(gridH, gridW, mergeSize);
  const half = headDim / 2;
  const quarter = half / 2;
  const cos = new Float32Array(gridH * gridW * half);
  const sin = new Float32Array(gridH * gridW * half);
  for (let p = 0; p < gridH * gridW; p++) {
    for (let i = 0; i < half; i++) {
      const frequency = Math.fround(1 / Math.fround(ROTARY_THETA ** ((2 * (i % quarter)) / half)));
      const angle = Math.fround(order[2 * p + (i < quarter ? 0 : 1)]! * frequency);
      cos[p * half + i] = Math.cos(angle);
      sin[p * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
