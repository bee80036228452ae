import { expect, test } from 'vitest';
import { backoffMs, isTransient, parseRetryAfter, type RetryPolicy } from '../../../src/store/backoff.ts';

const policy: RetryPolicy = { baseMs: 100, maxMs: 1000, attempts: 5, stallMs: 1 };

test('waits double up to a limit, and lie between half of it and all of it', () => {
  const longest = [1, 2, 3, 4, 5, 50].map((failures) => backoffMs(failures, policy, null, () => 1));
  const shortest = [1, 2, 3, 4, 5, 50].map((failures) => backoffMs(failures, policy, null, () => 0));
  expect(longest).toEqual([100, 200, 400, 800, 1000, 1000]);
  expect(shortest).toEqual([50, 100, 200, 400, 500, 500]);
});

test('never sooner than the server asks, within reason', () => {
  expect(backoffMs(1, policy, 7000, () => 0)).toBe(7000);
  expect(backoffMs(1, policy, 7000, () => 1)).toBeGreaterThan(7000);
  expect(backoffMs(1, policy, 86_400_000, () => 0)).toBe(300_000);
});

test('Retry-After is a number of seconds or a date', () => {
  const now = Date.parse('Sun, 06 Nov 1994 08:49:37 GMT');
  expect(parseRetryAfter('120', now)).toBe(120_000);
  expect(parseRetryAfter('0', now)).toBe(0);
  expect(parseRetryAfter('Sun, 06 Nov 1994 08:49:47 GMT', now)).toBe(10_000);
  expect(parseRetryAfter('Sun, 06 Nov 1994 08:40:00 GMT', now)).toBe(0);
  expect(parseRetryAfter('soon', now)).toBeNull();
  expect(parseRetryAfter(null, now)).toBeNull();
});

test('which answers may be others soon', () => {
  expect([408, 425, 429, 500, 502, 503, 504].every(isTransient)).toBe(true);
  expect([200, 206, 301, 400, 401, 403, 404, 410, 416].some(isTransient)).toBe(false);
});
