import { describe, expect, test, vi } from 'vitest';
import { type BridgedConversation, FrameBridge } from '../../../src/embed/frame/bridge.ts';
import { isAllowedOrigin, readAllowedOrigins } from '../../../src/embed/frame/origins.ts';
import {
  type FrameMessage,
  type FrameRequest,
  LIMITS,
  readFrameRequest,
} from '../../../src/embed/frame/protocol.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import { hostileMessage } from '../../support/hostile_messages.ts';
import { randomFrom } from '../../support/random.ts';

const HOST = 'https://blog.example';
const answered = { question: 'What?', pictures: 1, answer: 'A star.', finishReason: 'stop' as const };

describe('which sites may show the frame', () => {
  const policy = {
    own: 'https://glance.example',
    allowed: [HOST, 'https://shop.example:8443'],
    expected: null,
  };

  test.each([
    [HOST, true],
    ['https://shop.example:8443', true],
    ['https://glance.example', true],
    ['http://blog.example', false],
    ['https://blog.example.evil.example', false],
    ['https://evil-blog.example', false],
    ['https://blog.example/', false],
    ['https://shop.example', false],
    ['null', false],
    ['', false],
    ['*', false],
  ])('%s: %s', (origin, allowed) => {
    expect(isAllowedOrigin(origin, policy)).toBe(allowed);
  });

  test('an address narrows what the configuration allows, and never widens it', () => {
    expect(isAllowedOrigin(HOST, { ...policy, expected: HOST })).toBe(true);
    expect(isAllowedOrigin('https://shop.example:8443', { ...policy, expected: HOST })).toBe(false);
    expect(isAllowedOrigin('https://evil.example', { ...policy, expected: 'https://evil.example' })).toBe(
      false,
    );
    expect(isAllowedOrigin(HOST, { ...policy, expected: '*' })).toBe(false);
  });

  test('all sites, where the host says so; never sandboxed ones', () => {
    const open = { ...policy, allowed: ['*'] };
    expect(isAllowedOrigin('https://anybody.example', open)).toBe(true);
    expect(isAllowedOrigin('null', open)).toBe(false);
  });

  test('the configuration is read strictly', () => {
    const origins = [
      'https://A.example',
      'https://b.example/',
      'https://c.example/path',
      'ftp://d.example',
      7,
      null,
    ];
    expect(readAllowedOrigins({ origins })).toEqual(['https://a.example', 'https://b.example']);
    expect(readAllowedOrigins({ origins: ['https://user@e.example', 'file:///x', 'null', '*'] })).toEqual([
      '*',
    ]);
    for (const broken of [null, [], 'x', { origins: 'https://a.example' }])
      expect(readAllowedOrigins(broken)).toEqual([]);
  });
});

describe('requests', () => {
  const accepted: FrameRequest[] = [
    { id: 1, type: 'ask', question: 'What?', image: null },
    { id: 2, type: 'stop' },
    { id: 2, type: 'cancel' },
    { id: 3, type: 'clear' },
    { id: 4, type: 'set-image', image: null },
    { id: 5, type: 'set-theme', theme: 'dark' },
    { id: 6, type: 'set-system', system: '' },
    { id: 7, type: 'set-model', model: 'Qwen/Qwen3-VL-2B-Instruct-GGUF' },
  ];

  test.each(accepted)('$type is read, without what it holds beside', (request) => {
    expect(readFrameRequest({ ...request, extra: 1 })).toEqual({ value: request });
  });

  test.each([
    [{ id: 1, type: 'ask', question: ' ' }, 'question'],
    [{ id: 1, type: 'ask', question: 'x'.repeat(LIMITS.question + 1) }, 'question'],
    [{ id: 1, type: 'ask', question: 'What?', image: 'data:image/png;base64,' }, 'image'],
    [{ id: 1, type: 'ask', question: 'What?', image: new ArrayBuffer(0) }, 'image'],
    [{ id: 1, type: 'set-theme', theme: 'constructor' }, 'theme'],
    [{ id: 1, type: 'set-system', system: null }, 'system'],
    [{ id: 1, type: 'set-model', model: 'https://evil.example/model.gguf' }, 'model'],
    [{ id: 1, type: 'set-model', model: '../secret.gguf' }, 'model'],
    [{ id: 1.5, type: 'stop' }, 'id'],
    [{ type: 'stop' }, 'id'],
    [{ id: 1, type: 'toString' }, 'type'],
    [[], null],
    [null, null],
  ])('%o is refused for its %s', (message, field) => {
    expect(readFrameRequest(message)).toMatchObject({ refused: 'invalid-message', field });
  });

  test('bytes of a picture become a file', async () => {
    const read = readFrameRequest({ id: 1, type: 'set-image', image: new Uint8Array([1, 2]).buffer });
    if (!('value' in read) || read.value.type !== 'set-image') throw new Error('refused');
    expect(
      (await read.value.image?.bytes?.()) ?? new Uint8Array(await read.value.image!.arrayBuffer()),
    ).toEqual(new Uint8Array([1, 2]));
  });
});

/** A frame whose conversation notes what it is asked for, and the window around it. */
function frame(allowed: (origin: string) => boolean = (origin) => origin === HOST) {
  const done: string[] = [];
  const note = (what: string) => async () => void done.push(what);
  const conversation: BridgedConversation = {
    system: '',
    ask: async (question) => {
      done.push('ask');
      if (question === 'fail') throw new GlanceError('no-model', 'No model.');
      return { ...answered, question };
    },
    setPicture: note('set-image'),
    clear: note('clear'),
    useModel: note('set-model'),
    stop: () => void done.push('stop'),
  };
  const parent = { postMessage: vi.fn() };
  const bridge = new FrameBridge(
    { conversation, showTheme: () => void done.push('set-theme') },
    parent,
    allowed,
  );
  return { bridge, parent, done, conversation };
}

/** Greets the frame as an allowed page does. */
function greet({ bridge, parent }: ReturnType<typeof frame>) {
  const { port1, port2 } = new MessageChannel();
  const heard: FrameMessage[] = [];
  port1.onmessage = ({ data }) => heard.push(data as FrameMessage);
  const greeting = { data: { glance: 'hello', version: 1 }, origin: HOST, source: parent, ports: [port2] };
  const accepted = bridge.receive(greeting);
  return { port: port1, heard, accepted };
}

/** By turns of the event loop, each of which passes messages on, and not by time, which goes by without any of them. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('the frame', () => {
  test('welcomes an allowed page, does what it asks for, and tells what happens', async () => {
    const side = frame();
    const { port, heard, accepted } = greet(side);
    port.postMessage({ id: 1, type: 'ask', question: 'What?' });
    port.postMessage({ id: 2, type: 'ask', question: 'fail' });
    port.postMessage({ id: 3, type: 'set-system', system: 'Be brief.' });
    port.postMessage({ id: 4, type: 'nothing' });
    await settle();
    side.bridge.listener.text?.('A st');
    await settle();
    port.close();
    expect(accepted).toBe(true);
    expect(side.conversation.system).toBe('Be brief.');
    expect(heard).toEqual([
      { type: 'welcome', version: 1 },
      { type: 'done', id: 1, result: answered },
      { type: 'failed', id: 2, error: { code: 'no-model', message: 'No model.' } },
      { type: 'done', id: 3, result: null },
      { type: 'refused', id: 4, reason: 'invalid-message', field: 'type' },
      { type: 'text', text: 'A st' },
    ]);
  });

  test.each([
    ['a page of another origin', { origin: 'https://evil.example' }, 'origin-not-allowed'],
    ['another window of an allowed origin', { source: { postMessage: vi.fn() } }, 'origin-not-allowed'],
    ['another version', { data: { glance: 'hello', version: 2 } }, 'version-not-supported'],
    ['a greeting without a port', { ports: [] }, 'invalid-message'],
    ['another message', { data: { glance: 'ask', question: 'What?' } }, 'invalid-message'],
  ])('refuses %s, and says why', async (_, change, reason) => {
    const side = frame();
    const { port1, port2 } = new MessageChannel();
    const onmessage = vi.fn();
    port1.onmessage = onmessage;
    const greeting = {
      data: { glance: 'hello', version: 1 },
      origin: HOST,
      source: side.parent,
      ports: [port2],
    };
    const changed = { ...greeting, ...change };
    expect(side.bridge.receive(changed)).toBe(false);
    side.bridge.listener.text?.('secret');
    await settle();
    port1.close();
    expect(onmessage).not.toHaveBeenCalled();
    expect(changed.source.postMessage).toHaveBeenCalledWith(
      { glance: 'refused', version: 1, reason },
      changed.origin,
    );
  });

  test('a page that greets it anew takes the place of the one before', async () => {
    const side = frame();
    const first = greet(side);
    const second = greet(side);
    side.bridge.listener.text?.('A star.');
    first.port.postMessage({ id: 1, type: 'clear' });
    await settle();
    for (const { port } of [first, second]) port.close();
    expect(first.heard).toEqual([{ type: 'welcome', version: 1 }]);
    expect(second.heard.map(({ type }) => type)).toEqual(['welcome', 'text']);
    expect(side.done).toEqual([]);
  });

  test('does not let questions pile up', async () => {
    const side = frame();
    side.conversation.ask = () => new Promise(() => {});
    const { port, heard } = greet(side);
    for (let id = 1; id <= 20; id++) port.postMessage({ id, type: 'ask', question: 'What?' });
    await settle();
    port.close();
    const refused = heard.filter((message) => message.type === 'refused');
    expect(refused).toHaveLength(4);
    expect(refused[0]).toMatchObject({ id: 17, reason: 'too-many-requests' });
  });

  test('ends one question and leaves the others; nobody waits to stop or to clear', async () => {
    const side = frame();
    side.conversation.ask = (question, _, signal) =>
      new Promise((resolve, reject) => {
        if (question === 'short') resolve(answered);
        signal?.addEventListener('abort', () => reject(new GlanceError('aborted', 'Stopped.')));
      });
    const { port, heard } = greet(side);
    for (let id = 1; id <= 16; id++) port.postMessage({ id, type: 'ask', question: 'What?' });
    port.postMessage({ id: 2, type: 'cancel' });
    // Of no question: nothing to end, nothing to say.
    port.postMessage({ id: 99, type: 'cancel' });
    port.postMessage({ id: 20, type: 'stop' });
    port.postMessage({ id: 21, type: 'clear' });
    await settle();
    // An id names one question at a time.
    port.postMessage({ id: 3, type: 'ask', question: 'short' });
    port.postMessage({ id: 2, type: 'ask', question: 'short' });
    await settle();
    expect(side.done).toEqual(['stop', 'clear']);
    expect(heard.slice(1).sort((a, b) => ('id' in a && 'id' in b ? a.id! - b.id! : 0))).toEqual([
      { type: 'failed', id: 2, error: { code: 'aborted', message: 'Stopped.' } },
      { type: 'done', id: 2, result: answered },
      { type: 'refused', id: 3, reason: 'invalid-message', field: 'id' },
      { type: 'done', id: 20, result: null },
      { type: 'done', id: 21, result: null },
    ]);
    // A page that greets the frame anew will hear none of the answers: they are not made.
    let aborted = 0;
    side.conversation.ask = (_question, _image, signal) =>
      new Promise(() => signal?.addEventListener('abort', () => (aborted += 1)));
    port.postMessage({ id: 50, type: 'ask', question: 'What?' });
    await settle();
    const again = greet(side);
    port.close();
    again.port.close();
    expect(aborted).toBe(1);
  });

  test('2,000 hostile messages: each is followed as the protocol has it, or refused by type', async () => {
    const random = randomFrom(8);
    const side = frame();
    const { port, heard } = greet(side);
    const foreign = { postMessage: vi.fn() };
    let expected = 0;
    for (let i = 0; i < 2000; i++) {
      const data = hostileMessage(random);
      if (i % 2 === 0) {
        port.postMessage(data);
        expected += 1;
        if (i % 32 === 0) await settle();
      } else {
        const accepted = side.bridge.receive({
          data,
          origin: 'https://evil.example',
          source: foreign,
          ports: [],
        });
        expect(accepted).toBe(false);
      }
    }
    await settle();
    port.close();
    const replies = heard.filter(({ type }) => type === 'done' || type === 'failed' || type === 'refused');
    expect(replies).toHaveLength(expected);
    expect(replies.some(({ type }) => type === 'done')).toBe(true);
    const reasons = replies.flatMap((message) => (message.type === 'refused' ? [message.reason] : []));
    expect([...new Set(reasons)]).toEqual(['invalid-message']);
    // Foreign windows learn that they are refused, and nothing else.
    expect(foreign.postMessage.mock.calls.length).toBeGreaterThan(100);
    for (const [message, target] of foreign.postMessage.mock.calls) {
      expect(message).toEqual({ glance: 'refused', version: 1, reason: 'origin-not-allowed' });
      expect(target).toBe('https://evil.example');
    }
  });
});
