/** What the session shows when another tab has put another model in the place of its own. */
import { beforeEach, expect, test } from 'vitest';
import { Session, type SessionClient } from '../../../src/app/session.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import type { ChatResult, ModelEvent, ModelInfo } from '../../../src/rpc/contract.ts';

const info = { name: 'pico', demo: true } as ModelInfo;
const said = (text: string, finishReason: ChatResult['finishReason'] = 'stop') =>
  ({ text, finishReason }) as ChatResult;

interface Chat {
  hear: Parameters<SessionClient['chat']>[1] & {};
  tell: (event: ModelEvent) => void;
  resolve: (result: ChatResult) => void;
  reject: (error: GlanceError) => void;
}

let chats: Chat[];
let loads: ((info: ModelInfo) => void)[];
let session: Session;
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const answer = () => session.state.conversation.turns.at(-1)!.answer;

/** A session with a loaded model, whose question is being asked. */
beforeEach(async () => {
  chats = [];
  loads = [];
  const client: SessionClient = {
    load: () => new Promise((resolve) => loads.push(resolve)),
    chat: (_, hear, __, options) =>
      new Promise((resolve, reject) => {
        chats.push({ hear: hear!, tell: options!.onModel!, resolve, reject });
      }),
    close: () => {},
  };
  session = new Session(client, {
    source: { kind: 'url', text: 'https://host.example/a.gguf' },
  });
  void session.load();
  loads[0]!(info);
  await settled();
  session.type('What is it?');
  await session.askDraft();
  await settled();
});

test('the model is shown as it is loaded again, and the question waits', async () => {
  const { tell, hear, resolve } = chats[0]!;
  tell({ type: 'load', progress: null });
  expect(session.state.model).toMatchObject({ status: 'loading', loading: { share: null } });
  expect(answer()).toEqual({ state: 'waiting' });
  tell({ type: 'load', progress: { stage: 'fetch', file: 'a.gguf', loadedBytes: 5, totalBytes: 10 } });
  tell({ type: 'load', progress: { stage: 'weights', done: 3, total: 4 } });
  expect(session.state.model).toMatchObject({
    status: 'loading',
    loading: { stage: 'weights', share: 0.75 },
  });
  tell({ type: 'begin', info });
  expect(session.state.model).toEqual({ status: 'ready', info });
  expect(answer()).toMatchObject({ state: 'working' });
  hear({ type: 'text', text: 'A star.', tokens: 3 });
  resolve(said('A star.'));
  await settled();
  expect(answer()).toMatchObject({ state: 'done', text: 'A star.' });
  expect(loads).toHaveLength(1);
});

test('an answer in the middle keeps what it has said while the model comes back', () => {
  const { tell, hear } = chats[0]!;
  tell({ type: 'begin', info });
  hear({ type: 'text', text: 'A st', tokens: 2 });
  tell({ type: 'load', progress: null });
  expect(session.state.model.status).toBe('loading');
  expect(answer()).toMatchObject({ state: 'working', text: 'A st' });
  tell({ type: 'begin', info });
  hear({ type: 'text', text: 'ar.', tokens: 3 });
  expect(answer()).toMatchObject({ text: 'A star.' });
});

test('a model that cannot be loaded again is said, and asking again loads it', async () => {
  const { tell, reject } = chats[0]!;
  tell({ type: 'load', progress: null });
  const error = new GlanceError('file-unreachable', 'Gone.');
  reject(error);
  await settled();
  expect(session.state.model).toEqual({ status: 'failed', error });
  expect(answer()).toMatchObject({ state: 'failed', error });
  session.retry(session.state.conversation.turns[0]!.id);
  expect(loads).toHaveLength(2);
});

test('a question that is stopped meanwhile leaves the model coming', async () => {
  const { tell, resolve } = chats[0]!;
  tell({ type: 'load', progress: null });
  session.stop();
  resolve(said('', 'abort'));
  await settled();
  expect(session.state.model.status).toBe('loading');
  expect(loads).toHaveLength(2);
  loads[1]!(info);
  await settled();
  expect(session.state.model.status).toBe('ready');
});
