import { afterEach, expect, test, vi } from 'vitest';
import { describeRemote, Unanswered } from '../../../src/store/remote.ts';

afterEach(() => vi.unstubAllGlobals());

test('a server that the policy of the page forbids is told from one that does not answer', async () => {
  const events = new EventTarget();
  vi.stubGlobal('addEventListener', events.addEventListener.bind(events));
  vi.stubGlobal('removeEventListener', events.removeEventListener.bind(events));
  vi.stubGlobal('navigator', { onLine: true });
  const url = 'https://far.example/m.gguf';
  const ask = (happen: () => void) => {
    vi.stubGlobal('fetch', async () => {
      happen();
      throw new TypeError('Failed to fetch');
    });
    return describeRemote(url, 1000, new AbortController().signal);
  };
  const violation = Object.assign(new Event('securitypolicyviolation'), {
    effectiveDirective: 'connect-src',
    disposition: 'enforce',
  });
  await expect(ask(() => events.dispatchEvent(violation))).rejects.toMatchObject({
    code: 'file-unreachable',
    details: { policy: 'connect-src', server: 'https://far.example' },
  });
  await expect(ask(() => {})).rejects.toBeInstanceOf(Unanswered);
});

test('a server that does not say how large a file is', async () => {
  const endless = () => new ReadableStream<Uint8Array>({ pull: (to) => to.enqueue(new Uint8Array(9)) });
  vi.stubGlobal('fetch', async () => new Response(endless()));
  const { signal } = new AbortController();
  await expect(describeRemote('https://far.example/m.gguf', 1000, signal)).rejects.toMatchObject({
    code: 'download-failed',
    details: { file: 'm.gguf', unsized: true },
  });
});
