import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../../../src/engine/engine.ts';
import type { AnswerFormat, ChatRequest } from '../../../../src/model/request.ts';
import { bytesSource } from '../../../../src/weights/byte_source.ts';

const MODEL = new URL('../../../../public/models/pico/', import.meta.url);

let engine: Engine;
beforeAll(async () => {
  const name = 'pico-Q8_0.gguf';
  engine = await Engine.load({
    text: bytesSource(await readFile(new URL(name, MODEL)), name),
    contextLength: 512,
  });
});
afterAll(() => engine.dispose());

const ask = (format: AnswerFormat, more: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [{ role: 'user', content: 'How many shapes are there?' }],
  sampling: { temperature: 1.5, topK: 0, topP: 1 },
  seed: 3,
  format,
  ...more,
});

describe('an answer in a format', () => {
  it('is what a schema asks', async () => {
    const schema = {
      type: 'object',
      properties: { count: { type: 'integer', minimum: 1, maximum: 9 }, color: { enum: ['red', 'blue'] } },
      required: ['count', 'color'],
      additionalProperties: false,
    };
    const { text, finishReason } = await engine.chat(ask({ type: 'json-schema', schema }));
    console.log(text);
    expect(finishReason).toBe('stop');
    expect(JSON.parse(text)).toEqual({ count: expect.any(Number), color: expect.stringMatching(/red|blue/) });
  });
});
