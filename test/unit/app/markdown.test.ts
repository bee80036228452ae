import { describe, expect, test } from 'vitest';
import { decodeReferences, GrowingMarkdown, safeAddress } from '../../../src/app/markdown/parse.ts';

const DOCUMENT = `# Heading

A paragraph with **strong**, \`code\` and a [link](https://example.org).
A second line.

1. one
2. two
   - inner

   still two

| a | b |
|---|--:|
| 1 | $x$ |
| 2 | 3 |

\`\`\`python
def f():

    return "*no emphasis*"
\`\`\`

> quoted
> twice

$$
\\frac{a}{b}
$$

Setext
======

The area is \\(a^2\\), the price $5 and then $6.

***

- [x] done
- [ ] open
`;

/** What can be seen: everything but offsets into text. */
const shape = (blocks: readonly object[]) => JSON.stringify(blocks);

describe('growing Markdown', () => {
  test('reads at every length as the same text read at once', () => {
    const growing = new GrowingMarkdown();
    for (let length = 1; length <= DOCUMENT.length; length++) {
      const text = DOCUMENT.slice(0, length);
      expect(shape(growing.read(text, true)), `after ${length} characters`).toBe(
        shape(new GrowingMarkdown().read(text, true)),
      );
    }
    const whole = shape(new GrowingMarkdown().read(DOCUMENT, false));
    expect(shape(growing.read(DOCUMENT, false))).toBe(whole);
    // Nothing is open after an empty line.
    expect(shape(growing.read(`${DOCUMENT}\n\n`, true).filter(({ type }) => type !== 'space'))).toBe(
      shape(new GrowingMarkdown().read(`${DOCUMENT}\n\n`, false).filter(({ type }) => type !== 'space')),
    );
  });

  test('keeps the objects of blocks that are settled', () => {
    const growing = new GrowingMarkdown();
    const first = growing.read('# One\n\nTwo\n\nThr', true);
    const second = growing.read('# One\n\nTwo\n\nThree and more', true);
    expect(second[0]).toBe(first[0]);
    expect(second[2]).toBe(first[2]);
    expect(second.at(-1)).not.toBe(first.at(-1));
  });

  test('begins anew with another text', () => {
    const growing = new GrowingMarkdown();
    growing.read('# One\n\nTwo\n\nThree', true);
    expect(shape(growing.read('Other', true))).toBe(shape(new GrowingMarkdown().read('Other', false)));
  });

  test('finds references at the end once the text is whole', () => {
    const [paragraph] = new GrowingMarkdown().read('See [this].\n\n[this]: https://example.org', false);
    expect(JSON.stringify(paragraph)).toContain('"href":"https://example.org"');
  });
});

describe('maths', () => {
  const formulas = (text: string) => {
    const found: string[] = [];
    JSON.stringify(new GrowingMarkdown().read(text, false), (_, value) => {
      if (value?.tex !== undefined) found.push(`${value.display ? 'display' : 'inline'}:${value.tex}`);
      return value;
    });
    return found;
  };

  test.each([
    ['$x^2$ and $y$', ['inline:x^2', 'inline:y']],
    ['\\(a_1\\) \\[b\\]', ['inline:a_1', 'display:b']],
    ['$$\nE = mc^2\n$$', ['display:E = mc^2']],
    ['\\[\n\\sum_i i\n\\]', ['display:\\sum_i i']],
    ['text $$a$$ text', ['display:a']],
    ['It costs $5, then $6.', []],
    ['From $5 to $6', []],
    ['US$ 5 or $ 6', []],
    ['`$x$`', []],
    ['```\n$$x$$\n```', []],
    ['a $b', []],
    ['\\$5 and \\$6', []],
  ])('%j', (text, expected) => {
    expect(formulas(text)).toEqual(expected);
  });
});

test.each([
  ['https://example.org/a?b=c', 'https://example.org/a?b=c'],
  ['http://example.org', 'http://example.org/'],
  ['mailto:a@example.org', 'mailto:a@example.org'],
  ['HTTPS://EXAMPLE.ORG', 'https://example.org/'],
  ['javascript:alert(1)', null],
  ['JaVaScRiPt:alert(1)', null],
  [' javascript:alert(1)', null],
  ['java\nscript:alert(1)', null],
  ['&#106;avascript:alert(1)', null],
  ['javascript&colon;alert(1)', null],
  ['data:text/html,<script>1</script>', null],
  ['blob:https://example.org/1', null],
  ['file:///etc/passwd', null],
  ['vbscript:x', null],
  ['//example.org', null],
  ['/models', null],
  ['#top', null],
  ['', null],
])('a link to %j leads to %j', (href, address) => {
  expect(safeAddress(href)).toBe(address);
});

test('character references become characters, once', () => {
  expect(decodeReferences('&lt;b&gt; &amp;lt; &#65;&#x42; &#0; &#xD800; &unknown; &')).toBe(
    '<b> &lt; AB \ufffd \ufffd &unknown; &',
  );
});
