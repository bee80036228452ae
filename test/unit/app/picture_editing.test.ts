import { describe, expect, test } from 'vitest';
import {
  type Conversation,
  type ConversationAction,
  emptyConversation,
  heldPictures,
  type Picture,
  reduce,
} from '../../../src/app/conversation.ts';
import { arranged, moved, placeAt } from '../../../src/app/editing/arrange.ts';
import { mostTokens, pictureFit, shownCost, tokensUsed } from '../../../src/app/editing/fit.ts';
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
import { boundsOf, pannedBy, wholeView, type ZoomView, zoomedAt } from '../../../src/app/editing/zoom.ts';
import { pictureFrom, pictureRecord, turnFrom, turnRecord } from '../../../src/app/history/records.ts';
import { messagesFor } from '../../../src/app/messages.ts';
import { isPictureDetail, pixelBudget, tokenCost } from '../../../src/app/pictures.ts';
import { detailPixels, tokensPixels } from '../../../src/model/detail.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import { MAX_ASPECT_RATIO } from '../../../src/model/vision_geometry.ts';
import type { ChatResult, ModelInfo } from '../../../src/rpc/contract.ts';

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

test('magnifying keeps what is under the pointer, and shows no emptiness where there is picture', () => {
  const bounds = boundsOf({ width: 1000, height: 500 }, { width: 824, height: 624 }, 12);
  expect(bounds.fitting).toEqual({ width: 800, height: 400 });
  expect(bounds.maxScale).toBe(10);
  const whole = wholeView(bounds);
  expect(whole).toEqual({ scale: 1, x: 12, y: 112 });
  // The point of the picture under (x, y), as a share of its sides.
  const under = ({ scale, x, y }: ZoomView, px: number, py: number) => [
    (px - x) / (800 * scale),
    (py - y) / (400 * scale),
  ];
  const zoomed = zoomedAt(whole, 3, 300, 250, bounds);
  expect(zoomed.scale).toBe(3);
  for (const [at, share] of under(zoomed, 300, 250).entries()) {
    expect(share).toBeCloseTo(under(whole, 300, 250)[at]!, 12);
  }
  expect(zoomedAt(zoomed, 1e6, 300, 250, bounds).scale).toBe(10);
  expect(zoomedAt(zoomed, 1e-6, 300, 250, bounds)).toEqual(whole);
  expect(pannedBy(zoomed, 1e5, 1e5, bounds)).toEqual({ scale: 3, x: 0, y: 0 });
  expect(pannedBy(zoomed, -1e5, -1e5, bounds)).toEqual({ scale: 3, x: 824 - 2400, y: 624 - 1200 });
  // Higher than the frame no more than before: only to the sides.
  const wide = zoomedAt(whole, 1.25, 400, 300, bounds);
  expect(pannedBy(wide, 0, -500, bounds).y).toBe((624 - 500) / 2);
  // A small picture is not blown up, and can still be looked at closely.
  expect(boundsOf({ width: 16, height: 16 }, { width: 824, height: 624 }, 12)).toMatchObject({
    fitting: { width: 64, height: 64 },
    maxScale: 4,
  });
});

test('whether pictures fit, and what helps where they do not', () => {
  const picture = (id: string, width: number, height: number) =>
    ({
      id,
      name: id,
      sample: false,
      file: new Blob(),
      url: '',
      content: { width, height },
    }) as unknown as Picture;
  const info = { vision: large, contextLength: 4096 } as unknown as ModelInfo;
  const photos = ['a', 'b', 'c', 'd'].map((id) => picture(id, 4000, 3000));
  const one = pictureFit({ text: '', pictures: photos.slice(0, 1) }, info, 0);
  expect(one).toEqual({ costs: [972], sum: 972, room: 3584, fits: true, wayOut: null });
  const four = { text: '', pictures: photos };
  expect(pictureFit(four, info, 0)).toMatchObject({ sum: 3888, fits: false, wayOut: 'detail' });
  expect(pictureFit({ ...four, detail: 'low' }, info, 0)).toMatchObject({ sum: 936, fits: true });
  const low = { ...four, detail: 'low' as const };
  expect(pictureFit(low, info, 3000)).toMatchObject({ room: 584, wayOut: 'conversation' });
  expect(
    pictureFit({ ...low, pictures: [...photos, ...photos, ...photos, ...photos] }, info, 0),
  ).toMatchObject({
    wayOut: 'remove',
  });
  expect(pictureFit(four, null, 0)).toMatchObject({ fits: true, costs: [null, null, null, null] });
  expect(mostTokens('high', info)).toBe(2048);
  const result = { usage: { promptTokens: 900, completionTokens: 50, reasoningTokens: 30 } } as ChatResult;
  expect(tokensUsed(result)).toBe(920);
  expect(tokensUsed(null)).toBe(0);
});

describe('pictures of a conversation', () => {
  const picture = (id: string): Picture => {
    const file = new Blob([id]);
    const content = { input: file, width: 4000, height: 3000 };
    return { id, name: `${id}.png`, sample: false, file, url: `blob:${id}`, content };
  };
  const conversationAfter = (...actions: ConversationAction[]) =>
    actions.reduce(reduce, { ...emptyConversation, id: 'c' });
  const add = (id: string): ConversationAction => ({ type: 'picture-added', picture: picture(id) });
  const draftIds = ({ draft }: Conversation) => draft.pictures.map(({ id }) => id);

  test('are put in order and replaced in the composer, not where they were asked about', () => {
    const state = conversationAfter(add('a'), add('b'), add('c'), {
      type: 'pictures-arranged',
      order: ['c', 'a'],
      removed: ['b'],
    });
    expect(draftIds(state)).toEqual(['c', 'a']);
    const asked = [
      { type: 'draft-typed', text: 'What?' },
      { type: 'draft-asked', turnId: 't', atMs: 0 },
      { type: 'answer-failed', turnId: 't', error: new GlanceError('aborted', 'Stopped.') },
      { type: 'edit-begun', turnId: 't' },
      { type: 'picture-replaced', pictureId: 'c', picture: picture('turned') },
    ] satisfies ConversationAction[];
    const edited = asked.reduce(reduce, state);
    expect(draftIds(edited)).toEqual(['turned', 'a']);
    expect(edited.turns[0]!.question.pictures.map(({ id }) => id)).toEqual(['c', 'a']);
    // What is left out of the composer is held by the question still, and must not be released.
    expect([...heldPictures(edited).keys()].sort()).toEqual(['a', 'c', 'turned']);
  });

  test('are looked at as their own question says, and the choice lasts', () => {
    const state = conversationAfter(
      add('a'),
      { type: 'detail-chosen', detail: 'low' },
      { type: 'draft-typed', text: 'One?' },
      { type: 'draft-asked', turnId: 't', atMs: 0 },
      { type: 'answer-ended', turnId: 't', result: { text: 'Yes.', finishReason: 'stop' } as ChatResult },
    );
    expect(state.draft.detail).toBe('low');
    const next = [
      add('b'),
      { type: 'detail-chosen', detail: 600 },
      { type: 'draft-typed', text: 'Two?' },
      { type: 'draft-asked', turnId: 'u', atMs: 0 },
    ] satisfies ConversationAction[];
    const both = next.reduce(reduce, state);
    const info = { vision: large, contextLength: 4096 } as ModelInfo;
    const messages = messagesFor(both, 'u', (detail) => pixelBudget(detail, info));
    const budgets = messages.flatMap(({ content }) =>
      typeof content === 'string'
        ? []
        : content.flatMap((part) => (part.type === 'image' ? [part.maxPixels] : [])),
    );
    expect(budgets).toEqual([262_144, 614_400]);
    expect(shownCost(both, both.turns[0]!.question.pictures[0]!, info)).toBe(234);
    // Written down, and read again from what was written.
    const record = turnRecord(both.turns[1]!, 'c');
    expect(record.detail).toBe(600);
    const pictures = new Map([...heldPictures(both)]);
    expect(turnFrom(record, pictures, false).question).toEqual(both.turns[1]!.question);
  });

  test('keep their original in the composer alone', () => {
    const original = { file: new Blob(['whole']), edit: { turns: 1, crop: null } };
    const edited: Picture = { ...picture('a'), original };
    const record = pictureRecord(edited)!;
    expect(record).not.toHaveProperty('original');
    expect(pictureFrom({ ...record, original }, 'blob:x').original).toBe(original);
  });
});
