import type OpenAI from 'openai';
import { LengthFinishReasonError } from 'openai/error';
import { zodResponseFormat } from 'openai/helpers/zod';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collect, type Door, visit } from './door.ts';

const Scene = z.object({
  shapes: z.array(z.object({ shape: z.enum(['circle', 'square', 'star']), red: z.boolean() })).max(3),
  count: z.number().int().min(0).max(9),
  label: z.enum(['full', 'empty']).nullable(),
});

const FORMAT = zodResponseFormat(Scene, 'scene');

/** Quotes and braces are likely, which ends strings and objects. pico's first tokens are those bytes. */
const SHORT = { [code('"')]: 8, [code('}')]: 8 };

function code(letter: string): number {
  return letter.charCodeAt(0);
}

/** Formats under the names that servers of open models give them. */
type Format = Partial<
  Record<'grammar' | 'regex' | 'guided_regex' | 'guided_grammar', string> & {
    guided_json: object;
    guided_choice: string[];
    structured_outputs: { choice: string[] };
  }
>;

type Request = Partial<Omit<OpenAI.ChatCompletionCreateParams, 'stream'>> & Format;

/** The official `openai` package asks for answers of a certain form, through a way in. */
export function describeFormats(name: string, door: () => Door | Promise<Door>): void {
  describe(`formats through ${name}`, () => {
    const current = visit(door);
    const request = async (more: Request = {}) => ({
      model: current().pico,
      messages: [await current().message()],
      ...more,
    });
    const contentOf = async (more: Request) => {
      const { choices } = await current().client.chat.completions.create(await request(more));
      expect(choices[0]!.finish_reason).toBe('stop');
      return choices[0]!.message.content!;
    };

    it('keeps to a schema of zod, as parse and stream read it', async () => {
      const { completions } = current().client.chat;
      for (const seed of [1, 2]) {
        const asked = await request({ response_format: FORMAT, temperature: 1.5, seed });
        const whole = await completions.parse(asked);
        const scene = whole.choices[0]!.message.parsed;
        expect(Scene.parse(scene)).toEqual(scene);
        const streamed = await completions.stream(asked).finalChatCompletion();
        expect(streamed.choices[0]!.message.parsed).toEqual(scene);
      }
    });

    it('says at the limit that the answer is unfinished', async () => {
      const asked = await request({ response_format: FORMAT, max_tokens: 4 });
      await expect(current().client.chat.completions.parse(asked)).rejects.toBeInstanceOf(
        LengthFinishReasonError,
      );
    });

    it('gives a JSON object where one is asked for', async () => {
      const response_format = { type: 'json_object' } as const;
      const more = { response_format, logit_bias: SHORT, temperature: 2, top_p: 1, max_tokens: 300 };
      const texts = new Set<string>();
      for (const seed of [1, 2, 3, 4, 5, 6]) texts.add(await contentOf({ ...more, seed }));
      expect(texts.size).toBeGreaterThan(1);
      for (const text of texts) expect(JSON.parse(text)).toBeTypeOf('object');
    });

    it('answers rightly among choices, and within a regular expression or a grammar', async () => {
      const { answer, question } = await current().asked(1);
      const kind = /^What color is the (\w+)\?$/.exec(question)![1];
      const colors = ['blue', 'green', 'black', 'yellow'];
      const choices = colors.map((color) => `The ${kind} is ${color}.`);
      const messages = [await current().message(1)];
      const grammar = `root ::= "The ${kind} is " color "."\ncolor ::= ${colors.map((color) => `"${color}"`).join(' | ')}`;
      const regex = `The ${kind} is (${colors.join('|')})\\.`;
      for (const format of [
        { guided_choice: choices },
        { regex },
        { guided_regex: regex },
        { grammar },
        { guided_grammar: grammar },
        { structured_outputs: { choice: choices } },
      ]) {
        expect(await contentOf({ messages, ...format })).toBe(answer);
      }
      const guided_json = { type: 'object', properties: { a: { enum: [1, 2] } }, required: ['a'] };
      expect(JSON.parse(await contentOf({ guided_json }))).toMatchObject({ a: expect.any(Number) });
    });

    it('holds for raw text as well', async () => {
      const { client, pico } = current();
      const { choices } = await client.completions.create({
        model: pico,
        prompt: 'The circle is',
        ...({ regex: ' (blue|red)' } as object),
      });
      expect(choices[0]!.text).toMatch(/^ (blue|red)$/);
    });

    it.each<[string, Format & { response_format?: object }]>([
      ['regex', { regex: '(' }],
      ['guided_grammar', { guided_grammar: 'root = ' }],
      [
        'response_format',
        { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'shape' } } } },
      ],
    ])('refuses a %s that says nothing', async (param, format) => {
      const { client } = current();
      for (const stream of [false, true]) {
        const asked = { ...(await request()), ...format, stream } as OpenAI.ChatCompletionCreateParams;
        await expect(client.chat.completions.create(asked)).rejects.toMatchObject({ status: 400, param });
      }
    });

    it('keeps to a schema in several answers and in pieces', async () => {
      const asked = await request({ response_format: FORMAT, temperature: 1.5, seed: 11, n: 2 });
      const { client } = current();
      const whole = await client.chat.completions.create(asked);
      const chunks = await collect(await client.chat.completions.create({ ...asked, stream: true as const }));
      for (const { index, message } of whole.choices) {
        Scene.parse(JSON.parse(message.content!));
        const pieces = chunks.flatMap(({ choices }) => choices).filter((choice) => choice.index === index);
        expect(pieces.map(({ delta }) => delta.content ?? '').join('')).toBe(message.content);
      }
    });
  });
}
