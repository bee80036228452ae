import { expect, it } from 'vitest';
import { topLogprobs } from '../../../src/engine/logprobs.ts';
import { randomFrom } from '../../support/random.ts';

it('are logarithms of the softmax, whatever is added to all logits', () => {
  for (const shift of [0, 80, -300]) {
    const logits = Float32Array.from([0.1, 0.2, 0.3, 0.4], (p) => Math.log(p) + shift);
    const { logprob, top } = topLogprobs(logits, 1, 2);
    expect(logprob).toBeCloseTo(Math.log(0.2), 4);
    expect(top.map(({ id }) => id)).toEqual([3, 2]);
    expect(top[0]!.logprob).toBeCloseTo(Math.log(0.4), 4);
    expect(top[1]!.logprob).toBeCloseTo(Math.log(0.3), 4);
  }
});

it('names the same tokens as sorting, equal ones by their ids', () => {
  const random = randomFrom(1);
  for (const count of [0, 1, 5, 20]) {
    const logits = Float32Array.from({ length: 300 }, () => Math.floor(random() * 40));
    const sorted = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b);
    const { top } = topLogprobs(logits, 0, count);
    expect(top.map(({ id }) => id)).toEqual(sorted.slice(0, count));
  }
});

it('gives all tokens where there are fewer than asked for', () => {
  const { top } = topLogprobs(Float32Array.of(1, 1, 1), 0, 20);
  expect(top.map(({ id }) => id)).toEqual([0, 1, 2]);
  for (const { logprob } of top) expect(logprob).toBeCloseTo(-Math.log(3), 6);
});
