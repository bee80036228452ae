import { afterEach, describe, expect, it, vi } from 'vitest';
import { RequestError } from '../../../src/api/errors.ts';
import type { PictureReference } from '../../../src/api/messages.ts';
import { fetchPictures, placePictures } from '../../../src/api/pictures.ts';
import type { ContentPart } from '../../../src/model/chat.ts';
import { INFO } from './host.ts';

const PATH = 'messages[0].content[0].image_url.url';
const reference = (url: string, more: Partial<PictureReference> = {}): PictureReference => ({
  type: 'picture',
  url,
  detail: 'auto',
  path: PATH,
  ...more,
});
const message = (...content: PictureReference[]) => ({ role: 'user' as const, content });

const fetchOne = async (url: string, signal?: AbortSignal) =>
  (await fetchPictures([message(reference(url))], signal)).get(url)!;

const answers = (...responses: (() => Response)[]) => {
  const fetch = vi.fn(async (_url: string, _init: RequestInit) => responses.shift()!());
  vi.stubGlobal('fetch', fetch);
  return fetch;
};
afterEach(() => vi.unstubAllGlobals());

describe('addresses of pictures', () => {
  it.each([
    ['data:image/png;base64,AQL/', 'image/png', [1, 2, 255]],
    ['data:image/png;name=a.png;base64,AQL_', 'image/png', [1, 2, 255]],
    ['DATA:;base64,AQI%3D', '', [1, 2]],
    ['data:image/svg+xml,%3Csvg/%3E', 'image/svg+xml', [...new TextEncoder().encode('<svg/>')]],
    ['data:,100%', '', [...new TextEncoder().encode('100%')]],
  ])('%s holds its bytes', async (url, type, bytes) => {
    const blob = await fetchOne(url);
    expect(blob.type).toBe(type);
    expect([...new Uint8Array(await blob.arrayBuffer())]).toEqual(bytes);
  });

  it.each(['data:image/png;base64', 'data:image/png;base64,**', 'data'])('%s cannot be read', async (url) => {
    await expect(fetchOne(url)).rejects.toMatchObject({ fault: 'invalid_image_url', param: PATH });
  });

  it.each(['ftp://example.org/a.png', '/a.png', 'iVBORw0KGgo', 'javascript:1'])('%s is none', async (url) => {
    const error = await fetchOne(url).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RequestError);
    expect(error).toMatchObject({ fault: 'invalid_image_url', param: PATH });
  });

  it('on a server are fetched once each, and tell it nothing of who asks', async () => {
    const fetch = answers(
      () => new Response('one'),
      () => new Response('two'),
    );
    const [a, b] = ['https://example.org/a.png', 'http://example.org/b.png'];
    const pictures = await fetchPictures([
      message(reference(a), reference(b)),
      { role: 'assistant', content: 'Two pictures.' },
      message(reference(a)),
    ]);
    expect(fetch.mock.calls.map(([url]) => url)).toEqual([a, b]);
    expect(fetch.mock.calls[0]![1]).toMatchObject({ credentials: 'omit', referrerPolicy: 'no-referrer' });
    expect(await Promise.all([...pictures.values()].map((blob) => blob.text()))).toEqual(['one', 'two']);
  });

  const url = 'https://example.org/a.png';
  it('that a server does not know are refused with what it says', async () => {
    answers(() => new Response(null, { status: 403 }));
    await expect(fetchOne(url)).rejects.toMatchObject({
      message: expect.stringContaining('403'),
      param: PATH,
    });
  });

  it('that cannot be reached are refused with what to do', async () => {
    answers(() => {
      throw new TypeError('Failed to fetch');
    });
    await expect(fetchOne(url)).rejects.toMatchObject({ message: expect.stringMatching(/CORS.*data:/) });
  });

  it('of files that are far too long are refused before they come', async () => {
    answers(() => new Response('short', { headers: { 'content-length': String(65 << 20) } }));
    await expect(fetchOne(url)).rejects.toMatchObject({ message: expect.stringContaining('64 MiB') });
  });

  it('of files without end, whose length nobody tells, are refused when enough has come', async () => {
    let left = false;
    const piece = new Uint8Array(1 << 20);
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(piece),
      cancel: () => {
        left = true;
      },
    });
    answers(() => new Response(endless));
    await expect(fetchOne(url)).rejects.toMatchObject({ message: expect.stringContaining('64 MiB') });
    expect(left).toBe(true);
  });

  it('are let go of when nobody wants them any more', async () => {
    const controller = new AbortController();
    answers(() => {
      controller.abort();
      throw controller.signal.reason;
    });
    await expect(fetchOne(url, controller.signal)).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('budgets of pictures', () => {
  const place = (more: Partial<PictureReference>, info = INFO) => {
    const picture = new Blob(['x']);
    const [placed] = placePictures(
      [message(reference('data:,', more))],
      new Map([['data:,', picture]]),
      info,
    );
    const [part] = placed!.content as [Extract<ContentPart, { type: 'image' }>];
    expect(part.image).toBe(picture);
    return part.maxPixels;
  };
  const MEGAPIXEL = 1 << 20;

  it.each([
    ['the default is the model’s', {}, 4096, undefined],
    ['low is a quarter of it', { detail: 'low' }, 4096, MEGAPIXEL / 4],
    ['high is twice as much in half of 4,096 tokens', { detail: 'high' }, 4096, 2 * MEGAPIXEL],
    ['high is four times as much at most', { detail: 'high' }, 65_536, 4 * MEGAPIXEL],
    ['high is never less than the default', { detail: 'high' }, 512, MEGAPIXEL],
    ['pixels say it exactly', { detail: 'low', maxPixels: 5000 }, 4096, 5000],
  ] as const)('%s', (_, more, contextLength, pixels) => {
    expect(place(more, { ...INFO, contextLength })).toBe(pixels);
  });

  it('keep to the model’s limits', () => {
    const vision = { ...INFO.vision!, minPixels: 300_000, maxPixels: 1_200_000 };
    expect(place({ detail: 'low' }, { ...INFO, vision })).toBe(300_000);
    expect(place({ detail: 'high' }, { ...INFO, vision })).toBe(1_200_000);
  });

  it('are left out for a model that does not see', () => {
    expect(place({ detail: 'high' }, { ...INFO, vision: null })).toBeUndefined();
  });
});
