import { expect, it } from 'vitest';
import { PromptLookup } from '../../../src/engine/prompt_lookup.ts';
import { randomFrom } from '../../support/random.ts';

/** What the class promises, by looking through the whole sequence. */
function draftBySearch(ids: readonly number[], most: number): number[] {
  const end = ids.length;
  for (let at = end - 1; at >= 3; at--) {
    if ([1, 2, 3].some((i) => ids[at - i] !== ids[end - i])) continue;
    return Array.from({ length: Math.max(most, 0) }, (_, i) => ids[at + (i % (end - at))]!);
  }
  return [];
}

it('copies what followed the last occurrence of the three tokens at the end', () => {
  const lookup = new PromptLookup([1, 2, 3, 10, 11, 12, 9, 1, 2, 3, 20, 21, 22, 23, 24, 8, 1, 2]);
  expect(lookup.draft(4)).toEqual([]);
  lookup.add(3);
  expect(lookup.draft(4)).toEqual([20, 21, 22, 23]);
  expect(lookup.draft(2)).toEqual([20, 21]);
  expect(lookup.draft(0)).toEqual([]);
  expect(lookup.draft(-3)).toEqual([]);
  // The draft was wrong; two tokens on, the copy is found again.
  lookup.add(7);
  expect(lookup.draft(4)).toEqual([]);
  for (const id of [20, 21, 22]) lookup.add(id);
  expect(lookup.draft(3)).toEqual([23, 24, 8]);
});

it('carries a repetition on beyond its end', () => {
  expect(new PromptLookup([5, 5, 5]).draft(3)).toEqual([]);
  expect(new PromptLookup([5, 5, 5, 5]).draft(7)).toEqual([5, 5, 5, 5, 5, 5, 5]);
  expect(new PromptLookup([1, 2, 1, 2, 1]).draft(5)).toEqual([2, 1, 2, 1, 2]);
});

it('has nothing to go by in two tokens or fewer', () => {
  for (const ids of [[], [1], [1, 1]]) expect(new PromptLookup(ids).draft(7)).toEqual([]);
});

it('drafts the same as a search through the sequence', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = randomFrom(seed);
    // Few different tokens repeat themselves often; large ids are those of real vocabularies.
    const token = () => Math.floor(random() * (2 + (seed % 5))) * (seed % 2 === 0 ? 1 : 37_983);
    const ids = Array.from({ length: 5 }, token);
    const lookup = new PromptLookup(ids);
    for (let step = 0; step < 200; step++) {
      const most = Math.floor(random() * 9) - 1;
      expect(lookup.draft(most)).toEqual(draftBySearch(ids, most));
      const id = token();
      ids.push(id);
      lookup.add(id);
    }
  }
});
