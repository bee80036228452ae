import { describe, expect, test } from 'vitest';
import { DivergenceSum, divergence } from '../../parity/quants/distance.ts';
import { randomFrom } from '../../support/random.ts';

const named = (probabilities: readonly number[], count = probabilities.length) =>
  probabilities.map((p, id) => ({ id, logprob: Math.log(p) })).slice(0, count);
const logOf = (probabilities: readonly number[]) => (id: number) => Math.log(probabilities[id]!);
const normalise = (weights: readonly number[]) => {
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
};

describe('the divergence of two predictions', () => {
  test('is 0 for the same and ln 2 where a sure token had one chance in two', () => {
    expect(divergence(named([0.25, 0.75]), logOf([0.25, 0.75]))).toBe(0);
    expect(divergence(named([1]), logOf([0.5, 0.5]))).toBeCloseTo(Math.log(2), 12);
  });

  test('is the sum of p log(p / q) where all tokens are named', () => {
    const random = randomFrom(1);
    const [p, q] = [0, 1].map(() => normalise(Array.from({ length: 50 }, random)));
    const expected = p!.reduce((sum, value, i) => sum + value * Math.log(value / q![i]!), 0);
    expect(divergence(named(p!), logOf(q!))).toBeCloseTo(expected, 12);
  });

  test('takes all tokens that are not named as one, and so finds less but not more', () => {
    const [p, q] = [
      [0.6, 0.1, 0.2, 0.1],
      [0.3, 0.2, 0.1, 0.4],
    ];
    const one = 0.6 * Math.log(0.6 / 0.3) + 0.4 * Math.log(0.4 / 0.7);
    expect(divergence(named(p!, 1), logOf(q!))).toBeCloseTo(one, 12);
    expect(divergence(named(p!, 2), logOf(q!))).toBeGreaterThan(one);
    expect(divergence(named(p!, 2), logOf(q!))).toBeLessThan(divergence(named(p!), logOf(q!)));
  });

  test('does not count that probabilities were added up in single precision', () => {
    const p = normalise(Array.from({ length: 90 }, randomFrom(2)));
    const off = p.map((value) => value * (1 + 2e-7));
    expect(divergence(named(off), logOf(p))).toBeLessThan(1e-12);
    const short = p.map((value) => value * (1 - 2e-7));
    expect(divergence(named(short), logOf(p))).toBeLessThan(1e-12);
  });

  test('is not a number if one of them is not', () => {
    const sum = new DivergenceSum();
    sum.add(divergence(named([0.5, 0.5]), logOf([0.5])), true);
    sum.add(0, false);
    expect(sum.mean).toBeNaN();
    expect(sum.max).toBeNaN();
    expect(sum).toMatchObject({ positions: 2, agreement: 0.5 });
  });
});
