import { expect, test } from 'vitest';
import { answerAnnouncement } from '../../../src/app/phrases.ts';
import { spoken } from '../../../src/app/spoken.ts';
import { LONG_ANSWERS } from '../../fixtures/markdown/long_answers.ts';

test.each([
  ['A **red** star, *slanted* and ~~struck~~.', 'A red star, slanted and struck.'],
  ['## Result\n\n- one\n- two\n\n---\n\n> three', 'Result\none\ntwo\nthree'],
  ['See [the page](https://example.org/a_(b)) and `x`.', /^See the page/],
  ['| a | b |\n|---|--:|\n| 1 | 2 |', 'a, b\n1, 2'],
  ['```js\nlet a = 2 * 3 * 4;\n```', 'let a = 2 * 3 * 4;'],
  ['2 * 3 = 6 and snake_case_names', '2 * 3 = 6 and snake_case_names'],
])('%j is spoken as %j', (answer, said) => {
  const { text, goesOn } = spoken(answer);
  if (typeof said === 'string') expect(text).toBe(said);
  else expect(text).toMatch(said);
  expect(goesOn).toBe(false);
});

test('of a long answer the first sentences are spoken, and that it goes on', () => {
  const sentence = 'There are three stars on the left, and each of them is red. ';
  const { text, goesOn } = spoken(sentence.repeat(30));
  expect(goesOn).toBe(true);
  expect(text.length).toBeLessThanOrEqual(400);
  expect(text.endsWith('is red.')).toBe(true);
  expect(spoken('长句子。'.repeat(300)).text).toMatch(/。$/);
  expect(spoken('word '.repeat(300)).text).toMatch(/word$/);
  for (const answer of Object.values(LONG_ANSWERS)) {
    expect(answerAnnouncement(answer, false).length).toBeLessThan(450);
  }
  expect(answerAnnouncement(sentence.repeat(30), true)).toMatch(
    /^Stopped\. The answer so far: There .* goes on\.$/,
  );
});
