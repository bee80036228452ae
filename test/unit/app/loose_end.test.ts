import { expect, test } from 'vitest';
import { withoutLooseEnd } from '../../../src/app/markdown/loose_end.ts';

test.each([
  // A line of nothing but markers would be a heading's underline, an empty item, a rule.
  ['two\n-', 'two\n'],
  ['two\n  - ', 'two\n'],
  ['two\n12', 'two\n'],
  ['two\n12.', 'two\n'],
  ['two\n##', 'two\n'],
  ['two\n> ', 'two\n'],
  ['two\n===', 'two\n'],
  ['two\n``', 'two\n'],
  ['two\n- t', 'two\n- t'],
  // Words come whole, but for a line's first.
  ['a wo', 'a'],
  ['a word ', 'a word'],
  ['a word\n', 'a word\n'],
  ['1. wo', '1. wo'],
  ['- [ ] do', '- [ ] do'],
  ['这是 一张图', '这是 一张图'],
  // Emphasis and code look as they will.
  ['**bo', '**bo**'],
  ['**bold*', '**bold**'],
  ['a **', 'a'],
  ['a **bold wo', 'a **bold**'],
  ['a **bold** b ', 'a **bold** b'],
  ['a *b ', 'a *b*'],
  ['a **b *c ', 'a **b *c***'],
  ['a ~~b ', 'a ~~b~~'],
  ['2 * 3 ', '2 * 3'],
  ['2*3 ', '2*3'],
  ['a `b *c ', 'a `b *c`'],
  ['a `b` *c ', 'a `b` *c*'],
  // Links are their label first.
  ['see [the pla', 'see the'],
  ['[here]', 'here'],
  ['{"point_2d": [650, 100], "label": "star"}', '{"point_2d": [650, 100], "label": "star"}'],
  ['see [1] ', 'see [1]'],
  ['see [the place](https://exam', 'see the'],
  ['see [the place](https://example.org) ', 'see [the place](https://example.org)'],
  ['![picture](https', 'picture'],
  ['- [x]', '- [x]'],
  // Formulas come whole; money does not wait.
  ['so $x_{1', 'so'],
  ['so $x_{1}$ ', 'so $x_{1}$'],
  ['it is $5 and ', 'it is $5 and'],
  ['a\n\n$$\\sum_{i', 'a\n\n'],
  ['a\n\n\\[ x', 'a\n\n'],
  ['a \\(x\\) b ', 'a \\(x\\) b'],
  // Tables wait for their first row and grow by cells.
  ['| a', ''],
  ['so\n\n| a | b |\n|--', 'so\n\n'],
  ['| a | b |\n|---|---|\n| 1 | 2', ''],
  ['| a | b |\n|---|---|\n| 1 | 2 |\n', '| a | b |\n|---|---|\n| 1 | 2 |\n'],
  ['| a | b |\n|---|---|\n| 1 | 2 |\n| 3', '| a | b |\n|---|---|\n| 1 | 2 |\n'],
  ['| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | **fo', '| a | b |\n|---|---|\n| 1 | 2 |\n| 3 |'],
  ['| a | b |\n|---|---|\n| 1 | 2 |\n| 3 \\| 4', '| a | b |\n|---|---|\n| 1 | 2 |\n'],
  ['| is\n| no table\n| but', '| is\n| no table\n| but'],
  // Code is shown letter by letter, but not the fence that ends it.
  ['```js\na ** [b](c $x', '```js\na ** [b](c $x'],
  ['```js\na\n``', '```js\na\n'],
  ['```js\n| a', '```js\n| a'],
  ['```js\na\n```\n**b', '```js\na\n```\n**b**'],
])('%j is shown as %j', (text, shown) => {
  expect(withoutLooseEnd(text)).toBe(shown);
});

test('a lone dollar or bracket does not hold the rest of an answer back', () => {
  const rest = ' goes on and on'.repeat(20);
  expect(withoutLooseEnd(`$PATH${rest} `)).toBe(`$PATH${rest}`);
  expect(withoutLooseEnd(`\\[ ${rest} `)).toBe(`\\[ ${rest}`);
  const line = `| ${'a'.repeat(3000)}`;
  expect(withoutLooseEnd(line)).toBe(line);
});
