import { expect, test } from 'vitest';
import { RateEstimate } from '../../../src/store/rate.ts';

/** Feeds an estimate with a speed every 200 ms. */
function run(
  rate: RateEstimate,
  from: { ms: number; bytes: number },
  seconds: number,
  bytesPerSecond: number,
) {
  const at = { ...from };
  for (let i = 0; i < seconds * 5; i++) {
    at.ms += 200;
    at.bytes += bytesPerSecond / 5;
    rate.observe(at.bytes, at.ms);
  }
  return at;
}

test('a steady speed is found exactly, and the rest of the time follows', () => {
  const rate = new RateEstimate();
  rate.observe(0, 0);
  expect(rate.bytesPerSecond).toBeNull();
  expect(rate.remainingMs(1000)).toBeNull();
  run(rate, { ms: 0, bytes: 0 }, 10, 5000);
  expect(rate.bytesPerSecond).toBeCloseTo(5000, 6);
  expect(rate.remainingMs(100_000)).toBeCloseTo(10_000, 3);
});

test('what was there before a resumed download counts for nothing', () => {
  const rate = new RateEstimate();
  rate.observe(1e9, 0);
  run(rate, { ms: 0, bytes: 1e9 }, 3, 1000);
  expect(rate.bytesPerSecond).toBeCloseTo(1000, 6);
});

test('it follows a change within some seconds and does not jump with one piece', () => {
  const rate = new RateEstimate();
  rate.observe(0, 0);
  const at = run(rate, { ms: 0, bytes: 0 }, 20, 1000);
  rate.observe(at.bytes + 4000, at.ms + 200);
  expect(rate.bytesPerSecond).toBeLessThan(2000);
  run(rate, { ms: at.ms + 200, bytes: at.bytes + 4000 }, 20, 5000);
  expect(rate.bytesPerSecond).toBeGreaterThan(4500);
});

test('without bytes it falls, and promises nothing', () => {
  const rate = new RateEstimate();
  rate.observe(0, 0);
  const at = run(rate, { ms: 0, bytes: 0 }, 5, 1000);
  run(rate, at, 100, 0);
  expect(rate.bytesPerSecond).toBeLessThan(1);
  expect(rate.remainingMs(1e6)).toBeNull();
});

test('it promises nothing once nothing has come for some seconds, long before the average is at its end', () => {
  const rate = new RateEstimate();
  rate.observe(0, 0);
  const heard = run(rate, { ms: 0, bytes: 0 }, 20, 24e6);
  const waiting = run(rate, heard, 3, 0);
  expect(rate.remainingMs(10e9)).not.toBeNull();
  const silent = run(rate, waiting, 1, 0);
  expect(rate.bytesPerSecond).toBeGreaterThan(1e6);
  expect(rate.remainingMs(10e9)).toBeNull();
  rate.observe(silent.bytes + 1e6, silent.ms + 200);
  expect(rate.remainingMs(10e9)).not.toBeNull();
});

test('after a pause, or when bytes were lost, it begins anew', () => {
  const rate = new RateEstimate();
  rate.observe(0, 0);
  const at = run(rate, { ms: 0, bytes: 0 }, 5, 1000);
  rate.reset();
  expect(rate.bytesPerSecond).toBeNull();
  run(rate, { ms: at.ms + 600_000, bytes: at.bytes }, 5, 2000);
  expect(rate.bytesPerSecond).toBeCloseTo(2000, 6);
  rate.observe(0, at.ms + 700_000);
  expect(rate.bytesPerSecond).toBeNull();
});
