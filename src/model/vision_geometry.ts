import { GlanceError } from './errors.ts';

/** Longest side over shortest side that the reference accepts. */
export const MAX_ASPECT_RATIO = 200;

/** What {@link targetSize} needs to know. Areas in pixels after resizing. */
export interface SizeLimits {
  /** Both sides become multiples of this: patch size times merge size, in pixels. */
  factor: number;
  minPixels: number;
  maxPixels: number;
}

/** `round` as Python does it: a tie goes to the even neighbour. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * The size to which a picture is resized before it is cut into patches: `smart_resize` of the reference
 * (Hugging Face transformers, `image_processing_qwen2_vl`, which Qwen3-VL uses too).
 *
 * Each side goes to the nearest multiple of `factor`. If the area then lies outside the limits, both
 * *original* sides are scaled by beta = sqrt(height * width / limit) and rounded towards the limit, which
 * keeps the aspect ratio better than scaling the rounded sides. Very flat pictures may still exceed
 * `maxPixels`, because no side is less than `factor`.
 *
 * @param height - Rows of the source, in pixels, at least 1.
 * @param width - Columns of the source, in pixels, at least 1.
 * @returns `[height, width]` in pixels, each a positive multiple of `factor`.
 * @throws GlanceError `picture-zero-sized` for a side below 1; `picture-too-long` if one side is more than
 * {@link MAX_ASPECT_RATIO} times the other; `invalid-argument` for limits that are not positive.
 */
export function targetSize(height: number, width: number, limits: SizeLimits): [number, number] {
  const { factor, minPixels, maxPixels } = limits;
  if (!(factor >= 1) || !(minPixels >= 1) || !(maxPixels >= 1)) {
    throw new GlanceError('invalid-argument', 'The pixel limits of a picture must be positive numbers.', {
      details: { factor, minPixels, maxPixels },
    });
  }
  assertUsableSides(height, width);
  let targetHeight = roundHalfToEven(height / factor) * factor;
  let targetWidth = roundHalfToEven(width / factor) * factor;
  if (targetHeight * targetWidth > maxPixels) {
    const beta = Math.sqrt((height * width) / maxPixels);
    targetHeight = Math.max(factor, Math.floor(height / beta / factor) * factor);
    targetWidth = Math.max(factor, Math.floor(width / beta / factor) * factor);
  } else if (targetHeight * targetWidth < minPixels) {
    const beta = Math.sqrt(minPixels / (height * width));
    targetHeight = Math.ceil((height * beta) / factor) * factor;
    targetWidth = Math.ceil((width * beta) / factor) * factor;
  }
  return [targetHeight, targetWidth];
}

/**
 * Refuses pictures that no limits could make usable.
 *
 * @param height - Rows, in pixels.
 * @param width - Columns, in pixels.
 * @throws GlanceError `picture-zero-sized` or `picture-too-long`, as {@link targetSize} does.
 */
export function assertUsableSides(height: number, width: number): void {
  if (!(height >= 1) || !(width >= 1)) {
    throw new GlanceError('picture-zero-sized', 'This picture has no pixels. Choose another one.', {
      details: { width, height },
    });
  }
  if (Math.max(height, width) / Math.min(height, width) > MAX_ASPECT_RATIO) {
    throw new GlanceError(
      'picture-too-long',
      `This picture is ${width} by ${height} pixels: one side is more than ${MAX_ASPECT_RATIO} times the other. Crop it and try again.`,
      { details: { width, height } },
    );
  }
}
