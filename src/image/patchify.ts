import { assert } from '../model/errors.ts';
import { mergeOrder } from '../model/vision_positions.ts';

/** How a picture is cut and normalised; the names are those of the reference's image processor. */
export interface PatchOptions {
  /** Side of a patch, in pixels. */
  patchSize: number;
  /** Frames per patch; a still image repeats its one frame. */
  temporalPatchSize: number;
  /** Patches are grouped in squares of this side. */
  mergeSize: number;
  /** Per channel, of values in 0..1. */
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
}

/** The 256 normalised values of one channel, (value / 255 - mean) / std, in float32 steps as the reference. */
function normalizationTable(mean: number, std: number): Float32Array {
  const table = new Float32Array(256);
  const [mean32, std32] = [Math.fround(mean), Math.fround(std)];
  for (let value = 0; value < 256; value++) {
    table[value] = Math.fround(Math.fround(value * (1 / 255)) - mean32) / std32;
  }
  return table;
}

/**
 * Cuts an RGB picture into normalised patches, as the reference's image processor does.
 *
 * Rows stand in merge order: squares of mergeSize x mergeSize patches from left to right and top to
 * bottom, and within a square its patches in the same order. Columns are ordered channel, frame, row,
 * column.
 *
 * @param rgb - [height, width, 3], 0..255; both sides multiples of patchSize * mergeSize.
 * @returns `pixel_values` [patches, 3 * temporalPatchSize * patchSize * patchSize].
 */
export function patchify(
  rgb: Uint8Array,
  width: number,
  height: number,
  options: PatchOptions,
): Float32Array<ArrayBuffer> {
  const { patchSize, temporalPatchSize, mergeSize, mean, std } = options;
  const gridHeight = height / patchSize;
  const gridWidth = width / patchSize;
  assert(
    Number.isInteger(gridHeight / mergeSize) && Number.isInteger(gridWidth / mergeSize),
    'a picture to be cut into patches has sides that are no multiples of a merged patch',
  );
  const tables = [0, 1, 2].map((channel) => normalizationTable(mean[channel]!, std[channel]!));
  const frameLength = patchSize * patchSize;
  const pixelValues = new Float32Array(gridHeight * gridWidth * 3 * temporalPatchSize * frameLength);
  let at = 0;
  const order = mergeOrder(gridHeight, gridWidth, mergeSize);
  for (let index = 0; index < gridHeight * gridWidth; index++) {
    const patchRow = order[2 * index]!;
    const patchColumn = order[2 * index + 1]!;
    for (let channel = 0; channel < 3; channel++) {
      const table = tables[channel]!;
      const frame = at;
      for (let y = 0; y < patchSize; y++) {
        let source = ((patchRow * patchSize + y) * width + patchColumn * patchSize) * 3 + channel;
        for (let x = 0; x < patchSize; x++, source += 3) pixelValues[at++] = table[rgb[source]!]!;
      }
      for (let repeat = 1; repeat < temporalPatchSize; repeat++) {
        pixelValues.copyWithin(at, frame, frame + frameLength);
        at += frameLength;
      }
    }
  }
  return pixelValues;
}
