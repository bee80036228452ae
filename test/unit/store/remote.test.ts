import { afterEach, expect, test, vi } from 'vitest';
import { describeRemote, Unanswered } from '../../../src/store/remote.ts';
import { remoteSource } from '../../../src/store/remote_source.ts';

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

test('ranges are read also where the server sends less of each than was asked for', async () => {
  const file = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (_: string, { headers }: { headers: { range: string } }) => {
    const [start, end] = headers.range.match(/\d+/g)!.map(Number);
    const last = Math.min(end!, start! + 299);
    asked.push(headers.range);
    const range = { 'content-range': `bytes ${start}-${last}/${file.length}` };
    return new Response(file.slice(start, last + 1), { status: 206, headers: range });
  });
  const remote = { sizeBytes: file.length, sha256: null, etag: null, ranges: true };
  const source = remoteSource('https://far.example/m.gguf', 'm.gguf', remote, 1000);
  expect(await source.read(100, 700, new AbortController().signal)).toEqual(file.slice(100, 800));
  expect(asked).toEqual(['bytes=100-999', 'bytes=400-999', 'bytes=700-999']);
});
