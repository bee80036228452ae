/** A budget of thinking on both devices, with a network whose thoughts have no end of their own. */
import { describe, expect, it } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import type { ChatRequest, ChatResult, Device } from '../../../src/model/request.ts';
import { blobSource } from '../../../src/weights/byte_source.ts';
import template from '../../fixtures/templates/qwen3-vl-thinking.jinja?raw';
import { text } from '../../support/gguf_writer.ts';
import { vocabulary } from '../../support/models.ts';
import { sharedBackend } from '../../support/shared_backends.ts';
import { writeSyntheticText } from '../../support/synthetic_model.ts';

async function load(device: Device): Promise<Engine> {
  const file = writeSyntheticText(vocabulary, {
    metadata: new Map([['tokenizer.chat_template', text(template)]]),
    sharpness: 4,
  });
  return Engine.load({
    text: blobSource(new Blob([file]), 'synthetic.gguf'),
    backend: await sharedBackend(device),
  });
}

const WORDS =
  'Considering the limited time by the user, I have to give the solution based on the thinking directly now.';

describe.each(['wasm', 'webgpu'] as const)('on %s', (device) => {
  // Of hundreds of tokens each waits for the one before.
  it('a thought that has used up its budget is ended, and the answer goes on', {
    timeout: 180_000,
  }, async () => {
    const engine = await load(device);
    const { tokenizer } = engine;
    const letters = new Set(tokenizer.encode('abcdefghijklmnopqrstuvwxyz'));
    const others = Array.from({ length: tokenizer.vocabSize }, (_, id) => id).filter(
      (id) => !letters.has(id),
    );
    const ask = (more: Partial<ChatRequest>): Promise<ChatResult> =>
      engine.chat({
        messages: [{ role: 'user', content: 'Is it?' }],
        sampling: { temperature: 1, topK: 0, topP: 1 },
        seed: 3,
        maxTokens: 140,
        logitBias: others.map((id) => [id, -100]),
        ...more,
      });
    const free = await ask({});
    expect(free).toMatchObject({ text: '', finishReason: 'length', usage: { reasoningTokens: 140 } });
    expect(free.reasoning).toMatch(/^[a-z]{140}$/);

    for (const thinkingBudget of [0, 12]) {
      const { reasoning, text: said, usage } = await ask({ thinkingBudget });
      const thought = free.reasoning!.slice(0, thinkingBudget);
      expect(reasoning).toBe(thinkingBudget === 0 ? undefined : `${thought}\n\n${WORDS}`);
      // Behind the words come a line break, the mark and two more line breaks, a token each.
      const forced = thinkingBudget === 0 ? '\n' : `\n\n${WORDS}\n`;
      expect(usage.reasoningTokens).toBe(thinkingBudget + forced.length + 1);
      expect(said).toMatch(/^[a-z]+$/);
      expect(said.length).toBe(140 - usage.reasoningTokens - 2);
    }
    expect((await ask({ thinkingBudget: 140 })).reasoning).toBe(free.reasoning);
    await engine.dispose();
  });
});
