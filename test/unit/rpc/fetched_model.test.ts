/** Models at addresses that the policy of the engine's tab forbids, and that this page fetches for it. */
import { expose, wrap } from 'comlink';
import { afterEach, expect, test, vi } from 'vitest';
import { GlanceError } from '../../../src/model/errors.ts';
import type { ChatResult } from '../../../src/model/request.ts';
import { GlanceClient } from '../../../src/rpc/client.ts';
import { type Connector, openConnection } from '../../../src/rpc/connection.ts';
import type { InferenceService, LoadOptions, LoadProgress } from '../../../src/rpc/contract.ts';
import { fetchModel } from '../../../src/store/fetch_model.ts';
import { fetchBlob } from '../../../src/weights/byte_source.ts';

afterEach(() => vi.unstubAllGlobals());

const FAR = 'https://far.example/m-00001-of-00002.gguf';
const NEAR = 'https://near.example/m.gguf';

/** What a page or a worker is told by, which Node.js is not. */
function stubEvents(): EventTarget {
  const events = new EventTarget();
  vi.stubGlobal('addEventListener', events.addEventListener.bind(events));
  vi.stubGlobal('removeEventListener', events.removeEventListener.bind(events));
  return events;
}

function violation(effectiveDirective: string, disposition = 'enforce'): Event {
  return Object.assign(new Event('securitypolicyviolation'), { effectiveDirective, disposition });
}

test('what a policy forbids is told from what the network or the server does', async () => {
  const events = stubEvents();
  const failing = async (happen: () => void) => {
    vi.stubGlobal('fetch', async () => {
      happen();
      throw new TypeError('Failed to fetch');
    });
    const error = await fetchBlob(`${FAR}?key=1`).catch((thrown) => thrown as GlanceError);
    return error as GlanceError;
  };
  for (const delayMs of [null, 5]) {
    const error = await failing(() => {
      const tell = () => events.dispatchEvent(violation('connect-src'));
      if (delayMs === null) tell();
      else setTimeout(tell, delayMs);
    });
    expect(error.code).toBe('file-unreachable');
    expect(error.message).toMatch(/content security policy .*choose it on this device/);
    expect(error.details).toMatchObject({ policy: 'connect-src', server: 'https://far.example' });
  }
  for (const other of [violation('img-src'), violation('connect-src', 'report')]) {
    const error = await failing(() => events.dispatchEvent(other));
    expect(error.message).toContain('the server did not answer');
    expect(error.details).not.toHaveProperty('policy');
  }
});

/** An engine that may reach one server only, and tells what it was given. */
class ConfinedService implements Partial<InferenceService> {
  readonly given: LoadOptions['source'][] = [];

  #open({ source }: LoadOptions): void {
    this.given.push(source);
    if (source.kind !== 'url' || source.text.startsWith('https://near.example/')) return;
    throw new GlanceError('file-unreachable', 'forbidden', { details: { policy: 'connect-src' } });
  }

  async load(_: string, options: LoadOptions) {
    this.#open(options);
    return {} as never;
  }

  async chat(_: string, __: unknown, ___: unknown, model?: LoadOptions): Promise<ChatResult> {
    if (model !== undefined) this.#open(model);
    return { text: 'Yes.', finishReason: 'stop' } as ChatResult;
  }
}

function confined(fetch?: typeof fetchModel) {
  const service = new ConfinedService();
  const connector: Connector = {
    shared: true,
    async connect() {
      const { port1, port2 } = new MessageChannel();
      expose(service, port2);
      const end = () => [port1, port2].map((port) => port.close());
      return openConnection(wrap<InferenceService>(port1), {
        endpoint: port1,
        replay: 'all',
        lifeline: Promise.resolve(null),
        end,
      });
    },
    release: (connection) => {
      connection.lose(new GlanceError('aborted', 'closed'));
      return false;
    },
  };
  return { service, client: new GlanceClient(connector, fetch) };
}

test('a page fetches what the engine may not reach, tells how far that is, and once only', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url);
    return new Response(url.at(-6));
  });
  const { service, client } = confined(fetchModel);
  const heard: LoadProgress[] = [];
  const source = { kind: 'url', text: FAR, vision: 'https://far.example/eye.gguf' } as const;
  await client.load({ source, contextLength: 99 }, (progress) => heard.push(progress));
  expect(asked.sort()).toEqual(['https://far.example/eye.gguf', FAR, FAR.replace('00001-', '00002-')].sort());
  const [refused, given] = service.given;
  expect(refused).toEqual(source);
  expect(given).toMatchObject({ kind: 'file', key: JSON.stringify([source.text, source.vision]) });
  if (given?.kind !== 'file' || given.text instanceof Blob) throw new Error('no files');
  expect(given.text).toHaveLength(2);
  expect(given.vision?.size).toBe(1);
  expect(new Set(heard.map((progress) => 'file' in progress && progress.file))).toEqual(
    new Set(['m-00001-of-00002.gguf', 'm-00002-of-00002.gguf', 'eye.gguf']),
  );

  const question = { messages: [{ role: 'user' as const, content: 'Is it?' }] };
  const { text } = await client.chat(question, undefined, undefined, { model: { source } });
  expect(text).toBe('Yes.');
  expect(service.given.slice(2).map(({ kind }) => kind)).toEqual(['file']);
  expect(asked).toHaveLength(3);
  // What it may reach it fetches by itself.
  await client.load({ source: { kind: 'url', text: NEAR } });
  expect([service.given.at(-1)?.kind, asked.length]).toEqual(['url', 3]);
  client.close();
});

test('it is refused where this page may not reach it either, where nobody fetches, and once it is stopped', async () => {
  const source = { kind: 'url', text: FAR } as const;
  const alone = confined();
  await expect(alone.client.load({ source })).rejects.toMatchObject({ message: 'forbidden' });
  alone.client.close();

  const events = stubEvents();
  vi.stubGlobal('fetch', async () => {
    events.dispatchEvent(violation('connect-src'));
    throw new TypeError('Failed to fetch');
  });
  const { service, client } = confined(fetchModel);
  await expect(client.load({ source })).rejects.toMatchObject({
    code: 'file-unreachable',
    message: expect.stringContaining('content security policy of this page'),
  });
  expect(service.given).toHaveLength(1);

  vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) => {
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      setTimeout(() => client.close(), 10);
    });
  });
  await expect(client.load({ source })).rejects.toMatchObject({ code: 'aborted' });
});
