import type { SaidRecord, Summary } from './records.ts';

/** Before the first match of a line this much of it is shown, in characters. */
const LEAD = 24;
const LINE_LENGTH = 160;

/** What was said in each conversation, by id, in memory for as long as the reader searches. */
export type Texts = ReadonlyMap<string, { readonly text: string; readonly lowered: string }>;

export function textsOf(said: readonly SaidRecord[]): Texts {
  return new Map(said.map(({ id, text }) => [id, { text, lowered: text.toLowerCase() }]));
}

const wordsOf = (query: string): string[] => query.trim().split(/\s+/).filter(Boolean);

/**
 * The words of a query as patterns: parts of words match, upper and lower case do not differ.
 *
 * @returns an empty list for a query without words
 */
export function patternsOf(query: string): RegExp[] {
  const escaped = wordsOf(query).map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return escaped.map((word) => new RegExp(word, 'iu'));
}

/** Ids of the conversations that have all words of a query, in title, questions or answers, in the list's order. */
export function searchConversations(summaries: readonly Summary[], texts: Texts, query: string): string[] {
  const words = wordsOf(query).map((word) => word.toLowerCase());
  const matching = summaries.filter(({ id, title }) => {
    const lowered = texts.get(id)?.lowered ?? '';
    const loweredTitle = title.toLowerCase();
    return words.every((word) => loweredTitle.includes(word) || lowered.includes(word));
  });
  return matching.map(({ id }) => id);
}

/** The line of a conversation that has most words of a query; null if its title has them all. */
export function matchingLine(
  { id, title }: Summary,
  texts: Texts,
  patterns: readonly RegExp[],
): string | null {
  if (patterns.every((pattern) => pattern.test(title))) return null;
  return bestLine(texts.get(id)?.text ?? '', patterns) || null;
}

function bestLine(text: string, patterns: readonly RegExp[]): string {
  let best = '';
  let most = 0;
  for (const line of text.split('\n')) {
    const count = patterns.filter((pattern) => pattern.test(line)).length;
    if (count <= most) continue;
    [best, most] = [line, count];
    if (count === patterns.length) break;
  }
  return aroundFirst(best.trim(), patterns);
}

/** A line from a little before its first match on. */
function aroundFirst(line: string, patterns: readonly RegExp[]): string {
  const starts = patterns.map((pattern) => line.search(pattern)).filter((at) => at >= 0);
  const first = Math.min(...starts, line.length);
  const from = first <= LEAD ? 0 : line.lastIndexOf(' ', first - LEAD) + 1;
  const start = from === 0 && first > LEAD ? first - LEAD : from;
  const shown = line.slice(start, start + LINE_LENGTH);
  return `${start > 0 ? '…' : ''}${shown}${start + LINE_LENGTH < line.length ? '…' : ''}`;
}

/** A text cut where matches begin and end: every second piece, from the second on, is a match. */
export function markedPieces(text: string, patterns: readonly RegExp[]): string[] {
  if (patterns.length === 0) return [text];
  const any = new RegExp(`(${patterns.map(({ source }) => source).join('|')})`, 'giu');
  return text.split(any);
}
