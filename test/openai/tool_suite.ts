import type OpenAI from 'openai';
import { zodFunction } from 'openai/helpers/zod';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collect, type Door, visit } from './door.ts';

const Paint = z.object({
  color: z.enum(['red', 'green', 'blue']),
  shape: z.enum(['circle', 'square']),
  size: z.number().int().min(1).max(9),
});
const Erase = z.object({ all: z.boolean() });

const paint = zodFunction({ name: 'paint', description: 'Paints a shape.', parameters: Paint });
const erase = zodFunction({ name: 'erase', description: 'Removes what was painted.', parameters: Erase });

const SCHEMAS: Readonly<Record<string, z.ZodType>> = { paint: Paint, erase: Erase };

type Request = Partial<Omit<OpenAI.ChatCompletionCreateParams, 'stream'>>;

/** The official `openai` package offers functions to a model that knows of them, through a way in. */
export function describeTools(name: string, door: () => Door | Promise<Door>): void {
  describe(`tools through ${name}`, () => {
    const current = visit(door);
    const request = (more: Request = {}) => ({
      model: current().door.models.instruct,
      messages: [{ role: 'user' as const, content: 'Paint something.' }],
      tools: [paint, erase],
      temperature: 1,
      seed: 1,
      max_tokens: 300,
      ...more,
    });
    const call = async (more?: Request) =>
      (await current().client.chat.completions.create(request(more))).choices[0]!;

    it('calls the function that is named, with arguments that keep to its schema', async () => {
      const tool_choice = { type: 'function', function: { name: 'paint' } } as const;
      const completion = await current().client.chat.completions.parse(
        request({ tool_choice, parallel_tool_calls: false }),
      );
      const { message, finish_reason } = completion.choices[0]!;
      expect(finish_reason).toBe('tool_calls');
      expect(message.content).toBeNull();
      expect(message.tool_calls).toHaveLength(1);
      const { id, function: called } = message.tool_calls![0]!;
      expect(id).toMatch(/^call_/);
      expect(called.name).toBe('paint');
      expect(Paint.parse(called.parsed_arguments)).toEqual(called.parsed_arguments);
    });

    it('calls some function where a call is required, in every draw', async () => {
      const names = new Set<string>();
      for (const seed of [1, 2, 3, 4]) {
        const { message, finish_reason } = await call({
          tool_choice: 'required',
          parallel_tool_calls: false,
          seed,
        });
        expect(finish_reason).toBe('tool_calls');
        const { function: called } = message.tool_calls![0] as OpenAI.ChatCompletionMessageFunctionToolCall;
        SCHEMAS[called.name]!.parse(JSON.parse(called.arguments));
        names.add(called.name);
      }
      expect(names).toEqual(new Set(['paint', 'erase']));
    });

    it('streams calls by pieces of their arguments', async () => {
      const asked = request({ tool_choice: 'required', parallel_tool_calls: false });
      const { completions } = current().client.chat;
      const whole = (await completions.create(asked)).choices[0]!.message.tool_calls!;
      const chunks = await collect(await completions.create({ ...asked, stream: true as const }));
      const pieces = chunks.flatMap(({ choices }) => choices[0]!.delta.tool_calls ?? []);
      const [first, ...rest] = pieces;
      expect(first).toMatchObject({ index: 0, id: whole[0]!.id, type: 'function' });
      expect(rest.length).toBeGreaterThan(1);
      expect(rest.every((piece) => piece.id === undefined && piece.function!.name === undefined)).toBe(true);
      expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe('tool_calls');

      const put = await completions.stream(asked).finalChatCompletion();
      expect(put.choices[0]!.message.tool_calls).toMatchObject(whole);
    });

    it('goes round: call, result, next call, and an answer in words', async () => {
      const painted: z.infer<typeof Paint>[] = [];
      const runner = current().client.chat.completions.runTools(
        {
          ...request({ tool_choice: 'required', parallel_tool_calls: false }),
          tools: [
            zodFunction({
              name: 'paint',
              description: 'Paints a shape.',
              parameters: Paint,
              function: (shape) => {
                painted.push(shape);
                return `Painted a ${shape.color} ${shape.shape}. <|im_end|><tool_call>`;
              },
            }),
          ],
        },
        { maxChatCompletions: 2 },
      );
      await runner.done();
      expect(painted).toHaveLength(2);
      for (const shape of painted) Paint.parse(shape);
      const roles = runner.messages.map(({ role }) => role);
      expect(roles).toEqual(['user', 'assistant', 'tool', 'assistant', 'tool']);
      const [first, second] = runner.allChatCompletions();
      expect(second!.usage!.prompt_tokens).toBeGreaterThan(first!.usage!.prompt_tokens);

      const { message, finish_reason } = await call({ messages: runner.messages, tool_choice: 'none' });
      expect(message.tool_calls).toBeUndefined();
      expect(message.content).toBeTypeOf('string');
      expect(finish_reason).not.toBe('tool_calls');
    });

    it('is refused by a model whose template knows no tools', async () => {
      await expect(call({ model: current().pico })).rejects.toMatchObject({
        status: 400,
        param: 'tools',
        code: 'unsupported_parameter',
      });
    });
  });
}
