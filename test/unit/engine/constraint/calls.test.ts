import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/engine/engine.ts';
import type { ToolCall, ToolDefinition } from '../../../../src/model/chat.ts';
import type { ChatRequest, ChatResult } from '../../../../src/model/request.ts';
import { loadWithTemplate, Script } from '../../../support/scripted.ts';

/** Draws as a model of random weights does. */
let random: Engine;
/** Draws what a script says, as far as it may. */
let scripted: Engine;
let script: Script;
beforeAll(async () => {
  random = await loadWithTemplate('qwen3', { contextLength: 2048 });
  scripted = await loadWithTemplate('qwen3', { contextLength: 2048 });
  script = new Script(scripted);
});
afterAll(async () => {
  await random.dispose();
  await scripted.dispose();
});

const WEATHER: ToolDefinition = {
  name: 'get_weather',
  parameters: {
    type: 'object',
    properties: {
      city: { type: 'string', maxLength: 8 },
      unit: { enum: ['C', 'F'] },
      days: { type: 'integer', minimum: 1, maximum: 9 },
    },
    required: ['city', 'unit'],
    additionalProperties: false,
  },
};
const CLOCK: ToolDefinition = { name: 'clock' };
/** Its parameters ask for what cannot be enforced. */
const SEARCH: ToolDefinition = {
  name: 'search',
  parameters: {
    type: 'object',
    properties: { terms: { type: 'array', items: { type: 'string' }, uniqueItems: true } },
  },
};

const ask = (more: Partial<ChatRequest>): ChatRequest => ({
  messages: [{ role: 'user', content: 'What is the weather in Paris?' }],
  tools: [WEATHER, CLOCK],
  thinking: false,
  sampling: { temperature: 1.5, topK: 0, topP: 1, presencePenalty: 0 },
  maxTokens: 400,
  ...more,
});

function says(answer: string, more: Partial<ChatRequest> = {}): Promise<ChatResult> {
  script.says(answer);
  return scripted.chat(ask({ maxTokens: 300, ...more }));
}

const PARIS =
  '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris", "unit": "C"}}\n</tool_call>';
const TIME = '<tool_call>\n{"name": "clock", "arguments": {}}\n</tool_call>';

describe('calls that are asked for', () => {
  it('are made, and are sound, even by a model that knows nothing', async () => {
    for (const seed of [1, 2, 3]) {
      const result = await random.chat(ask({ toolChoice: 'required', parallelToolCalls: false, seed }));
      expect(result.finishReason).toBe('tool-calls');
      expect(result.text).toBe('');
      expect(result.toolCalls).toHaveLength(1);
      const [{ name, arguments: text }] = result.toolCalls as unknown as [ToolCall];
      const values = JSON.parse(text) as Record<string, unknown>;
      if (name === 'clock') expect(text).toBe('{}');
      else expect(values).toMatchObject({ city: expect.any(String), unit: expect.stringMatching(/^[CF]$/) });
    }
  });

  it('are of the function that was named', async () => {
    for (const seed of [1, 2]) {
      const { toolCalls } = await random.chat(
        ask({ toolChoice: { name: 'clock' }, parallelToolCalls: false, seed }),
      );
      expect(toolCalls).toMatchObject([{ name: 'clock', arguments: '{}' }]);
    }
  });

  it('may be several, one behind the other, unless that is not wanted', async () => {
    const both = await says(`${PARIS}\n${TIME}`, { toolChoice: 'required' });
    expect(both.toolCalls?.map(({ name }) => name)).toEqual(['get_weather', 'clock']);
    const one = await says(`${PARIS}\n${TIME}`, { toolChoice: 'required', parallelToolCalls: false });
    expect(one.toolCalls?.map(({ name }) => name)).toEqual(['get_weather']);
  });

  it('come before all else', async () => {
    const rather = `I would rather say this.${TIME}`;
    const result = await says(rather, { toolChoice: 'required', parallelToolCalls: false });
    expect([result.text, result.toolCalls?.length]).toEqual(['', 1]);
  });

  it('come behind a thought', async () => {
    const result = await says(`<think>\nWhat time?\n</think>\n\n${TIME}`, {
      toolChoice: 'required',
      thinking: true,
    });
    expect(result).toMatchObject({ reasoning: 'What time?', text: '', toolCalls: [{ name: 'clock' }] });
  });

  it('are cut by the limit, and say so', async () => {
    const result = await random.chat(ask({ toolChoice: { name: 'get_weather' }, maxTokens: 12, seed: 1 }));
    expect(result.finishReason).toBe('length');
  });

  it('hold any object where parameters cannot be enforced', async () => {
    const call =
      '<tool_call>\n{"name": "search", "arguments": {"terms": ["a", "a"], "more": 1}}\n</tool_call>';
    const result = await says(call, { tools: [SEARCH], toolChoice: 'required' });
    expect(result.toolCalls).toMatchObject([
      { name: 'search', arguments: '{"terms": ["a", "a"], "more": 1}' },
    ]);
  });
});

describe('calls that the model may make', () => {
  it('leave its text alone', async () => {
    const text = 'No call: {"name": "clock"} is text.';
    expect(await says(text)).toMatchObject({ text, finishReason: 'stop' });
  });

  it('are held to the parameters from their mark on', async () => {
    const wrong =
      '<tool_call>\n{"name": "get_wether", "arguments": {"town": "Paris", "unit": "K"}}\n</tool_call>';
    const { toolCalls } = await says(`Let me see.\n${wrong}`);
    expect(toolCalls).toMatchObject([{ name: 'get_weather' }]);
    const values = JSON.parse(toolCalls![0]!.arguments) as Record<string, unknown>;
    expect(values).toMatchObject({ city: expect.any(String), unit: expect.stringMatching(/^[CF]$/) });
  });

  it('may be followed by text and other calls', async () => {
    const result = await says(`One.\n${PARIS}\n${TIME}`);
    expect(result).toMatchObject({ text: 'One.', finishReason: 'tool-calls' });
    expect(result.toolCalls?.map(({ name }) => name)).toEqual(['get_weather', 'clock']);
  });

  it('stand in place of an answer that is in a format', async () => {
    const format = {
      type: 'json-schema',
      schema: { type: 'object', properties: { sunny: { type: 'boolean' } }, required: ['sunny'] },
    } as const;
    expect((await says('{"sunny": true}', { format })).text).toBe('{"sunny": true}');
    const called = await says(PARIS, { format });
    expect(called).toMatchObject({ text: '', toolCalls: [{ name: 'get_weather' }] });
    const { text } = await says('It is sunny.', { format });
    expect(JSON.parse(text)).toEqual({ sunny: expect.any(Boolean) });
  });
});

describe('an answer in a format', () => {
  const format = { type: 'json-schema', schema: { enum: ['yes', 'no'] } } as const;

  it('begins behind the thought, which stays free', async () => {
    const result = await says('<think>\nHm: {"no".\n</think>\n\n"no"', { tools: [], thinking: true, format });
    expect(result).toMatchObject({ reasoning: 'Hm: {"no".', text: '"no"', finishReason: 'stop' });
  });

  it('follows a thought that used up its budget', async () => {
    const result = await says(`<think>\n${'Hm. '.repeat(50)}`, {
      tools: [],
      thinking: true,
      thinkingBudget: 20,
      format,
    });
    expect([result.finishReason, JSON.parse(result.text)]).toEqual([
      'stop',
      expect.stringMatching(/^(yes|no)$/),
    ]);
  });

  it('says when the limit cut it', async () => {
    const result = await says('"yes"', { tools: [], format, maxTokens: 2 });
    expect([result.finishReason, result.text]).toEqual(['length', '"y']);
  });

  it('is refused before anything is computed where it cannot be kept to', async () => {
    const schema = { type: 'object', properties: { a: { not: {} } } };
    await expect(says('', { tools: [], format: { type: 'json-schema', schema } })).rejects.toMatchObject({
      code: 'format-unsupported',
      details: { part: '#/properties/a/not' },
    });
  });

  it('has logprobs, biases and penalties as any other', async () => {
    const no = scripted.tokenizer.encode('n')[0]!;
    const biased = {
      tools: [],
      format,
      logitBias: [[no, 100]] as [number, number][],
      logprobs: 2,
      speculate: true,
    };
    const result = await random.chat(ask({ ...biased, seed: 1 }));
    expect(result.text).toBe('"no"');
    expect(result.logprobs).toHaveLength(result.usage.completionTokens);
    expect(result.speculation.draftedSteps).toBe(0);
  });
});
