import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import { openModel } from '../../../src/engine/open_model.ts';
import type { ChatEvent, ChatRequest } from '../../../src/model/request.ts';
import { GREEDY } from '../../../src/model/sampling.ts';
import { bytesSource } from '../../../src/weights/byte_source.ts';

const MODEL = new URL('../../../public/models/pico/', import.meta.url);
const source = async (name: string) => bytesSource(await readFile(new URL(name, MODEL)), name);

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({
    text: await source('pico-Q8_0.gguf'),
    vision: await source('mmproj-pico-F16.gguf'),
    contextLength: 512,
  });
});
afterAll(() => engine.dispose());

const ask = (content: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [{ role: 'user', content }],
  ...more,
});
/** `<|im_end|>`. */
const END_OF_TURN = 675;
const BABBLE = { sampling: { temperature: 2, topK: 0, topP: 1 }, seed: 11 };

describe('the engine', () => {
  it('says what it loaded', () => {
    expect(engine.info).toMatchObject({
      name: 'pico',
      demo: true,
      quantization: 'Q8_0',
      device: 'wasm',
      contextLength: 512,
      vision: { minPixels: 9216, maxPixels: 65536, defaultMaxPixels: 16384 },
    });
  });

  it('answers greedily by default, the same each time, in events that make up the text', async () => {
    const events: ChatEvent[] = [];
    const first = await engine.chat(ask('How many shapes are there?'), (event) => events.push(event));
    const second = await engine.chat(ask('How many shapes are there?'));
    expect(first.text).not.toBe('');
    expect(second.text).toBe(first.text);
    expect(first.finishReason).toBe('stop');
    const spoken = events.flatMap((event) => (event.type === 'text' ? [event.text] : []));
    expect(spoken.join('')).toBe(first.text);
    expect(spoken.length).toBeGreaterThan(1);
    expect(events.at(0)).toMatchObject({ type: 'prefill', totalTokens: first.usage.promptTokens });
  });

  it('repeats a sampled answer for the same seed and varies it for another', async () => {
    // It is sure of its answer, but not of what may follow.
    const request = ask('Describe the image.', {
      ...BABBLE,
      maxTokens: 24,
      logitBias: [[END_OF_TURN, -100]],
    });
    const first = await engine.chat(request);
    expect((await engine.chat(request)).text).toBe(first.text);
    expect((await engine.chat({ ...request, seed: 12 })).text).not.toBe(first.text);
  });

  it('stops at the token limit', async () => {
    const whole = await engine.chat(ask('How many shapes are there?'));
    const cut = await engine.chat(ask('How many shapes are there?', { maxTokens: 3 }));
    expect(cut.finishReason).toBe('length');
    expect(cut.usage.completionTokens).toBe(3);
    expect(whole.text.startsWith(cut.text)).toBe(true);
  });

  it('stops when the context is full', async () => {
    const whole = await engine.chat(ask('How many shapes are there?'));
    const { promptTokens } = whole.usage;
    const small = await Engine.load({
      text: await source('pico-Q8_0.gguf'),
      contextLength: promptTokens + 2,
    });
    const cut = await small.chat(ask('How many shapes are there?'));
    expect(cut.finishReason).toBe('length');
    expect(cut.usage.completionTokens).toBe(2);
    expect(whole.text.startsWith(cut.text)).toBe(true);
    await small.dispose();
  });

  it('ends before a stop string, also across token borders', async () => {
    const whole = await engine.chat(ask('How many shapes are there?'));
    const middle = Math.floor(whole.text.length / 2);
    const stop = whole.text.slice(middle - 2, middle + 2);
    const cut = await engine.chat(ask('How many shapes are there?', { stop: [stop] }));
    expect(cut.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)));
    expect(cut.finishReason).toBe('stop');
  });

  it('can be stopped at any time and stays usable', async () => {
    const before = await engine.chat(ask('How many shapes are there?'));
    for (const stopAt of ['prefill', 'text'] as const) {
      const controller = new AbortController();
      const result = await engine.chat(
        ask('Describe the image. '.repeat(60), BABBLE),
        (event) => event.type === stopAt && controller.abort(),
        controller.signal,
      );
      expect(result.finishReason).toBe('abort');
      expect(result.text === '').toBe(stopAt === 'prefill');
      expect(result.usage.completionTokens).toBeLessThan(3);
    }
    expect((await engine.chat(ask('How many shapes are there?'))).text).toBe(before.text);
  });

  it('takes a stopped request out of the queue at once', async () => {
    const order: string[] = [];
    const first = engine.chat(ask('Describe the image. '.repeat(90))).then(() => order.push('first'));
    const controller = new AbortController();
    const second = engine.chat(ask('Hello!'), undefined, controller.signal);
    controller.abort();
    expect(await second).toMatchObject({ finishReason: 'abort', text: '' });
    order.push('second');
    await first;
    expect(order).toEqual(['second', 'first']);
  });

  it('answers requests that come together one after the other', async () => {
    const [alone, ...together] = await Promise.all([
      engine.chat(ask('Hello!')),
      engine.chat(ask('Hello!')),
      engine.chat(ask('Hello!')),
    ]);
    for (const { text } of together) expect(text).toBe(alone.text);
  });

  it('computes only what differs from the conversation before, and answers the same', async () => {
    const long = 'Ask me about a picture. '.repeat(50);
    const first = ask(`${long}Hello!`);
    const edited = ask(`${long}How many shapes are there?`, { maxTokens: 12 });
    const other = ask('How many shapes are there?');
    const fresh = async (request: ChatRequest) => {
      const alone = await Engine.load({ text: await source('pico-Q8_0.gguf'), contextLength: 512 });
      const result = await alone.chat(request);
      await alone.dispose();
      expect(result.usage.cachedTokens).toBe(0);
      return result;
    };
    await engine.chat(first);
    const afterEdit = await engine.chat(edited);
    expect(afterEdit.text).toBe((await fresh(edited)).text);
    // All but the changed end: the question, the end of the turn and the opening of the answer.
    expect(afterEdit.usage.cachedTokens).toBeGreaterThan(afterEdit.usage.promptTokens - 16);

    const again = await engine.chat(edited);
    expect(again.usage.cachedTokens).toBe(again.usage.promptTokens - 1);
    expect(again.text).toBe(afterEdit.text);

    const followUp: ChatRequest = {
      messages: [
        ...edited.messages,
        { role: 'assistant', content: again.text },
        { role: 'user', content: 'Hello!' },
      ],
    };
    const followed = await engine.chat(followUp);
    expect(followed.usage.cachedTokens).toBeGreaterThanOrEqual(
      again.usage.promptTokens + again.usage.completionTokens - 1,
    );
    expect(followed.text).toBe((await fresh(followUp)).text);

    const switched = await engine.chat(other);
    expect(switched.usage.cachedTokens).toBeLessThan(6);
    expect(switched.text).toBe((await fresh(other)).text);
  });

  it('goes on from what a stopped answer has read', async () => {
    const request = ask('Describe the image. '.repeat(90));
    const controller = new AbortController();
    await engine.chat(ask('Hello!'));
    await engine.chat(
      request,
      (event) => event.type === 'prefill' && event.doneTokens >= 256 && controller.abort(),
      controller.signal,
    );
    const { usage } = await engine.chat(request);
    expect(usage.cachedTokens).toBeGreaterThanOrEqual(256);
    expect(usage.cachedTokens).toBeLessThan(usage.promptTokens - 1);
  });

  it('reads earlier turns', async () => {
    const turns = await engine.chat({
      messages: [
        { role: 'user', content: 'Hello!' },
        { role: 'assistant', content: 'Ask me about a picture.' },
        { role: 'user', content: 'How many shapes are there?' },
      ],
    });
    const alone = await engine.chat(ask('How many shapes are there?'));
    expect(turns.usage.promptTokens).toBeGreaterThan(alone.usage.promptTokens);
    expect(turns.finishReason).toBe('stop');
  });

  it('shows no special token of the answer as text', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const { text } = await engine.chat(
        ask('Hello!', { sampling: { temperature: 2 }, seed, maxTokens: 60 }),
      );
      expect(text).not.toMatch(/<\|[a-z_]+\|>/);
    }
  });

  it.each([
    ['context-overflow', ask('Describe the image. '.repeat(200))],
    ['prompt-invalid', { messages: [] }],
    ['invalid-argument', ask('Hello!', { maxTokens: 0 })],
    ['invalid-argument', ask('Hello!', { stop: ['a', 'b', 'c', 'd', 'e'] })],
    ['invalid-argument', ask('Hello!', { sampling: { temperature: -1 } })],
    ['invalid-argument', ask('Hello!', { seed: 0.5 })],
  ] as [string, ChatRequest][])('refuses with %s and answers the next question', async (code, request) => {
    await expect(engine.chat(request)).rejects.toMatchObject({ name: 'GlanceError', code });
    expect((await engine.chat(ask('Hello!'))).text).not.toBe('');
  });

  it('leaves out the oldest turns of a conversation that is too long, if asked to, and says so', async () => {
    const turn = (content: string): ChatRequest['messages'] => [
      { role: 'user', content },
      { role: 'assistant', content: 'Yes.' },
    ];
    const last = { role: 'user' as const, content: 'Hello!' };
    const long = 'Describe the image. '.repeat(60);
    const messages = [...turn(long), ...turn(long), ...turn('Hello!'), last];
    await expect(engine.chat({ messages, sampling: GREEDY })).rejects.toMatchObject({
      code: 'context-overflow',
    });
    const cut = await engine.chat({ messages, sampling: GREEDY, overflow: 'drop-oldest' });
    expect(cut.droppedMessages).toBeGreaterThanOrEqual(2);
    const kept = await engine.chat({ messages: messages.slice(cut.droppedMessages), sampling: GREEDY });
    expect(kept.text).toBe(cut.text);
    expect(kept.droppedMessages).toBeUndefined();
  });

  it('overrides only the sampling that a request names', async () => {
    const { text } = await engine.chat(ask('Hello!', { sampling: { topK: 5 } }));
    expect(text).toBe((await engine.chat(ask('Hello!', { sampling: GREEDY }))).text);
  });

  it('refuses at once what the CPU cannot hold', async () => {
    const opened = await openModel(await source('pico-Q8_0.gguf'), undefined);
    const config = { ...opened.text.config, layerCount: 28, hiddenSize: 2048, ffnSize: 6144 };
    const start = Engine.start({ ...opened, text: { ...opened.text, config } });
    await expect(start).rejects.toMatchObject({ code: 'model-too-large' });
  });

  it('refuses a context longer than the model was made for', async () => {
    const load = Engine.load({ text: await source('pico-Q8_0.gguf'), contextLength: 1_000_000 });
    await expect(load).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('can be stopped while it loads', async () => {
    const controller = new AbortController();
    const load = Engine.load({
      text: await source('pico-Q8_0.gguf'),
      signal: controller.signal,
      onProgress: ({ stage }) => stage === 'weights' && controller.abort(),
    });
    await expect(load).rejects.toMatchObject({ code: 'aborted' });
  });

  it('runs without the vision file and says so when shown a picture', async () => {
    const text = await Engine.load({ text: await source('pico-Q8_0.gguf') });
    expect(text.info.vision).toBeNull();
    expect((await text.chat(ask('Hello!'))).text).toBe((await engine.chat(ask('Hello!'))).text);
    await expect(
      text.chat({
        messages: [{ role: 'user', content: [{ type: 'text', text: 'What?' }] }],
      }),
    ).resolves.toMatchObject({ finishReason: 'stop' });
    const shown = text.chat({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', image: new Blob() },
            { type: 'text', text: 'What?' },
          ],
        },
      ],
    });
    await expect(shown).rejects.toMatchObject({ code: 'model-has-no-vision' });
    await text.dispose();
  });
});
