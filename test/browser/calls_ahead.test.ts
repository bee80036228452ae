/** Tokens that run ahead of a call's beginning, behind which the answer is constrained. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import type { ChatRequest } from '../../src/model/request.ts';
import { bytesSource } from '../../src/weights/byte_source.ts';
import { Backends } from '../../workers/backends.ts';
import template from '../fixtures/templates/qwen3-vl-instruct.jinja?raw';
import { trainedVocabulary } from '../schemas/random_model.ts';
import { text } from '../support/gguf_writer.ts';
import { writeSyntheticText } from '../support/synthetic_model.ts';

const vocabulary = trainedVocabulary();
/** Few tokens, drawn often, so that it shows if one too many of them was counted. */
const BIAS = ['a', 'b', 'c', 'd', '}', '<tool_call>'].map((token): [number, number] => [
  vocabulary.tokens.indexOf(token),
  9,
]);
let engine: Engine;

beforeAll(async () => {
  const backend = await (await new Backends().start('webgpu', () => {})).started;
  const metadata = new Map([['tokenizer.chat_template', text(template)]]);
  const file = writeSyntheticText(vocabulary, { config: { contextLength: 2048 }, metadata });
  engine = await Engine.load({ text: bytesSource(file, 'random.gguf'), backend, contextLength: 2048 });
}, 120_000);
afterAll(() => engine.dispose());

it('draws the same as one token at a time, with penalties and drafts', async () => {
  let calls = 0;
  let textTokens = 0;
  for (const seed of [1, 2, 3, 4]) {
    const request: ChatRequest = {
      messages: [{ role: 'user', content: 'one two three four. '.repeat(6) }],
      tools: [
        {
          name: 'count',
          parameters: {
            type: 'object',
            properties: { of: { enum: ['shapes', 'circles'] } },
            required: ['of'],
            additionalProperties: false,
          },
        },
      ],
      sampling: {
        temperature: 1,
        topP: 1,
        topK: 0,
        minP: 0,
        presencePenalty: 1.5,
        frequencyPenalty: 0.2,
        repetitionPenalty: 1.3,
      },
      logitBias: BIAS,
      maxTokens: 160,
      seed,
    };
    const ahead = await engine.chat(request);
    // With logprobs nothing runs ahead.
    const { logprobs: _, ...stepped } = await engine.chat({ ...request, logprobs: 0 });
    for (const key of ['text', 'toolCalls', 'finishReason', 'usage'] as const) {
      const cached = key === 'usage' ? { cachedTokens: expect.any(Number) } : {};
      expect([seed, key, ahead[key]]).toEqual([
        seed,
        key,
        key === 'usage' ? { ...stepped.usage, ...cached } : stepped[key],
      ]);
    }
    for (const { arguments: values } of ahead.toolCalls ?? []) {
      // The last may have been cut by the limit.
      if (values.endsWith('}'))
        expect(JSON.parse(values)).toEqual({ of: expect.stringMatching(/^(shapes|circles)$/) });
    }
    calls += ahead.toolCalls?.length ?? 0;
    textTokens += ahead.text.length;
  }
  expect(calls).toBeGreaterThan(4);
  expect(textTokens).toBeGreaterThan(100);
});
