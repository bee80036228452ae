import { shownAnswer } from '../answering.ts';
import { inOrder, pathOf } from '../turn_tree.ts';
import { words } from '../words/index.ts';
import type { KeptConversation, PictureRecord, TurnRecord } from './records.ts';

/** The path of a conversation that is seen, oldest turn first. */
export function seenTurns({ turns, seen }: Pick<KeptConversation, 'turns' | 'seen'>): TurnRecord[] {
  return pathOf({ turns: inOrder(turns), chosen: new Map(seen) });
}

/** A conversation as people read it: each question a heading, its pictures by name, then the answer. */
export function conversationMarkdown(kept: KeptConversation): string {
  const pictures = new Map(kept.pictures.map((picture) => [picture.id, picture]));
  const turns = seenTurns(kept).map((turn) => turnMarkdown(turn, pictures));
  return `${[`# ${oneLine(kept.summary.title)}`, ...turns].join('\n\n')}\n`;
}

function turnMarkdown(turn: TurnRecord, pictures: ReadonlyMap<string, PictureRecord>): string {
  const [first = '', ...rest] = turn.text.trim().split('\n');
  const names = turn.pictures.flatMap((id) => pictures.get(id) ?? []).map(pictureLine);
  const answer = shownAnswer(turn.answer.text).trimEnd();
  return [
    `## ${oneLine(first)}`,
    rest.join('\n').trim(),
    names.join('\n'),
    answer || `*${words.history.noAnswer}*`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function pictureLine({ name, width, height }: PictureRecord): string {
  return `- ${words.history.picture(oneLine(name), width, height)}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
