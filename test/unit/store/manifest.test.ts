import { expect, test } from 'vitest';
import {
  chunkRange,
  createManifest,
  isComplete,
  isSameFile,
  type Manifest,
  missingChunks,
  type RemoteFile,
  storedBytes,
  withChunk,
  withoutChunks,
} from '../../../src/store/manifest.ts';

const remote: RemoteFile = { sizeBytes: 250, etag: '"1"', sha256: null };
const create = (change: Partial<RemoteFile> = {}): Manifest =>
  createManifest(
    { key: 'k', name: 'f.gguf', url: 'https://host/f.gguf' },
    { ...remote, ...change },
    100,
    'g',
  );

test('chunks cover the file without gap or overlap, and the last is shorter', () => {
  const manifest = create();
  const ranges = manifest.chunks.map((_, index) => chunkRange(manifest, index));
  expect(ranges).toEqual([
    { start: 0, length: 100 },
    { start: 100, length: 100 },
    { start: 200, length: 50 },
  ]);
  expect(create({ sizeBytes: 200 }).chunks).toHaveLength(2);
  expect(create({ sizeBytes: 1 }).chunks).toHaveLength(1);
});

test('what is missing and what is stored follow each chunk; the whole counts only with its hash', () => {
  const begun = withChunk(create(), 1, 'b');
  expect(missingChunks(begun)).toEqual([0, 2]);
  expect(storedBytes(begun)).toBe(100);
  const all = withChunk(withChunk(begun, 0, 'a'), 2, 'c');
  expect(storedBytes(all)).toBe(250);
  expect(isComplete(all)).toBe(false);
  expect(isComplete({ ...all, sha256: 'whole' })).toBe(true);
});

test('a dropped chunk is missing, and its hash stays to judge the next one by', () => {
  const all = [0, 1, 2].reduce((manifest, index) => withChunk(manifest, index, `hash ${index}`), create());
  const damaged = withoutChunks({ ...all, sha256: 'whole' }, [1]);
  expect(missingChunks(damaged)).toEqual([1]);
  expect(damaged.chunks[1]).toEqual({ sha256: 'hash 1', stored: false });
  expect(isComplete(damaged)).toBe(false);
  // The manifest it was made from is as it was.
  expect(all.chunks[1]?.stored).toBe(true);
});

test.each<[string, Partial<RemoteFile>, Partial<RemoteFile>, boolean]>([
  ['nothing differs', {}, {}, true],
  ['another size', {}, { sizeBytes: 251 }, false],
  ['another size, same hash', { sha256: 'a' }, { sha256: 'a', sizeBytes: 251 }, false],
  ['another ETag', {}, { etag: '"2"' }, false],
  ['another ETag, same hash', { sha256: 'a' }, { sha256: 'a', etag: '"2"' }, true],
  ['same ETag, another hash', { sha256: 'a' }, { sha256: 'b' }, false],
  ['no ETag any more', {}, { etag: null }, true],
  ['no hash any more, another ETag', { sha256: 'a' }, { etag: '"2"' }, false],
])('whether a file is still the same: %s', (_, before, now, same) => {
  expect(isSameFile(create(before), { ...remote, ...now })).toBe(same);
});

test('a hash that was computed here is compared with one that is published later', () => {
  const computed = { ...create(), sha256: 'a' };
  expect(isSameFile(computed, { ...remote, etag: '"2"', sha256: 'a' })).toBe(true);
  expect(isSameFile(computed, { ...remote, sha256: 'b' })).toBe(false);
  // Its chunks have hashes, which will tell.
  expect(isSameFile(computed, { ...remote, etag: '"2"' })).toBe(true);
  expect(isSameFile(computed, { ...remote, etag: '"2"', sizeBytes: 251 })).toBe(false);
});
