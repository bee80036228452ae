import { DETAILS, type Detail, detailPixels, tokensPixels } from '../model/detail.ts';
import { GlanceError } from '../model/errors.ts';
import { targetSize } from '../model/vision_geometry.ts';
import type { ModelInfo } from '../rpc/contract.ts';
import type { PictureContent } from './conversation.ts';
import type { Size } from './editing/geometry.ts';
import { PageError } from './page_error.ts';
import { words } from './words/index.ts';

/**
 * The modules that read picture files. The first paint does not need them.
 *
 * @throws GlanceError `file-unreachable`.
 */
export async function fetchPictureReader() {
  try {
    const [decode, rasterize] = await Promise.all([
      import('../image/decode.ts'),
      import('../image/rasterize.ts'),
    ]);
    return { inspectPicture: decode.inspectPicture, decodePicture: decode.decodePicture, ...rasterize };
  } catch (cause) {
    throw new PageError('file-unreachable', words.unreachable.pictureReader, {
      cause,
      details: { reason: String(cause) },
    });
  }
}

/**
 * Reads what the page must know of a picture before it can be asked about: that it is one, and its size.
 * The pixels are decoded by the worker, except for SVG, which only a page can draw.
 *
 * @throws GlanceError with a `picture-` code, or `file-unreachable` if the page has not been loaded whole.
 */
export async function readPicture(file: Blob): Promise<PictureContent> {
  const { inspectPicture, isSvg, rasterizeSvg } = await fetchPictureReader();
  if (await isSvg(file)) {
    const input = await rasterizeSvg(file);
    return { input, width: input.width, height: input.height };
  }
  const { width, height } = await inspectPicture(file);
  return { input: file, width, height };
}

/** How closely the model looks at pictures: a level, or tokens for each picture at most. */
export type PictureDetail = Detail | number;

/** The pixel budget of each picture, in pixels; null for the model's own. */
export function pixelBudget(
  detail: PictureDetail,
  { vision, contextLength }: Pick<ModelInfo, 'vision' | 'contextLength'>,
): number | null {
  if (vision === null || detail === 'auto') return null;
  return typeof detail === 'number'
    ? tokensPixels(detail, vision)
    : detailPixels(detail, vision, contextLength);
}

/** Whether a value from a file or a database is one. */
export function isPictureDetail(value: unknown): value is PictureDetail {
  return typeof value === 'number'
    ? Number.isInteger(value) && value >= 1 && value <= MAX_TOKENS
    : DETAILS.some((detail) => detail === value);
}

/** More tokens than any published model gives one picture (16,777,216 pixels). */
export const MAX_TOKENS = 16_384;

/**
 * Tokens that a picture takes in the prompt: one for each merged patch after resizing.
 *
 * @param maxPixels the picture's budget in pixels; null for the model's own
 * @returns null while the model's limits are unknown, and for a picture that it will refuse.
 */
export function tokenCost(
  content: PictureContent | Size | null,
  vision: ModelInfo['vision'],
  maxPixels: number | null = null,
): number | null {
  if (content === null || vision === null) return null;
  const factor = vision.patchSize * vision.mergeSize;
  const { minPixels, defaultMaxPixels } = vision;
  try {
    const limits = { factor, minPixels, maxPixels: maxPixels ?? defaultMaxPixels };
    const [height, width] = targetSize(content.height, content.width, limits);
    return (height / factor) * (width / factor);
  } catch (error) {
    if (error instanceof GlanceError) return null;
    throw error;
  }
}
