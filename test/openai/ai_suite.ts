import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateObject, generateText, streamText, tool } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collect, type Door, ENDLESS, visit } from './door.ts';

/** The `ai` SDK asks through a way in. */
export function describeAi(name: string, door: () => Door | Promise<Door>): void {
  describe(`the ai SDK through ${name}`, () => {
    const current = visit(door);
    const provider = () =>
      createOpenAICompatible({
        name: 'glance',
        baseURL: current().door.baseURL,
        fetch: current().fetch,
        includeUsage: true,
        supportsStructuredOutputs: true,
      });
    const pico = () => provider()(current().pico);

    /** A question about a picture, as the SDK words it. */
    const asked = async (number = 0) => {
      const { scene, question, answer } = current().questions[number]!;
      const image = new Uint8Array(await current().picture(scene).arrayBuffer());
      const content = [
        { type: 'image' as const, image, mediaType: 'image/png' },
        { type: 'text' as const, text: question },
      ];
      return { answer, messages: [{ role: 'user' as const, content }] };
    };

    it('generates text about a picture', async () => {
      const { answer, messages } = await asked();
      const result = await generateText({ model: pico(), messages });
      expect(result.text).toBe(answer);
      expect(result.finishReason).toBe('stop');
      expect(result.usage.outputTokens).toBeGreaterThan(2);
    });

    it('streams the same', async () => {
      const { answer, messages } = await asked();
      const result = streamText({ model: pico(), messages });
      const pieces = await collect(result.textStream);
      expect(pieces.join('')).toBe(answer);
      expect(pieces.length).toBeGreaterThan(2);
      expect(await result.finishReason).toBe('stop');
      expect((await result.usage).inputTokens).toBeGreaterThan(10);
    });

    it('generates an object about a picture', async () => {
      const { messages } = await asked();
      const schema = z.object({
        shape: z.enum(['circle', 'square', 'triangle', 'star', 'cross']),
        sure: z.boolean(),
      });
      const { object } = await generateObject({ model: pico(), messages, schema });
      expect(schema.parse(object)).toEqual(object);
    });

    it('reads reasoning', async () => {
      const result = await generateText({
        model: provider()(current().door.models.thinking),
        prompt: 'How many shapes are there?',
        maxOutputTokens: 200,
        providerOptions: { glance: { ...ENDLESS, thinking_budget: 12 } },
      });
      expect(result.reasoningText).toMatch(/\S/);
    });

    it('calls tools', async () => {
      const inputs: string[] = [];
      const paint = tool({
        description: 'Paints.',
        inputSchema: z.object({ color: z.enum(['red', 'blue']) }),
        execute: async ({ color }) => {
          inputs.push(color);
          return `Painted it ${color}.`;
        },
      });
      const result = await generateText({
        model: provider()(current().door.models.instruct),
        prompt: 'Paint something.',
        tools: { paint },
        toolChoice: 'required',
        providerOptions: { glance: { parallel_tool_calls: false } },
      });
      expect(result.finishReason).toBe('tool-calls');
      expect(inputs).toHaveLength(1);
      expect(['red', 'blue']).toContain(inputs[0]);
    });

    it('hears of errors', async () => {
      const asking = generateText({ model: provider()('gpt-4o'), prompt: 'Hello!', maxRetries: 0 });
      const error = await asking.catch((thrown: unknown) => thrown);
      expect(APICallError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({ statusCode: 404, message: expect.stringContaining('gpt-4o') });
    });
  });
}
