import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Sha256 } from '../../../src/image/sha256.ts';

const message = Uint8Array.from({ length: 5000 }, (_, i) => (i * i + 7) & 0xff);

test.each([0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 128, 5000])(
  'agrees with OpenSSL on %i bytes',
  (length) => {
    const expected = createHash('sha256').update(message.subarray(0, length)).digest('hex');
    expect(new Sha256().update(message.subarray(0, length)).hex()).toBe(expected);
  },
);

test('does not care how the message is cut', () => {
  const expected = createHash('sha256').update(message).digest('hex');
  for (const step of [1, 7, 63, 64, 65, 200]) {
    const hash = new Sha256();
    for (let at = 0; at < message.length; at += step) hash.update(message.subarray(at, at + step));
    expect(hash.hex()).toBe(expected);
  }
});
