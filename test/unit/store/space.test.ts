import { expect, test } from 'vitest';
import type { StorageSpace } from '../../../src/model/storage.ts';
import { adviseOnSpace, noSpaceError, type Removable } from '../../../src/store/space.ts';

const space = (availableBytes: number | null): StorageSpace => ({
  availableBytes,
  usedBytes: 0,
  persisted: false,
});
const model = (id: string, bytes: number, lastUsedAt: number): Removable => ({
  id,
  name: `Model ${id}`,
  bytes,
  lastUsedAt,
});
const models = [model('new', 5e9, 30), model('old', 1e9, 10), model('middle', 2e9, 20), model('none', 0, 1)];
const ids = (needed: number, available: number | null) => {
  const { fits, suggestion } = adviseOnSpace(needed, space(available), models);
  return { fits, ids: suggestion.map(({ id }) => id) };
};

test('what fits needs no advice, with a little room to spare', () => {
  expect(ids(1e9, 1.1e9)).toEqual({ fits: true, ids: [] });
  expect(ids(1e9, 1e9)).toEqual({ fits: false, ids: ['old'] });
});

test('the least recently used go first, and no more of them than needed', () => {
  expect(ids(3e9, 2.5e9)).toEqual({ fits: false, ids: ['old'] });
  expect(ids(3e9, 1e9)).toEqual({ fits: false, ids: ['old', 'middle'] });
});

test('where even everything is too little nothing is suggested', () => {
  expect(ids(20e9, 1e9)).toEqual({ fits: false, ids: [] });
});

test('where the browser does not tell, it is tried', () => {
  expect(ids(20e9, null)).toEqual({ fits: true, ids: [] });
});

test('the message says what is short and what to do', () => {
  const message = (needed: number) => noSpaceError('Qwen', adviseOnSpace(needed, space(1e9), models)).message;
  expect(message(3e9)).toMatch(/needs 3\.0 GB more.*only 1\.0 GB.*Deleting Model old, Model middle would/);
  expect(message(3e9)).toMatch(/What has come so far is kept\./);
  const advice = adviseOnSpace(3e9, space(1e9), models);
  expect(noSpaceError('Qwen', advice).details).toMatchObject({ kept: true, suggestion: 'old middle' });
  const lost = noSpaceError('Qwen', advice, { keeps: false });
  expect(lost.message).toMatch(/Nothing of it was kept\. Deleting/);
  expect(lost.details).toMatchObject({ kept: false });
  expect(message(20e9)).toMatch(/Free space on the disk, or choose a smaller model/);
});
