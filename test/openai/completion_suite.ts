import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { collect, type Door, visit } from './door.ts';

const PROMPT = 'The circle is red. The circle is';

/** The official `openai` package asks for completions of raw text through a way in. */
export function describeCompletions(name: string, door: () => Door | Promise<Door>): void {
  describe(`completions through ${name}`, () => {
    const current = visit(door);
    const create = (more: Partial<OpenAI.CompletionCreateParamsNonStreaming> = {}) =>
      current().client.completions.create({
        model: current().pico,
        prompt: PROMPT,
        max_tokens: 6,
        temperature: 0,
        ...more,
      });

    it('goes on from a text as it is', async () => {
      const completion = await create();
      expect(completion).toMatchObject({
        object: 'text_completion',
        choices: [{ index: 0, logprobs: null, finish_reason: expect.stringMatching(/stop|length/) }],
      });
      const { text } = completion.choices[0]!;
      expect(text).not.toBe('');
      // No chat template stands around it.
      expect(completion.usage!.prompt_tokens).toBeLessThan(PROMPT.length / 2);
      const echoed = await create({ echo: true });
      expect(echoed.choices[0]!.text).toBe(PROMPT + text);
    });

    it('streams the same', async () => {
      const { client, pico } = current();
      const whole = await create();
      const chunks = await collect(
        await client.completions.create({
          model: pico,
          prompt: PROMPT,
          max_tokens: 6,
          temperature: 0,
          stream: true,
          stream_options: { include_usage: true },
        }),
      );
      const texts = chunks.flatMap(({ choices }) => choices.map(({ text }) => text));
      expect(texts.join('')).toBe(whole.choices[0]!.text);
      expect(chunks.at(-1)!.usage!.total_tokens).toBe(whole.usage!.total_tokens);
    });

    it('answers several prompts several times', async () => {
      const { choices, usage } = await create({
        prompt: [PROMPT, 'There are'],
        n: 2,
        temperature: 2,
        seed: 5,
      });
      expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
      const second = await create({ prompt: 'There are', temperature: 2, seed: 6 });
      expect(choices[3]!.text).toBe(second.choices[0]!.text);
      expect(usage!.prompt_tokens).toBeGreaterThan(second.usage!.prompt_tokens);
    });

    it('tells how likely each token was', async () => {
      const { choices } = await create({ logprobs: 2 });
      const { tokens, token_logprobs, top_logprobs, text_offset } = choices[0]!.logprobs!;
      expect(tokens!.join('')).toBe(choices[0]!.text);
      expect(text_offset).toEqual(tokens!.map((_, i) => tokens!.slice(0, i).join('').length));
      for (const [i, token] of tokens!.entries()) {
        expect(top_logprobs![i]![token]).toBe(token_logprobs![i]);
        expect(Object.keys(top_logprobs![i]!)).toHaveLength(2);
      }
    });

    it.each([
      ['suffix', { suffix: '.' }],
      ['best_of', { best_of: 3 }],
      ['logprobs', { logprobs: 1, echo: true }],
      ['prompt', { prompt: '' }],
      ['prompt[0]', { prompt: [1, 2] }],
    ])('refuses %s where it cannot be', async (param, more) => {
      await expect(create(more)).rejects.toMatchObject({ status: 400, param });
    });
  });
}
