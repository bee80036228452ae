/**
 * Turning and cropping, as numbers. A picture is turned first, then cropped: rectangles are in pixels of the
 * turned picture.
 */
import { MAX_ASPECT_RATIO } from '../../model/vision_geometry.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

/** What is done to a picture. */
export interface PictureEdit {
  /** Quarter turns clockwise, 0..3. */
  readonly turns: number;
  /** What is left of the turned picture, in whole pixels; null for all of it. */
  readonly crop: Rect | null;
}

export const UNEDITED: PictureEdit = { turns: 0, crop: null };

/** The sides of a rectangle that are being moved. */
export type Edge = 'left' | 'top' | 'right' | 'bottom';

/** A crop is at least this long on each side, in pixels, where the picture is. */
const MIN_SIDE = 16;

export function isUnedited({ turns, crop }: PictureEdit): boolean {
  return turns % 4 === 0 && crop === null;
}

export function sameEdit(a: PictureEdit, b: PictureEdit): boolean {
  return a.turns === b.turns && sameRect(a.crop, b.crop);
}

function sameRect(a: Rect | null, b: Rect | null): boolean {
  if (a === null || b === null) return a === b;
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

/** Sides after so many quarter turns. */
export function turnedSize({ width, height }: Size, turns: number): Size {
  return turns % 2 === 0 ? { width, height } : { width: height, height: width };
}

/** Sides after turning and cropping. */
export function editedSize(source: Size, { turns, crop }: PictureEdit): Size {
  return crop === null ? turnedSize(source, turns) : { width: crop.width, height: crop.height };
}

/** The crop, or the whole of the turned picture. */
export function cropOf(source: Size, { turns, crop }: PictureEdit): Rect {
  return crop ?? { x: 0, y: 0, ...turnedSize(source, turns) };
}

/** The same part of the picture, a quarter turn further. */
export function turnedEdit(source: Size, { turns, crop }: PictureEdit, clockwise: boolean): PictureEdit {
  const { width, height } = turnedSize(source, turns);
  const next = (turns + (clockwise ? 1 : 3)) % 4;
  if (crop === null) return { turns: next, crop: null };
  const turnedCrop = clockwise
    ? { x: height - crop.y - crop.height, y: crop.x, width: crop.height, height: crop.width }
    : { x: crop.y, y: width - crop.x - crop.width, width: crop.height, height: crop.width };
  return { turns: next, crop: turnedCrop };
}

/** An edit with this crop; one that is the whole picture is none. */
export function withCrop(source: Size, edit: PictureEdit, crop: Rect): PictureEdit {
  const whole = cropOf(source, { turns: edit.turns, crop: null });
  return { ...edit, crop: sameRect(crop, whole) ? null : crop };
}

/** A rectangle moved as far as its bounds let it, to whole pixels. */
export function movedRect(rect: Rect, dx: number, dy: number, bounds: Size): Rect {
  return {
    ...rect,
    x: clamp(Math.round(rect.x + dx), 0, bounds.width - rect.width),
    y: clamp(Math.round(rect.y + dy), 0, bounds.height - rect.height),
  };
}

/**
 * A rectangle with some of its edges moved, to whole pixels. It stays within its bounds, at least
 * {@link MIN_SIDE} pixels long and wide, and within the aspect ratio that models take.
 *
 * @param edges at most one of left and right, and one of top and bottom
 */
export function resizedRect(rect: Rect, edges: readonly Edge[], dx: number, dy: number, bounds: Size): Rect {
  const across = edges.includes('left') ? 'start' : edges.includes('right') ? 'end' : null;
  const down = edges.includes('top') ? 'start' : edges.includes('bottom') ? 'end' : null;
  const columns = movedSpan(rect.x, rect.width, across, dx, bounds.width, rect.height);
  const rows = movedSpan(rect.y, rect.height, down, dy, bounds.height, columns.length);
  // The other side may have grown since the width was found.
  const width = movedSpan(columns.start, columns.length, across ?? 'end', 0, bounds.width, rows.length);
  return { x: width.start, y: rows.start, width: width.length, height: rows.length };
}

/**
 * @param end which end moves
 * @param other length of the rectangle's other side
 */
function movedSpan(
  start: number,
  length: number,
  end: 'start' | 'end' | null,
  by: number,
  bound: number,
  other: number,
): { start: number; length: number } {
  if (end === null) return { start, length };
  const room = end === 'start' ? start + length : bound - start;
  const least = Math.min(room, Math.max(Math.min(MIN_SIDE, bound), Math.ceil(other / MAX_ASPECT_RATIO)));
  const most = Math.min(room, other * MAX_ASPECT_RATIO);
  const grown = clamp(Math.round(end === 'start' ? length - by : length + by), least, Math.max(least, most));
  return { start: end === 'start' ? start + length - grown : start, length: grown };
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
