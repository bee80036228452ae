/** Conversations with something changed; what did not change keeps its identity. */
import type { Conversation, Picture, Question } from './conversation.ts';
import { pathOf, type TurnTree, withChangedTurn } from './turn_tree.ts';

/** The state with another tree, and what is seen of it; a path of the same turns stays the same object. */
export function withTree(state: Conversation, tree: TurnTree): Conversation {
  if (tree === state.tree) return state;
  const path = pathOf(tree);
  const same = path.length === state.turns.length && path.every((turn, i) => turn === state.turns[i]);
  return { ...state, tree, turns: same ? state.turns : path };
}

/** Changes the pictures that wait to be asked about, in the composer or set aside. */
export function withDrafts(
  state: Conversation,
  change: (pictures: readonly Picture[]) => readonly Picture[],
): Conversation {
  const { draft, editing } = state;
  const changed = (question: Question) => ({ ...question, pictures: change(question.pictures) });
  return {
    ...state,
    draft: changed(draft),
    editing: editing && { ...editing, setAside: changed(editing.setAside) },
  };
}

/** Changes pictures wherever they are. */
export function withPictures(state: Conversation, change: (picture: Picture) => Picture): Conversation {
  const changed = (pictures: readonly Picture[]) => pictures.map(change);
  let { tree } = state;
  for (const { id, question } of state.tree.turns) {
    const pictures = changed(question.pictures);
    if (pictures.every((picture, i) => picture === question.pictures[i])) continue;
    tree = withChangedTurn(tree, id, (turn) => ({ ...turn, question: { ...question, pictures } }));
  }
  return withDrafts(withTree(state, tree), changed);
}
