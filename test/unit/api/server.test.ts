import OpenAI from 'openai';
import { describe, expect, it, vi } from 'vitest';
import { respond } from '../../../src/api/sse.ts';
import { GlanceError, type GlanceErrorCode } from '../../../src/model/errors.ts';
import type { ChatEvent } from '../../../src/model/request.ts';
import { ContractLog, checkedFetch } from '../../openai/contract.ts';
import { HELLO, INFO, post, type Script, ScriptedHost } from './host.ts';

const encoder = new TextEncoder();

/** The data of a stream's events. */
async function eventsOf(response: Response): Promise<string[]> {
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const text = await response.text();
  expect(text.endsWith('\n\n')).toBe(true);
  return text
    .slice(0, -2)
    .split('\n\n')
    .map((event) => event.replace(/^data: /, ''));
}

const stream = async (script: Script, more: object = {}) => {
  const response = await post(new ScriptedHost(script), '/v1/chat/completions', {
    ...HELLO,
    stream: true,
    ...more,
  });
  const events = await eventsOf(response);
  return {
    last: events.at(-1),
    values: events.filter((event) => event !== '[DONE]').map((event) => JSON.parse(event)),
  };
};
const whole = async (script: Script, more: object = {}) =>
  (await post(new ScriptedHost(script), '/v1/chat/completions', { ...HELLO, ...more })).json();

const thoughtful: Script = {
  events: [
    { type: 'prefill', doneTokens: 0, totalTokens: 3 },
    { type: 'reasoning', text: 'Ask ', tokens: 1 },
    { type: 'reasoning', text: 'the clock.', tokens: 2 },
    { type: 'reasoning', text: '', tokens: 3 },
    { type: 'text', text: 'One moment.', tokens: 4 },
    { type: 'tool-call', index: 0, id: 'c1', name: 'clock', tokens: 5 },
    { type: 'tool-arguments', index: 0, text: '{"zone":', tokens: 6 },
    { type: 'tool-arguments', index: 0, text: '"UTC"}', tokens: 7 },
    { type: 'tool-call', index: 1, id: 'c2', name: 'clock', tokens: 8 },
    { type: 'tool-arguments', index: 1, text: '{}', tokens: 9 },
  ],
  result: {
    text: 'One moment.',
    reasoning: 'Ask the clock.',
    toolCalls: [
      { id: 'c1', name: 'clock', arguments: '{"zone":"UTC"}' },
      { id: 'c2', name: 'clock', arguments: '{}' },
    ],
    finishReason: 'tool-calls',
  },
};

describe('an answer with thought, text and calls', () => {
  it('is told whole', async () => {
    const completion = await whole(thoughtful);
    expect(completion).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{32}$/),
      object: 'chat.completion',
      model: 'scripted',
      system_fingerprint: expect.stringMatching(/^scripted\.gguf\|glance-[\d.]+\|wasm$/),
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            content: 'One moment.',
            reasoning_content: 'Ask the clock.',
            tool_calls: [
              { id: 'c1', type: 'function', function: { name: 'clock', arguments: '{"zone":"UTC"}' } },
              { id: 'c2', type: 'function', function: { name: 'clock', arguments: '{}' } },
            ],
          },
        },
      ],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 3,
        total_tokens: 13,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    });
  });

  it('has no content where it is calls alone', async () => {
    const { choices } = await whole({ result: { ...thoughtful.result, text: '' } });
    expect(choices[0].message.content).toBeNull();
    expect((await whole({})).choices[0].message.content).toBe('');
  });

  it('is told in pieces', async () => {
    const { values, last } = await stream(thoughtful);
    expect(last).toBe('[DONE]');
    const deltas = values.map(({ choices }) => choices[0].delta);
    expect(deltas).toEqual([
      { role: 'assistant', content: '' },
      { reasoning_content: 'Ask ' },
      { reasoning_content: 'the clock.' },
      { content: 'One moment.' },
      { tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'clock', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"zone":' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '"UTC"}' } }] },
      { tool_calls: [{ index: 1, id: 'c2', type: 'function', function: { name: 'clock', arguments: '' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
      {},
    ]);
    expect(values.at(-1).choices[0].finish_reason).toBe('tool_calls');
  });

  it('keeps the contract, whole and in pieces, and the package puts it together', async () => {
    const log = new ContractLog();
    const host = new ScriptedHost(thoughtful);
    const client = new OpenAI({
      baseURL: 'https://glance.invalid/v1',
      apiKey: 'none',
      fetch: checkedFetch(async (input, init) => {
        return post(host, new URL(String(input)).pathname, {}, init);
      }, log),
    });
    const request = { model: 'scripted', messages: [{ role: 'user' as const, content: 'Hello!' }] };
    const completion = await client.chat.completions.create(request);
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    expect(streamed.choices[0]!.message.tool_calls).toMatchObject(completion.choices[0]!.message.tool_calls!);
    expect(log.faults).toEqual([]);
    expect(Object.fromEntries(log.checked)).toEqual({ chatRequest: 2, chatReply: 1, chatChunk: 10 });
  });
});

describe('several answers', () => {
  it('have seeds that stay exact', async () => {
    const host = new ScriptedHost();
    await post(host, '/v1/chat/completions', { ...HELLO, n: 3, seed: Number.MAX_SAFE_INTEGER - 1 });
    const seeds = host.requests.map(({ seed }) => seed!);
    expect(new Set(seeds).size).toBe(3);
    expect(seeds.every(Number.isSafeInteger)).toBe(true);
  });

  it('have seeds of their own, and prompts count once', async () => {
    const host = new ScriptedHost({ result: { text: 'Hi!' } });
    const body = { ...HELLO, n: 3, seed: 40 };
    const completion = await (await post(host, '/v1/chat/completions', body)).json();
    expect(host.requests.map(({ seed }) => seed)).toEqual([40, 41, 42]);
    expect(completion.choices.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2]);
    expect(completion.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 9, total_tokens: 19 });
  });

  it('to several texts keep their order', async () => {
    const host = new ScriptedHost({ result: { text: '!' } });
    const body = { model: 'scripted', prompt: ['a', 'b'], n: 2, echo: true, max_tokens: 1 };
    const { choices, usage } = await (await post(host, '/v1/completions', body)).json();
    expect(choices.map(({ text }: { text: string }) => text)).toEqual(['a!', 'a!', 'b!', 'b!']);
    expect(host.requests[2]).toEqual({ messages: [], prompt: 'b', maxTokens: 1 });
    expect(usage).toMatchObject({ prompt_tokens: 20, completion_tokens: 12 });
  });
});

describe('log-probabilities', () => {
  const token = (bytes: number[], logprob: number) => ({ id: 1, bytes: Uint8Array.from(bytes), logprob });
  /** A dog's face in two tokens, and a space. */
  const tokens = [
    { ...token([0xf0, 0x9f], -0.5), top: [token([0xf0, 0x9f], -0.5), token([0x61], -1)] },
    { ...token([0x90, 0xb6], -0.25), top: [] },
    { ...token([0x20], -2), top: [token([0x62], -0.1)] },
  ];
  const texts = ['', '\u{1f436}', ' '];
  const events = tokens.map(
    (logprobs, i): ChatEvent => ({ type: 'text', text: texts[i]!, tokens: i + 1, logprobs }),
  );
  const script: Script = { events, result: { text: texts.join(''), logprobs: tokens } };
  const content = [
    {
      token: '\\xf0\\x9f',
      bytes: [0xf0, 0x9f],
      logprob: -0.5,
      top_logprobs: [
        { token: '\\xf0\\x9f', bytes: [0xf0, 0x9f], logprob: -0.5 },
        { token: 'a', bytes: [0x61], logprob: -1 },
      ],
    },
    { token: '\\x90\\xb6', bytes: [0x90, 0xb6], logprob: -0.25, top_logprobs: [] },
    { token: ' ', bytes: [0x20], logprob: -2, top_logprobs: [{ token: 'b', bytes: [0x62], logprob: -0.1 }] },
  ];

  it('of chats say parts of characters as escapes', async () => {
    const { choices } = await whole(script, { logprobs: true });
    expect(choices[0].logprobs).toEqual({ content, refusal: null });
    const { values } = await stream(script, { logprobs: true });
    expect(values.flatMap(({ choices }) => choices[0].logprobs?.content ?? [])).toEqual(content);
    expect((await whole(script)).choices[0].logprobs).toBeNull();
  });

  it('of completions have the older shape', async () => {
    const body = { model: 'scripted', prompt: 'dog', logprobs: 1 };
    const { choices } = await (await post(new ScriptedHost(script), '/v1/completions', body)).json();
    const expected = {
      tokens: ['bytes:\\xf0\\x9f', 'bytes:\\x90\\xb6', ' '],
      token_logprobs: [-0.5, -0.25, -2],
      top_logprobs: [
        { 'bytes:\\xf0\\x9f': -0.5, a: -1 },
        { 'bytes:\\x90\\xb6': -0.25 },
        { b: -0.1, ' ': -2 },
      ],
      text_offset: [0, 0, 2],
    };
    expect(choices[0].logprobs).toEqual(expected);

    const response = await post(new ScriptedHost(script), '/v1/completions', { ...body, stream: true });
    const pieces = (await eventsOf(response))
      .slice(0, -1)
      .flatMap((event) => JSON.parse(event).choices[0].logprobs ?? []);
    expect(pieces.flatMap(({ tokens }) => tokens)).toEqual(expected.tokens);
    expect(pieces.flatMap(({ text_offset }) => text_offset)).toEqual(expected.text_offset);
  });
});

describe('effort', () => {
  it.each([
    ['never', 'none', 200],
    ['never', 'low', 400],
    ['switchable', 'minimal', 200],
    ['switchable', 'high', 200],
    ['always', 'medium', 200],
    ['always', 'none', 400],
  ] as const)('of a model that thinks %s: %s is %i', async (thinking, effort, status) => {
    const host = new ScriptedHost({}, { ...INFO, thinking });
    const body = { ...HELLO, reasoning_effort: effort };
    const response = await post(host, '/v1/chat/completions', body);
    expect(response.status).toBe(status);
    const { error } = await response.json();
    if (status === 400) expect(error).toMatchObject({ param: 'reasoning_effort', code: 'unsupported_value' });
  });
});

describe('failures', () => {
  const failing = (code: GlanceErrorCode, events: ChatEvent[] = []): Script => ({
    events,
    failure: new GlanceError(code, 'It failed.'),
  });

  it.each<[GlanceErrorCode, number, string, string | null, boolean]>([
    ['context-overflow', 400, 'context_length_exceeded', 'messages', false],
    ['format-unsupported', 400, 'unsupported_value', 'tools', false],
    ['tools-unsupported', 400, 'unsupported_parameter', 'tools', false],
    ['picture-unreadable', 400, 'invalid_image', 'messages', false],
    ['model-has-no-vision', 400, 'unsupported_value', 'messages', false],
    ['out-of-memory', 503, 'out_of_memory', null, false],
    ['device-lost', 503, 'engine_lost', null, true],
    ['file-corrupt', 500, 'model_unusable', null, false],
    ['internal', 500, 'internal_error', null, false],
  ])('%s is %i %s', async (code, status, outside, param, retry) => {
    for (const stream of [false, true]) {
      const body = { ...HELLO, stream };
      const response = await post(new ScriptedHost(failing(code)), '/v1/chat/completions', body);
      expect(response.status).toBe(status);
      expect(response.headers.get('x-should-retry')).toBe(String(retry));
      expect(await response.json()).toEqual({
        error: {
          message: 'It failed.',
          type: status < 500 ? 'invalid_request_error' : 'server_error',
          code: outside,
          param,
        },
      });
    }
  });

  it('name parameters as the API does', async () => {
    const failure = new GlanceError('invalid-argument', 'logitBias must hold token ids.', {
      details: { argument: 'logitBias' },
    });
    const { error } = await whole({ failure });
    expect(error).toMatchObject({ param: 'logit_bias', message: "'logit_bias' must hold token ids." });
  });

  it('about what the model reads name the prompt of a completion', async () => {
    const host = new ScriptedHost(failing('context-overflow'));
    const response = await post(host, '/v1/completions', { model: 'scripted', prompt: 'Hello' });
    expect(await response.json()).toMatchObject({
      error: { param: 'prompt', code: 'context_length_exceeded', message: 'It failed.' },
    });
  });

  it('name the parameter that asked for a format', async () => {
    const { error } = await whole(failing('format-unsupported'), { guided_regex: '(' });
    expect(error).toMatchObject({ param: 'guided_regex', code: 'unsupported_value', message: 'It failed.' });
  });

  it('in the middle of a stream are its last event', async () => {
    const begun: ChatEvent[] = [{ type: 'text', text: 'Well', tokens: 1 }];
    const { values, last } = await stream(failing('device-lost', begun));
    expect(values.map((value) => value.choices?.[0].delta.content)).toEqual(['', 'Well', undefined]);
    expect(values.at(-1)).toMatchObject({ error: { code: 'engine_lost', message: 'It failed.' } });
    expect(last).toBe('[DONE]');
  });

  it('while pictures are read have a status of their own', async () => {
    const pictures: ChatEvent[] = [{ type: 'pictures', done: 0, total: 1 }];
    const body = { ...HELLO, stream: true };
    const host = new ScriptedHost(failing('picture-unreadable', pictures));
    expect((await post(host, '/v1/chat/completions', body)).status).toBe(400);
  });
});

describe('answers that nobody waits for', () => {
  const endless: Script = { events: [{ type: 'text', text: 'Well', tokens: 1 }], endless: true };
  const body = { ...HELLO, stream: true };

  it('end when the reader of a stream leaves', async () => {
    const host = new ScriptedHost(endless);
    const response = await post(host, '/v1/chat/completions', body);
    const reader = response.body!.getReader();
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toContain('assistant');
    await reader.cancel();
    await vi.waitFor(() => expect(host.stopped).toBe(1));
  });

  it('end while the reader waits', async () => {
    const host = new ScriptedHost(endless);
    const reader = (await post(host, '/v1/chat/completions', body)).body!.getReader();
    await reader.read();
    await reader.read();
    const waiting = reader.read();
    await reader.cancel();
    expect((await waiting).done).toBe(true);
    await vi.waitFor(() => expect(host.stopped).toBe(1));
  });

  it('end when the signal is raised, and the body breaks off', async () => {
    const host = new ScriptedHost(endless);
    const controller = new AbortController();
    const { signal } = controller;
    const reader = (await post(host, '/v1/chat/completions', body, { signal })).body!.getReader();
    await reader.read();
    await reader.read();
    const waiting = reader.read();
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitFor(() => expect(host.stopped).toBe(1));
  });

  it('end when the signal is raised before a whole answer', async () => {
    const host = new ScriptedHost(endless);
    const controller = new AbortController();
    const asked = post(host, '/v1/chat/completions', HELLO, { signal: controller.signal });
    await vi.waitFor(() => expect(host.requests.length).toBe(1));
    controller.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitFor(() => expect(host.stopped).toBe(1));
  });

  it('end between two of several', async () => {
    const host = new ScriptedHost({ events: [{ type: 'text', text: 'Well', tokens: 1 }] });
    const controller = new AbortController();
    const chat = host.chat.bind(host);
    host.chat = async (...question) => {
      const result = await chat(...question);
      controller.abort();
      return result;
    };
    const { signal } = controller;
    await expect(post(host, '/v1/chat/completions', { ...HELLO, n: 3 }, { signal })).rejects.toThrow();
    expect(host.requests.length).toBeLessThan(3);
  });
});

it('who breaks off does not wait for a worker that is busy', async () => {
  const controller = new AbortController();
  const busy = () => new Promise<never>(() => {});
  const asked = new Request('https://glance.invalid/v1/models');
  const answer = respond(busy, asked, controller.signal);
  setTimeout(() => controller.abort(new Error('enough')));
  await expect(answer).rejects.toThrow('enough');
});

describe('paths', () => {
  const get = (path: string) => post(new ScriptedHost(), path, {}, { method: 'GET', body: null });

  it('are known with a query or a slash at the end', async () => {
    const list = { object: 'list', data: [{ id: 'scripted', object: 'model', owned_by: 'test' }] };
    for (const path of [
      '/v1/models',
      '/v1/models/',
      '/v1/models?limit=1',
      '/glance/v1/models',
      '/app/v1/v1/models',
    ]) {
      expect(await (await get(path)).json()).toMatchObject(list);
    }
    expect(await (await get('/v1/models/scr%69pted')).json()).toMatchObject({ id: 'scripted' });
  });

  it.each([
    ['/v1/models/other', 404, 'model_not_found'],
    ['/v1/embeddings', 404, 'unknown_url'],
    ['/v1/chat/completions', 405, 'method_not_supported'],
    ['/elsewhere', 404, 'unknown_url'],
  ])('%s: %i %s', async (path, status, code) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, type: 'invalid_request_error' } });
  });

  it('take JSON only', async () => {
    for (const body of ['{', '', encoder.encode('\u0000')]) {
      const response = await post(new ScriptedHost(), '/v1/chat/completions', {}, { body });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', code: null } });
    }
  });
});
