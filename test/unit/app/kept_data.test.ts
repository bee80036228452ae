import { expect, test } from 'vitest';
import { HistoryDb } from '../../../src/app/history/history_db.ts';
import { MemoryRecords } from '../../../src/app/history/record_store.ts';
import type { KeptConversation, PictureRecord } from '../../../src/app/history/records.ts';
import { contextOptions } from '../../../src/app/settings/context_choice.ts';
import { forgetCopies, forgetSettings, keptSettingsBytes } from '../../../src/app/settings/kept_settings.ts';
import type { ModelDimensions } from '../../../src/model/config.ts';
import type { StoredModel } from '../../../src/model/storage.ts';
import { cacheNames } from '../../../src/offline/routes.ts';
import { catalogue, downloadBytes, downloadOf } from '../../../src/store/catalogue.ts';
import { CONTEXT_STEPS, type Machine } from '../../../src/store/fit.ts';

const picture: PictureRecord = {
  id: 'p',
  name: 'star.png',
  sample: false,
  vector: false,
  width: 8,
  height: 8,
  file: new Blob([new Uint8Array(50_000)]),
};

const conversation = (id: string, text: string): KeptConversation => ({
  summary: {
    id,
    title: text,
    named: false,
    pinned: false,
    createdAt: 1,
    changedAt: 1,
    deletedAt: null,
    covered: false,
  },
  turns: [
    {
      id: `${id}-1`,
      conversationId: id,
      parentId: null,
      askedAt: 1,
      text,
      pictures: ['p'],
      answer: { state: 'stopped', text: 'Yes.', result: null },
    },
  ],
  pictures: [picture],
  seen: [],
  settings: { systemPrompt: 'Be brief.' },
});

test('how much is kept is told, text and pictures, and each kind goes by itself', async () => {
  const db = new HistoryDb(new MemoryRecords());
  expect(await db.sizes()).toEqual({
    conversations: { count: 0, bytes: 0 },
    drafts: { count: 0, bytes: 0 },
  });
  await db.add(conversation('a', 'One?'));
  const { conversations: one } = await db.sizes();
  expect(one.count).toBe(1);
  expect(one.bytes).toBeGreaterThan(50_000);
  expect(one.bytes).toBeLessThan(52_000);
  // Chinese takes three bytes a character.
  await db.add(conversation('b', '字'.repeat(1000)));
  const { conversations: two } = await db.sizes();
  expect(two.bytes - one.bytes).toBeGreaterThan(50_000 + 3 * 2000);
  const draft = { text: 'Unsent', pictures: ['d'], editing: null, changedAt: 1 };
  await db.putDraft('tab', 'a', draft, [{ ...picture, id: 'd' }], []);
  expect((await db.sizes()).drafts).toMatchObject({ count: 1 });
  expect((await db.sizes()).drafts.bytes).toBeGreaterThan(50_000);

  // Deleted, but still to be taken back: it is there, and not counted as one.
  await db.changeSummary('b', { deletedAt: 5 });
  expect((await db.sizes()).conversations).toMatchObject({ count: 1, bytes: expect.any(Number) });
  await db.removeAll();
  const { conversations, drafts } = await db.sizes();
  expect(conversations).toEqual({ count: 0, bytes: 0 });
  expect(drafts.count).toBe(1);
  expect(await db.conversation('a')).toBeNull();
  expect(await db.settings('a')).toEqual({});
  await db.putDraft('other', '', draft, [{ ...picture, id: 'd' }], []);
  expect((await db.draftTabs()).sort()).toEqual(['other', 'tab']);
  await db.removeDrafts(['tab']);
  expect((await db.sizes()).drafts.count).toBe(1);
  expect(await db.draft('other', '')).toMatchObject({ pictures: [{ id: 'd' }] });
  await db.removeDrafts();
  expect((await db.sizes()).drafts).toEqual({ count: 0, bytes: 0 });
});

test('what the browser keeps of choices is counted and forgotten, and nothing of other pages is', async () => {
  const values = new Map([
    ['glance-settings', '{}'],
    ['other', 'theirs'],
    ['glance-device', 'wasm'],
  ]);
  const storage = {
    get length() {
      return values.size;
    },
    key: (at: number) => [...values.keys()][at] ?? null,
    getItem: (key: string) => values.get(key) ?? null,
    removeItem: (key: string) => void values.delete(key),
  };
  expect(keptSettingsBytes(storage)).toBe(2 * 'glance-settings{}glance-devicewasm'.length);
  forgetSettings(storage);
  expect([...values.keys()]).toEqual(['other']);
  expect(keptSettingsBytes(storage)).toBe(0);
  expect(keptSettingsBytes(null)).toBe(0);

  const site = 'https://example.com/glance/';
  const others = [
    'other-2',
    `other site 1 ${site}`,
    ...Object.values(cacheNames('https://example.com/', '1')),
  ];
  const copies = new Set([...Object.values(cacheNames(site, '1')), ...others]);
  const kept = { keys: async () => [...copies], delete: async (name: string) => copies.delete(name) };
  await forgetCopies(kept, site);
  expect([...copies]).toEqual(others);
  await forgetCopies(undefined, site);
});

const machine: Machine = {
  gpu: {
    name: 'GPU',
    software: false,
    maxBufferSize: 4 * 2 ** 30,
    maxStorageBufferBindingSize: 4 * 2 ** 30,
  },
  memoryBytes: 4 * 2 ** 30,
  handheld: false,
  availableBytes: 0,
};

test('the context of the model in use can be what its maker allows, with what fits', () => {
  const [entry] = catalogue;
  const file = entry!.texts[0]!;
  const { id } = downloadOf(entry!, file, 'https://hub.example/');
  const stored = { id, outline: null, sizeBytes: downloadBytes(entry!, file) } as StoredModel;
  const options = contextOptions({ id }, 4096, { models: [stored], machine });
  expect(options.map(({ contextLength }) => contextLength)).toEqual([...CONTEXT_STEPS]);
  const verdicts = options.map(({ fit }) => fit!.verdict);
  // The longest takes more than this machine has; all of the model is here, so room on the disk is no reason.
  expect(verdicts.at(-1)).toBe('no');
  expect(verdicts[0]).not.toBe('no');
  expect(options[0]!.fit!.need.totalBytes).toBeLessThan(options[1]!.fit!.need.totalBytes);

  // What it has now is among them.
  const odd = contextOptions({ id }, 3000, { models: [stored], machine: null });
  expect(odd.map(({ contextLength }) => contextLength)).toEqual([2048, 3000, ...CONTEXT_STEPS.slice(1)]);
  expect(odd[0]!.fit).toBeNull();
  // Of the demo model, and of one that is gone, nothing is known.
  expect(contextOptions({ id: null }, 4096, { models: [stored], machine })).toEqual([]);
  expect(contextOptions({ id }, 4096, { models: [], machine })).toEqual([]);
});

test('a model that is in no catalogue is known by its own outline', () => {
  const dimensions: ModelDimensions = {
    ...catalogue[0]!.dimensions,
    text: { ...catalogue[0]!.dimensions.text, contextLength: 4096 },
  };
  const outline = { dimensions, parameterCount: 2e9, license: null };
  const stored = { id: 'local:a', outline, sizeBytes: 1e9 } as StoredModel;
  const options = contextOptions({ id: 'local:a' }, null, { models: [stored], machine });
  expect(options.map(({ contextLength }) => contextLength)).toEqual([2048, 4096]);
});
