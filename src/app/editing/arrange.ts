/** The order of things in a row. */

/**
 * Things in another order.
 *
 * @param order ids of the things, first to last; things that it does not name come last, as they were
 * @param removed ids of things to leave out
 */
export function arranged<T extends { readonly id: string }>(
  things: readonly T[],
  order: readonly string[],
  removed: readonly string[] = [],
): T[] {
  const rank = new Map(order.map((id, at) => [id, at]));
  const rankOf = ({ id }: T) => rank.get(id) ?? order.length;
  return things.filter(({ id }) => !removed.includes(id)).toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** A list with the entry at `from` moved to stand at `to`, which is brought into the list. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.toSpliced(from, 1);
  return rest.toSpliced(Math.max(0, Math.min(to, rest.length)), 0, ...list.slice(from, from + 1));
}

/** Where along a row, or rows, of boxes something is held. Pixels of the window. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Index of the place among `boxes` over which a point is: the box whose middle is nearest.
 *
 * @param boxes in their order, at least one
 */
export function placeAt(boxes: readonly Box[], x: number, y: number): number {
  const distances = boxes.map(({ left, top, right, bottom }) =>
    Math.hypot((left + right) / 2 - x, (top + bottom) / 2 - y),
  );
  return distances.indexOf(Math.min(...distances));
}
