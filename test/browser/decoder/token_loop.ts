/** The token loop on our kernels: rows that run together, tokens drawn ahead, drafts, draws that are narrowed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/engine/backend.ts';
import type { Drawing, DrawingReport, DrawnToken, Executor, KvCache } from '../../../src/engine/executor.ts';
import { sample, TokenHistory } from '../../../src/engine/sampler.ts';
import { WebgpuExecutor } from '../../../src/engine/webgpu/executor.ts';
import { drawKey } from '../../../src/model/race.ts';
import { GREEDY, type SamplingOptions } from '../../../src/model/sampling.ts';
import { compareDecoding, useKernels } from '../../parity/decode/compare.ts';
import { randomModels } from '../../parity/decode/models.ts';
import { isLong } from '../../support/long.ts';
import { openRandom, randomTokens, type Shape, vocabulary } from '../../support/models.ts';
import { randomFrom } from '../../support/random.ts';
import { sharedBackend } from '../../support/shared_backends.ts';

type Webgpu = Extract<Backend, { device: 'webgpu' }>;
let gpu: Webgpu;

beforeAll(async () => {
  gpu = await sharedBackend('webgpu');
});

async function executorOf(shape: Shape): Promise<WebgpuExecutor> {
  return WebgpuExecutor.create(gpu.gpu, gpu.runtime, await openRandom(shape));
}

/** Appends text tokens to the cache. */
function forward(
  executor: Executor,
  cache: KvCache,
  tokenIds: Int32Array,
  logits: 'none' | 'held' | 'last' | 'all',
): Promise<Float32Array> {
  const positions = Int32Array.from(
    { length: 3 * tokenIds.length },
    (_, i) => cache.length + (i % tokenIds.length),
  );
  return executor.forward(cache, { tokenIds, positions, pictures: [], logits });
}

const PROMPT = randomTokens(40);

/** `npm run parity -- --decode` does the same for longer, with more models. */
async function expectGraphsAgree(executor: WebgpuExecutor, tokens: number): Promise<void> {
  const positions = Int32Array.from({ length: 3 * PROMPT.length }, (_, i) => i % PROMPT.length);
  const prompt = { tokenIds: PROMPT, positions, delta: 0, pictures: [] };
  const { equal, distinct, gapAtDifference } = await compareDecoding(executor, prompt, tokens);
  expect({ equal, gapAtDifference }).toEqual({ equal: tokens, gapAtDifference: null });
  expect(distinct).toBeGreaterThan(tokens / 2);
}

describe('tokens that run together', () => {
  it.each([
    'F16, heads of 32, three layers',
    // Each shape is compiled anew.
    ...(isLong ? ['Q4_K and Q6_K in turn, heads of 64', 'BF16, heads of 128, text-only Qwen3'] : []),
  ])('give the same bits in any cut: %s', async (name) => {
    const executor = await executorOf(randomModels.get(name)!);
    // The tokens lie on both sides of where attention splits its keys, at 64 and 128.
    const context = randomTokens(117, 1);
    const tokens = randomTokens(20);
    const results: Uint32Array[] = [];
    for (const cut of [[20], new Array<number>(20).fill(1), [3, 1, 7, 2, 5, 2], [4, 8, 6, 2], [12, 8]]) {
      const cache = executor.createCache(160);
      for (let from = 0; from < context.length; from += 39) {
        await forward(executor, cache, context.subarray(from, from + 39), 'none');
      }
      const logits: number[] = [];
      let from = 0;
      for (const count of cut) {
        for (const value of await forward(executor, cache, tokens.subarray(from, from + count), 'all')) {
          logits.push(value);
        }
        from += count;
      }
      results.push(new Uint32Array(Float32Array.from(logits).buffer));
      cache.dispose();
    }
    const differences = results.map((bits) =>
      bits.reduce((sum, b, i) => sum + Number(b !== results[0]![i]), 0),
    );
    expect(differences).toEqual([0, 0, 0, 0, 0]);
    expect(new Set(results[0]).size).toBeGreaterThan(results[0]!.length / 2);
    if (name.includes('in turn')) await expectGraphsAgree(executor, 12);
    await executor.dispose();
  });
});

/** Draws an answer of `limit` tokens to {@link PROMPT}. */
async function draw(
  executor: Executor,
  { onToken, ...drawing }: Partial<Drawing> & { limit: number; onToken?: () => void },
): Promise<{ tokens: DrawnToken[]; ids: number[]; report: DrawingReport }> {
  // A cache with room for the answer, but for its last token.
  const cache = executor.createCache(PROMPT.length + drawing.limit - 1);
  await forward(executor, cache, PROMPT, 'held');
  const options = {
    sampling: GREEDY,
    seed: 7,
    promptIds: PROMPT,
    delta: 0,
    withLogits: false,
    speculate: false,
  };
  const source = executor.draw(cache, { ...options, ...drawing });
  const tokens: DrawnToken[] = [];
  while (tokens.length < drawing.limit) {
    tokens.push(await source.next());
    onToken?.();
  }
  const report = await source.end();
  expect(cache.length).toBe(PROMPT.length + drawing.limit - 1);
  cache.dispose();
  return { tokens, ids: tokens.map(({ id }) => id), report };
}

const PENALISED: SamplingOptions = {
  temperature: 0.8,
  topK: 40,
  topP: 0.95,
  minP: 0.01,
  presencePenalty: 0.2,
  frequencyPenalty: 0.02,
  repetitionPenalty: 1.05,
};

describe('drawing', () => {
  let executor: WebgpuExecutor;
  beforeAll(async () => {
    executor = await executorOf(randomModels.get('Q8_0, heads of 64')!);
  });
  afterAll(async () => {
    await executor.dispose();
    expect(executor.memory().count).toBe(0);
  });

  it('greedily finds what the graphs lead to', async () => {
    await expectGraphsAgree(executor, 16);
    await useKernels(executor, true);
  });

  it.each([
    ['greedy', GREEDY],
    ['seeded, with every option', PENALISED],
  ])('gives the same answer however long it may become, with drafts or without: %s', async (_, sampling) => {
    const whole = (await draw(executor, { sampling, limit: 40 })).ids;
    for (const limit of [1, 2, 3, 5, 9, 17, 40]) {
      for (const speculate of [false, true]) {
        expect((await draw(executor, { sampling, limit, speculate })).ids).toEqual(whole.slice(0, limit));
      }
    }
    const other = (await draw(executor, { sampling, limit: 40, seed: 8 })).ids;
    expect(other.join() === whole.join()).toBe(sampling === GREEDY);
  });

  it('hands out the logits that it draws from, and draws what the CPU draws', async () => {
    const random = randomFrom(3);
    const logitBias = new Map(Array.from({ length: 30 }, (_, id) => [id, 3 * random()]));
    const tried: Partial<Drawing>[] = [
      { sampling: GREEDY },
      { sampling: { ...GREEDY, temperature: 1 } },
      { sampling: PENALISED, logitBias },
      { sampling: { ...PENALISED, temperature: 1.5, topK: 0, repetitionPenalty: 1 }, seed: -5 },
    ];
    for (const drawing of tried) {
      const { tokens, ids } = await draw(executor, { ...drawing, limit: 40, withLogits: true });
      const cache = executor.createCache(80);
      const history = new TokenHistory(PROMPT);
      let logits = await forward(executor, cache, PROMPT, 'last');
      for (const [i, token] of tokens.entries()) {
        const expected = logits.subarray(0, vocabulary.tokens.length);
        expect(token.logits).toEqual(expected);
        const key = drawKey(drawing.seed ?? 7, PROMPT.length + i);
        const own = sample(expected.slice(), history, drawing.sampling!, key, {
          ...(drawing.logitBias && { logitBias: drawing.logitBias }),
        });
        expect(token.id).toBe(own);
        history.add(own);
        logits = await forward(executor, cache, Int32Array.of(own), 'last');
      }
      cache.dispose();
      expect(new Set(ids).size).toBeGreaterThan(10);
    }
  });

  it('never draws what the mask forbids', async () => {
    const random = randomFrom(9);
    const words = Math.ceil(vocabulary.tokens.length / 32);
    for (const sampling of [GREEDY, { ...GREEDY, temperature: 2 }, PENALISED]) {
      const asked: (Set<number> | null)[] = [];
      const allowed = () => {
        // Every fourth draw is free; the others have from one token to a few, some of which have no chance.
        const isFree = asked.length % 4 === 3;
        const ids = Array.from({ length: 1 + (asked.length % 6) }, () => Math.floor(random() * 300));
        asked.push(isFree ? null : new Set(ids));
        if (isFree) return null;
        const mask = new Uint32Array(words);
        for (const id of ids) mask[id >>> 5]! |= 1 << (id & 31);
        return mask;
      };
      const { ids } = await draw(executor, { sampling, limit: 40, allowed, speculate: true });
      expect(asked.length).toBe(40);
      expect(ids.filter((id, i) => asked[i]?.has(id) === false)).toEqual([]);
      const free = await draw(executor, { sampling, limit: 40 });
      expect(ids).not.toEqual(free.ids);
    }
  });

  it('asks for the mask only where it is needed, with nothing under way, and draws the same', async () => {
    const words = Math.ceil(vocabulary.tokens.length / 32);
    // Draws that the mask decides: a few in the middle, and one at each end.
    const fixed = new Map([0, 11, 12, 13, 14, 39].map((index, i) => [index, 65 + i]));
    const sampled = { ...GREEDY, temperature: 0.8 };
    // So few tokens that some drafts are right.
    const logitBias = new Map([65, 66, 67].map((id) => [id, 30]));
    for (const [sampling, speculate] of [
      [GREEDY, false],
      [sampled, false],
      [sampled, true],
    ] as const) {
      const asked: number[] = [];
      let handedOut = 0;
      const steered: Partial<Drawing> = {
        allowed: () => {
          asked.push(handedOut);
          const id = fixed.get(handedOut);
          if (id === undefined) return null;
          const mask = new Uint32Array(words);
          mask[id >>> 5] = 1 << (id & 31);
          return mask;
        },
      };
      const options = { sampling, logitBias, limit: 40, onToken: () => (handedOut += 1) };
      const stepped = await draw(executor, { ...options, ...steered });
      expect(asked).toEqual(Array.from({ length: 40 }, (_, index) => index));

      asked.length = 0;
      handedOut = 0;
      const next = () => [...fixed.keys()].find((index) => index >= handedOut) ?? Number.POSITIVE_INFINITY;
      const free = () => next() - handedOut;
      const ahead = await draw(executor, { ...options, ...steered, free, speculate });
      expect(asked).toEqual([...fixed.keys()]);
      expect(ahead.ids).toEqual(stepped.ids);
      for (const [index, id] of fixed) expect(ahead.ids[index]).toBe(id);
      expect(ahead.report.draftedTokens > 0).toBe(speculate);
    }
  });
});

describe('drafts', () => {
  it('are right where the answer repeats itself, and change nothing', async () => {
    // Without sharp attention, what a random network says greedily soon goes round in circles.
    const executor = await executorOf({ ...randomModels.get('Q8_0, heads of 64')!, sharpness: 1 });
    // So few tokens that runs of three come again and again by chance.
    const logitBias = new Map([65, 66, 67].map((id) => [id, 30]));
    const cases: [string, Partial<Drawing>][] = [
      ['greedy', { sampling: GREEDY }],
      ['seeded', { sampling: { ...GREEDY, temperature: 0.7 }, logitBias }],
      ['seeded, with every option', { sampling: { ...PENALISED, presencePenalty: 2 }, logitBias }],
    ];
    for (const [name, drawing] of cases) {
      const plain = await draw(executor, { ...drawing, limit: 120 });
      const drafted = await draw(executor, { ...drawing, limit: 120, speculate: true });
      expect(drafted.ids).toEqual(plain.ids);
      expect(plain.report).toEqual({ draftedSteps: 0, draftedTokens: 0, acceptedTokens: 0 });
      const { draftedSteps, draftedTokens, acceptedTokens } = drafted.report;
      expect(acceptedTokens).toBeGreaterThan(0);
      expect(draftedTokens).toBeGreaterThanOrEqual(acceptedTokens);
      console.log(`${name}: ${(acceptedTokens / draftedSteps).toFixed(2)} drafts right in a drafted step`);
    }
    await executor.dispose();
  });
});
