import { expect, test } from 'vitest';
import { isRight } from '../../eval/right.ts';

const list = (...boxes: [number[], string][]) =>
  JSON.stringify(boxes.map(([bbox_2d, label]) => ({ bbox_2d, label })));

test('words count letter for letter', () => {
  expect(isRight('The star is red.', 'The star is red.')).toBe(true);
  expect(isRight('The star is red', 'The star is red.')).toBe(false);
});

test('a box counts from half an overlap on, under its own label', () => {
  const truth = list([[0, 0, 300, 200], 'red star']);
  // Half as wide: the overlap is 0.5; a little less does not count.
  expect(isRight(list([[0, 0, 150, 200], 'red star']), truth)).toBe(true);
  expect(isRight(list([[0, 0, 149, 200], 'red star']), truth)).toBe(false);
  expect(isRight(list([[0, 0, 300, 200], 'red cross']), truth)).toBe(false);
  expect(isRight(list([[400, 0, 700, 200], 'red star']), truth)).toBe(false);
});

test('all boxes must be there, in order, and in the right form', () => {
  const [a, b]: [number[], string][] = [
    [[0, 0, 100, 100], 'red star'],
    [[500, 500, 600, 600], 'blue star'],
  ];
  expect(isRight(list(a, b), list(a, b))).toBe(true);
  expect(isRight(list(a), list(a, b))).toBe(false);
  expect(isRight(list(b, a), list(a, b))).toBe(false);
  expect(isRight('There are two stars.', list(a, b))).toBe(false);
  expect(isRight('[{"label":"red star"}]', list(a))).toBe(false);
});
