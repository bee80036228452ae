import { createHash } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { createHasher, sha256Hex } from '../../../src/store/sha256.ts';
import { randomFrom } from '../../support/random.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const random = randomFrom(1);
const message = Uint8Array.from({ length: 300_001 }, () => random() * 256);
const expected = createHash('sha256').update(message).digest('hex');

test('chunks are hashed with WebCrypto and without it', async () => {
  expect(await sha256Hex(message)).toBe(expected);
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues });
  expect(await sha256Hex(message)).toBe(expected);
});

test('a hash that was put aside goes on where it stood', async () => {
  let hasher = await createHasher();
  for (let at = 0; at < message.length; at += 70_001) {
    hasher.update(message.subarray(at, at + 70_001));
    hasher = await createHasher(structuredClone(hasher.save()));
  }
  expect(hasher.hex()).toBe(expected);
});
