import { expect, test } from 'vitest';
import { entryRow, ownRow, type States, usedContext } from '../../../src/app/elements/model_rows.ts';
import type { ModelState } from '../../../src/app/model_loader.ts';
import type { StoredModel } from '../../../src/model/storage.ts';
import type { ModelInfo } from '../../../src/rpc/contract.ts';
import { catalogue, downloadBytes } from '../../../src/store/catalogue.ts';
import { fitOfEntry, fitOfOutline, type Machine } from '../../../src/store/fit.ts';

const machine: Machine = {
  gpu: { name: 'GPU', software: false, maxBufferSize: 2 ** 32, maxStorageBufferBindingSize: 2 ** 32 - 4 },
  memoryBytes: 16 * 2 ** 30,
  handheld: false,
  availableBytes: null,
};
const outline = { dimensions: catalogue[0]!.dimensions, parameterCount: 2e9, license: null };
const stored: StoredModel = {
  id: 'own',
  name: 'Own',
  text: 'own',
  vision: null,
  files: [],
  outline,
  complete: true,
  paused: false,
  sizeBytes: 1e9,
  storedBytes: 1e9,
  addedAt: 0,
  lastUsedAt: 0,
};
const ready: ModelState = { status: 'ready', info: { contextLength: 4096 } as ModelInfo };

/** What the page knows where a model is chosen. */
function statesOf(id: string | null, contextLength?: number, model: ModelState = ready): States {
  const source = { kind: 'stored', text: 'own' } as const;
  return {
    session: { model, chosen: { id, source, ...(contextLength && { contextLength }) } },
    shelf: { machine, hub: 'https://models.example/', work: new Map(), outcomes: new Map() },
  } as unknown as States;
}

/** The row with some context, or with that which nobody picked. */
function rowOf(states: States, contextLength: number | null = usedContext(states, 'own')) {
  const fit = fitOfOutline(outline, 1e9, machine, contextLength === null ? {} : { contextLength });
  return ownRow(states, stored, fit);
}

test('the model in use is shown as such with any context, until another is picked in its row', () => {
  const proposed = rowOf(statesOf(null)).fit!.contextLength;
  expect(proposed).not.toBe(2048);
  for (const contextLength of [2048, proposed, 32_768]) {
    const row = rowOf(statesOf('own', contextLength));
    expect([row.use, row.chosen, row.fit!.contextLength]).toEqual(['ready', true, contextLength]);
  }
  const picked = rowOf(statesOf('own', 2048), 4096);
  expect([picked.use, picked.chosen]).toEqual(['no', true]);
  const other = rowOf(statesOf('other', 2048));
  expect([other.use, other.chosen, other.fit!.contextLength]).toEqual(['no', false, proposed]);
});

test("a model that came without a context has the engine's", () => {
  expect(rowOf(statesOf('own'))).toMatchObject({ use: 'ready', fit: { contextLength: 4096 } });
  expect(rowOf(statesOf('own'), 8192).use).toBe('no');
});

test('a model that could not be loaded is proposed with what fits', () => {
  const failed = { status: 'failed' } as ModelState;
  expect(usedContext(statesOf('own', 32_768, failed), 'own')).toBeNull();
  expect(rowOf(statesOf('own', 32_768, failed))).toMatchObject({ use: 'no', chosen: true });
});

test('a model of the catalogue has its size from there until the server has told of all files', () => {
  const entry = catalogue[0]!;
  const file = entry.texts[0]!;
  const sizeIn = (sizeBytes: number | null) => {
    const partly = { ...stored, complete: false, sizeBytes };
    return entryRow(statesOf(null), entry, file, partly, fitOfEntry(entry, file, machine), false).stored!
      .sizeBytes;
  };
  expect(sizeIn(null)).toBe(downloadBytes(entry, file));
  expect(sizeIn(3e9)).toBe(3e9);
});

test('of a model whose size is not known no context is offered, which nobody could judge', () => {
  const row = ownRow(statesOf(null), { ...stored, complete: false, sizeBytes: null }, null);
  expect([row.fit, row.contextLengths]).toEqual([null, []]);
});
