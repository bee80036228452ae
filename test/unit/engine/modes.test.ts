/** Thinking, tools, raw prompts and continued answers on a real engine, through the published templates. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import type { ChatMessage, ToolDefinition } from '../../../src/model/chat.ts';
import type { ChatEvent, ChatRequest, ChatResult } from '../../../src/model/request.ts';
import { GREEDY, publishedSampling } from '../../../src/model/sampling.ts';
import { loadWithTemplate, Script } from '../../support/scripted.ts';

const NAMES = ['qwen3', 'qwen3-vl-instruct', 'qwen3-vl-thinking'] as const;
type Name = (typeof NAMES)[number];
const engines = {} as Record<Name, Engine>;
const scripts = {} as Record<Name, Script>;
beforeAll(async () => {
  for (const name of NAMES) {
    const architecture = name === 'qwen3' ? 'qwen3' : 'qwen3vl';
    const config =
      architecture === 'qwen3' ? { architecture, mropeSections: null, deepstackLayerCount: 0 } : {};
    engines[name] = await loadWithTemplate(name, { contextLength: 4096 }, config as object);
    scripts[name] = new Script(engines[name]);
  }
});
afterAll(async () => {
  for (const engine of Object.values(engines)) await engine.dispose();
});

const user = (content: string): ChatMessage => ({ role: 'user', content });
const ask = (content: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [user(content)],
  ...more,
});

/** Asks for a scripted answer; checks that the events add up to the result. */
async function hear(
  name: Name,
  answer: string,
  request: ChatRequest,
): Promise<{ result: ChatResult; events: ChatEvent[] }> {
  scripts[name].says(answer);
  const events: ChatEvent[] = [];
  const result = await engines[name].chat(request, (event) => events.push(event));
  const joined = (type: 'text' | 'reasoning') =>
    events.flatMap((event) => (event.type === type ? [event.text] : [])).join('');
  expect(joined('text')).toBe(result.text);
  expect(joined('reasoning')).toBe(result.reasoning ?? '');
  const calls: ChatResult['toolCalls'] = [];
  for (const event of events) {
    if (event.type === 'tool-call') calls[event.index] = { id: event.id, name: event.name, arguments: '' };
    if (event.type === 'tool-arguments') calls[event.index]!.arguments += event.text;
  }
  expect(calls).toEqual(result.toolCalls ?? []);
  return { result, events };
}

const TOOLS: ToolDefinition[] = [
  {
    name: 'get_weather',
    description: 'Weather at a place.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
  { name: 'clock' },
];
const PARIS = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>';
const CLOCK = '<tool_call>\n{"name": "clock", "arguments": {}}\n</tool_call>';

describe('what a model says of itself', () => {
  it('tells whether it thinks and knows tools', () => {
    expect(NAMES.map((name) => [engines[name].info.thinking, engines[name].info.tools])).toEqual([
      ['switchable', true],
      ['never', true],
      ['always', true],
    ]);
  });
});

describe('thinking', () => {
  it('is told apart from the answer, and counted', async () => {
    const { result } = await hear('qwen3', '<think>\nHm.\n</think>\n\nYes.', ask('Is it?'));
    expect(result).toMatchObject({ reasoning: 'Hm.', text: 'Yes.', finishReason: 'stop' });
    // A token for each character, and one for each mark.
    expect(result.usage.reasoningTokens).toBe(1 + '\nHm.\n'.length + 1);
    expect(result.usage.completionTokens).toBe(result.usage.reasoningTokens + '\n\nYes.'.length);
  });

  it('begins in the prompt where the template opens it', async () => {
    const { result } = await hear('qwen3-vl-thinking', 'Hm.\n</think>\n\nYes.', ask('Is it?'));
    expect(result).toMatchObject({ reasoning: 'Hm.', text: 'Yes.' });
    expect(result.usage.reasoningTokens).toBe('Hm.\n'.length + 1);
  });

  it('may have no end before the limit', async () => {
    const { result } = await hear('qwen3-vl-thinking', 'Hm. And then?', ask('Is it?', { maxTokens: 6 }));
    expect(result).toMatchObject({ reasoning: 'Hm. An', text: '', finishReason: 'length' });
    expect(result.usage.reasoningTokens).toBe(6);
  });

  it('is switched off by the request: the prompt closes it', async () => {
    const on = await hear('qwen3', 'Yes.', ask('Is it?', { thinking: true }));
    const off = await hear('qwen3', 'Yes.', ask('Is it?', { thinking: false }));
    expect(off.result).toMatchObject({ text: 'Yes.', usage: { reasoningTokens: 0 } });
    expect(off.result.reasoning).toBeUndefined();
    expect(off.result.usage.promptTokens - on.result.usage.promptTokens).toBe(2 + '\n\n\n\n'.length);
  });

  it('that is empty, as after a soft switch, is none', async () => {
    const { result } = await hear('qwen3', '<think>\n\n</think>\n\nYes.', ask('Is it? /no_think'));
    expect(result.reasoning).toBeUndefined();
    expect(result).toMatchObject({ text: 'Yes.', usage: { reasoningTokens: 4 } });
  });

  it('comes with log-probabilities, token by token', async () => {
    const { result, events } = await hear('qwen3', '<think>Hm</think>\nYes', ask('Is it?', { logprobs: 1 }));
    const heard = events.flatMap((event) => ('logprobs' in event && event.logprobs ? [event] : []));
    expect(heard.map(({ type }) => type)).toEqual([
      ...new Array<string>(4).fill('reasoning'),
      ...new Array<string>('\nYes'.length).fill('text'),
    ]);
    expect(heard.map(({ logprobs }) => logprobs)).toEqual(result.logprobs);
  });

  it('is not searched for stop strings', async () => {
    const request = ask('Is it?', { stop: ['es'] });
    const { result } = await hear('qwen3', '<think>\nYes?\n</think>\n\nYes.', request);
    expect(result).toMatchObject({ reasoning: 'Yes?', text: 'Y', finishReason: 'stop' });
  });
});

describe('a budget of thinking', () => {
  const words =
    'Considering the limited time by the user, I have to give the solution based on the thinking directly now.';

  it('ends the thought when it is used up, and the answer goes on', async () => {
    for (const [name, opening] of [
      ['qwen3', '<think>'],
      ['qwen3-vl-thinking', ''],
    ] as const) {
      const request = ask('Is it?', { thinkingBudget: 5, maxTokens: 140 });
      const { result } = await hear(name, `${opening}${'a'.repeat(300)}`, request);
      expect(result.reasoning).toBe(`aaaaa\n\n${words}`);
      const reasoningTokens = `${opening && 'x'}aaaaa\n\n${words}\n`.length + 1;
      expect(result.usage).toMatchObject({ reasoningTokens, completionTokens: 140 });
      expect(result.text).toBe('a'.repeat(140 - reasoningTokens - '\n\n'.length));
    }
  });

  it('of nothing leaves an empty thought, as templates write it', async () => {
    const none = { thinkingBudget: 0, maxTokens: 20 };
    const drawn = await hear('qwen3', `<think>${'a'.repeat(40)}`, ask('Is it?', none));
    expect(drawn.result).toMatchObject({ text: 'a'.repeat(14), usage: { reasoningTokens: 4 } });
    expect(drawn.result.reasoning).toBeUndefined();
    const opened = await hear('qwen3-vl-thinking', 'a'.repeat(40), ask('Is it?', none));
    expect(opened.result).toMatchObject({ text: 'a'.repeat(16), usage: { reasoningTokens: 2 } });
  });

  it('changes nothing about a thought that stays within it', async () => {
    const answer = '<think>\nHm.\n</think>\n\nYes.';
    for (const thinkingBudget of [6, 7, 1000]) {
      const { result } = await hear('qwen3', answer, ask('Is it?', { thinkingBudget }));
      expect(result).toMatchObject({ reasoning: 'Hm.', text: 'Yes.', finishReason: 'stop' });
    }
    const { result } = await hear('qwen3', 'Yes.', ask('Is it?', { thinkingBudget: 2 }));
    expect(result).toMatchObject({ text: 'Yes.', usage: { reasoningTokens: 0 } });
  });

  it('may be cut short by the limit', async () => {
    const request = ask('Is it?', { thinkingBudget: 3, maxTokens: 9 });
    const { result } = await hear('qwen3-vl-thinking', 'a'.repeat(40), request);
    expect(result).toMatchObject({ reasoning: 'aaa\n\nCons', text: '', finishReason: 'length' });
  });

  it('lets tokens run ahead as far as it reaches, and no further', async () => {
    scripts['qwen3-vl-thinking'].says('a'.repeat(40));
    const free: number[] = [];
    const onEvent = (event: ChatEvent) => {
      if (event.type === 'reasoning' || event.type === 'text') {
        free.push(scripts['qwen3-vl-thinking'].drawing!.free!());
      }
    };
    await engines['qwen3-vl-thinking'].chat(ask('Is it?', { thinkingBudget: 3, maxTokens: 130 }), onEvent);
    expect(free.slice(0, 5)).toEqual([2, 1, 0, 0, 0]);
    expect(free.at(-1)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('calls of functions', () => {
  const withTools = (more: Partial<ChatRequest> = {}) => ask('How is Paris?', { tools: TOOLS, ...more });

  it.each(NAMES)('are told as they are drawn, several in an answer: %s', async (name) => {
    const thought = name === 'qwen3-vl-thinking' ? 'Hm.\n</think>\n\n' : '';
    const { result, events } = await hear(name, `${thought}Let me see.\n${PARIS}\n${CLOCK}`, withTools());
    expect(result).toMatchObject({
      text: 'Let me see.',
      finishReason: 'tool-calls',
      toolCalls: [
        { name: 'get_weather', arguments: '{"city": "Paris"}' },
        { name: 'clock', arguments: '{}' },
      ],
    });
    const ids = result.toolCalls!.map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^call_[0-9a-z]{24}$/);
    const pieces = events.filter((event) => event.type === 'tool-arguments' && event.index === 0);
    expect(pieces.length).toBe('{"city": "Paris"}'.length);
  });

  it('have the same names when an answer is repeated, others in the next turn', async () => {
    const idOf = async (request: ChatRequest) =>
      (await hear('qwen3', PARIS, request)).result.toolCalls![0]!.id;
    const first = await idOf(withTools({ seed: 1 }));
    expect(await idOf(withTools({ seed: 1 }))).toBe(first);
    expect(await idOf(withTools({ seed: 2 }))).not.toBe(first);
    expect(await idOf({ ...withTools({ seed: 1 }), messages: [user('And how is Paris?')] })).not.toBe(first);
  });

  it('end an answer that may hold one only', async () => {
    const { result } = await hear('qwen3', `${PARIS}\n${CLOCK}`, withTools({ parallelToolCalls: false }));
    expect(result.toolCalls).toHaveLength(1);
    expect(result.finishReason).toBe('tool-calls');
  });

  it('are text where no tools are offered', async () => {
    for (const request of [ask('How is Paris?'), withTools({ toolChoice: 'none' })]) {
      const { result } = await hear('qwen3', PARIS, request);
      expect(result).toMatchObject({ text: PARIS, finishReason: 'stop' });
      expect(result.toolCalls).toBeUndefined();
    }
  });

  it('are cut by the limit as they are', async () => {
    const { result } = await hear('qwen3', PARIS, withTools({ maxTokens: 45 }));
    expect(result).toMatchObject({ finishReason: 'length', toolCalls: [{ name: 'get_weather' }] });
    expect('{"city": "Paris"}'.startsWith(result.toolCalls![0]!.arguments)).toBe(true);
  });

  it.each(NAMES)('stand in the next prompt as they were drawn, results behind them: %s', async (name) => {
    const thought = {
      qwen3: '<think>\nHm.\n</think>\n\n',
      'qwen3-vl-instruct': '',
      'qwen3-vl-thinking': 'Hm.\n</think>\n\n',
    };
    const request = withTools();
    const { result } = await hear(name, `${thought[name]}Let me see.\n${PARIS}\n${CLOCK}`, request);
    const { text, reasoning, toolCalls } = result;
    const messages: ChatMessage[] = [
      ...request.messages,
      { role: 'assistant', content: text, ...(reasoning && { reasoning }), toolCalls: toolCalls! },
      ...toolCalls!.map(
        ({ id }): ChatMessage => ({ role: 'tool', content: '21 °C<|im_end|>', toolCallId: id }),
      ),
    ];
    const next = await hear(name, thought[name] && 'Fine.', { ...request, messages });
    expect(next.result.finishReason).toBe('stop');
    // All of the conversation so far was known, but for the turn's end.
    expect(next.result.usage.cachedTokens).toBe(result.usage.promptTokens + result.usage.completionTokens);
  });
});

describe('default sampling', () => {
  it.each<[string, Name, ChatRequest, Parameters<typeof publishedSampling>[0]]>([
    ['of Qwen3', 'qwen3', ask('?'), { architecture: 'qwen3', thinking: true, pictures: false }],
    [
      'of Qwen3 told to think',
      'qwen3',
      ask('?', { thinking: true }),
      { architecture: 'qwen3', thinking: true, pictures: false },
    ],
    [
      'of Qwen3 told not to',
      'qwen3',
      ask('?', { thinking: false }),
      { architecture: 'qwen3', thinking: false, pictures: false },
    ],
    [
      'of Qwen3 softly told not to',
      'qwen3',
      ask('? /no_think'),
      { architecture: 'qwen3', thinking: false, pictures: false },
    ],
    [
      'of Qwen3 told not to, softly told to',
      'qwen3',
      ask('? /think', { thinking: false }),
      { architecture: 'qwen3', thinking: false, pictures: false },
    ],
    [
      'of Qwen3 on a raw text',
      'qwen3',
      { messages: [], prompt: 'Once' },
      { architecture: 'qwen3', thinking: false, pictures: false },
    ],
    [
      'of VL Instruct',
      'qwen3-vl-instruct',
      ask('? /think'),
      { architecture: 'qwen3vl', thinking: false, pictures: false },
    ],
    [
      'of VL Thinking',
      'qwen3-vl-thinking',
      ask('? /no_think'),
      { architecture: 'qwen3vl', thinking: true, pictures: false },
    ],
  ])('is that of the mode: %s', async (_, name, request, mode) => {
    await hear(name, '</think>Yes.', request);
    expect(scripts[name].drawing!.sampling).toEqual(publishedSampling(mode));
  });

  it('gives way to what a request names', async () => {
    await hear('qwen3', 'Yes.', ask('?', { sampling: { topK: 3 } }));
    expect(scripts.qwen3.drawing!.sampling).toMatchObject({ temperature: 0.6, topK: 3 });
  });
});

describe('a raw text', () => {
  it('goes on without a template, and all that is drawn is text', async () => {
    const { result } = await hear('qwen3', '<think>Hm.</think> upon', { messages: [], prompt: 'Once' });
    expect(result).toMatchObject({ text: '<think>Hm.</think> upon', usage: { promptTokens: 4 } });
    expect(result.reasoning).toBeUndefined();
  });

  it('may be empty', async () => {
    const { result } = await hear('qwen3', 'Once', { messages: [], prompt: '' });
    expect(result).toMatchObject({ text: 'Once', usage: { promptTokens: 1 } });
  });
});

describe('an answer that goes on', () => {
  it('begins where the last message ends, blanks included', async () => {
    const messages: ChatMessage[] = [user('Count.'), { role: 'assistant', content: 'One, ' }];
    const { result } = await hear('qwen3-vl-instruct', 'two.', { messages, continueLast: true });
    expect(result.text).toBe('two.');
    const prompt = '<|im_start|>user\nCount.<|im_end|>\n<|im_start|>assistant\nOne, ';
    const { tokenizer } = engines['qwen3-vl-instruct'];
    expect(result.usage.promptTokens).toBe(tokenizer.encode(prompt, { special: 'all' }).length);
  });

  it('may go on thinking', async () => {
    const messages: ChatMessage[] = [user('Count.'), { role: 'assistant', content: '', reasoning: 'First,' }];
    const { result } = await hear('qwen3-vl-thinking', '\nthen.</think>\n\nOne.', {
      messages,
      continueLast: true,
    });
    expect(result).toMatchObject({ reasoning: '\nthen.', text: 'One.' });
  });
});

describe('requests that cannot be', () => {
  const last: ChatMessage = { role: 'assistant', content: 'One' };
  const call = { id: '1', name: 'clock', arguments: '{}' };
  it.each<[string, Name, Partial<ChatRequest> | Record<string, unknown>]>([
    ['toolChoice', 'qwen3', { toolChoice: 'required' }],
    ['toolChoice', 'qwen3', { tools: TOOLS, toolChoice: { name: 'radio' } }],
    ['toolChoice', 'qwen3', { tools: TOOLS, toolChoice: 'sometimes' }],
    ['tools', 'qwen3', { tools: {} }],
    ['tools', 'qwen3', { tools: [null] }],
    ['tools', 'qwen3', { tools: [{ name: 'two words' }] }],
    ['tools', 'qwen3', { tools: [{ name: 'clock' }, { name: 'clock' }] }],
    ['tools', 'qwen3', { tools: [{ name: 'clock', description: 5 }] }],
    ['tools', 'qwen3', { tools: [{ name: 'clock', parameters: [] }] }],
    ['parallelToolCalls', 'qwen3', { parallelToolCalls: 1 }],
    ['thinking', 'qwen3-vl-instruct', { thinking: true }],
    ['thinking', 'qwen3-vl-thinking', { thinking: false }],
    ['thinking', 'qwen3', { thinking: 'yes' }],
    ['thinkingBudget', 'qwen3-vl-instruct', { thinkingBudget: 5 }],
    ['thinkingBudget', 'qwen3', { thinkingBudget: -1 }],
    ['thinkingBudget', 'qwen3', { thinkingBudget: 0.5 }],
    ['templateVariables', 'qwen3', { templateVariables: { messages: [] } }],
    ['templateVariables', 'qwen3', { templateVariables: [] }],
    ['messages', 'qwen3', { prompt: 'Once' }],
    ['prompt', 'qwen3', { messages: [], prompt: ['Once'] }],
    ['tools', 'qwen3', { messages: [], prompt: 'Once', tools: TOOLS }],
    ['thinking', 'qwen3', { messages: [], prompt: 'Once', thinking: false }],
    ['continueLast', 'qwen3', { continueLast: true }],
    ['continueLast', 'qwen3', { messages: [user('?'), { ...last, toolCalls: [call] }], continueLast: true }],
    ['continueLast', 'qwen3', { messages: [user('?'), last], continueLast: true, tools: TOOLS }],
  ])('name the argument: %s, %s %j', async (argument, name, more) => {
    const chat = engines[name].chat({ ...ask('?'), ...(more as Partial<ChatRequest>) });
    await expect(chat).rejects.toMatchObject({ code: 'invalid-argument', details: { argument } });
  });

  it('are refused by a model that knows no tools', async () => {
    const source = '{% for m in messages %}{{ m.content }}{% endfor %}';
    const plain = await loadWithTemplate({ source });
    expect(plain.info).toMatchObject({ tools: false, thinking: 'never' });
    await expect(plain.chat(ask('?', { tools: TOOLS }))).rejects.toMatchObject({ code: 'tools-unsupported' });
    const chat = plain.chat(ask('?', { tools: TOOLS, toolChoice: 'none', maxTokens: 2, sampling: GREEDY }));
    expect((await chat).usage.completionTokens).toBeLessThanOrEqual(2);
    await plain.dispose();
  });
});
