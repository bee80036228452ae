import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { GlanceError } from '../../../src/model/errors.ts';
import { Passing, Unanswered } from '../../../src/store/remote.ts';
import { Patience, Transfer } from '../../../src/store/transfer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const POLICY = { baseMs: 100, maxMs: 1000, attempts: 3, stallMs: 1000 };
const never = new AbortController().signal;
const broken = () => Promise.reject(new Passing('connection', 'cut'));

test('a passing failure is tried again, until patience ends with words', async () => {
  const transfer = new Transfer(POLICY, false);
  const work = vi.fn(broken);
  const ended = expect(transfer.attempt(new Patience(), 3, work, never)).rejects.toMatchObject({
    code: 'download-failed',
    message: expect.stringContaining('connection'),
  });
  await vi.runAllTimersAsync();
  await ended;
  expect(work).toHaveBeenCalledTimes(3);
});

test('no answer at all is told from a connection that broke off, unless something came before', async () => {
  const unanswered = () => Promise.reject(new Unanswered('connection', 'no answer'));
  const detailsOf = async (work: () => Promise<never>, doneBytes = 0) => {
    const transfer = new Transfer(POLICY, false);
    transfer.doneBytes = doneBytes;
    const ended = transfer.attempt(new Patience(), 3, work, never).catch((error: unknown) => error);
    await vi.runAllTimersAsync();
    return ((await ended) as GlanceError).details;
  };
  expect(await detailsOf(unanswered)).toMatchObject({ unanswered: true });
  expect(await detailsOf(unanswered, 1)).not.toHaveProperty('unanswered');
  expect(await detailsOf(broken)).not.toHaveProperty('unanswered');
});

test('progress between failures renews patience', async () => {
  const transfer = new Transfer(POLICY, false);
  const patience = new Patience();
  let calls = 0;
  const work = async () => {
    calls += 1;
    patience.progressed();
    if (calls < 20) await broken();
    return 'done';
  };
  const ended = transfer.attempt(patience, 3, work, never);
  await vi.runAllTimersAsync();
  expect(await ended).toBe('done');
});

test('other failures are not tried again', async () => {
  const work = vi.fn(() => Promise.reject(new Error('no')));
  await expect(new Transfer(POLICY, false).attempt(new Patience(), 3, work, never)).rejects.toThrow('no');
  expect(work).toHaveBeenCalledTimes(1);
});

test('a busy server is left alone by all connections for as long as it asks', async () => {
  const transfer = new Transfer(POLICY, false);
  const first = vi.fn(async () => {
    if (first.mock.calls.length === 1) throw new Passing('busy', '429', 5000);
  });
  const second = vi.fn(async () => {});
  const one = transfer.attempt(new Patience(), 3, first, never);
  await vi.advanceTimersByTimeAsync(1);
  const other = transfer.attempt(new Patience(), 3, second, never);
  await vi.advanceTimersByTimeAsync(4900);
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 0]);
  expect(transfer.trouble).toBe('busy');
  await vi.advanceTimersByTimeAsync(300);
  await Promise.all([one, other]);
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([2, 1]);
});

test('a clock that is set back makes nobody wait longer', async () => {
  const transfer = new Transfer(POLICY, false);
  const work = vi.fn(async () => {
    if (work.mock.calls.length === 1) throw new Passing('busy', '429', 5000);
  });
  const ended = transfer.attempt(new Patience(), 3, work, never);
  await vi.advanceTimersByTimeAsync(1);
  vi.setSystemTime(Date.now() - 3_600_000);
  await vi.advanceTimersByTimeAsync(5200);
  expect(work).toHaveBeenCalledTimes(2);
  await ended;
});

test('a pause ends what is under way without counting as a failure; resuming does it again', async () => {
  const transfer = new Transfer(POLICY, false);
  const patience = new Patience();
  const work = vi.fn(
    (signal: AbortSignal) =>
      new Promise<string>((resolve, reject) => {
        if (work.mock.calls.length === 2) resolve('done');
        signal.addEventListener('abort', () => reject(new Error('ended')));
      }),
  );
  const ended = transfer.attempt(patience, 3, work, never);
  await vi.advanceTimersByTimeAsync(1);
  transfer.pause();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(work).toHaveBeenCalledTimes(1);
  transfer.resume();
  expect(await ended).toBe('done');
  expect(patience.failures).toBe(0);
});

test.each(['while it works', 'while it waits', 'while it is paused'])(
  'it can be stopped %s',
  async (when) => {
    const transfer = new Transfer(POLICY, when === 'while it is paused');
    const controller = new AbortController();
    const work = (signal: AbortSignal) =>
      when === 'while it waits'
        ? broken()
        : new Promise<never>((_, reject) =>
            signal.addEventListener('abort', () => reject(new Error('ended'))),
          );
    const ended = expect(transfer.attempt(new Patience(), 3, work, controller.signal)).rejects.toMatchObject({
      code: 'aborted',
    });
    await vi.advanceTimersByTimeAsync(1);
    controller.abort();
    await vi.runAllTimersAsync();
    await ended;
  },
);
