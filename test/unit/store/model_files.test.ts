import { expect, test } from 'vitest';
import type { ModelOutline } from '../../../src/model/storage.ts';
import { catalogue } from '../../../src/store/catalogue.ts';
import { describeModel } from '../../../src/store/model_files.ts';
import type { ModelRecord } from '../../../src/store/models_db.ts';

const inspected: ModelOutline = {
  dimensions: catalogue[0]!.dimensions,
  parameterCount: 2e9,
  license: 'apache-2.0',
};
const record: ModelRecord = {
  id: 'm',
  name: 'Model',
  text: ['m-1', 'm-2'],
  vision: 'eye',
  paused: false,
  addedAt: 0,
  lastUsedAt: 0,
};

test('what the servers told of a model counts until its files tell, also that Glance cannot run them', () => {
  const outlineOf = (change: Partial<ModelRecord>) =>
    describeModel({ ...record, ...change }, new Map()).outline;
  expect(outlineOf({})).toBeNull();
  expect(outlineOf({ inspected })).toBe(inspected);
  const read = { ...inspected, parameterCount: 3e9 };
  expect(outlineOf({ inspected, outline: read })).toBe(read);
  expect(outlineOf({ inspected, outline: null })).toBeNull();
});
