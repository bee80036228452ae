import { afterAll, beforeAll } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { describeChat } from '../openai/chat_suite.ts';
import { describeCompletions } from '../openai/completion_suite.ts';
import type { Door } from '../openai/door.ts';
import { fetchFromEngines } from '../openai/engine_host.ts';

const MODEL = 'pico-Q8_0';
let engine: Engine;

const source = async (name: string) => blobSource(await (await fetch(`/models/pico/${name}`)).blob(), name);

beforeAll(async () => {
  engine = await Engine.load({
    text: await source('pico-Q8_0.gguf'),
    vision: await source('mmproj-pico-F16.gguf'),
  });
});
afterAll(() => engine.dispose());

/** The API over an engine of this page, with no worker between them. */
const door = (): Door => ({
  fetch: fetchFromEngines({ [MODEL]: engine }),
  baseURL: 'https://glance.invalid/v1',
  models: { pico: MODEL },
});

describeChat('an engine', door);
describeCompletions('an engine', door);
