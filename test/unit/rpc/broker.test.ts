/** How the service worker finds the tab with the engine, among tabs that the test makes up. */
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { errorReply } from '../../../src/api/errors.ts';
import { listenToBroker, type PageState, placePort, type Recipient } from '../../../src/rpc/broker.ts';
import { ENGINE_PROTOCOL } from '../../../src/rpc/contract.ts';
import { PagesConnector } from '../../../workers/pages_connector.ts';

// A lock is free at once, and kept.
beforeAll(() => {
  vi.stubGlobal('navigator', { locks: { request: async (_: string, use: () => unknown) => use() } });
  return () => vi.unstubAllGlobals();
});

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A tab that hears what the service worker says, in one or several versions of Glance. */
function tab(...sides: { state: PageState; lifeline?: string }[]): Recipient & { hosted: string[] } {
  const container = Object.assign(new EventTarget(), { startMessages() {} }) as ServiceWorkerContainer;
  const hosted: string[] = [];
  for (const { state, lifeline = null } of sides) {
    const host = async (port: MessagePort, client: string) => {
      port.close();
      hosted.push(client);
      return lifeline;
    };
    ends.push(listenToBroker(container, { state: () => state, host }));
  }
  return {
    hosted,
    postMessage: (data, transfer) => {
      container.dispatchEvent(Object.assign(new Event('message'), { data, ports: transfer }));
    },
  };
}

function place(pages: Recipient[], protocol?: number) {
  const { port1, port2 } = new MessageChannel();
  ends.push(() => port1.close());
  return placePort(pages, port2, 'client', protocol);
}

test('a port is brought to the tab that has the engine, else to one that could have it', async () => {
  const [idle, host] = [tab({ state: 'idle', lifeline: 'idle' }), tab({ state: 'host', lifeline: 'host' })];
  expect(await place([idle, host])).toBe('host');
  expect([idle.hosted, host.hosted]).toEqual([[], ['client']]);
  expect(await place([tab({ state: 'follower' }), host])).toBe('host');
  expect(await place([idle])).toBe('idle');
  expect(await place([tab({ state: 'follower' })])).toBeNull();
  expect(await place([])).toBe('none');
});

test('tabs of another version say so, and stand in nobody’s way', async () => {
  const other = ENGINE_PROTOCOL + 1;
  const page = tab({ state: 'host', lifeline: 'host' });
  expect(await place([page, tab({ state: 'idle' })], other)).toBe('other-version');
  expect(page.hosted).toEqual([]);
  // In a page with two users of different versions the right one is found.
  const [stranger, mine] = [tab({ state: 'host' }), tab({ state: 'idle', lifeline: 'mine' })];
  const mixed: Recipient = {
    postMessage: (message, transfer) => {
      stranger.postMessage({ ...(message as object), protocol: other }, transfer);
      mine.postMessage(message, transfer);
    },
  };
  expect(await place([mixed])).toBe('mine');
});

test('the API says whether a tab is to be opened or reloaded', async () => {
  const reply = async (pages: Recipient[]) => {
    const connector = new PagesConnector(async () => pages, 'https://site.example/glance/');
    const error = await connector.connect().then(
      () => null,
      (thrown) => thrown,
    );
    const { status, body } = errorReply(error);
    return [status, body.error.code, body.error.message];
  };
  const older: Recipient = {
    postMessage: (_, transfer) => (transfer.at(-1) as MessagePort).postMessage('other-version'),
  };
  expect(await reply([])).toEqual([
    503,
    'engine_unavailable',
    'No tab of Glance is open that could answer. Open https://site.example/glance/ in a tab, keep it open, and try again.',
  ]);
  expect(await reply([older])).toEqual([
    503,
    'engine_unavailable',
    expect.stringMatching(
      /another version.* Reload them, or open https:\/\/site\.example\/glance\/ in a tab/,
    ),
  ]);
});
