import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { reachedLimit } from '../../../src/app/answering.ts';
import { Session, type SessionClient } from '../../../src/app/session.ts';
import { type AskSettings, DEFAULT_ANSWERS } from '../../../src/app/settings/settings.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import type {
  ChatEvent,
  ChatRequest,
  ChatResult,
  LoadOptions,
  LoadProgress,
  ModelInfo,
} from '../../../src/rpc/contract.ts';

const info = { name: 'pico', demo: true } as ModelInfo;

const result = (text: string, finishReason: ChatResult['finishReason'] = 'stop'): ChatResult => ({
  text,
  finishReason,
  usage: { promptTokens: 10, cachedTokens: 0, imageTokens: 0, completionTokens: 3, reasoningTokens: 0 },
  speculation: { draftedSteps: 0, draftedTokens: 0, acceptedTokens: 0 },
  timings: { picturesMs: 0, visionMs: 0, prefillMs: 1, firstTokenMs: 2, decodeMs: 2 },
});

/** A client whose every step the test takes by hand. */
class HandledClient implements SessionClient {
  readonly loads: {
    options: LoadOptions;
    progress: (progress: LoadProgress) => void;
    settle: PromiseWithResolvers<ModelInfo>;
  }[] = [];
  readonly chats: {
    request: ChatRequest;
    event: (event: ChatEvent) => void;
    signal: AbortSignal;
    settle: PromiseWithResolvers<ChatResult>;
  }[] = [];

  load: SessionClient['load'] = (options, progress) => {
    const settle = withResolvers<ModelInfo>();
    this.loads.push({ options, progress: progress!, settle });
    return settle.promise;
  };

  chat: SessionClient['chat'] = (request, event, signal) => {
    const settle = withResolvers<ChatResult>();
    this.chats.push({ request, event: event!, signal: signal!, settle });
    return settle.promise;
  };

  close = vi.fn(() => {
    for (const { settle } of [...this.loads, ...this.chats]) {
      settle.reject(new GlanceError('aborted', 'Closed.'));
    }
  });
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
}

/** `Promise.withResolvers`, which Node has from version 22 on. */
function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
let client: HandledClient;
let session: Session;
const answer = () => session.state.conversation.turns.at(-1)?.answer;

beforeEach(() => {
  client = new HandledClient();
  session = new Session(client, { source: { kind: 'url', text: 'https://host.example/model.gguf' } });
});

afterEach(() => {
  vi.useRealTimers();
});

async function ask(text: string): Promise<void> {
  session.type(text);
  await session.askDraft();
}

async function loaded(): Promise<void> {
  void session.load();
  client.loads.at(-1)!.settle.resolve(info);
  await settled();
}

test('a question asked before the model is here waits for it and is then answered', async () => {
  void session.load();
  await ask('What is it?');
  client.loads[0]!.progress({ stage: 'fetch', file: 'model.gguf', loadedBytes: 5, totalBytes: 10 });
  expect(session.state.model).toMatchObject({ status: 'loading', loading: { share: 0.5 } });
  expect(answer()).toEqual({ state: 'waiting' });
  client.loads[0]!.settle.resolve(info);
  await settled();
  expect(client.loads).toHaveLength(1);
  client.chats[0]!.settle.resolve(result('A star.'));
  await settled();
  expect(answer()).toMatchObject({ state: 'done', text: 'A star.' });
  expect(session.state.announcement).toBe('Answer: A star.');
});

test('a model that could not be loaded fails the question; trying again loads it again', async () => {
  await ask('What is it?');
  client.loads[0]!.settle.reject(new GlanceError('file-unreachable', 'Gone.'));
  await settled();
  expect(answer()).toMatchObject({ state: 'failed', error: { code: 'file-unreachable' } });
  expect(session.state.model).toMatchObject({ status: 'failed' });
  session.retry(session.state.conversation.turns[0]!.id);
  client.loads[1]!.settle.resolve(info);
  await settled();
  client.chats[0]!.settle.resolve(result('A star.'));
  await settled();
  expect(answer()).toMatchObject({ state: 'done', text: 'A star.' });
});

test('nothing is asked without words or while an answer is being made', async () => {
  await loaded();
  await ask('   ');
  expect(session.state.conversation.turns).toHaveLength(0);
  await ask('One?');
  await ask('Two?');
  expect(session.state.conversation.turns).toHaveLength(1);
  expect(session.state.conversation.draft.text).toBe('Two?');
});

test('stop raises the signal once and keeps what was said', async () => {
  await loaded();
  await ask('Describe the image.');
  await settled();
  const chat = client.chats[0]!;
  chat.event({ type: 'text', text: 'a red', tokens: 2 });
  session.stop();
  session.stop();
  expect(chat.signal.aborted).toBe(true);
  expect(answer()).toMatchObject({ state: 'working', stopping: true });
  chat.settle.resolve(result('a red', 'abort'));
  await settled();
  expect(answer()).toMatchObject({ state: 'stopped', text: 'a red' });
  expect(client.close).not.toHaveBeenCalled();
  await ask('And now?');
  await settled();
  expect(client.chats[1]!.request.messages.map(({ content }) => content)).toEqual([
    'Describe the image.',
    'a red',
    'And now?',
  ]);
});

test('stopping while the model is being loaded ends the question, not the loading', async () => {
  void session.load();
  await ask('What is it?');
  session.stop();
  await settled();
  expect(answer()).toEqual({ state: 'stopped', text: '', result: null });
  expect(session.state.model.status).toBe('loading');
});

test('an engine that does not come to rest is ended and started anew', async () => {
  await loaded();
  await ask('Describe the image.');
  await settled();
  vi.useFakeTimers();
  session.stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(client.close).toHaveBeenCalledOnce();
  expect(answer()).toMatchObject({ state: 'stopped' });
  expect(client.loads).toHaveLength(2);
});

test('after a lost worker the next question loads the model first', async () => {
  await loaded();
  await ask('One?');
  await settled();
  client.chats[0]!.settle.reject(new GlanceError('worker-lost', 'Gone.'));
  await settled();
  expect(answer()).toMatchObject({ state: 'failed', error: { code: 'worker-lost' } });
  await ask('Two?');
  expect(client.loads).toHaveLength(2);
  client.loads[1]!.settle.resolve(info);
  await settled();
  expect(client.chats[1]!.request.messages).toEqual([{ role: 'user', content: 'Two?' }]);
});

test('another device: the model is loaded anew there, and the conversation goes on', async () => {
  await loaded();
  await ask('One?');
  await settled();
  client.chats[0]!.settle.resolve(result('Yes.'));
  await settled();
  session.type('Two?');
  await session.useDevice('webgpu');
  expect(client.close).toHaveBeenCalledOnce();
  expect(client.loads.map(({ options }) => options.device)).toEqual(['auto', 'webgpu']);
  expect(session.state).toMatchObject({ device: 'webgpu', model: { status: 'loading' } });
  expect(session.state.conversation.draft.text).toBe('Two?');
  client.loads[1]!.settle.resolve(info);
  await settled();
  expect(client.chats).toHaveLength(1);
  await session.askDraft();
  await settled();
  expect(client.chats[1]!.request.messages.map(({ content }) => content)).toEqual(['One?', 'Yes.', 'Two?']);
  await session.useDevice('webgpu');
  expect(client.loads).toHaveLength(2);
});

test('another device in the middle of an answer: the question is asked again there', async () => {
  await loaded();
  await ask('One?');
  await settled();
  client.chats[0]!.event({ type: 'text', text: 'Ye', tokens: 1 });
  await session.useDevice('wasm');
  expect(answer()).toEqual({ state: 'waiting' });
  client.loads[1]!.settle.resolve(info);
  await settled();
  client.chats[1]!.settle.resolve(result('Yes.'));
  await settled();
  expect(answer()).toMatchObject({ state: 'done', text: 'Yes.' });
  expect(session.state.conversation.turns).toHaveLength(1);
});

test('two devices in quick succession: the last one counts, and the waiting question is asked once', async () => {
  void session.load();
  await ask('One?');
  void session.useDevice('webgpu');
  await session.useDevice('wasm');
  await settled();
  expect(client.loads.map(({ options }) => options.device)).toEqual(['auto', 'webgpu', 'wasm']);
  client.loads[0]!.progress({ stage: 'fetch', file: 'model.gguf', loadedBytes: 5, totalBytes: 10 });
  expect(session.state.model).toMatchObject({ status: 'loading', loading: { loadedBytes: 0 } });
  client.loads[2]!.settle.resolve(info);
  await settled();
  expect(session.state.model.status).toBe('ready');
  expect(client.chats).toHaveLength(1);
});

test('a question that a stop has ended is not asked again on another device', async () => {
  await loaded();
  await ask('One?');
  await settled();
  session.stop();
  await session.useDevice('wasm');
  client.loads[1]!.settle.resolve(info);
  await settled();
  expect(answer()).toMatchObject({ state: 'stopped' });
  expect(client.chats).toHaveLength(1);
});

test('a device that is not there fails the question; another one answers it', async () => {
  await loaded();
  await session.useDevice('webgpu');
  await ask('One?');
  client.loads[1]!.settle.reject(new GlanceError('webgpu-unavailable', 'None here.'));
  await settled();
  expect(answer()).toMatchObject({ state: 'failed', error: { code: 'webgpu-unavailable' } });
  await session.useDevice('auto');
  client.loads[2]!.settle.resolve(info);
  await settled();
  client.chats[0]!.settle.resolve(result('Yes.'));
  await settled();
  expect(answer()).toMatchObject({ state: 'done', text: 'Yes.' });
});

test('an answer that was stopped goes on from what it says, and asking again keeps it', async () => {
  await loaded();
  await ask('Describe it.');
  await settled();
  client.chats[0]!.settle.resolve(result('A red', 'abort'));
  await settled();
  const { id } = session.state.conversation.turns[0]!;
  session.continue(id);
  await settled();
  expect(client.chats[1]!.request).toEqual({
    messages: [
      { role: 'user', content: 'Describe it.' },
      { role: 'assistant', content: 'A red' },
    ],
    continueLast: true,
  });
  client.chats[1]!.settle.resolve(result(' star.'));
  await settled();
  expect(answer()).toMatchObject({ state: 'done', text: 'A red star.' });
  expect(session.state.announcement).toBe('Answer: A red star.');
  session.continue(id);
  expect(client.chats).toHaveLength(2);

  session.retry(id);
  await settled();
  client.chats[2]!.settle.resolve(result('A blue star.'));
  await settled();
  expect(answer()).toMatchObject({ text: 'A blue star.' });
  session.chooseVersion(id);
  expect(answer()).toMatchObject({ text: 'A red star.' });
});

test('an answer that filled the context goes on without the oldest turns', async () => {
  await loaded();
  await ask('Describe it.');
  await settled();
  client.chats[0]!.settle.resolve(result('A red', 'length'));
  await settled();
  session.continue(session.state.conversation.turns[0]!.id);
  await settled();
  expect(client.chats[1]!.request).toMatchObject({ continueLast: true, overflow: 'drop-oldest' });
  client.chats[1]!.settle.reject(new GlanceError('context-overflow', 'Too long.'));
  await settled();
  expect(answer()).toMatchObject({ state: 'done', text: 'A red' });
  expect(session.state.conversation.notices).toHaveLength(1);
});

test('another device while an answer goes on: it goes on there', async () => {
  await loaded();
  await ask('Describe it.');
  await settled();
  client.chats[0]!.settle.resolve(result('A red', 'abort'));
  await settled();
  session.continue(session.state.conversation.turns[0]!.id);
  await settled();
  await session.useDevice('wasm');
  client.loads[1]!.settle.resolve(info);
  await settled();
  expect(client.chats[2]!.request).toMatchObject({ continueLast: true });
  expect(answer()).toMatchObject({ state: 'working', text: 'A red' });
});

test('a new conversation stops the answer first and can be undone', async () => {
  await loaded();
  await ask('One?');
  await settled();
  const cleared = session.clear();
  client.chats[0]!.settle.resolve(result('Yes', 'abort'));
  await cleared;
  expect(session.state.conversation.turns).toEqual([]);
  session.restore();
  expect(answer()).toMatchObject({ state: 'stopped', text: 'Yes' });
});

test('asking again and failing shows the earlier answer, with a notice about the failure', async () => {
  await loaded();
  await ask('One?');
  await settled();
  client.chats[0]!.settle.resolve(result('Yes.'));
  await settled();
  const { id } = session.state.conversation.turns[0]!;
  session.retry(id);
  await settled();
  expect(answer()).toMatchObject({ state: 'working' });
  client.chats[1]!.settle.reject(new GlanceError('worker-lost', 'Gone.'));
  await settled();
  expect(answer()).toMatchObject({ state: 'done', text: 'Yes.' });
  expect(session.state.conversation.notices).toMatchObject([{ title: 'The engine stopped' }]);
  // The model cannot be loaded either: the page shows that by itself.
  session.retry(id);
  client.loads[1]!.settle.reject(new GlanceError('file-unreachable', 'Unreachable.'));
  await settled();
  expect(session.state.conversation.notices).toHaveLength(1);
  expect(session.state.model).toMatchObject({ status: 'failed', error: { code: 'file-unreachable' } });
});

test('an edited question is asked in place of the old one; cancelling leaves it', async () => {
  await loaded();
  await ask('One?');
  await settled();
  client.chats[0]!.settle.resolve(result('Yes.'));
  await settled();
  session.edit(session.state.conversation.turns[0]!.id);
  session.cancelEdit();
  expect(session.state.conversation.draft.text).toBe('');
  expect(answer()).toMatchObject({ state: 'done', text: 'Yes.' });
  session.edit(session.state.conversation.turns[0]!.id);
  await ask('Two?');
  await settled();
  expect(client.chats[1]!.request.messages).toEqual([{ role: 'user', content: 'Two?' }]);
  expect(session.state.conversation.turns).toHaveLength(1);
});

test('several files that are no pictures, and a folder, are one notice', async () => {
  const files = ['a.txt', 'b.txt'].map((name) => new File(['no picture'], name));
  await session.addPictures(files, ['holiday']);
  expect(session.state.conversation.notices).toMatchObject([
    { title: '3 files and folders cannot be added: holiday, a.txt and 1 more' },
  ]);
});

test('the same words are heard again when they are said again', () => {
  session.announce('Copied');
  const first = session.state.announcement;
  session.announce('Copied');
  expect(session.state.announcement).not.toBe(first);
  expect(session.state.announcement.trim()).toBe('Copied');
});

test('a file that is no picture becomes a notice; its object URL is released', async () => {
  const created = vi.spyOn(URL, 'createObjectURL');
  const revoked = vi.spyOn(URL, 'revokeObjectURL');
  await session.addPictures([new File(['no picture'], 'notes.txt', { type: 'text/plain' })]);
  const { draft, notices } = session.state.conversation;
  expect(draft.pictures).toEqual([]);
  expect(notices).toMatchObject([
    { title: 'This file is not a usable picture: notes.txt', error: { code: 'picture-unreadable' } },
  ]);
  expect(revoked.mock.calls).toEqual(created.mock.results.map(({ value }) => [value]));
  session.dismissNotice(notices[0]!.id);
  expect(session.state.conversation.notices).toEqual([]);
});

test('a question is asked with what is set, the answer says with what, and goes on with that', async () => {
  let settings: AskSettings = {
    systemPrompt: 'Be brief.',
    answers: { ...DEFAULT_ANSWERS, sampling: { temperature: 0.2 }, maxTokens: 3 },
  };
  session = new Session(client, {
    source: { kind: 'url', text: 'https://host.example/model.gguf' },
    settings: () => settings,
  });
  await loaded();
  await ask('One?');
  expect(client.chats[0]!.request).toMatchObject({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'One?' },
    ],
    sampling: { temperature: 0.2 },
    maxTokens: 3,
  });
  client.chats[0]!.settle.resolve(result('A long', 'length'));
  await settled();
  const [turn] = session.state.conversation.turns;
  expect(turn!.asked).toMatchObject({ ...settings, model: 'pico' });
  expect(reachedLimit(turn!)).toBe(true);

  // Set in the middle: it counts for what is asked, not for what goes on.
  settings = { systemPrompt: 'Be long.', answers: DEFAULT_ANSWERS };
  session.continue(turn!.id);
  await settled();
  expect(client.chats[1]!.request).toMatchObject({
    messages: [{ content: 'Be brief.' }, { role: 'user' }, { role: 'assistant', content: 'A long' }],
    maxTokens: 3,
  });
  // There is room in the context: nothing has to be left out.
  expect(client.chats[1]!.request).not.toHaveProperty('overflow');
  client.chats[1]!.settle.resolve(result(' story.'));
  await settled();

  session.useSettings({ answers: { ...DEFAULT_ANSWERS, seed: 4 } });
  session.retry(turn!.id);
  await settled();
  expect(client.chats[2]!.request).toMatchObject({ messages: [{ content: 'Be long.' }, {}], seed: 4 });
  expect(client.chats[2]!.request).not.toHaveProperty('maxTokens');
  client.chats[2]!.settle.resolve(result('Another.'));
  await settled();
  expect(session.state.conversation.turns[0]!.asked?.answers.seed).toBe(4);

  // A new conversation has none of its own; the one before has them again when it is back.
  await session.clear();
  expect(session.state.conversation.settings).toEqual({});
  session.restore();
  expect(session.state.conversation.settings.answers?.seed).toBe(4);
});
