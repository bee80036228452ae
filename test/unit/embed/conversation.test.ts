import { beforeEach, expect, test } from 'vitest';
import { Session, type SessionClient } from '../../../src/app/session.ts';
import { askIn, untilModel, watchConversation } from '../../../src/embed/conversation_events.ts';
import { modelFor } from '../../../src/embed/public_events.ts';
import { abortedError, GlanceError } from '../../../src/model/errors.ts';
import type { ChatResult, ModelInfo } from '../../../src/rpc/contract.ts';

const info = {
  name: 'pico',
  demo: true,
  device: 'wasm',
  vision: null,
  tasks: { a: '{}' },
} as unknown as ModelInfo;

/** Loads all models but one, and answers when the test says so. */
class Client implements SessionClient {
  readonly asked: string[] = [];
  #answer: ((result: ChatResult) => void) | null = null;

  load: SessionClient['load'] = async ({ source }) => {
    if (source.kind === 'named' && source.name === 'unknown')
      throw new GlanceError('no-model', 'No such model.');
    return info;
  };

  chat: SessionClient['chat'] = ({ messages }, _event, signal) => {
    const content = messages.at(-1)?.content;
    this.asked.push(typeof content === 'string' ? content : JSON.stringify(content));
    return new Promise((resolve, reject) => {
      this.#answer = resolve;
      signal?.addEventListener('abort', () => reject(abortedError()));
    });
  };

  close(): void {}

  answer(text: string): void {
    this.#answer?.({ text, finishReason: 'stop' } as ChatResult);
  }
}

let client: Client;
let session: Session;

beforeEach(() => {
  client = new Client();
  session = new Session(client, { source: { kind: 'named', name: 'pico' } });
});

const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

test('a question that waits is ended by itself: the answer being made goes on', async () => {
  session.type('Typed?');
  await session.askDraft();
  await settled();
  const end = new AbortController();
  const waiting = askIn(session, 'Asked?', null, end.signal);
  await settled();
  end.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  client.answer('Yes.');
  await settled();
  expect(client.asked).toEqual(['Typed?']);
  expect(session.state.conversation.turns).toMatchObject([
    { question: { text: 'Typed?' }, answer: { state: 'done', result: { text: 'Yes.' } } },
  ]);
  await expect(askIn(session, 'Late?', null, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  expect(client.asked).toEqual(['Typed?']);
});

test('questions are asked in their order, also after one whose pictures take long, fail, or are given up', async () => {
  let fetched = (_: []) => {};
  const slow = new Promise<[]>((resolve) => {
    fetched = resolve;
  });
  const end = new AbortController();
  const failed = askIn(
    session,
    'Lost?',
    Promise.reject(new GlanceError('file-unreachable', 'Nothing there.')),
  );
  const first = askIn(session, 'First?', slow);
  const givenUp = askIn(session, 'Given up?', new Promise<[]>(() => {}), end.signal);
  let isComposed = false;
  const last = askIn(session, 'Last?', null, undefined, async () => {
    isComposed = client.asked.length === 1;
  });
  await expect(failed).rejects.toMatchObject({ code: 'file-unreachable' });
  end.abort();
  await expect(givenUp).rejects.toMatchObject({ code: 'aborted' });
  await settled();
  expect(client.asked).toEqual([]);
  fetched([]);
  await settled();
  expect(client.asked).toEqual(['First?']);
  client.answer('One.');
  await settled();
  client.answer('Two.');
  expect(await Promise.all([first, last])).toMatchObject([{ answer: 'One.' }, { answer: 'Two.' }]);
  expect([client.asked, isComposed]).toEqual([['First?', 'Last?'], true]);
});

test('what the reader types, and the question that is being edited, stay when the page asks', async () => {
  session.type('First?');
  await session.askDraft();
  await settled();
  client.answer('One.');
  await settled();
  session.edit(session.state.conversation.turns[0]!.id);
  session.type('First, changed');
  const seen = new Set<string>();
  session.subscribe(() => seen.add(session.state.conversation.draft.text));
  const asked = askIn(session, 'By the page?', null);
  await settled();
  client.answer('Two.');
  await expect(asked).resolves.toMatchObject({ question: 'By the page?', answer: 'Two.', pictures: 0 });
  const { turns, editing } = session.state.conversation;
  expect([...seen]).toEqual(['First, changed']);
  expect(editing?.turnId).toBe(turns[0]!.id);
  expect(turns.map(({ question }) => question.text)).toEqual(['First?', 'By the page?']);
});

test('pages hear when a conversation is cleared, whoever does it, and only if something had been said', async () => {
  let count = 0;
  watchConversation(session, {
    cleared: () => {
      count += 1;
    },
  });
  await session.clear();
  expect(count).toBe(0);
  session.type('First?');
  await session.askDraft();
  await settled();
  await session.clear();
  expect(count).toBe(1);
});

test('a model that is chosen is waited for; pages hear of it what is stable', async () => {
  const heard: unknown[] = [];
  watchConversation(session, {
    ready: (model) => heard.push(model),
    error: ({ code }) => heard.push(code),
  });
  await session.useModel({ id: 'unknown', source: { kind: 'named', name: 'unknown' } });
  await session.load();
  await expect(untilModel(session, 'unknown')).rejects.toMatchObject({ code: 'no-model' });
  const replaced = untilModel(session, 'unknown').catch(({ code }) => code);
  await session.useModel({ id: null, source: { kind: 'named', name: 'pico' } });
  await expect(untilModel(session, null)).resolves.toBeUndefined();
  await expect(untilModel(session, 'unknown')).rejects.toMatchObject({ code: 'aborted' });
  expect(await replaced).toBe('no-model');
  expect(heard.at(-1)).toEqual(modelFor(info));
  expect(Object.keys(modelFor(info))).not.toContain('tasks');
});
