/** How closely a model looks at pictures: what levels of detail mean in pixels. */

/** The least and the most, `auto` in between: the model's own. */
export const DETAILS = ['low', 'auto', 'high'] as const;
export type Detail = (typeof DETAILS)[number];

/** What a level of detail depends on; areas in pixels after resizing. */
export interface PixelLimits {
  readonly minPixels: number;
  readonly maxPixels: number;
  readonly defaultMaxPixels: number;
  readonly patchSize: number;
  readonly mergeSize: number;
}

/**
 * The pixel budget that a level of detail stands for: `auto` is the model's own, `low` a quarter of it; `high` is
 * four times as much where the model and half of the context hold that.
 *
 * @param contextLength in tokens
 * @returns the largest area of a picture after resizing, in pixels; null for the model's own
 */
export function detailPixels(detail: Detail, vision: PixelLimits, contextLength: number): number | null {
  const { minPixels, maxPixels, defaultMaxPixels } = vision;
  if (detail === 'auto') return null;
  if (detail === 'low') return Math.max(minPixels, Math.floor(defaultMaxPixels / 4));
  const room = Math.floor(contextLength / 2) * pixelsPerToken(vision);
  return Math.max(defaultMaxPixels, Math.min(maxPixels, 4 * defaultMaxPixels, room));
}

/** The pixel budget in which a picture takes at most so many tokens, as near as the model's limits allow. */
export function tokensPixels(tokens: number, vision: PixelLimits): number {
  const pixels = Math.floor(tokens) * pixelsPerToken(vision);
  return Math.min(vision.maxPixels, Math.max(vision.minPixels, pixels));
}

/** A token stands for a square of merged patches. */
export function pixelsPerToken({ patchSize, mergeSize }: PixelLimits): number {
  return (patchSize * mergeSize) ** 2;
}
