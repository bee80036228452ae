import { describe, expect, test } from 'vitest';
import { markedStart, marksIn } from '../../../src/app/marks/find.ts';

const BOX = '{"bbox_2d": [10, 20, 300, 400], "label": "cat"}';

describe('places in JSON', () => {
  test.each([
    ['a box', BOX, [{ kind: 'box', at: [10, 20, 300, 400], label: 'cat' }]],
    ['a point', '{"point_2d": [500, 1], "label": "eye"}', [{ kind: 'point', at: [500, 1], label: 'eye' }]],
    ['no label', '{"bbox_2d": [1, 2, 3, 4]}', [{ kind: 'box', at: [1, 2, 3, 4], label: '' }]],
    [
      'corners in the wrong order',
      '{"bbox_2d": [30, 40, 10, 20]}',
      [{ kind: 'box', at: [10, 20, 30, 40], label: '' }],
    ],
    [
      'beyond the edge',
      '{"bbox_2d": [-5, 0, 1200, 1000]}',
      [{ kind: 'box', at: [0, 0, 1000, 1000], label: '' }],
    ],
    [
      'text of a document',
      '{"bbox_2d": [1, 2, 3, 4], "text_content": "Total"}',
      [{ kind: 'box', at: [1, 2, 3, 4], label: 'Total' }],
    ],
    [
      'brackets in a label',
      '{"bbox_2d": [1, 2, 3, 4], "label": "a \\"}{\\" b"}',
      [{ kind: 'box', at: [1, 2, 3, 4], label: 'a "}{" b' }],
    ],
    ['three numbers', '{"bbox_2d": [1, 2, 3]}', []],
    ['words for numbers', '{"bbox_2d": ["1", "2", "3", "4"]}', []],
    ['not finite', '{"bbox_2d": [1e999, 2, 3, 4]}', []],
    ['other JSON', '{"total": 5}', []],
    ['no JSON', '{"bbox_2d": [1, 2, 3, 4}', []],
  ])('%s', (_, json, marks) => {
    expect(marksIn(json)).toEqual(marks);
  });

  test('are found inside others, once each, and before the end is there', () => {
    expect(marksIn(`{"objects": [${BOX}, ${BOX}, {"bbox_2d": [1, 2`)).toHaveLength(2);
  });
});

describe('JSON at the beginning of a text', () => {
  test('ends where its brackets close', () => {
    const text = `  [${BOX}]\n\nThat is all.`;
    expect(markedStart(text, false)).toMatchObject({ start: 2, end: text.indexOf('\n\n'), json: `[${BOX}]` });
  });

  test('that is not closed counts while it grows, once it has a place', () => {
    expect(markedStart(`[${BOX}, {"bbox`, true)?.marks).toHaveLength(1);
    expect(markedStart(`[${BOX}, {"bbox`, false)).toBeNull();
    expect(markedStart('[{"bbox_2d": [1,', true)).toBeNull();
  });

  test.each(['Text first [1]', '[link](x)', '[1, 2, 3]', '{}', ''])('%j is none', (text) => {
    expect(markedStart(text, false)).toBeNull();
    expect(markedStart(text, true)).toBeNull();
  });
});

test('brackets without end cost no more than their length', () => {
  const text = `"bbox_2d":${'{'.repeat(200_000)}`;
  expect(marksIn(text)).toEqual([]);
  expect(markedStart(`[${text}`, true)).toBeNull();
});
