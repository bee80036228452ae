import { expect, test } from 'vitest';
import { arranged, moved, placeAt } from '../../../src/app/editing/arrange.ts';
import {
  cropOf,
  type Edge,
  editedSize,
  isUnedited,
  movedRect,
  type PictureEdit,
  type Rect,
  resizedRect,
  turnedEdit,
  UNEDITED,
  withCrop,
} from '../../../src/app/editing/geometry.ts';
import { isPictureDetail, pixelBudget, tokenCost } from '../../../src/app/pictures.ts';
import { detailPixels, tokensPixels } from '../../../src/model/detail.ts';
import { MAX_ASPECT_RATIO } from '../../../src/model/vision_geometry.ts';

const source = { width: 400, height: 300 };

/** Where a point of the source lies after an edit, in the edited picture. */
function placed({ turns, crop }: PictureEdit, x: number, y: number): [number, number] {
  let [px, py, width, height] = [x, y, source.width, source.height];
  for (let turn = 0; turn < turns; turn++) [px, py, width, height] = [height - py, px, height, width];
  return [px - (crop?.x ?? 0), py - (crop?.y ?? 0)];
}

test('a turned crop is the same part of the picture', () => {
  const edit: PictureEdit = { turns: 0, crop: { x: 30, y: 40, width: 200, height: 100 } };
  const corner = [30, 40] as const;
  let turned = edit;
  const corners: [number, number][] = [];
  for (let turn = 0; turn < 4; turn++) {
    corners.push(placed(turned, ...corner));
    const { width, height } = editedSize(source, turned);
    expect([width, height]).toEqual(turn % 2 === 0 ? [200, 100] : [100, 200]);
    turned = turnedEdit(source, turned, true);
  }
  // The crop's first corner goes around: top left, top right, bottom right, bottom left.
  expect(corners).toEqual([
    [0, 0],
    [100, 0],
    [200, 100],
    [0, 200],
  ]);
  expect(turned).toEqual(edit);
  expect(turnedEdit(source, turnedEdit(source, edit, true), false)).toEqual(edit);
  expect(turnedEdit(source, UNEDITED, false)).toEqual({ turns: 3, crop: null });
});

test('a crop of everything is none', () => {
  const turned: PictureEdit = { turns: 1, crop: null };
  expect(cropOf(source, turned)).toEqual({ x: 0, y: 0, width: 300, height: 400 });
  expect(withCrop(source, turned, cropOf(source, turned))).toEqual(turned);
  const part = { x: 0, y: 0, width: 300, height: 399 };
  expect(withCrop(source, turned, part).crop).toEqual(part);
  expect(isUnedited(UNEDITED)).toBe(true);
  expect(isUnedited(turned)).toBe(false);
});

test('a crop is moved within the picture', () => {
  const rect = { x: 10, y: 10, width: 100, height: 50 };
  expect(movedRect(rect, 5.4, -3, source)).toEqual({ ...rect, x: 15, y: 7 });
  expect(movedRect(rect, -500, 9999, source)).toEqual({ ...rect, x: 0, y: 250 });
});

test('the opposite edges of a crop stay where they are', () => {
  const rect = { x: 100, y: 100, width: 100, height: 50 };
  expect(resizedRect(rect, ['left'], -30, 7, source)).toEqual({ ...rect, x: 70, width: 130 });
  expect(resizedRect(rect, ['right', 'bottom'], 20, 10, source)).toEqual({ ...rect, width: 120, height: 60 });
  expect(resizedRect(rect, ['top'], 0, 1000, source)).toEqual({ ...rect, y: 134, height: 16 });
  expect(resizedRect(rect, ['left', 'top'], -1000, -1000, source)).toEqual({
    x: 0,
    y: 0,
    width: 200,
    height: 150,
  });
});

test('whatever is done to a crop, it is a usable picture within its bounds', () => {
  const corners: Edge[][] = [['left'], ['right', 'top'], ['bottom'], ['left', 'bottom'], ['top']];
  // A small generator with a fixed seed (Lehmer).
  let seed = 7;
  const draw = (most: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % most;
  };
  for (const bounds of [{ width: 5000, height: 40 }, { width: 9, height: 700 }, source]) {
    let rect: Rect = { x: 0, y: 0, ...bounds };
    for (let step = 0; step < 500; step++) {
      const [dx, dy] = [draw(2000) - 1000, draw(2000) - 1000];
      rect =
        step % 3 === 0
          ? movedRect(rect, dx, dy, bounds)
          : resizedRect(rect, corners[draw(corners.length)]!, dx, dy, bounds);
      const { x, y, width, height } = rect;
      expect([x, y, width, height].every(Number.isInteger)).toBe(true);
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(Math.min(9, bounds.width, bounds.height));
      expect(x + width).toBeLessThanOrEqual(bounds.width);
      expect(y + height).toBeLessThanOrEqual(bounds.height);
      expect(Math.max(width, height) / Math.min(width, height)).toBeLessThanOrEqual(MAX_ASPECT_RATIO);
    }
  }
});

test('things are put in order; what the order does not know comes last', () => {
  const things = [...'abcd'].map((id) => ({ id }));
  const ids = (order: string[], removed?: string[]) => arranged(things, order, removed).map(({ id }) => id);
  expect(ids(['c', 'a'])).toEqual(['c', 'a', 'b', 'd']);
  expect(ids(['d', 'x', 'b', 'a'], ['b'])).toEqual(['d', 'a', 'c']);
  expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
  expect(moved(['a', 'b', 'c'], 2, -5)).toEqual(['c', 'a', 'b']);
  const boxes = [0, 80, 160].map((left) => ({ left, top: 0, right: left + 72, bottom: 72 }));
  expect([10, 75, 77, 400].map((x) => placeAt(boxes, x, 30))).toEqual([0, 0, 1, 2]);
});

/** Of a real Qwen3-VL, and of pico. */
const large = {
  minPixels: 65_536,
  maxPixels: 16_777_216,
  defaultMaxPixels: 1_048_576,
  patchSize: 16,
  mergeSize: 2,
};
const pico = { ...large, minPixels: 9216, maxPixels: 65_536, defaultMaxPixels: 16_384 };

test('levels of detail in pixels, and what they make of the cost', () => {
  expect(detailPixels('auto', large, 4096)).toBeNull();
  expect(detailPixels('low', large, 4096)).toBe(262_144);
  // Half of the context holds 2,048 tokens; a longer one holds the four-fold.
  expect(detailPixels('high', large, 4096)).toBe(2048 * 1024);
  expect(detailPixels('high', large, 32_768)).toBe(4_194_304);
  expect(detailPixels('low', pico, 4096)).toBe(9216);
  expect(detailPixels('high', pico, 4096)).toBe(65_536);
  expect(tokensPixels(100, large)).toBe(102_400);
  expect(tokensPixels(1, large)).toBe(65_536);
  expect(tokensPixels(1e9, large)).toBe(16_777_216);
  const photo = { width: 4000, height: 3000 };
  const cost = (detail: Parameters<typeof pixelBudget>[0]) =>
    tokenCost(photo, large, pixelBudget(detail, { vision: large, contextLength: 16_384 }));
  expect(['low', 'auto', 'high'].map((level) => cost(level as 'low'))).toEqual([234, 972, 4015]);
  expect(cost(600)).toBeLessThanOrEqual(600);
  expect(cost(600)).toBeGreaterThan(540);
});

test('a detail that comes from a file is looked at', () => {
  expect(['low', 'auto', 'high', 1, 16_384].every(isPictureDetail)).toBe(true);
  expect([0, 1.5, 16_385, -3, Number.NaN, 'huge', null, {}].some(isPictureDetail)).toBe(false);
});
