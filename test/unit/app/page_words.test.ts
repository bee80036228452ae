import { expect, test } from 'vitest';
import { en } from '../../../src/app/words/en.ts';
import { literalWords, type SourceFile, sourceOf, sourcesIn } from '../../support/page_words.ts';

/** The languages, and what runs in browsers that the languages are too new for. */
const sources = sourcesIn('src/app', ['words', 'start']);

/** Other pages say some of it, too. */
const speakers = [...sources, ...sourcesIn('src/embed')];

test('what people read is in the languages, not in the code', () => {
  expect(sources.length).toBeGreaterThan(80);
  expect(sources.flatMap(literalWords)).toEqual([]);
});

/** A template; `@` stands for what is put in. */
const template = (tag: string, text: string) => `${tag}\`${text.replaceAll('@', '$'.concat('{x}'))}\``;

test.each([
  [template('html', '<p>Not here</p>'), 'Not here'],
  [template('html', '<button title="Go away">@</button>'), 'Go away'],
  [template('html', '<p>@ left</p>'), '$ left'],
  [template('html', '<glance-card heading="It failed"></glance-card>'), 'It failed'],
  ["const item = { label: 'Rename', icon }", 'Rename'],
  ["this.announce('The model is ready')", 'The model is ready'],
  [template('const name = ', 'Version @ of @'), 'Version $ of $'],
])('words in %s are seen', (code, words) => {
  expect(literalWords(sourceOf('a.ts', code))).toEqual([`a.ts: ${words}`]);
});

test.each([
  "throw new Error('the part did not start')",
  "import x from './two words.ts'",
  "if (event.key === 'Escape') stop()",
  "type State = 'not yet' | 'done already'",
  template('css', 'p { color: red }'),
  template('html', '<p class="two words" aria-label=@>@</p>'),
  template('element.style.inset = ', 'auto auto @px @px'),
])('%s has no words for people', (code) => {
  expect(literalWords(sourceOf('a.ts', code))).toEqual([]);
});

test('nothing is said in the languages that nobody says', () => {
  const unused = Object.entries(en).flatMap(([group, entries]) =>
    typeof entries === 'object' && group !== 'format'
      ? Object.keys(entries)
          .filter((key) => !isUsed(group, key))
          .map((key) => `${group}.${key}`)
      : [],
  );
  expect(unused).toEqual([]);
});

/** Whether some file says `words.group.key`, or takes the group, or the key out of it, by name. */
function isUsed(group: string, key: string): boolean {
  return speakers.some(({ text }) =>
    usesOf(text, group).some((use) => use.test(text) && says(text, group, key)),
  );
}

const usesOf = (text: string, group: string): RegExp[] =>
  text.includes('words') ? [new RegExp(`\\b${group}\\b`)] : [];

function says(text: SourceFile['text'], group: string, key: string): boolean {
  const taken = [
    ...text.matchAll(new RegExp(`\\{([^{}]*\\b${group}\\b[^{}]*)\\}\\s*=\\s*words\\b`, 'g')),
  ].map(([, names]) => new RegExp(`\\b${group}:\\s*(\\w+)`).exec(names!)?.[1] ?? group);
  const named = [...text.matchAll(new RegExp(`(\\w+)\\s*=\\s*words\\.${group};`, 'g'))].map(
    ([, name]) => name!,
  );
  const names = [`words\\.${group}`, ...taken, ...named];
  const direct = names.some((name) => new RegExp(`\\b${name}\\s*\\??\\.${key}\\b`).test(text));
  const keyTaken = new RegExp(`\\{[^{}]*\\b${key}\\b[^{}]*\\}\\s*=\\s*words\\.${group}\\b`).test(text);
  // By what is known only when it is said: the whole group counts as said.
  const indexed = names.some((name) => new RegExp(`\\b${name}\\[`).test(text));
  return direct || keyTaken || indexed;
}
