import type { Summary, TurnRecord } from './records.ts';

/** A conversation that has all words of a query. */
export interface Match {
  readonly id: string;
  /** The line of a question or an answer that has most of the words; null if the title has all of them. */
  readonly line: string | null;
}

/** Before the first match of a line this much of it is shown, in characters. */
const LEAD = 24;
const LINE_LENGTH = 160;

/** What was said in each conversation, by id, in memory for as long as the reader searches. */
export type Texts = ReadonlyMap<string, string>;

export function textsOf(turns: readonly TurnRecord[]): Texts {
  const texts = new Map<string, string>();
  for (const { conversationId, text, answer } of turns) {
    const said = texts.get(conversationId);
    texts.set(conversationId, `${said === undefined ? '' : `${said}\n`}${text}\n${answer.text}`);
  }
  return texts;
}

/**
 * The words of a query as patterns: parts of words match, upper and lower case do not differ.
 *
 * @returns an empty list for a query without words
 */
export function patternsOf(query: string): RegExp[] {
  const words = query.trim().split(/\s+/).filter(Boolean);
  return words.map((word) => new RegExp(word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), 'iu'));
}

/** The conversations that have all words of a query, in the order of the list. */
export function searchConversations(
  summaries: readonly Summary[],
  texts: Texts,
  patterns: readonly RegExp[],
): Match[] {
  return summaries.flatMap(({ id, title }) => {
    if (patterns.every((pattern) => pattern.test(title))) return { id, line: null };
    const text = texts.get(id) ?? '';
    if (!patterns.every((pattern) => pattern.test(text) || pattern.test(title))) return [];
    return { id, line: bestLine(text, patterns) };
  });
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
