/**
 * Sets of characters as ascending, disjoint ranges of code points. Surrogates are no characters: text that is
 * written token by token is UTF-8, which has none.
 */
export type CharacterSet = readonly (readonly [first: number, last: number])[];

const LAST_CODE_POINT = 0x10ffff;
const SURROGATES = [0xd800, 0xdfff] as const;

/** Every character. */
export const ANY_CHARACTER: CharacterSet = [
  [0, SURROGATES[0] - 1],
  [SURROGATES[1] + 1, LAST_CODE_POINT],
];

/** @param ranges in any order, overlapping or not */
export function setOf(...ranges: readonly (readonly [number, number])[]): CharacterSet {
  const sorted = ranges.filter(([first, last]) => first <= last).sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [first, last] of sorted) {
    const previous = merged.at(-1);
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/** The characters of a text. */
export function charactersOf(text: string): CharacterSet {
  return setOf(
    ...[...text].map((character) => [character.codePointAt(0)!, character.codePointAt(0)!] as const),
  );
}

export function union(...sets: readonly CharacterSet[]): CharacterSet {
  return setOf(...sets.flat());
}

export function intersection(a: CharacterSet, b: CharacterSet): CharacterSet {
  const shared: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const first = Math.max(a[i]![0], b[j]![0]);
    const last = Math.min(a[i]![1], b[j]![1]);
    if (first <= last) shared.push([first, last]);
    if (a[i]![1] < b[j]![1]) i += 1;
    else j += 1;
  }
  return shared;
}

/** All characters that are not in the set. */
export function complement(set: CharacterSet): CharacterSet {
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [first, last] of set) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST_CODE_POINT) gaps.push([next, LAST_CODE_POINT]);
  return intersection(gaps, ANY_CHARACTER);
}

export function contains(set: CharacterSet, codePoint: number): boolean {
  let [from, to] = [0, set.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (set[middle]![1] < codePoint) from = middle + 1;
    else to = middle;
  }
  return from < set.length && set[from]![0] <= codePoint;
}

/** Number of characters. */
export function sizeOf(set: CharacterSet): number {
  return set.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/**
 * Divides all characters so that each of the sets is made up of whole parts.
 *
 * @returns the parts; a character that is in none of the sets is in the last one, which may be empty
 */
export function partition(sets: readonly CharacterSet[]): CharacterSet[] {
  // Where ranges begin, and behind where they end, from the first character to the last.
  const borders = sets
    .flatMap((set, index) =>
      set.flatMap(([first, last]) => [
        { at: first, index, enters: true },
        { at: last + 1, index, enters: false },
      ]),
    )
    .sort((a, b) => a.at - b.at);
  const active = new Map<number, number>();
  const bySets = new Map<string, [number, number][]>();
  borders.forEach(({ at, index, enters }, i) => {
    const count = (active.get(index) ?? 0) + (enters ? 1 : -1);
    if (count > 0) active.set(index, count);
    else active.delete(index);
    const next = borders[i + 1]?.at ?? at;
    if (next === at || active.size === 0) return;
    const key = [...active.keys()].sort((a, b) => a - b).join();
    const ranges = bySets.get(key) ?? [];
    bySets.set(key, ranges);
    ranges.push([at, next - 1]);
  });
  const parts = [...bySets.values()].map((ranges) => intersection(setOf(...ranges), ANY_CHARACTER));
  return [...parts.filter((part) => part.length > 0), complement(union(...sets))];
}
