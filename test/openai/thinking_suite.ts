import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { collect, type Door, ENDLESS, visit } from './door.ts';

/** What servers of thinking models have besides the OpenAI API. */
type Thinking = { enable_thinking?: boolean; thinking_budget?: number; chat_template_kwargs?: object };
type Request = Partial<Omit<OpenAI.ChatCompletionCreateParams, 'stream'>> & Thinking;

const reasoningOf = (message: object) => (message as { reasoning_content?: string }).reasoning_content;

/** The official `openai` package asks a model that thinks first, through a way in. */
export function describeThinking(name: string, door: () => Door | Promise<Door>): void {
  describe(`thinking through ${name}`, () => {
    const current = visit(door);
    const request = (more: Request = {}) => ({
      model: current().door.models.thinking,
      messages: [{ role: 'user' as const, content: 'How many shapes are there?' }],
      ...ENDLESS,
      max_tokens: 200,
      thinking_budget: 12,
      ...more,
    });
    const create = (more?: Request) => current().client.chat.completions.create(request(more));

    it('keeps reasoning apart from the answer, and within its budget', async () => {
      const { choices, usage } = await create();
      const { message } = choices[0]!;
      expect(reasoningOf(message)).toMatch(/\S/);
      expect(message.content).not.toContain('think>');
      const tokens = usage!.completion_tokens_details!.reasoning_tokens!;
      expect(tokens).toBeGreaterThan(0);
      expect(tokens).toBeLessThan(usage!.completion_tokens);
      const longer = await create({ thinking_budget: 24 });
      expect(longer.usage!.completion_tokens_details!.reasoning_tokens).toBeGreaterThan(tokens);
      const low = await create({ thinking_budget: undefined, reasoning_effort: 'low', max_tokens: 30 });
      expect(low.choices[0]!.finish_reason).toBe('length');
      expect(low.choices[0]!.message.content).toBe('');
    });

    it('streams reasoning before the answer', async () => {
      const whole = (await create()).choices[0]!.message;
      const { client } = current();
      const chunks = await collect(
        await client.chat.completions.create({ ...request(), stream: true as const }),
      );
      const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
      expect(deltas.map((delta) => reasoningOf(delta) ?? '').join('')).toBe(reasoningOf(whole));
      expect(deltas.map(({ content }) => content ?? '').join('')).toBe(whole.content);
      const kinds = deltas.flatMap((delta) => {
        if (reasoningOf(delta) !== undefined) return ['reasoning'];
        return delta.content ? ['content'] : [];
      });
      expect(kinds.lastIndexOf('reasoning')).toBeLessThan(
        kinds.includes('content') ? kinds.indexOf('content') : kinds.length,
      );
    });

    it('takes earlier reasoning back, and forgets it', async () => {
      const [question] = request().messages;
      const answer = {
        role: 'assistant' as const,
        content: 'Two.',
        reasoning_content: 'I count. '.repeat(20),
      };
      const again = { role: 'user' as const, content: 'Really?' };
      const forgetful = { ...answer, reasoning_content: '' };
      const told = await create({ messages: [question!, answer, again], max_tokens: 2 });
      const short = await create({ messages: [question!, forgetful, again], max_tokens: 2 });
      expect(told.usage!.prompt_tokens).toBe(short.usage!.prompt_tokens);
    });

    it('refuses what the model cannot do', async () => {
      await expect(create({ enable_thinking: false })).rejects.toMatchObject({
        status: 400,
        param: 'enable_thinking',
      });
      await expect(create({ reasoning_effort: 'none', thinking_budget: undefined })).rejects.toMatchObject({
        status: 400,
        param: 'reasoning_effort',
      });
      const { pico } = current();
      await expect(
        create({ model: pico, thinking_budget: undefined, enable_thinking: true }),
      ).rejects.toMatchObject({ status: 400, param: 'enable_thinking' });
    });
  });
}
