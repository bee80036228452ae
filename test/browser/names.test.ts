/** Under which names models can be asked for. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GlanceClient } from '../../src/rpc/client.ts';
import { startInferenceWorker } from '../../src/rpc/start_worker.ts';
import { StoreClient } from '../../src/rpc/store_client.ts';
import { emptyStore } from '../support/tidy.ts';

const store = new StoreClient(
  () => new Worker(new URL('../../workers/store.ts', import.meta.url), { type: 'module' }),
);
const client = new GlanceClient(startInferenceWorker);
const file = async (name: string) => (await fetch(`/models/pico/${name}`)).blob();
const named = (name: string) => client.load({ source: { kind: 'named', name } });

const REPO = 'Qwen/Qwen3-VL-2B-Instruct-GGUF@main';
let text: Blob;

beforeAll(async () => {
  await emptyStore(store);
  text = await file('pico-Q8_0.gguf');
  // As a download of the catalogue keeps them, the later one first.
  await store.import({ id: `${REPO}/Qwen3VL-2B-Instruct-Q8_0.gguf`, name: 'Large one', text });
  await store.import({ id: `${REPO}/Qwen3VL-2B-Instruct-Q4_K_M.gguf`, name: 'Small one', text });
  await store.import({ id: 'my-own', name: 'Mine', text, vision: await file('mmproj-pico-F16.gguf') });
});
afterAll(async () => {
  client.close();
  await emptyStore(store);
  store.close();
});

it('the demo, models of the catalogue by its names, others by their own', async () => {
  const models = await client.models();
  expect(models.map(({ id, ownedBy }) => [id, ownedBy])).toEqual([
    ['pico', 'glance'],
    ['my-own', 'user'],
    ['qwen3-vl-2b-instruct', 'Qwen'],
    [`${REPO}/Qwen3VL-2B-Instruct-Q8_0.gguf`, 'Qwen'],
  ]);
  for (const { created } of models) expect(created * 1000).toBeLessThanOrEqual(Date.now());
});

it('a model is found by any of its names, whatever their case, and stays if it is the loaded one', async () => {
  expect((await named('pico')).vision).not.toBeNull();
  for (const name of ['qwen3-vl-2b-instruct', 'Small One', 'qwen3-vl-2b-instruct-q4_k_m']) {
    const stages: string[] = [];
    const info = await client.load({ source: { kind: 'named', name } }, ({ stage }) => stages.push(stage));
    expect(info.vision).toBeNull();
    expect(stages.length > 0).toBe(name === 'qwen3-vl-2b-instruct');
  }
  // The other quantisation is another model.
  const stages: string[] = [];
  const source = { kind: 'named', name: 'qwen3-vl-2b-instruct-q8_0' } as const;
  await client.load({ source }, ({ stage }) => stages.push(stage));
  expect(stages).toContain('weights');
  expect((await named('Mine')).vision).not.toBeNull();
});

it('a model that a page has loaded by itself has a name as well', async () => {
  await client.load({ source: { kind: 'file', text: new File([text], 'other.gguf') }, contextLength: 512 });
  expect((await client.models()).at(-1)).toMatchObject({ id: 'other.gguf', ownedBy: 'user' });
  // By a name, a model is wanted as it is loaded by now.
  expect(await named('other.gguf')).toMatchObject({ contextLength: 512, vision: null });
  expect(await named('pico')).not.toMatchObject({ contextLength: 512 });
});

it('an unknown name is refused with those that there are', async () => {
  await expect(named('gpt-5')).rejects.toMatchObject({
    code: 'no-model',
    message: expect.stringMatching(/"gpt-5".*pico, my-own, qwen3-vl-2b-instruct/),
  });
});
