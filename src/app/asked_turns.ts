/** How questions of a conversation are asked, asked again, and let go. */
import { isOpen, textSoFar } from './answering.ts';
import type { Conversation, ConversationAction, Question, Turn } from './conversation.ts';
import { withTree } from './conversation_changes.ts';
import type { PictureDetail } from './pictures.ts';
import { hasFollowers, type TurnTree, withChangedTurn, withoutTurn, withTurn } from './turn_tree.ts';

type AskingDraft = Extract<ConversationAction, { type: 'draft-asked' }>;
type Asking = Pick<AskingDraft, 'turnId' | 'atMs'>;

/** A turn that waits for its answer. */
export function newTurn({ turnId, atMs }: Asking, question: Question, parentId: string | null): Turn {
  return {
    id: turnId,
    parentId,
    askedAt: atMs,
    question,
    answer: { state: 'waiting' },
    asked: null,
    keptAnswer: null,
    insteadOf: null,
  };
}

/** The conversation with a new turn at its end. */
export function begin(state: Conversation, turn: Turn): Conversation {
  return {
    ...withTree(state, withTurn(state.tree, turn)),
    previous: null,
    notices: [],
    shownPictureId: turn.question.pictures.length > 0 ? null : state.shownPictureId,
  };
}

/** An edited question is asked beside the old one, which goes if nothing came of it. */
export function draftAsked(state: Conversation, { text, ...asking }: AskingDraft): Conversation {
  if (text !== undefined) return askedBeside(state, text, asking);
  const { editing, tree, turns } = state;
  const edited = turns.find(({ id }) => id === editing?.turnId);
  const parentId = edited === undefined ? (turns.at(-1)?.id ?? null) : edited.parentId;
  const cleaned =
    edited === undefined || !isForgettable(tree, edited) ? tree : withoutTurn(tree, edited.id, null);
  // A new object, so that the field notices even if its text was typed and sent within one frame.
  const draft = editing === null ? emptyDraft(state.draft.detail) : { ...editing.setAside };
  return begin({ ...state, tree: cleaned, draft, editing: null }, newTurn(asking, state.draft, parentId));
}

/** Asks about the pictures of the draft; its text stays, and so does a question that is being edited. */
function askedBeside(state: Conversation, text: string, asking: Asking): Conversation {
  const { draft, editing, turns } = state;
  const question = editing === null ? { ...draft, text } : { text, pictures: [] };
  const left = editing === null ? { ...emptyDraft(draft.detail), text: draft.text } : draft;
  return begin({ ...state, draft: left }, newTurn(asking, question, turns.at(-1)?.id ?? null));
}

/** How closely pictures are looked at stays as it was chosen. */
function emptyDraft(detail: PictureDetail | undefined): Question {
  return { text: '', pictures: [], ...(detail !== undefined && { detail }) };
}

type Retrying = Extract<ConversationAction, { type: 'retried' }>;

/** Asks a turn again: as a version beside it, or in its place if nothing came of it. */
export function retried(state: Conversation, { turnId, newTurnId, atMs }: Retrying): Conversation {
  const { tree } = state;
  const turn = tree.turns.find(({ id }) => id === turnId);
  if (turn === undefined) return state;
  if (isForgettable(tree, turn)) return restarted(state, turnId);
  const again = newTurn({ turnId: newTurnId, atMs }, turn.question, turn.parentId);
  return withTree(state, withTurn(tree, { ...again, insteadOf: turnId }));
}

/** Has a turn wait for its answer again. */
export function restarted(state: Conversation, turnId: string): Conversation {
  const tree = withChangedTurn(state.tree, turnId, (turn) => ({
    ...turn,
    answer: { state: 'waiting' },
    keptAnswer: null,
  }));
  return withTree(state, tree);
}

/** Nothing came of the turn that anyone would look for again, and nothing follows it. */
function isForgettable(tree: TurnTree, { id, answer }: Turn): boolean {
  return textSoFar(answer) === '' && !hasFollowers(tree, id);
}

/** The tree without the turn if it asked another one again and came to nothing. */
export function settled(tree: TurnTree, turnId: string): TurnTree {
  const turn = tree.turns.find(({ id }) => id === turnId);
  if (turn === undefined || turn.insteadOf === null || isOpen(turn.answer)) return tree;
  const nothing =
    turn.answer.state === 'failed' || (turn.answer.state === 'stopped' && turn.answer.text === '');
  return nothing && !hasFollowers(tree, turnId) ? withoutTurn(tree, turnId, turn.insteadOf) : tree;
}
