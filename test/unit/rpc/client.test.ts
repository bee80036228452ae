/** What a client does when the worker behind it is lost, with workers that the test makes up. */
import { expose, wrap } from 'comlink';
import { expect, test } from 'vitest';
import { GlanceError } from '../../../src/model/errors.ts';
import type { ChatRequest, ChatResult } from '../../../src/model/request.ts';
import { GlanceClient } from '../../../src/rpc/client.ts';
import {
  type Connection,
  type Connector,
  openConnection,
  type Replay,
  workerLost,
} from '../../../src/rpc/connection.ts';
import type { ChatEvent, InferenceService, ModelEvent } from '../../../src/rpc/contract.ts';

const WORDS = ['One', ' two', ' three', ' four'];

/** Answers with {@link WORDS}; ends in the middle, or fails, as its plan says. */
class PlannedService implements Partial<InferenceService> {
  readonly requests: ChatRequest[] = [];
  readonly plan: { words: number; fate: 'lost' | 'end' | GlanceError; first?: string };
  lose: () => void = () => {};

  constructor(plan: PlannedService['plan']) {
    this.plan = plan;
  }

  async chat(
    _: string,
    request: ChatRequest,
    onEvent: (event: ChatEvent | ModelEvent) => void | Promise<void> = () => {},
  ): Promise<ChatResult> {
    const { words, fate, first } = this.plan;
    this.requests.push(request);
    const said = [first ?? WORDS[0]!, ...WORDS.slice(1)].slice(0, words);
    if (words > 0) await onEvent({ type: 'begin', info: {} as never });
    for (const [i, text] of said.entries()) await onEvent({ type: 'text', text, tokens: i + 1 });
    if (fate === 'lost') {
      this.lose();
      return new Promise(() => {});
    }
    if (fate !== 'end') throw fate;
    return { text: said.join(''), finishReason: 'stop' } as ChatResult;
  }

  async abort(): Promise<void> {}
}

/** Gives one planned service after the other. */
function connector(replay: Replay, ...plans: PlannedService['plan'][]) {
  const services = plans.map((plan) => new PlannedService(plan));
  const retired: string[] = [];
  let next = 0;
  const given: Connector = {
    shared: true,
    async connect(): Promise<Connection> {
      const service = services[next++]!;
      const { port1, port2 } = new MessageChannel();
      expose(service, port2);
      const connection = openConnection(wrap<InferenceService>(port1), {
        endpoint: port1,
        replay,
        lifeline: Promise.resolve(null),
        end: () => {
          port1.close();
          port2.close();
        },
        retire: () => retired.push('retired'),
      });
      service.lose = () => connection.lose(workerLost('test'));
      return connection;
    },
    release: () => true,
  };
  return { client: new GlanceClient(given), services, retired, connections: () => next };
}

const question: ChatRequest = { messages: [{ role: 'user', content: 'Count.' }] };

async function ask(client: GlanceClient) {
  const heard: string[] = [];
  const asked = client.chat(question, (event) => event.type === 'text' && heard.push(event.text));
  const outcome = await asked.then(
    ({ text }) => ({ text }),
    ({ code }) => ({ code }),
  );
  return { ...outcome, heard };
}

test('an answer of another tab goes on in the next one, with the same seed', async () => {
  const { client, services } = connector(
    'all',
    { words: 2, fate: 'lost' },
    { words: 3, fate: 'lost' },
    { words: 4, fate: 'end' },
  );
  expect(await ask(client)).toEqual({ text: WORDS.join(''), heard: WORDS });
  const seeds = services.map(({ requests }) => requests[0]!.seed);
  expect(seeds[0]).toEqual(expect.any(Number));
  expect(new Set(seeds).size).toBe(1);
});

test('the elected tab repeats only what cannot be the reason', async () => {
  const begun = connector('unbegun', { words: 2, fate: 'lost' }, { words: 4, fate: 'end' });
  expect(await ask(begun.client)).toEqual({ code: 'worker-lost', heard: WORDS.slice(0, 2) });
  expect(await ask(begun.client)).toEqual({ text: WORDS.join(''), heard: WORDS });
  const waiting = connector('unbegun', { words: 0, fate: 'lost' }, { words: 4, fate: 'end' });
  expect(await ask(waiting.client)).toEqual({ text: WORDS.join(''), heard: WORDS });
});

test('a worker of its own that is lost ends what was asked', async () => {
  const { client } = connector('none', { words: 0, fate: 'lost' }, { words: 4, fate: 'end' });
  expect(await ask(client)).toEqual({ code: 'worker-lost', heard: [] });
});

test('a request that takes every worker with it is given up', async () => {
  const { client, connections } = connector('all', ...Array(9).fill({ words: 1, fate: 'lost' }));
  expect(await ask(client)).toEqual({ code: 'worker-lost', heard: ['One'] });
  expect(connections()).toBe(5);
});

test('an answer that would become another ends in an error', async () => {
  const { client } = connector('all', { words: 2, fate: 'lost' }, { words: 4, fate: 'end', first: 'Uno' });
  expect(await ask(client)).toEqual({ code: 'worker-lost', heard: ['One', ' two'] });
});

test('after an error that breaks the worker it is retired, and the error is told', async () => {
  const broken = new GlanceError('device-lost', 'Gone.');
  const { client, retired, connections } = connector(
    'all',
    { words: 1, fate: broken },
    { words: 4, fate: 'end' },
  );
  expect(await ask(client)).toEqual({ code: 'device-lost', heard: ['One'] });
  expect(retired).toEqual(['retired']);
  expect(await ask(client)).toEqual({ text: WORDS.join(''), heard: WORDS });
  expect(connections()).toBe(2);
});

test('closing ends what is asked at once, wherever the worker is', async () => {
  const { client } = connector('all', { words: 1, fate: 'lost' }, { words: 0, fate: 'lost' });
  const asked = client.chat(question, () => client.close());
  await expect(asked).rejects.toMatchObject({ code: 'aborted' });
});
