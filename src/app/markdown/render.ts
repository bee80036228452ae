/**
 * Markdown as elements. No markup of an answer becomes markup of the page: its HTML is shown as text, its
 * pictures are links, its links lead to pages and mail only. So nothing of it runs, and nothing is fetched.
 */

import { html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { html as staticHtml, unsafeStatic } from 'lit/static-html.js';
import type { Tokens } from 'marked';
import { markHue } from '../elements/mark_hues.ts';
import { type Mark, type MarkedStretch, markedStart } from '../marks/find.ts';
import { isData } from '../tasks/take_out.ts';
import { words } from '../words/index.ts';
import './maths.ts';
import { decodeReferences, type MarkdownToken, safeAddress } from './parse.ts';

type Rendered = TemplateResult | string | typeof nothing;

/** @param blocks whose objects stay the same where nothing changed: these are not rendered again */
export function renderMarkdown(blocks: readonly MarkdownToken[]): unknown {
  let markCount = 0;
  /** Depths of the headings that the block stands below. */
  const above: number[] = [];
  return blocks.map((block) => {
    if (block.type === 'heading') {
      while ((above.at(-1) ?? 0) >= block.depth) above.pop();
      above.push(block.depth);
    }
    const level = above.length;
    const firstMark = markCount;
    const marked = markedStretch(block);
    markCount += marked?.marks.length ?? 0;
    return guard([block, firstMark, level, words], () => {
      if (block.type === 'heading') return heading(block, level);
      return marked ? places(block, marked, firstMark) : renderBlock(block);
    });
  });
}

/** The places on a picture that an answer's blocks name, in the order of their numbers. */
export function marksOf(blocks: readonly MarkdownToken[]): Mark[] {
  return blocks.flatMap((block) => markedStretch(block)?.marks ?? []);
}

const stretches = new WeakMap<MarkdownToken, MarkedStretch | null>();

/** The JSON with places that a block is, or begins with. */
function markedStretch(block: MarkdownToken): MarkedStretch | null {
  const known = stretches.get(block);
  if (known !== undefined) return known;
  const text = block.type === 'code' ? block.text : block.type === 'paragraph' ? block.raw : '';
  const stretch = markedStart(text, true);
  stretches.set(block, stretch);
  return stretch;
}

/** Places as buttons that show them on the picture; the JSON can be copied. */
function places(
  block: MarkdownToken,
  { marks, json, end }: MarkedStretch,
  firstMark: number,
): TemplateResult {
  const rest = block.type === 'paragraph' ? block.raw.slice(end).trim() : '';
  return html`
    <div class="places">
      <ul aria-label=${words.answer.places}>
        ${marks.map((mark, at) => place(mark, firstMark + at))}
      </ul>
      <button class="text-button copy-json" data-json=${json}>${words.answer.copyJson}</button>
    </div>
    ${rest === '' ? nothing : html`<p dir="auto">${rest}</p>`}
  `;
}

function place({ label, kind }: Mark, index: number): TemplateResult {
  const name = label === '' ? words.answer[kind] : label;
  return html`<li>
    <button class="place ${markHue(index)}" data-mark=${index} dir="auto">
      <span class="number">${index + 1}</span> ${name}
    </button>
  </li>`;
}

function renderBlock(token: MarkdownToken): Rendered {
  switch (token.type) {
    case 'space':
    case 'def':
      return nothing;
    case 'heading':
      return heading(token, token.depth);
    case 'paragraph':
      return html`<p dir="auto">${inline(token.tokens)}</p>`;
    case 'text':
      // The text of a list item that has no paragraphs.
      return html`${token.tokens ? inline(token.tokens) : decodeReferences(token.text)}`;
    case 'code':
      return code(token);
    case 'blockquote':
      return html`<blockquote dir="auto">${blocksOf(token.tokens)}</blockquote>`;
    case 'list':
      return list(token);
    case 'table':
      return table(token);
    case 'hr':
      return html`<hr />`;
    case 'html':
      return html`<p dir="auto">${token.text.trimEnd()}</p>`;
    case 'maths':
      return html`<glance-maths class="display" .tex=${token.tex} display></glance-maths>`;
    default:
      return html`<p dir="auto">${inlineOf(token)}</p>`;
  }
}

const blocksOf = (tokens: readonly unknown[]) => (tokens as MarkdownToken[]).map(renderBlock);

const inline = (tokens: readonly unknown[]) => (tokens as MarkdownToken[]).map(inlineOf);

function inlineOf(token: MarkdownToken): Rendered {
  switch (token.type) {
    case 'text':
      return token.tokens ? html`${inline(token.tokens)}` : decodeReferences(token.text);
    case 'escape':
      return token.text;
    case 'strong':
      return html`<strong>${inline(token.tokens)}</strong>`;
    case 'em':
      return html`<em>${inline(token.tokens)}</em>`;
    case 'del':
      return html`<del>${inline(token.tokens)}</del>`;
    case 'codespan':
      return html`<code>${token.text}</code>`;
    case 'br':
      return html`<br />`;
    case 'link':
      return link(token.href, html`${inline(token.tokens)}`);
    case 'image':
      return link(token.href, token.text === '' ? token.href : decodeReferences(token.text));
    case 'checkbox':
      return html`<input type="checkbox" disabled ?checked=${token.checked} aria-label=${token.checked ? words.answer.done : words.answer.toDo} /> `;
    case 'maths':
      return html`<glance-maths .tex=${token.tex} ?display=${token.display}></glance-maths>`;
    default:
      return token.raw;
  }
}

/**
 * The page's own headings are above those of an answer. However deep an answer begins, and whatever it leaves out,
 * no level is skipped.
 */
const LEVELS = [3, 4, 5, 6].map((level) => unsafeStatic(`h${level}`));

function heading({ tokens }: Tokens.Heading, level: number): TemplateResult {
  const tag = LEVELS[Math.min(level, LEVELS.length) - 1]!;
  return staticHtml`<${tag} dir="auto">${inline(tokens)}</${tag}>`;
}

function list({ ordered, start, items }: Tokens.List): TemplateResult {
  const rows = items.map(
    ({ tokens, task }) =>
      html`<li dir="auto" class=${task ? 'task' : nothing}>${blocksOrInline(tokens)}</li>`,
  );
  return ordered
    ? html`<ol start=${start === '' || start === 1 ? nothing : start}>${rows}</ol>`
    : html`<ul>${rows}</ul>`;
}

/** Items of tight lists hold text beside blocks. */
function blocksOrInline(tokens: readonly unknown[]) {
  return (tokens as MarkdownToken[]).map((token) =>
    token.type === 'checkbox' ? inlineOf(token) : renderBlock(token),
  );
}

function table({ header, rows }: Tokens.Table): TemplateResult {
  const align = (cell: Tokens.TableCell) => cell.align ?? nothing;
  return html`<figure class="sheet">
    <figcaption>
      <span>${words.answer.table}</span>
      <span>
        <button class="text-button copy-table">${words.answer.copyCsv}</button>
        <button class="text-button save-table">${words.answer.saveCsv}</button>
      </span>
    </figcaption>
    <div class="wide" tabindex="0" role="group" aria-label=${words.answer.table}>
      <table>
        <colgroup>
          ${header.map((cell, at) => html`<col width=${columnWidth([cell, rows[0]?.[at]])} />`)}
        </colgroup>
        <thead>
          <tr>
            ${header.map((cell) => html`<th scope="col" dir="auto" align=${align(cell)}>${inline(cell.tokens)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) => html`<tr>
              ${row.map((cell) => html`<td dir="auto" align=${align(cell)}>${inline(cell.tokens)}</td>`)}
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </figure>`;
}

/** Letters of a column at least and at most; how wide one is, and the space around, in CSS pixels. */
const COLUMN_LETTERS = [7, 32] as const;
const LETTER_WIDTH = 8;
const CELL_PADDING = 24;

/** Characters that are as wide as they are high (East Asian scripts). */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uff01-\uff60]/gu;

/**
 * How wide a column is: it follows from the first cells, not from all, so that none moves while rows are added.
 * Columns share what room there is in these proportions; where there is less, the table scrolls.
 */
function columnWidth(cells: readonly (Tokens.TableCell | undefined)[]): number {
  const lengths = cells.map((cell) => {
    const text = cell?.text ?? '';
    return text.length + (text.match(WIDE)?.length ?? 0);
  });
  const [least, most] = COLUMN_LETTERS;
  return Math.min(most, Math.max(least, ...lengths)) * LETTER_WIDTH + CELL_PADDING;
}

function code({ text, lang }: Tokens.Code): TemplateResult {
  const language = lang?.match(/^[\w+#.-]+/)?.[0] ?? '';
  return html`<figure class="code">
    <figcaption>
      <span>${language}</span>
      <span>
        <button class="text-button copy-code">${words.common.copy}</button>
        ${
          isData(language)
            ? html`<button class="text-button save-code" data-language=${language}>${words.answer.save}</button>`
            : nothing
        }
      </span>
    </figcaption>
    <pre tabindex="0" dir="ltr"><code>${text}</code></pre>
  </figure>`;
}

function link(href: string, content: TemplateResult | string): TemplateResult {
  const address = safeAddress(href);
  if (address === null) return html`${content}`;
  return html`<a href=${address} target="_blank" rel="noopener noreferrer nofollow">${content}</a>`;
}
