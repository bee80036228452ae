/**
 * The end of a Markdown text that still grows: what its last characters will mean is not known yet, and a marker
 * shown as text, or a line taken for a heading's underline, would make way for something else a moment later.
 */

/** A formula that is longer than this without an end is none: a lone dollar. */
const LONGEST_FORMULA = 160;
/** A first table row that is longer than this is not waited for, in characters of the table so far. */
const LONGEST_TABLE_BEGINNING = 2000;

/** What stands before the words of a line. */
const LINE_MARKERS = /^[ \t>]*(?:(?:[-*+#]+|\d{1,9}[.)])[ \t]+)?(?:\[[ xX]\][ \t]+)?/;
/** A word that has begun after others; scripts without spaces have no such words. */
const UNFINISHED_WORD =
  /(?<=\S)[ \t]+(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}])\S){0,40}$/u;

const DELIMITER_ROW = /^\s*\|?\s*:?-+[\s:|-]*$/;

/**
 * The text as it can be shown while more may follow: what has begun and is not told yet is held back or ended.
 *
 * - A last line of nothing but markers waits for what it marks.
 * - A table waits for its first row, from which its columns' widths follow; then it grows by cells.
 * - Formulas wait for their end. Links are their label until their address is there.
 * - Emphasis and code spans that are open are ended, so that they look from the first letter as they will.
 * - A word comes whole: one that has begun at the end of a line may belong on the next.
 *
 * @param text the last blocks, none of which begins within another
 */
export function withoutLooseEnd(text: string): string {
  if (endsInFence(text)) return text.replace(/(^|\n)\s*[`~]{1,2}$/, '$1');
  const held = withoutTableBeginning(withoutFormula(text)).replace(
    /(^|\n)[ \t>]*(?:[-*+=#|~`:_]+|\d{1,9}[.)]?)?[ \t]*$/,
    '$1',
  );
  const lineStart = held.lastIndexOf('\n') + 1;
  const line = held.slice(lineStart);
  // Of a table there are whole cells only; JSON, of which boxes are made, is no prose.
  return /^\s*(?:\||[[{]+[\d"])/.test(line) ? held : held.slice(0, lineStart) + withEndedMarkup(line);
}

function endsInFence(text: string): boolean {
  let fence: string | null = null;
  for (const line of text.split('\n')) {
    const [, marker, rest] = /^\s*(?:>\s*|[-*+]\s+|\d+[.)]\s+)*(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (marker === undefined) continue;
    if (fence === null) fence = marker;
    else if (marker.startsWith(fence) && rest!.trim() === '') fence = null;
  }
  return fence !== null;
}

/** Cuts a formula off that has no end yet. */
function withoutFormula(text: string): string {
  const dollars = [...text.matchAll(/\$\$/g)];
  const lone = dollars.length % 2 === 1 ? dollars.at(-1)!.index : -1;
  const ended = text.replace(/\$(?!\s)[^$\n]*[^\s$\\]\$(?!\d)/g, (formula) => ' '.repeat(formula.length));
  const inline = /(?:^|[^\\$\w])(\$(?![\s\d$])[^$\n]*)$/.exec(ended);
  const openings = [
    lone,
    text.lastIndexOf('\\[') > text.lastIndexOf('\\]') ? text.lastIndexOf('\\[') : -1,
    text.lastIndexOf('\\(') > text.lastIndexOf('\\)') ? text.lastIndexOf('\\(') : -1,
    inline === null ? -1 : text.length - inline[1]!.length,
  ].filter((at) => at >= 0 && text.length - at <= LONGEST_FORMULA);
  return openings.length === 0 ? text : text.slice(0, Math.min(...openings));
}

/** Cuts a table off that has no row yet, and of its last row the cell that has no end yet. */
function withoutTableBeginning(text: string): string {
  const lines = text.split('\n');
  let first = lines.length;
  while (first > 0 && lines[first - 1]!.trimStart().startsWith('|')) first -= 1;
  // After a line end the table has no line that grows.
  if (lines.at(-1) === '') {
    while (first > 1 && first === lines.length && lines[first - 2]!.trimStart().startsWith('|')) first -= 1;
    while (first > 0 && first < lines.length && lines[first - 1]!.trimStart().startsWith('|')) first -= 1;
  }
  const table = lines.slice(first);
  if (table.length === 0 || (table.length === 1 && table[0] === '')) return text;
  const complete = table.length - 1;
  const isTable = complete < 2 || DELIMITER_ROW.test(table[1]!);
  const beginning = table.join('\n');
  if (complete < 3 && isTable && beginning.length <= LONGEST_TABLE_BEGINNING) {
    return text.slice(0, text.length - beginning.length);
  }
  if (!isTable || complete < 2) return text;
  const row = table.at(-1)!;
  const ended = row.replace(/(?:[^|\\]|\\.|\\$)*$/, '');
  return text.slice(0, text.length - row.length) + (/^\s*\|\s*$/.test(ended) ? '' : ended);
}

/** Ends the markup that is open in the last line. */
function withEndedMarkup(line: string): string {
  const markers = LINE_MARKERS.exec(line)![0];
  const words = markers + line.slice(markers.length).replace(UNFINISHED_WORD, '');
  const cut = words.replace(/(?:[*_~`]+|!?\[|!|\\)$/, '').replace(/(?<=\S)[ \t]+$/, '');
  const ticks = cut.match(/`+/g) ?? [];
  if (ticks.length % 2 === 1) return cut + ticks.at(-1);
  const linked = cut
    .replace(/(?<!\\)!?\[([^\][\n]*)\]\([^)\n]*$/, '$1')
    .replace(/(?<!\\)!?\[(?![ xX]\]|[\d{"])([^\][\n]*)\]?$/, (whole, label: string) =>
      label.trim() === '' ? whole : label,
    );
  const plain = linked.replace(/`[^`]*`/g, (code) => ' '.repeat(code.length));
  return linked + ending(plain, '*') + ending(plain, '**') + ending(plain, '~~');
}

/** The marker again if it is open at the end of the line. */
function ending(line: string, marker: '*' | '**' | '~~'): string {
  const alone = marker.replace(/\*/g, '\\*');
  const runs = [...line.matchAll(new RegExp(`(?<![*~\\\\])${alone}(?![*~])`, 'g'))];
  const last = runs.at(-1);
  if (last === undefined || runs.length % 2 === 0) return '';
  const before = line[last.index - 1] ?? ' ';
  const after = line[last.index + marker.length] ?? ' ';
  return /[\s\p{P}]/u.test(before) && !/\s/.test(after) && !/\s$/.test(line) ? marker : '';
}
