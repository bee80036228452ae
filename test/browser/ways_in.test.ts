/** The API by the ways in that pages have, in a development build: the engine is in a worker, models in the store. */
import { afterAll, beforeAll } from 'vitest';
import { createGlance, type Glance } from '../../src/embed/create_glance.ts';
import { StoreClient } from '../../src/rpc/store_client.ts';
import type { Door } from '../openai/door.ts';
import { picoWithTemplate } from '../openai/models.ts';
import { describeOpenai } from '../openai/suite.ts';
import { emptyStore } from '../support/tidy.ts';

const models = { pico: 'pico', instruct: 'pico-instruct', thinking: 'pico-thinking' };
const store = new StoreClient(
  () => new Worker(new URL('../../workers/store.ts', import.meta.url), { type: 'module' }),
);
let glance: Glance;

beforeAll(async () => {
  const file = async (name: string) => (await fetch(`/models/pico/${name}`)).blob();
  const [text, vision] = await Promise.all([file('pico-Q8_0.gguf'), file('mmproj-pico-F16.gguf')]);
  for (const template of ['instruct', 'thinking'] as const) {
    await store.import({ id: models[template], text: await picoWithTemplate(text, template), vision });
  }
  glance = createGlance({ base: '/', device: 'wasm' });
});
afterAll(async () => {
  glance.close();
  await emptyStore(store);
  store.close();
});

describeOpenai('createGlance', () => ({ fetch: glance.fetch, baseURL: glance.baseURL, models }));

async function openServiceWorker(): Promise<Door> {
  // Somebody who has asked before has registered it; it takes over pages that are open.
  await glance.models();
  const { serviceWorker } = navigator;
  if (serviceWorker.controller === null) {
    await new Promise((resolve) =>
      serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
    );
  }
  return {
    fetch: (input, init) => fetch(input, init),
    baseURL: new URL('/v1', location.href).href,
    models,
  };
}

describeOpenai('the service worker', openServiceWorker);
