/** How a conversation comes back onto the page. */
import { textSoFar } from '../answering.ts';
import type { OpenedConversation, Picture, Question, Turn } from '../conversation.ts';
import { hasFollowers, inOrder, siblingsOf, type TurnTree, withoutTurn } from '../turn_tree.ts';
import type { KeptDraft } from './history_db.ts';
import type { Written } from './keeper.ts';
import { type KeptConversation, type PictureRecord, pictureFrom, questionFrom, turnFrom } from './records.ts';

/** @returns by id; the caller owns the object URLs */
export function shownPictures(records: readonly PictureRecord[]): Map<string, Picture> {
  return new Map(records.map((record) => [record.id, pictureFrom(record, URL.createObjectURL(record.file))]));
}

/**
 * @param beingAnswered turns that another page is answering just now
 */
export function openedConversation(
  kept: KeptConversation,
  draft: KeptDraft | null,
  beingAnswered: ReadonlySet<string>,
): { conversation: OpenedConversation; written: Written } {
  const pictures = shownPictures(kept.pictures);
  const turns = kept.turns.map((record) => turnFrom(record, pictures, beingAnswered.has(record.id)));
  const tree: TurnTree = { turns: inOrder(turns), chosen: new Map(kept.seen) };
  const { id } = kept.summary;
  const { settings } = kept;
  return {
    conversation: { id, tree: withoutFruitless(tree), settings, ...openedDraft(draft, pictures, turns) },
    written: {
      id,
      isNew: false,
      turns: new Map(turns.map((turn) => [turn.id, turn])),
      pictures: new Set(pictures.keys()),
      seen: tree.chosen,
      settings,
    },
  };
}

/** Questions that were asked again when their page ended, before a word was said: the earlier answer stands. */
function withoutFruitless(tree: TurnTree): TurnTree {
  const isFruitless = ({ id, answer, question }: Turn) =>
    answer.state === 'cut' &&
    !answer.elsewhere &&
    textSoFar(answer) === '' &&
    !hasFollowers(tree, id) &&
    siblingsOf(tree, id).some((other) => other.id !== id && other.question.text === question.text);
  return tree.turns.filter(isFruitless).reduce((rest, { id }) => withoutTurn(rest, id, null), tree);
}

/** What was not sent, with the question that was being edited, if its turn is still there. */
export function openedDraft(
  kept: KeptDraft | null,
  asked: ReadonlyMap<string, Picture>,
  turns: readonly Turn[],
): Pick<OpenedConversation, 'draft' | 'editing'> {
  if (kept === null) return { draft: { text: '', pictures: [] }, editing: null };
  const { draft, pictures: records } = kept;
  const ids = new Set([...draft.pictures, ...(draft.editing?.pictures ?? [])]);
  const missing = records.filter(({ id }) => ids.has(id) && !asked.has(id));
  const pictures = new Map([...asked, ...shownPictures(missing)]);
  const unsent = questionFrom(draft, pictures);
  const { editing } = draft;
  if (editing === null) return { draft: unsent, editing: null };
  const setAside: Question = questionFrom(editing, pictures);
  return turns.some(({ id }) => id === editing.turnId)
    ? { draft: unsent, editing: { turnId: editing.turnId, setAside } }
    : { draft: setAside, editing: null };
}
