import { expect, test } from 'vitest';
import { FairQueue } from '../../../src/engine/fair_queue.ts';

/** Tasks whose order is written down; each ends when it is told to. */
function workshop() {
  const queue = new FairQueue();
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const clients = new Map<string, object>();
  const add = (client: string, name: string, signal?: AbortSignal) =>
    queue.run(
      clientOf(client),
      () => {
        begun.push(name);
        return new Promise<string>((resolve, reject) => {
          ends.set(name, (error) => (error ? reject(error) : resolve(`${name} done`)));
        });
      },
      signal,
    );
  const clientOf = (name: string): object => {
    const client = clients.get(name) ?? {};
    clients.set(name, client);
    return client;
  };
  const end = async (name: string, error?: Error) => {
    ends.get(name)!(error);
    await settled();
  };
  return { begun, add, end };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('one task at a time; clients take turns, tasks of one client keep their order', async () => {
  const { begun, add, end } = workshop();
  const all = Promise.all([add('a', 'a1'), add('a', 'a2'), add('a', 'a3'), add('b', 'b1'), add('c', 'c1')]);
  expect(begun).toEqual(['a1']);
  await end('a1');
  // One that comes anew, with a task begun and ended since, is behind those that wait.
  const late = add('b', 'b2');
  const order = ['b1', 'c1', 'a2', 'b2', 'a3'];
  for (const [i, name] of order.entries()) {
    expect(begun.slice(1)).toEqual(order.slice(0, i + 1));
    await end(name);
  }
  expect(await late).toBe('b2 done');
  expect(await all).toEqual(['a1 done', 'a2 done', 'a3 done', 'b1 done', 'c1 done']);
});

test('a task that fails does not hold up the others', async () => {
  const { begun, add, end } = workshop();
  const failing = add('a', 'a1');
  const next = add('b', 'b1');
  const refused = expect(failing).rejects.toThrow('broken');
  await end('a1', new Error('broken'));
  await refused;
  expect(begun).toEqual(['a1', 'b1']);
  await end('b1');
  expect(await next).toBe('b1 done');
});

test('a waiting task leaves at once when it is not wanted; a running one goes on', async () => {
  const { begun, add, end } = workshop();
  const [running, waiting] = [new AbortController(), new AbortController()];
  const first = add('a', 'a1', running.signal);
  const second = add('a', 'a2', waiting.signal);
  const third = add('a', 'a3');
  running.abort();
  waiting.abort();
  await expect(second).rejects.toMatchObject({ code: 'aborted' });
  await expect(add('b', 'b1', waiting.signal)).rejects.toMatchObject({ code: 'aborted' });
  await end('a1');
  expect(await first).toBe('a1 done');
  await end('a3');
  expect(await third).toBe('a3 done');
  expect(begun).toEqual(['a1', 'a3']);
});
