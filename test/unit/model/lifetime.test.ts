import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Lifetime } from '../../../src/model/lifetime.ts';

const forever = new Promise<never>(() => {});

describe('a lifetime', () => {
  test('lets work through, with what becomes of it', async () => {
    const lifetime = new Lifetime();
    expect(await lifetime.guard(Promise.resolve(1))).toBe(1);
    await expect(lifetime.guard(Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(lifetime.reason).toBeNull();
  });

  test('that ends tells all who wait, and those who come later; the first reason counts', async () => {
    const lifetime = new Lifetime();
    const waiting = [lifetime.guard(forever), lifetime.guard(forever)];
    lifetime.end(new Error('lost'));
    lifetime.end(new Error('again'));
    for (const work of [
      ...waiting,
      lifetime.guard(forever),
      lifetime.guard(Promise.reject(new Error('late'))),
    ]) {
      await expect(work).rejects.toThrow('lost');
    }
  });

  test('keeps nothing of what has been done', async () => {
    const lifetime = new Lifetime();
    const results: WeakRef<object>[] = [];
    for (let i = 0; i < 20; i++) {
      results.push(new WeakRef(await lifetime.guard(Promise.resolve({ i }))));
    }
    // A turn of the event loop: references that were read in this one are kept until its end.
    await new Promise((resolve) => setTimeout(resolve));
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    expect(results.filter((result) => result.deref()).length).toBeLessThanOrEqual(1);
  });
});
