import { expect, test } from 'vitest';
import type { ModelOutline } from '../../../src/model/storage.ts';
import { catalogue } from '../../../src/store/catalogue.ts';
import { createManifest } from '../../../src/store/manifest.ts';
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

test('the size is that of all files: by the files once all have begun, until then as it was told ahead', () => {
  const begun = (...sizes: number[]) => {
    const manifests = sizes.map((sizeBytes, index) => {
      const key = [...record.text, record.vision!][index]!;
      return createManifest({ key, name: key, url: null }, { sizeBytes, etag: null, sha256: null }, 100, 'g');
    });
    return new Map(manifests.map((manifest) => [manifest.key, manifest]));
  };
  const sizeOf = (sizes: number[], change: Partial<ModelRecord> = {}) =>
    describeModel({ ...record, ...change }, begun(...sizes)).sizeBytes;
  const told = { inspectedBytes: 600 };
  expect([sizeOf([]), sizeOf([100]), sizeOf([100, 200]), sizeOf([100, 200, 300])]).toEqual([
    null,
    null,
    null,
    600,
  ]);
  expect([sizeOf([], told), sizeOf([100], told), sizeOf([100, 200], told)]).toEqual([600, 600, 600]);
  // Files that have changed on their server since.
  expect([sizeOf([400, 300], told), sizeOf([100, 200, 50], told)]).toEqual([700, 350]);
});
