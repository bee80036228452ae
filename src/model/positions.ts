import { GlanceError } from './errors.ts';

/** A prompt as the decoder sees it: N tokens, each picture's placeholder repeated once per feature row. */
export interface PlacedPrompt {
  /** [N] */
  tokenIds: Int32Array;
  /** [3, N]: temporal, height and width positions. */
  positions: Int32Array;
  /** Position of the next token minus N: 0 without pictures, negative after them. */
  delta: number;
  /** Row of each picture's first token, in the order of the pictures. */
  pictureStarts: number[];
}

/** Number of tokens that a picture of this many patches takes in the prompt. */
export function pictureTokenCount(gridThw: readonly [number, number, number], mergeSize: number): number {
  const [t, h, w] = gridThw;
  return (t * h * w) / mergeSize ** 2;
}

/**
 * Repeats each picture's placeholder once per merged patch and gives every token its three positions.
 *
 * Text counts on equally in all three. A picture that starts at position s has t = s, h = s + row and
 * w = s + column over its merged grid, and what follows continues at s + max(rows, columns)
 * (`get_rope_index` of Hugging Face transformers, models/qwen3_vl).
 *
 * @param tokenIds prompt with one `imagePadId` per picture
 * @param grids patches per axis [t, h, w] of each picture, in order; t is 1
 * @param mergeSize side of the squares of patches that become one token
 * @throws GlanceError `prompt-invalid` if placeholders and pictures do not match in number
 */
export function placePictures(
  tokenIds: readonly number[],
  imagePadId: number,
  grids: readonly (readonly [number, number, number])[],
  mergeSize: number,
): PlacedPrompt {
  const placeholders = tokenIds.reduce((count, id) => count + (id === imagePadId ? 1 : 0), 0);
  if (placeholders !== grids.length) {
    throw new GlanceError(
      'prompt-invalid',
      `The prompt has room for ${placeholders} pictures but ${grids.length} were given. The model's chat template may not support pictures.`,
    );
  }
  const length = grids.reduce((sum, grid) => sum + pictureTokenCount(grid, mergeSize) - 1, tokenIds.length);
  const expanded = new Int32Array(length);
  const positions = new Int32Array(3 * length);
  const pictureStarts: number[] = [];

  let row = 0;
  let next = 0;
  const put = (id: number, t: number, h: number, w: number) => {
    expanded[row] = id;
    positions[row] = t;
    positions[length + row] = h;
    positions[2 * length + row] = w;
    row += 1;
  };
  for (const id of tokenIds) {
    if (id !== imagePadId) {
      put(id, next, next, next);
      next += 1;
      continue;
    }
    const [, gridH, gridW] = grids[pictureStarts.length]!;
    pictureStarts.push(row);
    const rows = gridH / mergeSize;
    const columns = gridW / mergeSize;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) put(id, next, next + r, next + c);
    }
    next += Math.max(rows, columns);
  }
  return { tokenIds: expanded, positions, delta: next - length, pictureStarts };
}
