import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { collect, type Door, dataUrl, ENDLESS, image, type Visit, visit } from './door.ts';

/** pico's `<|im_end|>`. */
const END_OF_TURN = 675;

/** Draws that differ from one seed to the next. */
const BABBLE = { temperature: 2, max_tokens: 12 } as const;

const say = (content: string): OpenAI.ChatCompletionMessageParam[] => [{ role: 'user', content }];

const text = (value: string): OpenAI.ChatCompletionContentPart => ({ type: 'text', text: value });

async function plainPicture(width: number, height: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.fillRect(0, 0, width / 2, height / 2);
  return canvas.convertToBlob();
}

const textOf = (chunks: readonly OpenAI.ChatCompletionChunk[], index = 0) =>
  chunks
    .flatMap(({ choices }) => choices)
    .filter((choice) => choice.index === index)
    .map(({ delta }) => delta.content ?? '')
    .join('');

/** The official `openai` package asks for chat completions through a way in. */
export function describeChat(name: string, door: () => Door | Promise<Door>): void {
  describe(`chat completions through ${name}`, () => {
    const current = visit(door);

    it('answers about a picture, and says what it took', async () => {
      const { client, pico } = current();
      const { answer } = await current().asked();
      const completion = await client.chat.completions.create({
        model: pico,
        messages: [await current().message()],
      });
      expect(completion).toMatchObject({ object: 'chat.completion', model: pico });
      expect(completion.choices).toHaveLength(1);
      expect(completion.choices[0]).toMatchObject({
        index: 0,
        finish_reason: 'stop',
        logprobs: null,
        message: { role: 'assistant', content: answer, refusal: null },
      });
      const usage = completion.usage!;
      expect(usage.completion_tokens).toBeGreaterThan(2);
      expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
      expect(usage.completion_tokens_details?.reasoning_tokens).toBe(0);
      expect(completion.system_fingerprint).toMatch(/pico.*\.gguf\|glance-\d+\.\d+\.\d+\|wasm/);
      expect(completion._request_id).toMatch(/^req_/);
    });

    it('streams the same answer, with usage where it is asked for', async () => {
      const { client, pico } = current();
      const { answer } = await current().asked();
      const request = { model: pico, messages: [await current().message()], stream: true as const };
      const chunks = await collect(await client.chat.completions.create(request));
      expect(textOf(chunks)).toBe(answer);
      expect(chunks.length).toBeGreaterThan(4);
      expect(chunks[0]!.choices[0]!.delta).toEqual({ role: 'assistant', content: '' });
      const reasons = chunks.map(({ choices }) => choices[0]!.finish_reason);
      expect(reasons.at(-1)).toBe('stop');
      expect(reasons.slice(0, -1).every((reason) => reason === null)).toBe(true);
      expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
      expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);

      const counted = await collect(
        await client.chat.completions.create({ ...request, stream_options: { include_usage: true } }),
      );
      expect(counted.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
      expect(counted.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
      // The picture and the question were read a moment ago.
      expect(counted.at(-1)!.usage!.prompt_tokens_details!.cached_tokens).toBeGreaterThan(0);
    });

    it('takes pictures by data:, blob: and http: addresses, in three levels of detail', async () => {
      const { client, pico, questions, picture } = current();
      const { scene, question, answer } = questions[0]!;
      const blobUrl = URL.createObjectURL(picture(scene));
      const addresses = [await dataUrl(picture(scene)), blobUrl];
      const ask = (part: OpenAI.ChatCompletionContentPart, question: string) =>
        client.chat.completions.create({
          model: pico,
          messages: [{ role: 'user', content: [part, text(question)] }],
        });
      for (const url of addresses) {
        expect((await ask(image(url), question)).choices[0]!.message.content).toBe(answer);
      }
      URL.revokeObjectURL(blobUrl);

      const url = new URL('/test/fixtures/image/formats/rgb.png', location.href).href;
      const seen = await ask(image(url), 'What?');
      expect(seen.usage!.prompt_tokens).toBeGreaterThan((await ask(text('.'), 'What?')).usage!.prompt_tokens);

      const large = await dataUrl(await plainPicture(256, 320));
      const tokens: number[] = [];
      for (const detail of ['low', 'auto', 'high'] as const) {
        tokens.push((await ask(image(large, detail), 'What?')).usage!.prompt_tokens);
      }
      expect(tokens[0]).toBeLessThan(tokens[1]!);
      expect(tokens[1]).toBeLessThan(tokens[2]!);
    });

    it('follows a conversation with several pictures and roles', async () => {
      const { client, pico, questions } = current();
      const later = questions.findIndex(({ scene }, i) => i > 0 && scene === questions[0]!.scene);
      const { choices, usage } = await client.chat.completions.create({
        model: pico,
        messages: [
          await current().message(),
          { role: 'assistant', content: [{ type: 'text', text: questions[0]!.answer }] },
          { role: 'user', content: questions[later]!.question },
        ],
      });
      expect(choices[0]!.message.content).toBe(questions[later]!.answer);
      expect(usage!.prompt_tokens_details!.cached_tokens).toBeGreaterThan(0);

      const alone = await client.chat.completions.create({ model: pico, messages: say('Hello!') });
      const two = await client.chat.completions.create({
        model: pico,
        messages: [
          { role: 'developer', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              ...((await current().message(1)).content as []),
              ...((await current().message(2)).content as []),
            ],
          },
        ],
      });
      expect(two.usage!.prompt_tokens).toBeGreaterThan(alone.usage!.prompt_tokens + 2 * 12);
    });

    it('gives n answers, each as its seed would alone, whole and streamed', async () => {
      const { client, pico } = current();
      // It is sure of its answer, but not of what may follow.
      const request = {
        model: pico,
        messages: say('Describe the image.'),
        ...BABBLE,
        logit_bias: { [END_OF_TURN]: -100 },
        max_tokens: 24,
      };
      const three = await client.chat.completions.create({ ...request, n: 3, seed: 7 });
      expect(three.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
      const texts = three.choices.map(({ message }) => message.content);
      expect(new Set(texts).size).toBe(3);
      const alone = await client.chat.completions.create({ ...request, seed: 8 });
      expect(alone.choices[0]!.message.content).toBe(texts[1]);
      expect(three.usage!.prompt_tokens).toBe(alone.usage!.prompt_tokens);
      expect(three.usage!.completion_tokens).toBe(3 * 24);

      const chunks = await collect(
        await client.chat.completions.create({ ...request, n: 3, seed: 7, stream: true }),
      );
      expect([0, 1, 2].map((index) => textOf(chunks, index))).toEqual(texts);
    });

    it('tells how likely each token was, whole and streamed', async () => {
      const { client, pico } = current();
      const request = {
        model: pico,
        messages: [await current().message()],
        logprobs: true,
        top_logprobs: 3,
      };
      const { choices } = await client.chat.completions.create(request);
      const tokens = choices[0]!.logprobs!.content!;
      expect(tokens.map(({ token }) => token).join('')).toBe(choices[0]!.message.content);
      const bytes = Uint8Array.from(tokens.flatMap(({ bytes }) => bytes!));
      expect(new TextDecoder().decode(bytes)).toBe(choices[0]!.message.content);
      for (const { logprob, token, top_logprobs: top } of tokens) {
        expect(top).toHaveLength(3);
        // Greedily drawn: the likeliest.
        expect(top[0]).toMatchObject({ token, logprob });
        expect(top[0]!.logprob).toBeGreaterThanOrEqual(top[1]!.logprob);
        expect(Math.exp(top[0]!.logprob) + Math.exp(top[1]!.logprob)).toBeLessThanOrEqual(1 + 1e-6);
      }

      const chunks = await collect(await client.chat.completions.create({ ...request, stream: true }));
      const streamed = chunks.flatMap(({ choices }) => choices[0]!.logprobs?.content ?? []);
      expect(streamed.map(({ token }) => token)).toEqual(tokens.map(({ token }) => token));
    });

    it('follows seed, stop strings, limits and bias', async () => {
      const { client, pico } = current();
      const ask = async (more: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>) => {
        const { choices } = await client.chat.completions.create({
          model: pico,
          messages: [await current().message()],
          ...more,
        });
        return { ...choices[0]!, text: choices[0]!.message.content! };
      };
      const whole = await ask({});
      const babble = await ask({ ...BABBLE, seed: 3 });
      expect((await ask({ ...BABBLE, seed: 3 })).text).toBe(babble.text);
      expect((await ask({ ...BABBLE, seed: 4 })).text).not.toBe(babble.text);

      const stop = whole.text.slice(5, 9);
      expect(await ask({ stop })).toMatchObject({ text: whole.text.slice(0, 5), finish_reason: 'stop' });
      expect((await ask({ stop: ['@@', stop] })).text).toBe(whole.text.slice(0, 5));
      for (const limit of [{ max_tokens: 2 }, { max_completion_tokens: 2 }]) {
        expect(await ask({ ...limit, logprobs: true })).toMatchObject({
          finish_reason: 'length',
          logprobs: { content: [{}, {}] },
        });
      }
      const biased = await ask({ logit_bias: { 300: 100 }, max_tokens: 3, logprobs: true });
      const [first, ...rest] = biased.logprobs!.content!.map(({ token }) => token);
      expect(rest).toEqual([first, first]);
      expect(whole.text).not.toContain(`${first}${first}`);
    });

    it('ends an answer whose stream is left, and answers the next question', async () => {
      const { client, pico } = current();
      const request = { model: pico, messages: say('Hello!'), ...ENDLESS };
      const stream = await client.chat.completions.create({ ...request, stream: true });
      let heard = 0;
      for await (const _ of stream) if (++heard === 3) break;
      expect(stream.controller.signal.aborted).toBe(true);
      await current().expectRightAnswer();

      const again = await client.chat.completions.create({ ...request, stream: true });
      heard = 0;
      for await (const _ of again) if (++heard === 2) again.controller.abort();
      // What came in one piece with the second is still heard.
      expect(heard).toBeGreaterThanOrEqual(2);
      expect(heard).toBeLessThan(100);
      await current().expectRightAnswer();
    });

    it('ends an answer that is no longer wanted', async () => {
      const { client, pico } = current();
      const controller = new AbortController();
      const asked = client.chat.completions.create(
        { model: pico, messages: say('Hello!'), ...ENDLESS },
        { signal: controller.signal },
      );
      setTimeout(() => controller.abort(), 50);
      await expect(asked).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
      await current().expectRightAnswer();
    });

    it('answers questions that come together', async () => {
      const { questions, client, pico } = current();
      const answers = await Promise.all(
        [0, 1, 0].map(async (number) => {
          const messages = [await current().message(number)];
          return client.chat.completions.create({ model: pico, messages });
        }),
      );
      expect(answers.map(({ choices }) => choices[0]!.message.content)).toEqual(
        [0, 1, 0].map((number) => questions[number]!.answer),
      );
    });

    describeErrors(current);
  });
}

function describeErrors(current: () => Visit): void {
  const good = () => ({ model: current().pico, messages: say('Hello!') });
  const create = (more: object) =>
    current().client.chat.completions.create({ ...good(), ...more } as OpenAI.ChatCompletionCreateParams);

  it.each([
    ['a value out of range', { temperature: 3 }, 'temperature', 'invalid_value'],
    ['a value of another type', { max_tokens: 'many' }, 'max_tokens', 'invalid_type'],
    ['a parameter that nobody knows', { tempreature: 1 }, 'tempreature', 'unknown_parameter'],
    [
      'what cannot be done here',
      { audio: { voice: 'alloy', format: 'wav' } },
      'audio',
      'unsupported_parameter',
    ],
    ['a contradiction', { stream_options: { include_usage: true } }, 'stream_options', 'invalid_value'],
    ['a missing parameter', { messages: undefined }, 'messages', 'missing_required_parameter'],
    [
      'a picture that is none',
      { messages: [{ role: 'user', content: [image('data:image/png;base64,AAAA')] }] },
      'messages',
      'invalid_image',
    ],
    [
      'an address that is none',
      { messages: [{ role: 'user', content: [image('picture.png')] }] },
      'messages[0].content[0].image_url.url',
      'invalid_image_url',
    ],
    [
      'a conversation that is too long',
      { messages: say('Describe the image. '.repeat(3000)) },
      'messages',
      'context_length_exceeded',
    ],
    ['a token that does not exist', { logit_bias: { 99999: 1 } }, 'logit_bias', 'invalid_value'],
  ])('refuses %s, streamed or not', async (_, more, param, code) => {
    for (const stream of [false, true]) {
      const error = await create({ ...more, stream }).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof OpenAI.BadRequestError)) throw new Error('no BadRequestError', { cause: error });
      expect(error).toMatchObject({ status: 400, type: 'invalid_request_error', param, code });
      expect(error.requestID).toMatch(/^req_/);
      if (param !== 'messages') expect(error.message).toContain(param.split('.').at(-1));
      if (param === 'stream_options') break;
    }
    await current().expectRightAnswer();
  });

  it('lists its models, and knows no others', async () => {
    const { client, pico } = current();
    const models = await collect(client.models.list());
    expect(models.map(({ id }) => id)).toContain(pico);
    expect(await client.models.retrieve(pico)).toMatchObject({ id: pico, object: 'model' });
    const missing = { status: 404, code: 'model_not_found', type: 'invalid_request_error' };
    await expect(client.models.retrieve('gpt-4o')).rejects.toMatchObject(missing);
    await expect(create({ model: 'gpt-4o' })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(create({ model: 'gpt-4o', stream: true })).rejects.toMatchObject(missing);
  });

  it('refuses what is no request of its own', async () => {
    const { fetch, door } = current();
    const cases = [
      ['/chat/completions', { method: 'POST', body: '{' }, 400, null],
      ['/chat/completions', {}, 405, 'method_not_supported'],
      ['/embeddings', { method: 'POST', body: '{}' }, 404, 'unknown_url'],
    ] as const;
    for (const [path, init, status, code] of cases) {
      const response = await fetch(door.baseURL + path, init);
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error: { code, type: 'invalid_request_error' } });
    }
  });
}
