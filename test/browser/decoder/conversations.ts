/** Answers on the GPU that end early, and conversations that go on from what is cached. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/engine/backend.ts';
import { Engine } from '../../../src/engine/engine.ts';
import type { ChatMessage } from '../../../src/model/chat.ts';
import type { ChatRequest, ChatResult } from '../../../src/model/request.ts';
import { GREEDY, type SamplingOptions } from '../../../src/model/sampling.ts';
import { logSoftmax } from '../../parity/comparison.ts';
import { randomModels } from '../../parity/decode/models.ts';
import { isLong } from '../../support/long.ts';
import { openRandom, vocabulary } from '../../support/models.ts';
import { randomFrom } from '../../support/random.ts';
import { sharedBackend } from '../../support/shared_backends.ts';

type Webgpu = Extract<Backend, { device: 'webgpu' }>;
const CONTEXT_LENGTH = 440;

let gpu: Webgpu;
let engine: Engine;
/** The same model with a cache of its own. */
let other: Engine;

beforeAll(async () => {
  gpu = await sharedBackend('webgpu');
  engine = await load();
  other = await load();
}, 120_000);
afterAll(async () => {
  await engine.dispose();
  await other.dispose();
});

async function load(): Promise<Engine> {
  const shape = randomModels.get('Q8_0, heads of 64')!;
  const opened = await openRandom({ ...shape, text: { ...shape.text, contextLength: CONTEXT_LENGTH } });
  return Engine.start(opened, { backend: gpu, contextLength: CONTEXT_LENGTH });
}

/** Each token is a byte: so the model says small letters and spaces, and never ends by itself. */
const LETTERS: [number, number][] = vocabulary.tokens.flatMap((token, id) =>
  /^[a-zĠ]$/.test(token) ? [] : [[id, -100]],
);
const SEEDED: SamplingOptions = { ...GREEDY, temperature: 1, topP: 0.95, presencePenalty: 0.3 };

function ask(messages: ChatMessage[], more: Partial<ChatRequest> = {}): ChatRequest {
  return { messages, sampling: GREEDY, seed: 5, logitBias: LETTERS, maxTokens: 24, ...more };
}
const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });

/** Some text of so many characters, each a token. */
function document(length: number, seed: number): string {
  const random = randomFrom(seed);
  return Array.from({ length }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join('');
}

/** The answer of an engine that knows nothing of the prompt. */
async function fresh(request: ChatRequest): Promise<ChatResult> {
  await other.chat(ask([user('~')], { maxTokens: 1 }));
  const result = await other.chat(request);
  expect(result.usage.cachedTokens).toBe(0);
  return result;
}

/** Asks, and compares with a fresh engine's answer. */
async function expectAsFresh(request: ChatRequest): Promise<ChatResult> {
  const result = await engine.chat(request);
  const { text, finishReason, usage } = await fresh(request);
  expect(result).toMatchObject({ text, finishReason });
  expect(result.usage).toMatchObject({
    promptTokens: usage.promptTokens,
    completionTokens: usage.completionTokens,
  });
  return result;
}

describe.each([
  ['greedy', GREEDY],
  ['seeded', SEEDED],
])('an answer that ends early, %s', (_, sampling) => {
  const request = ask([user('Once upon a time there was')], { sampling, maxTokens: 60 });
  let whole: string;
  beforeAll(async () => {
    const result = await engine.chat(request);
    expect(result).toMatchObject({ finishReason: 'length', usage: { completionTokens: 60 } });
    whole = result.text;
    expect(whole).toMatch(/^[a-z ]{60}$/);
    expect(new Set(whole).size).toBeGreaterThan(5);
  });
  /** The next answer is the whole one, from a cache that holds all of the prompt but its last token. */
  const expectWhole = async () => {
    const { text, usage } = await engine.chat(request);
    expect(text).toBe(whole);
    expect(usage.cachedTokens).toBe(usage.promptTokens - 1);
  };

  it('by its limit is exactly so long', async () => {
    for (const maxTokens of [1, 2, 3, 4, 7, 59]) {
      const { text, finishReason, usage } = await engine.chat({ ...request, maxTokens });
      expect({ text, finishReason }).toEqual({ text: whole.slice(0, maxTokens), finishReason: 'length' });
      expect(usage.completionTokens).toBe(maxTokens);
    }
    await expectWhole();
  });

  it('by a stop string ends before it', async () => {
    for (const at of [0, 1, 6, 23, 57]) {
      const stop = whole.slice(at, at + 3);
      const { text, finishReason, usage } = await engine.chat({ ...request, stop: [stop, 'ZZ'] });
      expect({ text, finishReason }).toEqual({
        text: whole.slice(0, whole.indexOf(stop)),
        finishReason: 'stop',
      });
      expect(usage.completionTokens).toBe(whole.indexOf(stop) + 3);
      await expectWhole();
    }
  });

  it('by the user holds what was said', async () => {
    for (const heard of [1, 2, 11, 40]) {
      const controller = new AbortController();
      let events = 0;
      const { text, finishReason, usage } = await engine.chat(
        request,
        ({ type }) => {
          if (type === 'text' && ++events === heard) controller.abort();
        },
        controller.signal,
      );
      expect(finishReason).toBe('abort');
      expect(text.length).toBeGreaterThanOrEqual(heard);
      expect(text).toBe(whole.slice(0, usage.completionTokens));
      await expectWhole();
    }
  });

  it('at the end of the context fills it to the last token', async () => {
    const long = user(document(CONTEXT_LENGTH - 21, 1));
    const { maxTokens: _, ...unlimited } = ask([long], { sampling });
    const { finishReason, usage } = await expectAsFresh(unlimited);
    expect({ finishReason, completionTokens: usage.completionTokens }).toEqual({
      finishReason: 'length',
      completionTokens: 21,
    });
    const full = engine.chat(ask([user(document(CONTEXT_LENGTH, 1))], { sampling }));
    await expect(full).rejects.toMatchObject({ code: 'context-overflow' });
    await engine.chat(request);
    await expectWhole();
  });
});

describe('what is cached', { timeout: 120_000 }, () => {
  it('of a document covers all but the question that changed', async () => {
    const text = document(340, 2);
    const first = await expectAsFresh(ask([user(`${text} What is it about?`)]));
    expect(first.usage).toMatchObject({ promptTokens: 358, cachedTokens: 0 });
    const second = await expectAsFresh(ask([user(`${text} Who wrote it?`)]));
    // " Wh" is the same, too.
    expect(second.usage).toMatchObject({ promptTokens: 354, cachedTokens: 343 });
    expect(second.text).not.toBe(first.text);
    const seeded = await expectAsFresh(ask([user(`${text} Who wrote this?`)], { sampling: SEEDED }));
    expect(seeded.usage.cachedTokens).toBe(351);
  });

  it.each([['seeded', SEEDED], ...(isLong ? ([['greedy', GREEDY]] as const) : [])] as const)(
    'survives all that a conversation goes through: %s',
    async (_, sampling) => {
      // Every turn is read twice, and reading takes a software adapter long.
      const opening = user(`${document(isLong ? 200 : 80, sampling === GREEDY ? 3 : 4)}. A question`);
      const first = await expectAsFresh(ask([opening], { sampling }));
      expect(first.usage.cachedTokens).toBe(0);
      const { promptTokens } = first.usage;

      // A second turn knows the first answer, but for its last token, which nothing followed.
      const turn = [opening, assistant(first.text), user(' Go on')];
      const second = await expectAsFresh(ask(turn, { sampling }));
      expect(second.usage.cachedTokens).toBe(promptTokens + 23);

      // An edited last message.
      const edited = [...turn.slice(0, 2), user(' Go back')];
      expect((await expectAsFresh(ask(edited, { sampling }))).usage.cachedTokens).toBe(promptTokens + 24 + 4);

      // A stop string, then the next turn with what was said before it.
      const stop = second.text.slice(9, 12);
      const stopped = await expectAsFresh(ask(turn, { sampling, stop: [stop] }));
      expect(stopped.finishReason).toBe('stop');
      const third = [...turn, assistant(stopped.text), user('!')];
      const { usage } = await expectAsFresh(ask(third, { sampling }));
      expect(usage.cachedTokens).toBe(stopped.usage.promptTokens + stopped.text.length);

      // An answer that was aborted, and one that was aborted before it began.
      for (const moment of ['text', 'prefill']) {
        const controller = new AbortController();
        const aborted = await engine.chat(
          ask([...turn, user(` ${moment}`)], { sampling }),
          ({ type }) => type === moment && controller.abort(),
          controller.signal,
        );
        expect(aborted.finishReason).toBe('abort');
        const next = [...turn, user(` ${moment}`), assistant(aborted.text), user(' And now?')];
        const { usage } = await expectAsFresh(ask(next, { sampling }));
        expect(usage.cachedTokens).toBeGreaterThanOrEqual(
          moment === 'text' ? aborted.usage.promptTokens : first.usage.promptTokens + 24,
        );
      }

      // Another conversation with the same beginning, and back.
      const elsewhere = [opening, assistant('something else'), user(' Really?')];
      for (const messages of [elsewhere, third, elsewhere]) {
        const { usage } = await expectAsFresh(ask(messages, { sampling }));
        expect(usage.cachedTokens).toBeGreaterThanOrEqual(promptTokens);
      }
    },
  );
});

describe('log-probabilities', () => {
  it('are those of the logits, of the chosen token and the likeliest twenty', async () => {
    const request = ask([user('How likely?')], { sampling: SEEDED, maxTokens: 30 });
    const result = await engine.chat({ ...request, logprobs: 20 });
    expect(result.text).toBe((await engine.chat(request)).text);
    expect(result.logprobs!.length).toBe(30);

    const ids = [...engine.tokenizer.encode('How likely?'), ...result.logprobs!.map(({ id }) => id)];
    const tokenIds = Int32Array.from(ids.slice(0, -1));
    const cache = other.executor.createCache(ids.length);
    const positions = Int32Array.from({ length: 3 * tokenIds.length }, (_, i) => i % tokenIds.length);
    const logits = await other.executor.forward(cache, { tokenIds, positions, pictures: [], logits: 'all' });
    cache.dispose();
    const vocabSize = vocabulary.tokens.length;
    for (const [i, { id, bytes, logprob, top }] of result.logprobs!.entries()) {
      const row = tokenIds.length - 30 + i;
      const expected = logSoftmax(logits.subarray(row * vocabSize, (row + 1) * vocabSize));
      expect(logprob).toBeCloseTo(expected[id]!, 4);
      expect(new TextDecoder().decode(bytes)).toBe(result.text[i]);
      expect(top.length).toBe(20);
      const best = [...expected].sort((a, b) => b - a).slice(0, 20);
      for (const [rank, token] of top.entries()) {
        expect(token.logprob).toBeCloseTo(expected[token.id]!, 4);
        expect(token.logprob).toBeCloseTo(best[rank]!, 4);
      }
      expect(new Set(top.map((token) => token.id)).size).toBe(20);
    }
  });
});
