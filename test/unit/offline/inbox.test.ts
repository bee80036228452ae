import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { IncomingFiles } from '../../../src/app/incoming_files.ts';
import type { Session } from '../../../src/app/session.ts';
import { SHARED_PARAMETER, ShareInbox } from '../../../src/offline/inbox.ts';
import { FakeCaches } from './fake_caches.ts';

const SCOPE = 'https://site.example/glance/';
let caches: FakeCaches;
beforeEach(() => {
  caches = new FakeCaches();
  vi.stubGlobal('caches', caches);
});
afterEach(() => vi.unstubAllGlobals());

const file = (name: string, type = 'image/png') => new File([name], name, { type });

/** Shares, and tells the name under which it is kept. */
async function share(files: readonly File[], text = ''): Promise<string> {
  const form = new FormData();
  for (const file of files) form.append('files', file);
  form.append('text', text);
  const request = { formData: async () => form } as unknown as Request;
  const { status, headers } = await new ShareInbox(SCOPE).take(request);
  expect(status).toBe(303);
  return new URL(headers.get('location')!).searchParams.get(SHARED_PARAMETER)!;
}

it('what is shared is taken once, by its name', async () => {
  const id = await share([file('a.png'), file('b ü.pdf', 'application/pdf')], 'How many?');
  const shared = await new ShareInbox(SCOPE).open(id);
  expect(shared).toMatchObject({ text: 'How many?', leftOut: 0 });
  expect(shared!.files.map(({ name, type }) => [name, type])).toEqual([
    ['a.png', 'image/png'],
    ['b ü.pdf', 'application/pdf'],
  ]);
  expect(await shared!.files[0]!.text()).toBe('a.png');
  expect(await new ShareInbox(SCOPE).open(id)).toBeNull();
});

it('other kinds are left out, and more than sixteen files', async () => {
  const pictures = Array.from({ length: 18 }, (_, i) => file(`${i}.png`));
  const id = await share([
    file('m.gguf', 'application/octet-stream'),
    file('x.html', 'text/html'),
    ...pictures,
  ]);
  const { files, leftOut } = (await new ShareInbox(SCOPE).open(id))!;
  expect(files.map(({ name }) => name)).toEqual(pictures.slice(0, 16).map(({ name }) => name));
  expect(leftOut).toBe(4);
});

it('files beyond 200 MB together are left out', async () => {
  const sized = (name: string, size: number) => Object.defineProperty(file(name), 'size', { value: size });
  const form = { getAll: () => [sized('a', 150e6), sized('b', 51e6), sized('c', 50e6)], get: () => null };
  const request = { formData: async () => form } as unknown as Request;
  const { headers } = await new ShareInbox(SCOPE).take(request);
  const id = new URL(headers.get('location')!).searchParams.get(SHARED_PARAMETER)!;
  const { files, leftOut } = (await new ShareInbox(SCOPE).open(id))!;
  expect([files.map(({ name }) => name), leftOut]).toEqual([['a', 'c'], 1]);
});

it('what no page has come for goes with the next', async () => {
  const first = await share([file('a.png')]);
  const second = await share([file('b.png')]);
  expect(await new ShareInbox(SCOPE).open(first)).toBeNull();
  expect((await new ShareInbox(SCOPE).open(second))!.files).toHaveLength(1);
  expect([...caches.stores.values()].map((store) => store.size)).toEqual([0]);
});

it('a shared file is no model, whatever it is called', () => {
  const [models, pictures]: File[][] = [[], []];
  const session = { addPictures: (files: readonly File[]) => pictures!.push(...files) };
  const incoming = new IncomingFiles({
    session: () => session as unknown as Session,
    addModels: (files) => models!.push(...files),
    added: () => {},
  });
  const given = file('model.gguf');
  incoming.takeShared([given]);
  expect([models, pictures]).toEqual([[], [given]]);
  incoming.take({ files: [given], folders: [] });
  expect(models).toEqual([given]);
});
