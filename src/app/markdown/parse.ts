/** Markdown of answers, read while it grows. */

import { Marked, type MarkedToken, type Token, type TokenizerExtension } from 'marked';
import { withoutLooseEnd } from './loose_end.ts';

/** TeX between dollars or in LaTeX's own brackets. */
export interface MathsToken {
  type: 'maths';
  raw: string;
  tex: string;
  /** Stands on lines of its own. */
  display: boolean;
}

/** What Markdown consists of (marked, with {@link MathsToken} added). */
export type MarkdownToken = MarkedToken | MathsToken;

/** Answers are read with the line breaks that they have, as GitHub does in comments. */
const markdown = new Marked({
  gfm: true,
  breaks: true,
  extensions: [displayMaths(), inlineMaths()],
});

/**
 * Reads an answer's Markdown again and again while it grows. Blocks before the last one do not change any
 * more, so only the text from there on is read anew, and tokens of settled blocks stay the same objects.
 */
export class GrowingMarkdown {
  #settledText = '';
  #settled: readonly MarkdownToken[] = [];

  /**
   * @param text the whole answer so far
   * @param growing more may follow; else it is read as a whole, as references may stand at its end
   * @returns its blocks
   */
  read(text: string, growing: boolean): readonly MarkdownToken[] {
    if (!growing) return blocksOf(text);
    if (!text.startsWith(this.#settledText)) {
      this.#settledText = '';
      this.#settled = [];
    }
    const fresh = blocksOf(withoutLooseEnd(text.slice(this.#settledText.length)));
    const last = fresh.findLastIndex(({ type }) => type !== 'space');
    const settling = fresh.slice(0, Math.max(0, last));
    const blocks = [...this.#settled, ...fresh];
    if (settling.length > 0) {
      const length = settling.reduce((sum, { raw }) => sum + raw.length, this.#settledText.length);
      this.#settledText = text.slice(0, length);
      this.#settled = blocks.slice(0, this.#settled.length + settling.length);
    }
    return blocks;
  }
}

/** Tabs and line ends as marked has them already, so that tokens' lengths are those of the text. */
function blocksOf(text: string): MarkdownToken[] {
  return markdown.lexer(text.replace(/\r\n?/g, '\n')) as Token[] as MarkdownToken[];
}

function displayMaths(): TokenizerExtension {
  return {
    name: 'maths',
    level: 'block',
    start: (source) => indexOf(source, /(?:^|\n) {0,3}(?:\$\$|\\\[)/),
    tokenizer(source) {
      const match = /^ {0,3}(?:\$\$([^$]+?)\$\$|\\\[([\s\S]+?)\\\])[ \t]*(?:\n+|$)/.exec(source);
      if (match === null) return undefined;
      return { type: 'maths', raw: match[0], tex: (match[1] ?? match[2]!).trim(), display: true };
    },
  };
}

/** A lone dollar is money more often than not: maths begins and ends right at its dollars, and no digit follows. */
function inlineMaths(): TokenizerExtension {
  return {
    name: 'inline-maths',
    level: 'inline',
    start: (source) => indexOf(source, /\$|\\[([]/),
    tokenizer(source) {
      const display = /^(?:\$\$([^$]+?)\$\$|\\\[([\s\S]+?)\\\])/.exec(source);
      const match = display ?? /^(?:\\\(([\s\S]+?)\\\)|\$((?!\s)[^$\n]*?[^\s$\\])\$(?!\d))/.exec(source);
      if (match === null) return undefined;
      return {
        type: 'maths',
        raw: match[0],
        tex: (match[1] ?? match[2]!).trim(),
        display: display !== null,
      };
    },
  };
}

function indexOf(text: string, pattern: RegExp): number | undefined {
  const at = text.search(pattern);
  return at < 0 ? undefined : at;
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  copy: '©',
  reg: '®',
  deg: '°',
  times: '×',
  divide: '÷',
  plusmn: '±',
  middot: '·',
  bull: '•',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  larr: '←',
  rarr: '→',
  euro: '€',
  pound: '£',
};

/** Character references as the characters that they stand for; unknown ones stay as they are. */
export function decodeReferences(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi, (reference, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? reference;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    const valid = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return valid ? String.fromCodePoint(code) : '\ufffd';
  });
}

/**
 * Where a link of an answer may lead: other pages and mail, when it is pressed; null for what could run code,
 * reads files, or is no address.
 */
export function safeAddress(href: string): string | null {
  let url: URL;
  try {
    url = new URL(decodeReferences(href));
  } catch {
    return null;
  }
  return ['https:', 'http:', 'mailto:'].includes(url.protocol) ? url.href : null;
}
