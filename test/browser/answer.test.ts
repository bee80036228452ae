import { html, render } from 'lit';
// Here before it is wanted: no test waits until it is fetched.
import 'temml';
import { afterEach, describe, expect, test, vi } from 'vitest';
import '../../src/app/elements/answer.ts';
import '../../src/app/markdown/index.ts';
import { HOSTILE } from '../fixtures/markdown/hostile.ts';

/** In a second, which is the default, a busy machine may not come to it. */
const SOON = { timeout: 15_000 };

const place = document.createElement('div');
document.body.append(place);
afterEach(() => render(html``, place));

/** Shows an answer and waits until it is set, formulas included. */
async function show(text: string, growing = false): Promise<HTMLElement> {
  render(html`<glance-answer .text=${text} ?growing=${growing}></glance-answer>`, place);
  const answer = place.querySelector('glance-answer')!;
  await answer.updateComplete;
  await vi.waitFor(() => expect(answer.querySelector('.plain')).toBeNull(), SOON);
  await answer.updateComplete;
  for (const formula of answer.querySelectorAll('glance-maths')) await formula.updateComplete;
  return answer;
}

describe('an answer in Markdown', () => {
  test('has headings below those of the page, lists, tables, code and links', async () => {
    const answer = await show(
      '# A\n\n**b** *c* ~~d~~ `e`\nf\n\n3. x\n4. y\n   - z\n\n| k | v |\n|---|--:|\n| a | 1 |\n\n```js\nlet a = 1;\n```\n\n[l](https://example.org/x)',
    );
    const text = (selector: string) => answer.querySelector(selector)?.textContent;
    expect(text('h3')).toBe('A');
    expect(text('strong')).toBe('b');
    expect(text('em')).toBe('c');
    expect(text('del')).toBe('d');
    expect(text('p > code')).toBe('e');
    expect(answer.querySelector('p br')).not.toBeNull();
    expect(answer.querySelector('ol')?.start).toBe(3);
    expect(text('ol ul li')).toBe('z');
    expect(text('th')).toBe('k');
    expect(answer.querySelectorAll('td')[1]?.align).toBe('right');
    expect(text('pre code')).toBe('let a = 1;');
    expect(text('figure.code:has(pre) figcaption span')).toBe('js');
    const link = answer.querySelector('a')!;
    expect(link.href).toBe('https://example.org/x');
    expect(link.rel).toContain('noopener');
    expect(link.target).toBe('_blank');
  });

  test('skips no level of headings, wherever an answer begins', async () => {
    const answer = await show('## A\n\n#### B\n\n# C\n\n## D\n\n## E\n\n##### F\n\n###### G');
    const levels = [...answer.querySelectorAll('h3, h4, h5, h6')].map(
      ({ localName, textContent }) => `${localName} ${textContent}`,
    );
    expect(levels).toEqual(['h3 A', 'h4 B', 'h3 C', 'h4 D', 'h4 E', 'h5 F', 'h6 G']);
  });

  test('sets formulas as MathML, and shows what is no TeX as it is', async () => {
    const answer = await show('So $\\frac{1}{2}$ and\n\n$$\\sum_{i=1}^n i$$\n\nbut $\\frac{1$.');
    expect(answer.querySelectorAll('math')).toHaveLength(2);
    expect(answer.querySelector('glance-maths[display] math')?.getAttribute('display')).toBe('block');
    expect(answer.textContent).toContain('\\frac{1');
  });

  test('grows without making settled blocks anew', async () => {
    const answer = await show('First\n\nSec', true);
    const first = answer.querySelector('p')!;
    const grown = await show('First\n\nSecond, and more of', true);
    expect(grown.querySelector('p')).toBe(first);
    expect(grown.textContent).toBe('FirstSecond, and more');
  });

  test('copies code', async () => {
    const answer = await show('```\na < b\n```');
    const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    answer.querySelector<HTMLButtonElement>('.copy-code')!.click();
    expect(written).toHaveBeenCalledWith('a < b');
    await vi.waitFor(() => expect(answer.querySelector('.copy-code')?.textContent).toBe('Copied'), SOON);
    written.mockRestore();
  });
});

/** What text may become. Nothing of it loads or runs anything. */
const ALLOWED = new Set(
  'A BLOCKQUOTE BR BUTTON CODE COL COLGROUP DEL DIV EM FIGCAPTION FIGURE GLANCE-MATHS H3 H4 H5 H6 HR INPUT LI OL P PRE SPAN STRONG TABLE TBODY TD TH THEAD TR UL'.split(
    ' ',
  ),
);

describe('hostile text', () => {
  test.each(HOSTILE.map((text) => [text]))('%j stays text', async (text) => {
    const pwned = vi.fn();
    Object.assign(globalThis, { pwned });
    const requests = performance.getEntriesByType('resource').length;
    for (const shown of [text, `before\n\n${text}\n\nafter`]) {
      const answer = await show(shown);
      for (const element of answer.querySelectorAll('*')) {
        const inMaths = element.closest('math') !== null;
        if (!inMaths) expect(ALLOWED, element.outerHTML).toContain(element.tagName);
        for (const { name, value } of element.attributes) {
          expect(name, element.outerHTML).not.toMatch(/^on|^style$|^src|^srcdoc$|^xlink:|^action$|^poster$/);
          if (name === 'href') expect(new URL(value).protocol).toMatch(/^(https?|mailto):$/);
        }
      }
    }
    // Whatever would load or run has done so by now.
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(pwned).not.toHaveBeenCalled();
    const fetched = performance.getEntriesByType('resource').slice(requests);
    expect(fetched.filter(({ name }) => name.includes('evil.example'))).toEqual([]);
  });
});
