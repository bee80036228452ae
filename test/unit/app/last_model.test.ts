import { afterEach, expect, test } from 'vitest';
import { lastModel } from '../../../src/app/last_model.ts';
import type { KeptChoice } from '../../../src/app/model_choice.ts';
import { setLanguage, words } from '../../../src/app/words/index.ts';
import type { StoredModel } from '../../../src/model/storage.ts';

afterEach(() => setLanguage('en'));

const stored = { id: 'used', text: 'used', vision: null } as StoredModel;
const used: KeptChoice = { id: 'used', contextLength: 4096 };

/** What is loaded first, and what is said of it. */
async function begin(kept: KeptChoice | null, died: string | null, here: readonly StoredModel[] = [stored]) {
  const said: unknown[] = [];
  const find = async (id: string) => here.find((model) => model.id === id) ?? null;
  const first = await lastModel(kept, died, { find }, (error) => said.push([error.message, error.details]));
  return { first: first?.id ?? null, said };
}

test('the model that was used last is loaded, unless it is gone', async () => {
  expect(await begin(null, null)).toEqual({ first: null, said: [] });
  expect(await begin(used, null)).toEqual({ first: 'used', said: [] });
  const gone = [words.lastModel.gone, { model: 'used' }];
  expect(await begin(used, null, [])).toEqual({ first: null, said: [gone] });
});

test('a tab that died while it loaded a model says so, be it the one that was used last or a new one', async () => {
  const died = [words.lastModel.died, { model: 'used' }];
  expect(await begin(used, 'used')).toEqual({ first: null, said: [died] });
  const newDied = [words.lastModel.newDied, { model: 'new' }];
  expect(await begin(used, 'new')).toEqual({ first: 'used', said: [newDied] });
  expect(await begin(null, 'new')).toEqual({ first: null, said: [newDied] });
});

test('the title in Chinese does not call a new model the one that was used last', async () => {
  await setLanguage('zh');
  const titles: unknown[] = [];
  await lastModel(null, 'new', { find: async () => null }, (_, title) => titles.push(title));
  expect(titles).toEqual([words.lastModel.notLoadedTitle]);
  expect(titles[0]).not.toMatch(/上次|上一次|以前/);
});
