import type { Turn } from './conversation.ts';

/**
 * All turns of a conversation. A question that is edited or asked again does not replace the old one: it
 * follows the same turn, and the reader sees one of the two, with what came after it.
 */
export interface TurnTree {
  /** In the order in which they were asked: a turn comes after the one that it follows. */
  readonly turns: readonly Turn[];
  /**
   * Which of the turns that follow the same turn is seen: its id by the id of the turn it follows, which is
   * null for the first. Without an entry the newest is.
   */
  readonly chosen: ReadonlyMap<string | null, string>;
}

/** What places a turn, or what is kept of one, in a tree. */
export interface TreeNode {
  readonly id: string;
  readonly parentId: string | null;
  readonly askedAt: number;
}

export const emptyTree: TurnTree = { turns: [], chosen: new Map() };

/** Turns by the turn that they follow, oldest first. */
function byParent<Node extends TreeNode>(turns: readonly Node[]): Map<string | null, Node[]> {
  const children = new Map<string | null, Node[]>();
  for (const turn of turns) {
    const siblings = children.get(turn.parentId);
    if (siblings === undefined) children.set(turn.parentId, [turn]);
    else siblings.push(turn);
  }
  return children;
}

/** The turns that the reader sees, from the first question to the newest. */
export function pathOf<Node extends TreeNode>({
  turns,
  chosen,
}: {
  readonly turns: readonly Node[];
  readonly chosen: TurnTree['chosen'];
}): Node[] {
  const children = byParent(turns);
  const path: Node[] = [];
  for (let parentId: string | null = null; ; ) {
    const next: readonly Node[] = children.get(parentId) ?? [];
    const turn = next.find(({ id }) => id === chosen.get(parentId)) ?? next.at(-1);
    if (turn === undefined) return path;
    path.push(turn);
    parentId = turn.id;
  }
}

/** The versions of a turn, itself among them, oldest first. Empty if there is no such turn. */
export function siblingsOf({ turns }: TurnTree, turnId: string): Turn[] {
  const turn = turns.find(({ id }) => id === turnId);
  return turn === undefined ? [] : turns.filter(({ parentId }) => parentId === turn.parentId);
}

export function hasFollowers({ turns }: TurnTree, turnId: string): boolean {
  return turns.some(({ parentId }) => parentId === turnId);
}

/** The tree with one more turn, which is seen. */
export function withTurn(tree: TurnTree, turn: Turn): TurnTree {
  return {
    turns: [...tree.turns, turn],
    chosen: new Map(tree.chosen).set(turn.parentId, turn.id),
  };
}

/** The tree without a turn that nothing follows; `insteadOf` is seen in its place, if it is there. */
export function withoutTurn(tree: TurnTree, turnId: string, insteadOf: string | null): TurnTree {
  const turn = tree.turns.find(({ id }) => id === turnId);
  if (turn === undefined) return tree;
  const chosen = new Map(tree.chosen);
  if (insteadOf !== null && tree.turns.some(({ id }) => id === insteadOf))
    chosen.set(turn.parentId, insteadOf);
  else chosen.delete(turn.parentId);
  return { turns: tree.turns.filter((other) => other !== turn), chosen };
}

export function withChangedTurn(tree: TurnTree, turnId: string, change: (turn: Turn) => Turn): TurnTree {
  const at = tree.turns.findIndex(({ id }) => id === turnId);
  const turn = tree.turns[at];
  if (turn === undefined) return tree;
  const changed = change(turn);
  return changed === turn ? tree : { ...tree, turns: tree.turns.with(at, changed) };
}

/** The tree in which this version of a turn is seen. */
export function withChosen(tree: TurnTree, turnId: string): TurnTree {
  const turn = tree.turns.find(({ id }) => id === turnId);
  if (turn === undefined) return tree;
  return { ...tree, chosen: new Map(tree.chosen).set(turn.parentId, turnId) };
}

/**
 * The tree with turns that were asked elsewhere, or that have been answered there since. What the reader sees
 * stays; turns that follow its end are added to it.
 *
 * @param turns whole turns; those whose predecessor is in neither are left out
 * @param removed ids of turns that are gone
 */
export function mergedTree(
  tree: TurnTree,
  turns: readonly Turn[],
  removed: readonly string[] = [],
): TurnTree {
  const byId = new Map(tree.turns.map((turn) => [turn.id, turn]));
  for (const turn of turns) byId.set(turn.id, turn);
  for (const id of removed) byId.delete(id);
  const merged = inOrder([...byId.values()]);
  const seen = pathOf(tree).map(({ parentId, id }) => [parentId, id] as const);
  const chosen = new Map(chosenAmong(merged, [...tree.chosen, ...seen]));
  const isSame =
    chosen.size === tree.chosen.size &&
    [...chosen].every(([parentId, id]) => tree.chosen.get(parentId) === id);
  return { turns: merged, chosen: isSame ? tree.chosen : chosen };
}

/** Leaves out which turns are seen that are gone, or follow one that is. */
export function chosenAmong<Pair extends readonly [string | null, string]>(
  turns: readonly TreeNode[],
  chosen: readonly Pair[],
): Pair[] {
  const present = new Set(turns.map(({ id }) => id));
  return chosen.filter(([parentId, id]) => present.has(id) && (parentId === null || present.has(parentId)));
}

/** Sorts turns by the time they were asked, each after the one that it follows, and leaves out strays. */
export function inOrder<Node extends TreeNode>(turns: readonly Node[]): Node[] {
  const children = byParent(turns.toSorted((a, b) => a.askedAt - b.askedAt || (a.id < b.id ? -1 : 1)));
  const ordered = [...(children.get(null) ?? [])];
  // Grows while it is walked.
  for (const { id } of ordered) ordered.push(...(children.get(id) ?? []));
  return ordered;
}
