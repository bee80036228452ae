/** Answers that are held to a format, on both devices: masks on the CPU and in the sampler's kernels. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import type { Device } from '../../../src/model/request.ts';
import { randomModel, terseness, trainedVocabulary } from '../../schemas/random_model.ts';
import { schemas } from '../../schemas/schemas.ts';
import { judgeOf } from '../../schemas/validate.ts';
import { sharedBackend } from '../../support/shared_backends.ts';

const vocabulary = trainedVocabulary();
const sampling = { temperature: 1.5, topP: 1, topK: 0, minP: 0, presencePenalty: 0 };
const NAMES = [
  'document: receipt',
  'picture: boxes',
  'record: person extraction',
  'keyword: pattern of Chinese',
];

describe.each<Device>(['wasm', 'webgpu'])('a model that knows nothing, on %s', (device) => {
  let engine: Engine;
  beforeAll(async () => {
    const backend = await sharedBackend(device);
    engine = await Engine.load({ text: randomModel(vocabulary), backend, contextLength: 1024 });
    // Checking the kernels compiles them all, which a busy machine takes its time for.
  }, 120_000);
  afterAll(() => engine.dispose());

  const ask = (more: Partial<Parameters<Engine['chat']>[0]>) =>
    engine.chat({
      messages: [{ role: 'user', content: 'Say something.' }],
      ...{ sampling, seed: 1, maxTokens: 300, logitBias: terseness(vocabulary) },
      ...more,
    });

  it.each(NAMES)('says what a schema asks: %s', async (name) => {
    const { schema } = schemas.find((one) => one.name === name)!;
    const { text, finishReason, speculation } = await ask({ format: { type: 'json-schema', schema } });
    expect(finishReason).toBe('stop');
    expect({ text, problem: judgeOf(schema)(text) }).toMatchObject({ problem: null });
    // Nothing may run ahead of what has to be asked first.
    expect(speculation.draftedSteps).toBe(0);
  });

  it('repeats it for the same seed, and says something else for another', async () => {
    const format = { type: 'regex', pattern: '[a-z]{12}' } as const;
    const { text } = await ask({ format });
    expect(text).toMatch(/^[a-z]{12}$/);
    expect((await ask({ format })).text).toBe(text);
    expect((await ask({ format, seed: 2 })).text).not.toBe(text);
  });

  it('takes the likeliest of what is allowed where it is greedy', async () => {
    const format = { type: 'regex', pattern: 'left|right' } as const;
    const greedy = { ...sampling, temperature: 0 };
    const first = vocabulary.tokens.indexOf('r');
    expect((await ask({ format, sampling: greedy, logitBias: [[first, 100]] })).text).toBe('right');
  });

  it('says when the limit cut it, and is free again in the next answer', async () => {
    const cut = await ask({ format: { type: 'json' }, maxTokens: 1 });
    expect([cut.finishReason, cut.text.startsWith('{')]).toEqual(['length', true]);
    const free = await ask({ maxTokens: 20, logitBias: [] });
    expect(free.text.startsWith('{')).toBe(false);
  });
});
