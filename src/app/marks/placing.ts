import type { Conversation, Picture, Turn } from '../conversation.ts';
import type { Mark } from './find.ts';

/** One of the places that an answer names. */
export interface MarkReference {
  readonly turnId: string;
  /** Counts the answer's places from 0. */
  readonly index: number;
}

/** The places that an answer names, and the picture that they are on. */
export interface MarkedAnswer {
  readonly turnId: string;
  readonly marks: readonly Mark[];
}

/**
 * The picture that an answer's places are on: the last of its question, else the last before it. Models name
 * no picture with a place, and of several they mean the last.
 */
export function markedPicture({ turns }: Conversation, turnId: string): Picture | null {
  const at = turns.findIndex(({ id }) => id === turnId);
  return (
    turns
      .slice(0, at + 1)
      .flatMap(({ question }) => question.pictures)
      .at(-1) ?? null
  );
}

/** What is drawn on a picture: the places of the newest answer that names some on it. */
export function marksOn(
  conversation: Conversation,
  marksOf: (turn: Turn) => readonly Mark[],
  pictureId: string,
): MarkedAnswer | null {
  const turn = conversation.turns.findLast((turn) => {
    return marksOf(turn).length > 0 && markedPicture(conversation, turn.id)?.id === pictureId;
  });
  return turn === undefined ? null : { turnId: turn.id, marks: marksOf(turn) };
}
