import { describe, expect, it } from 'vitest';
import { checkSampling, sample, TokenHistory } from '../../../src/engine/sampler.ts';
import { drawHash, drawKey, waitOf } from '../../../src/model/race.ts';
import {
  defaultSampling,
  GREEDY,
  publishedSampling,
  type SamplingOptions,
} from '../../../src/model/sampling.ts';

const PLAIN: SamplingOptions = { ...GREEDY, temperature: 1 };
const logits = (...probabilities: number[]) => Float32Array.from(probabilities, Math.log);

/** Shares of the tokens over many positions. */
function shares(probabilities: number[], options: SamplingOptions, draws = 20_000): number[] {
  const counts = probabilities.map(() => 0);
  for (let i = 0; i < draws; i++) {
    counts[sample(logits(...probabilities), new TokenHistory([]), options, drawKey(11, i))]! += 1;
  }
  return counts.map((count) => count / draws);
}

/** Within 5 standard deviations, and never what is not to be drawn. */
function expectShares(got: number[], wanted: number[], draws = 20_000): void {
  for (const [i, share] of wanted.entries()) {
    expect(Math.abs(got[i]! - share)).toBeLessThanOrEqual(5 * Math.sqrt((share * (1 - share)) / draws));
  }
}

describe('sampling', () => {
  it('draws each token as often as its probability says', () => {
    expectShares(shares([0.1, 0.2, 0.3, 0.4], PLAIN), [0.1, 0.2, 0.3, 0.4]);
  });

  it('takes the first of the likeliest tokens at temperature 0', () => {
    expect(sample(logits(0.2, 0.4, 0.4), new TokenHistory([]), GREEDY, drawKey(1, 2))).toBe(1);
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

  it('draws from all of a vocabulary of 151,936 tokens', () => {
    const flat = new Float32Array(151_936);
    const ids = Array.from({ length: 60 }, (_, i) =>
      sample(flat.slice(), new TokenHistory([]), PLAIN, drawKey(3, i)),
    );
    expect(Math.min(...ids)).toBeLessThan(15_000);
    expect(Math.max(...ids)).toBeGreaterThan(137_000);
    expect(new Set(ids).size).toBeGreaterThan(58);
  });

  it('takes the smaller id of equally likely tokens that a cut divides', () => {
    const flat = [0.2, 0.2, 0.2, 0.2, 0.2];
    expectShares(shares(flat, { ...PLAIN, topK: 2 }), [0.5, 0.5, 0, 0, 0]);
    expectShares(shares(flat, { ...PLAIN, topP: 0.5 }), [1 / 3, 1 / 3, 1 / 3, 0, 0]);
  });

  it('adds the logit bias before the penalties', () => {
    const history = new TokenHistory([0]);
    const constraints = { logitBias: new Map([[0, 4]]) };
    // (1 + 4) / 2 = 2.5, not 1 / 2 + 4.
    const pick = (other: number) =>
      sample(Float32Array.of(1, other), history, { ...GREEDY, repetitionPenalty: 2 }, 0, constraints);
    expect([pick(2.4), pick(2.6)]).toEqual([0, 1]);
  });

  it('draws only what the mask allows', () => {
    const allowed = Uint32Array.of(0b1010);
    for (let i = 0; i < 200; i++) {
      const id = sample(logits(0.6, 0.1, 0.2, 0.1), new TokenHistory([]), PLAIN, drawKey(1, i), { allowed });
      expect([1, 3]).toContain(id);
    }
    const nothing = { allowed: Uint32Array.of(0) };
    expect(() => sample(logits(0.5, 0.5), new TokenHistory([]), PLAIN, 1, nothing)).toThrowError('no token');
  });

  it('refuses logits that are no numbers, wherever they stand', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => sample(Float32Array.of(3, 1, bad), new TokenHistory([]), GREEDY, 0)).toThrowError(
        'no numbers',
      );
    }
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
  it('depend on seed, position and token alone', () => {
    expect(drawKey(7, 12)).toBe(drawKey(7, 12));
    expect(drawKey(7, 12)).not.toBe(drawKey(8, 12));
    expect(drawKey(7, 12)).not.toBe(drawKey(7, 13));
    expect(drawHash(5, 1)).not.toBe(drawHash(5, 2));
  });

  it('are spread evenly over positions, seeds and tokens', () => {
    const series: ((i: number) => number)[] = [
      (i) => drawHash(drawKey(42, i), 3),
      (i) => drawHash(drawKey(i, 42), 3),
      (i) => drawHash(drawKey(42, 42), i),
    ];
    for (const draw of series) {
      const buckets = new Array<number>(16).fill(0);
      for (let i = 0; i < 16_000; i++) buckets[draw(i) >>> 28]! += 1;
      const chiSquare = buckets.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
      // 15 degrees of freedom: 44.3 is passed once in ten thousand fair experiments.
      expect(chiSquare).toBeLessThan(44.3);
    }
  });

  it('do not repeat between neighbouring positions and tokens', () => {
    // The same pair of waits must not come back with another pair of tokens.
    const series = (position: number) =>
      Array.from({ length: 4096 }, (_, id) => drawHash(drawKey(42, position), id));
    const [a, b] = [series(1), series(2)];
    expect(new Set([...a, ...b]).size).toBeGreaterThan(8190);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const products = (first: number[], second: number[]) =>
      mean(first.map((value, i) => (value / 2 ** 32 - 0.5) * (second[i]! / 2 ** 32 - 0.5)));
    // Variance of a product is 1 / 144: 5 standard deviations of the mean.
    const bound = 5 / 12 / Math.sqrt(4095);
    expect(Math.abs(products(a, b))).toBeLessThan(bound);
    expect(Math.abs(products(a.slice(1), a.slice(0, -1)))).toBeLessThan(bound);
  });

  it('become waits of mean 1', () => {
    expect(waitOf(0) * 2 ** 33).toBeCloseTo(1, 9);
    expect(waitOf(0x80000000)).toBeCloseTo(Math.LN2, 9);
    expect(waitOf(0xffffffff)).toBeCloseTo(33 * Math.LN2, 9);
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
