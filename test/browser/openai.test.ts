import { afterAll, beforeAll } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { fetchFromEngines } from '../openai/engine_host.ts';
import { picoWithTemplate } from '../openai/models.ts';
import { describeOpenai } from '../openai/suite.ts';
import { isLong } from '../support/long.ts';

const engines: Record<string, Engine> = {};

beforeAll(async () => {
  const file = async (name: string) => (await fetch(`/models/pico/${name}`)).blob();
  const text = await file('pico-Q8_0.gguf');
  const vision = blobSource(await file('mmproj-pico-F16.gguf'), 'mmproj-pico-F16.gguf');
  const files = {
    pico: text,
    instruct: await picoWithTemplate(text, 'instruct'),
    thinking: await picoWithTemplate(text, 'thinking'),
  };
  for (const [name, blob] of Object.entries(files)) {
    engines[name] = await Engine.load({ text: blobSource(blob, `${name}.gguf`), vision });
  }
});
afterAll(async () => {
  for (const engine of Object.values(engines)) await engine.dispose();
});

/** The API over engines of this page, with no worker between them; with one, ways_in.test.ts asks all of it. */
describeOpenai(
  'engines',
  () => ({
    fetch: fetchFromEngines(engines),
    baseURL: 'https://glance.invalid/v1',
    models: { pico: 'pico', instruct: 'instruct', thinking: 'thinking' },
  }),
  isLong ? undefined : ['completions', 'thinking'],
);
