/** Tokens that run ahead of where something else is allowed: of a call's beginning, of a thought's end. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import type { ChatRequest, ChatResult } from '../../../src/model/request.ts';
import { bytesSource } from '../../../src/weights/byte_source.ts';
import template from '../../fixtures/templates/qwen3-vl-thinking.jinja?raw';
import { trainedVocabulary } from '../../schemas/random_model.ts';
import { text } from '../../support/gguf_writer.ts';
import { sharedBackend } from '../../support/shared_backends.ts';
import { writeSyntheticText } from '../../support/synthetic_model.ts';

const vocabulary = trainedVocabulary();
/** Few tokens, drawn often, so that it shows if one too many of them was counted. */
const BIAS = ['a', 'b', 'c', 'd', '}', '</think>', '<tool_call>'].map((token): [number, number] => [
  vocabulary.tokens.indexOf(token),
  9,
]);
const COUNT = {
  name: 'count',
  parameters: {
    type: 'object',
    properties: { of: { enum: ['shapes', 'circles'] } },
    required: ['of'],
    additionalProperties: false,
  },
};
let engine: Engine;

beforeAll(async () => {
  const backend = await sharedBackend('webgpu');
  const metadata = new Map([['tokenizer.chat_template', text(template)]]);
  const file = writeSyntheticText(vocabulary, { config: { contextLength: 2048 }, metadata });
  engine = await Engine.load({ text: bytesSource(file, 'random.gguf'), backend, contextLength: 2048 });
}, 120_000);
afterAll(() => engine.dispose());

/** Answers, and sees that the answer is the same where nothing runs ahead. */
async function answer(seed: number, more: Partial<ChatRequest>): Promise<ChatResult> {
  const request: ChatRequest = {
    messages: [{ role: 'user', content: 'one two three four. '.repeat(6) }],
    sampling: {
      ...{ temperature: 1, topP: 1, topK: 0, minP: 0 },
      ...{ presencePenalty: 1.5, frequencyPenalty: 0.2, repetitionPenalty: 1.3 },
    },
    logitBias: BIAS,
    maxTokens: 160,
    seed,
    ...more,
  };
  const ahead = await engine.chat(request);
  // With logprobs every token waits for the one before.
  const stepped = await engine.chat({ ...request, logprobs: 0 });
  const { cachedTokens: _, ...usage } = stepped.usage;
  const said = ({ reasoning, text, toolCalls, finishReason }: ChatResult) => [
    ...[seed, reasoning, text, toolCalls, finishReason],
  ];
  expect(said(ahead)).toEqual(said(stepped));
  expect(ahead.usage).toMatchObject(usage);
  return ahead;
}

it('draws the same as one token at a time where calls may come, with penalties and drafts', async () => {
  const answers: ChatResult[] = [];
  for (const seed of [1, 2, 3, 4]) answers.push(await answer(seed, { tools: [COUNT] }));
  const calls = answers.flatMap(({ toolCalls }) => toolCalls ?? []);
  for (const { arguments: values } of calls) {
    // The last may have been cut by the limit.
    if (!values.endsWith('}')) continue;
    expect(JSON.parse(values)).toEqual({ of: expect.stringMatching(/^(shapes|circles)$/) });
  }
  expect(calls.length).toBeGreaterThan(4);
  expect(answers.map(({ text: said }) => said).join('').length).toBeGreaterThan(100);
});

it('draws the same where the answer behind the thought is in a format', async () => {
  let thoughts = 0;
  // The thought shall have some length.
  const end = vocabulary.tokens.indexOf('</think>');
  const logitBias = BIAS.map(([id, bias]): [number, number] => [id, id === end ? bias - 2 : bias]);
  for (const seed of [1, 2, 3, 4]) {
    const result = await answer(seed, {
      format: { type: 'regex', pattern: '([abcd]{3},){3,6}' },
      logitBias,
    });
    thoughts += result.reasoning?.length ?? 0;
    if (result.finishReason === 'stop') expect(result.text).toMatch(/^([abcd]{3},){3,6}$/);
    else expect(result.finishReason).toBe('length');
  }
  expect(thoughts).toBeGreaterThan(20);
});
