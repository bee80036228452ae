import { describe, expect, it } from 'vitest';
import { checkSampling, sample, TokenHistory, uniformAt } from '../../../src/engine/sampler.ts';
import {
  defaultSampling,
  GREEDY,
  publishedSampling,
  type SamplingOptions,
} from '../../../src/model/sampling.ts';

const PLAIN: SamplingOptions = { ...GREEDY, temperature: 1 };
const logits = (...probabilities: number[]) => Float32Array.from(probabilities, Math.log);

/** Shares of the tokens over evenly spread random numbers. */
function shares(probabilities: number[], options: SamplingOptions, draws = 2000): number[] {
  const counts = probabilities.map(() => 0);
  for (let i = 0; i < draws; i++) {
    const id = sample(logits(...probabilities), new TokenHistory([]), options, (i + 0.5) / draws);
    counts[id]! += 1 / draws;
  }
  return counts;
}

function expectShares(got: number[], wanted: number[]): void {
  for (const [i, share] of wanted.entries()) expect(got[i]).toBeCloseTo(share, 2);
}

describe('sampling', () => {
  it('draws each token as often as its probability says', () => {
    expectShares(shares([0.1, 0.2, 0.3, 0.4], PLAIN), [0.1, 0.2, 0.3, 0.4]);
  });

  it('takes the first of the likeliest tokens at temperature 0', () => {
    expect(sample(logits(0.2, 0.4, 0.4), new TokenHistory([]), GREEDY, 0.99)).toBe(1);
  });

  it('sharpens and flattens with the temperature', () => {
    const squared = [0.01, 0.09, 0.36].map((p) => p / 0.46);
    expectShares(shares([0.1, 0.3, 0.6], { ...PLAIN, temperature: 0.5 }), squared);
  });

  it('keeps the top k', () => {
    expectShares(shares([0.1, 0.2, 0.3, 0.4], { ...PLAIN, topK: 2 }), [0, 0, 3 / 7, 4 / 7]);
  });

  it('keeps the smallest set that reaches top p, of what top k left', () => {
    expectShares(shares([0.1, 0.2, 0.3, 0.4], { ...PLAIN, topP: 0.7 }), [0, 0, 3 / 7, 4 / 7]);
    expectShares(shares([0.1, 0.2, 0.3, 0.4], { ...PLAIN, topP: 0.71 }), [0, 2 / 9, 3 / 9, 4 / 9]);
    expectShares(shares([0.1, 0.2, 0.3, 0.4], { ...PLAIN, topK: 2, topP: 0.5 }), [0, 0, 0, 1]);
    expectShares(shares([0.1, 0.2, 0.3, 0.4], { ...PLAIN, topP: 0 }), [0, 0, 0, 1]);
  });

  it('drops what is far less likely than the likeliest (min p)', () => {
    expectShares(shares([0.1, 0.2, 0.3, 0.4], { ...PLAIN, minP: 0.45 }), [0, 2 / 9, 3 / 9, 4 / 9]);
    expectShares(shares([0.1, 0.2, 0.3, 0.4], { ...PLAIN, minP: 1 }), [0, 0, 0, 1]);
  });

  it('applies min p after top p, as the reference does', () => {
    expectShares(shares([0.1, 0.2, 0.3, 0.4], { ...PLAIN, topP: 0.65, minP: 0.7 }), [0, 0, 3 / 7, 4 / 7]);
  });

  it('penalises presence once, frequency each time, repetition by sign', () => {
    const history = new TokenHistory([3]);
    history.add(0);
    history.add(0);
    history.add(1);
    const presence = Float32Array.of(5, 5, 5, 5);
    history.penalize(presence, { ...PLAIN, presencePenalty: 1.5 });
    expect([...presence]).toEqual([3.5, 3.5, 5, 5]);
    const frequency = Float32Array.of(5, 5, 5, 5);
    history.penalize(frequency, { ...PLAIN, frequencyPenalty: 0.5 });
    expect([...frequency]).toEqual([4, 4.5, 5, 5]);
    const repetition = Float32Array.of(4, -4, 4, -4);
    history.penalize(repetition, { ...PLAIN, repetitionPenalty: 2 });
    expect([...repetition]).toEqual([2, -8, 4, -8]);
  });

  it('lets penalties change a greedy choice', () => {
    const history = new TokenHistory([]);
    history.add(1);
    expect(sample(Float32Array.of(1, 2, 0), history, { ...GREEDY, presencePenalty: 1.5 }, 0)).toBe(0);
  });

  it('draws from a vocabulary of 151,936 tokens without losing the tail', () => {
    const flat = new Float32Array(151_936);
    expect(sample(flat.slice(), new TokenHistory([]), PLAIN, 0.999_999_9)).toBeGreaterThan(151_900);
    expect(sample(flat.slice(), new TokenHistory([]), PLAIN, 0)).toBe(0);
  });

  it('refuses options out of range and names them', () => {
    const refuse = (options: Partial<SamplingOptions>) => () => checkSampling({ ...PLAIN, ...options });
    for (const bad of [
      { temperature: -0.1 },
      { temperature: Number.NaN },
      { topP: 1.1 },
      { topK: 2.5 },
      { topK: -1 },
      { minP: 2 },
      { presencePenalty: 3 },
      { repetitionPenalty: 0 },
    ]) {
      expect(refuse(bad)).toThrowError(Object.keys(bad)[0]);
      expect(refuse(bad)).toThrowError(expect.objectContaining({ code: 'invalid-argument' }));
    }
  });
});

describe('random numbers', () => {
  it('depend on seed and position alone', () => {
    expect(uniformAt(7, 12)).toBe(uniformAt(7, 12));
    expect(uniformAt(7, 12)).not.toBe(uniformAt(8, 12));
    expect(uniformAt(7, 12)).not.toBe(uniformAt(7, 13));
  });

  it('are spread evenly over positions and over seeds', () => {
    for (const draw of [(i: number) => uniformAt(42, i), (i: number) => uniformAt(i, 42)]) {
      const buckets = new Array<number>(16).fill(0);
      for (let i = 0; i < 16_000; i++) buckets[Math.floor(draw(i) * 16)]! += 1;
      const chiSquare = buckets.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
      // 15 degrees of freedom: 44.3 is passed once in ten thousand fair experiments.
      expect(chiSquare).toBeLessThan(44.3);
    }
  });
});

describe('recommended sampling', () => {
  it('is what the model cards publish', () => {
    const vl = { architecture: 'qwen3vl', thinking: false } as const;
    expect(publishedSampling({ ...vl, pictures: true })).toMatchObject({
      temperature: 0.7,
      topP: 0.8,
      topK: 20,
      presencePenalty: 1.5,
    });
    expect(publishedSampling({ ...vl, pictures: false })).toMatchObject({
      temperature: 1,
      topP: 1,
      topK: 40,
      presencePenalty: 2,
    });
  });

  it('is overlaid with what the file says, and left alone where the file asks for greedy decoding', () => {
    const model = { architecture: 'qwen3vl', thinking: false, pictures: true } as const;
    expect(defaultSampling({ temperature: 0 }, model)).toEqual(GREEDY);
    expect(defaultSampling({ temperature: 0.5, topK: 5 }, model)).toEqual({
      ...publishedSampling(model),
      temperature: 0.5,
      topK: 5,
    });
  });
});
