/**
 * What is held on the GPU, counted by the device itself: over loads, over conversations, and beside what the catalogue
 * says. One worker for all of it, for a fresh one has everything to compile.
 */
import { type Remote, wrap } from 'comlink';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ChatMessage, ContentPart } from '../../src/model/chat.ts';
import { GlanceClient } from '../../src/rpc/client.ts';
import type { ChatRequest, ChatResult, DeviceMemory, ModelInfo } from '../../src/rpc/contract.ts';
import { kvBytesPerToken, memoryNeed } from '../../src/store/need.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import { readTextConfig, readVisionConfig } from '../../src/weights/model_config.ts';
import { isLong } from '../support/long.ts';
import type { FaultyService } from './fault_worker.ts';
import { type Questions, readQuestions } from './questions.ts';

const address = (name: string) => new URL(`/models/pico/${name}`, location.href).href;
const files = { text: address('pico-Q8_0.gguf'), vision: address('mmproj-pico-F16.gguf') };

let held: Questions;
const services: Remote<FaultyService>[] = [];
const client = new GlanceClient(() => {
  const worker = new Worker(new URL('./fault_worker.ts', import.meta.url), { type: 'module' });
  services.push(wrap<FaultyService>(worker));
  return worker;
});

const load = (contextLength: number): Promise<ModelInfo> =>
  client.load({ source: { kind: 'url', ...files }, device: 'webgpu', contextLength });

beforeAll(async () => {
  held = await readQuestions();
  await load(512);
  await services[0]!.keepPrograms();
}, 120_000);
afterEach(async () => {
  await client.unload();
  expect(await client.memory()).toBeNull();
  expect(await services[0]!.liveBuffers()).toEqual({ count: 0, bytes: 0 });
  expect(services.length).toBe(1);
});
afterAll(() => client.close());

/** A question about one of two pictures. */
function user(text: string, picture?: number): ChatMessage {
  const content: ContentPart[] = [{ type: 'text', text }];
  if (picture !== undefined) content.unshift({ type: 'image', image: held.picture(picture) });
  return { role: 'user', content };
}
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });
const ask = (messages: ChatMessage[], more: Partial<ChatRequest> = {}): Promise<ChatResult> =>
  client.chat({ messages, ...more });

/** Nothing lies on the GPU but what is told. */
async function expectCounted({ count, bytes }: DeviceMemory): Promise<void> {
  expect(await services[0]!.liveBuffers()).toEqual({ count, bytes });
}

const cycles = isLong ? 20 : 2;

it(`is as much after ${cycles} loads, questions and unloads as after the first`, {
  timeout: 180_000,
}, async () => {
  const { scene, question, answer } = held.questions[0]!;
  let first: DeviceMemory | null = null;
  for (let cycle = 0; cycle < cycles; cycle++) {
    await client.unload();
    expect(await services[0]!.liveBuffers()).toEqual({ count: 0, bytes: 0 });
    await load(512);
    expect((await ask([user(question, scene)])).text).toBe(answer);
    const memory = (await client.memory())!;
    first ??= memory;
    expect(memory).toEqual(first);
    await expectCounted(memory);
  }
  expect(Object.keys(first!.byCategory).sort()).toEqual(['features', 'kv', 'scratch', 'staging', 'weights']);
});

describe('over conversations', () => {
  const CONTEXT_LENGTH = 384;
  beforeEach(async () => {
    await load(CONTEXT_LENGTH);
  });

  /** An answer that is stopped when so much of it was heard. */
  async function abort(messages: ChatMessage[], moment: 'prefill' | 'text'): Promise<void> {
    const controller = new AbortController();
    const stopped = await client.chat(
      // It does not end by itself before it hears of the stop.
      { messages, sampling: { temperature: 2 }, seed: 3, logitBias: [[300, 100]] },
      ({ type }) => type === moment && controller.abort(),
      controller.signal,
    );
    expect(stopped.finishReason).toBe('abort');
  }

  const conversations: Record<string, () => Promise<void>> = {
    async 'stopped by the user, then edited'() {
      await abort([user('Describe the image.', 0)], 'text');
      await abort([user('How many shapes are there?', 0)], 'prefill');
      expect((await ask([user('How many shapes?', 0)])).usage.cachedTokens).toBeGreaterThan(10);
    },
    async 'stopped by a string, then carried on'() {
      const first = [user('Describe the image.', 1)];
      const { text } = await ask(first);
      const stopped = await ask(first, { stop: [text.slice(4, 7)] });
      expect(stopped.text).toBe(text.slice(0, text.indexOf(text.slice(4, 7))));
      const next = await ask([...first, assistant(text), user('How many shapes are there?')]);
      expect(next.usage.cachedTokens).toBeGreaterThan(stopped.usage.promptTokens);
    },
    async 'two that share a beginning, in turns'() {
      const shared = [user('Describe the image.', 0), assistant('A picture.')];
      for (const text of ['What colour is it?', 'How many shapes are there?', 'What colour is it?']) {
        expect((await ask([...shared, user(text)], { maxTokens: 6 })).usage.cachedTokens).toBeGreaterThan(0);
      }
    },
    async 'sampled, with log-probabilities, penalties and bias'() {
      const sampling = { temperature: 1.2, topP: 0.9, repetitionPenalty: 1.1, presencePenalty: 0.5 };
      const logitBias: [number, number][] = [[40, 5]];
      await ask([user('Describe the image.', 1)], {
        sampling,
        seed: 1,
        logprobs: 5,
        logitBias,
        maxTokens: 12,
      });
      await ask([user('Describe the image.', 1)], { sampling, seed: 2, maxTokens: 12 });
    },
    async 'too long for the context'() {
      const long = user('What is this? '.repeat(CONTEXT_LENGTH));
      await expect(ask([long])).rejects.toMatchObject({ code: 'context-overflow' });
      const { droppedMessages } = await ask([long, assistant('No.'), user('How many?', 0)], {
        overflow: 'drop-oldest',
        maxTokens: 4,
      });
      expect(droppedMessages).toBe(2);
    },
  };

  const more = isLong ? 20 : 5;

  it(`is no more after ${more} more than after one of each kind`, { timeout: 180_000 }, async () => {
    const kinds = Object.values(conversations);
    for (const hold of kinds) await hold();
    const first = (await client.memory())!;
    expect(first.byCategory.features!.count).toBeGreaterThan(0);
    for (let i = 0; i < more; i++) {
      await kinds[i % kinds.length]!();
      const memory = (await client.memory())!;
      expect(memory).toEqual(first);
      await expectCounted(memory);
    }
  });
});

describe('what the catalogue says', () => {
  const CONTEXT_LENGTH = 2048;

  async function header(url: string) {
    const blob = await (await fetch(url)).blob();
    return { file: await readGguf(blobSource(blob, url)), bytes: blob.size };
  }

  it('covers what is held after a picture and a prompt', async () => {
    const [text, vision] = await Promise.all([header(files.text), header(files.vision)]);
    const dimensions = { text: readTextConfig(text.file), vision: readVisionConfig(vision.file) };
    const need = memoryNeed(dimensions, text.bytes + vision.bytes, CONTEXT_LENGTH);
    await load(CONTEXT_LENGTH);
    const question = `What is it? ${'Tell me about the shapes. '.repeat(8)}`;
    await ask([user(question, 0)], { maxTokens: 4 });
    const { byCategory } = (await client.memory())!;
    expect(byCategory.kv!.bytes).toBe(kvBytesPerToken(dimensions) * CONTEXT_LENGTH);
    expect(need.kvBytes).toBe(byCategory.kv!.bytes);
    expect(byCategory.weights!.bytes).toBeLessThan(1.05 * need.weightsBytes);
    expect(byCategory.weights!.bytes).toBeGreaterThan(0.5 * need.weightsBytes);
    const other = byCategory.scratch!.bytes + byCategory.features!.bytes + byCategory.staging!.bytes;
    expect(other).toBeLessThan(need.scratchBytes);
  });
});
