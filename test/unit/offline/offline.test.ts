import { webcrypto } from 'node:crypto';
import { describe, expect, it, test, vi } from 'vitest';
import { isNamedIn } from '../../../src/api/named_picture.ts';
import { StoreByAddress } from '../../../src/app/offline/store_by_address.ts';
import type { OfflineState } from '../../../src/offline/messages.ts';
import { offerFile } from '../../../src/offline/offer.ts';
import { hostSource, isModelHost, modelHosts, policies } from '../../../src/offline/policy.ts';
import {
  neededFiles,
  needOf,
  PAGE,
  type Precache,
  policyFor,
  type SiteFile,
} from '../../../src/offline/precache.ts';
import {
  apiRules,
  cacheNames,
  routerRules,
  scopeOfOffered,
  versionOfCache,
} from '../../../src/offline/routes.ts';
import { SiteFiles } from '../../../src/offline/site_files.ts';
import { versionMark } from '../../../src/offline/versions.ts';
import { checkedFile } from '../../../workers/files.ts';
import { FakeCaches } from './fake_caches.ts';

const SCOPE = 'https://site.example/glance/';

describe('the policy', () => {
  const { page, named } = policies({ modelHosts: modelHosts('https://huggingface.co/') });
  const sources = (policy: string, directive: string) =>
    policy
      .split('; ')
      .find((part) => part.startsWith(`${directive} `))
      ?.split(' ')
      .slice(1);

  it('lets the page connect to its site and the model hosts only', () => {
    expect(sources(page, 'default-src')).toEqual(["'none'"]);
    expect(sources(page, 'connect-src')).toEqual([
      "'self'",
      'blob:',
      'data:',
      'https://huggingface.co',
      'https://*.huggingface.co',
      'https://*.hf.co',
    ]);
    expect(sources(page, 'script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"]);
    expect(page).not.toContain('unsafe-inline');
    expect(sources(page, 'frame-ancestors')).toBeUndefined();
  });

  it('lets what fetches by address reach every server, and changes nothing else', () => {
    expect(sources(named, 'connect-src')).toEqual(["'self'", 'blob:', 'data:', 'https:', 'http:']);
    const rest = (policy: string) => policy.split('; ').filter((part) => !part.startsWith('connect-src'));
    expect(rest(named)).toEqual(rest(page));
  });

  it.each([
    [
      'https://huggingface.co/',
      [],
      ['https://huggingface.co', 'https://*.huggingface.co', 'https://*.hf.co'],
    ],
    [
      'https://mirror.example/hub/',
      ['https://cdn.example'],
      ['https://mirror.example', 'https://cdn.example'],
    ],
    ['models/', [], []],
    [
      'HTTPS://HuggingFace.co:443',
      ['huggingface.co/'],
      ['https://huggingface.co', 'https://*.huggingface.co', 'https://*.hf.co'],
    ],
  ])('of a site for the hub %s', (hub, others, hosts) => {
    expect(modelHosts(hub, others)).toEqual(hosts);
  });

  it.each([
    ['https://cdn.example', 'https://cdn.example'],
    ['https://cdn.example/', 'https://cdn.example'],
    ['HTTPS://CDN.Example:443', 'https://cdn.example'],
    ['cdn.example', 'https://cdn.example'],
    ['cdn.example:8443/', 'https://cdn.example:8443'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://cdn.example:80/', 'http://cdn.example'],
    ['*.CDN.example', 'https://*.cdn.example'],
    ['https://*.cdn.example:8443/', 'https://*.cdn.example:8443'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('takes the host %s for %s', (host, source) => {
    expect(hostSource(host)).toBe(source);
    const { protocol, host: name } = new URL(source.replace('*', 'a'));
    expect(isModelHost(new URL(`${protocol}//${name}/m.gguf`), 'https://site.example', [source])).toBe(true);
  });

  it.each([
    '*',
    'https:',
    'https://',
    'https://*',
    "'self'",
    'https://a.*.example',
    'https://cdn.example/models/',
    'https://cdn.example?x',
    'https://me@cdn.example',
    'ftp://cdn.example',
    'https://cdn.example;script-src',
    'data:,',
  ])('takes %s for no host', (host) => expect(() => hostSource(host)).toThrow(`"${host}" is no host`));

  it.each([
    ['https://site.example/a.gguf', true],
    ['https://huggingface.co/a/b', true],
    ['https://cas-bridge.xethub.hf.co/x', true],
    ['http://cdn.hf.co/x', false],
    ['https://hf.co/x', false],
    ['https://evilhf.co/x', false],
    ['https://huggingface.co.evil.example/x', false],
    ['https://huggingface.co:444/x', false],
  ])('%s is one of them: %s', (url, is) => {
    const hosts = ['https://huggingface.co', 'https://*.huggingface.co', 'https://*.hf.co'];
    expect(isModelHost(new URL(url), 'https://site.example', hosts)).toBe(is);
  });
});

describe('what is kept', () => {
  it.each([
    ['index.html', 'all'],
    ['start.js', 'all'],
    ['icons/app-192.png', 'all'],
    ['models/pico/pico-Q8_0.gguf', 'all'],
    ['models/pico/README.md', null],
    ['assets/index-abc.js', 'all'],
    ['assets/Adobe-CNS1-0-x.bcmap', 'use'],
    ['assets/openjpeg-CS7joWBh.wasm.gz', 'use'],
    ['assets/ort-wasm-simd-threaded-4byDm7i3.wasm.gz', 'all'],
    ['assets/ort-wasm-simd-threaded.jspi-CP6SXO_B.wasm.gz', 'jspi'],
    ['assets/ort-wasm-simd-threaded.asyncify-CxOG5pUO.wasm.gz', 'asyncify'],
    ['glance.js', null],
    ['sw.js', null],
    ['_headers', null],
  ])('%s: %s', (path, need) => expect(needOf(path)).toBe(need));

  it('is what the browser can use, the page last', () => {
    const files = (['index.html', 'assets/a.js', 'j', 'a'] as const).map(
      (path, i): SiteFile => ({
        path,
        bytes: 1,
        sha256: '',
        need: (['all', 'all', 'jspi', 'asyncify'] as const)[i]!,
      }),
    );
    const paths = (hasWebgpu: boolean, hasJspi: boolean) =>
      neededFiles(files, hasWebgpu, hasJspi).map(({ path }) => path);
    expect(paths(true, true)).toEqual(['assets/a.js', 'j', 'index.html']);
    expect(paths(true, false)).toEqual(['assets/a.js', 'a', 'index.html']);
    expect(paths(false, true)).toEqual(['assets/a.js', 'index.html']);
  });

  it('has the policy of what it starts', () => {
    const both = { page: 'page', named: 'named' };
    expect(policyFor('assets/store-a.js', both)).toBe('named');
    expect(policyFor('assets/inference-a.js', both)).toBe('page');
    expect(policyFor('index.html', both)).toBe('page');
  });

  it('is in caches that tell sites and versions apart', () => {
    const names = cacheNames(SCOPE, 'v1');
    expect(new Set(Object.values(names)).size).toBe(4);
    expect(versionOfCache(names.site, SCOPE)).toBe('v1');
    expect(versionOfCache(names.site, 'https://site.example/')).toBeNull();
    expect(versionOfCache(names.assets, SCOPE)).toBeNull();
    expect(scopeOfOffered(names.offered)).toBe(SCOPE);
    expect(scopeOfOffered(names.assets)).toBeNull();
  });

  it('is found by rules, the API first and all else on the network', () => {
    const rules = routerRules('/glance/', cacheNames(SCOPE, 'v1'));
    expect(rules[0]).toEqual({
      condition: { urlPattern: { pathname: '/glance/v1/*' } },
      source: 'fetch-event',
    });
    expect(rules.slice(-1)).toEqual(apiRules('/glance/'));
    // A rule that could answer anything but a reading request from a cache would break it.
    for (const { condition, source } of rules) {
      if (typeof source === 'object') expect(condition.requestMethod).toBe('GET');
    }
  });
});

async function sha256(text: string): Promise<string> {
  const digest = await webcrypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Buffer.from(digest).toString('hex');
}

async function precache(
  version: string,
  contents: Readonly<Record<string, string>>,
  policy: string,
): Promise<Precache> {
  const files = Object.entries(contents).map(
    async ([path, text]): Promise<SiteFile> => ({
      path,
      bytes: text.length,
      sha256: await sha256(text),
      need: needOf(path)!,
    }),
  );
  const rules = { page: policy, named: 'connect-src https:' };
  return { version, files: await Promise.all(files), policies: rules, page: contents[PAGE]! };
}

interface SiteOptions {
  /** Default: what was built. */
  sent?: Record<string, string>;
  hasWebgpu?: boolean;
  policy?: string;
  /** The policy of its host; may be changed. */
  host?: { policy: string };
}

/** A site whose server sends what it is told to. */
async function site(
  caches: FakeCaches,
  version: string,
  contents: Record<string, string>,
  {
    sent = contents,
    hasWebgpu = false,
    policy = "default-src 'none'",
    host = { policy: 'theirs' },
  }: SiteOptions = {},
) {
  const fetched: string[] = [];
  const files = new SiteFiles(SCOPE, await precache(version, contents, policy), {
    caches: caches as unknown as CacheStorage,
    fetch: async (input) => {
      const path = String(input).slice(SCOPE.length);
      fetched.push(path);
      const headers = {
        'content-type': 'text/javascript',
        'set-cookie': 'a=b',
        'content-security-policy': host.policy,
      };
      return sent[path] === undefined
        ? new Response(null, { status: 404 })
        : new Response(sent[path], { headers });
    },
    hasWebgpu,
    hasJspi: false,
  });
  return { files, fetched };
}

const request = (path: string, mode = 'cors') =>
  ({ method: 'GET', mode, url: SCOPE + path }) as unknown as Request;

const ONE = { [PAGE]: '<one>', 'assets/a-1.js': 'a', 'assets/b-1.js': 'b', 'samples/s.png': 's' };
const TWO = { [PAGE]: '<two>', 'assets/a-2.js': 'A', 'assets/b-1.js': 'b', 'samples/s.png': 's' };

describe('the files of a site', () => {
  it('are kept with their policy, and not fetched again', async () => {
    const { files, fetched } = await site(new FakeCaches(), 'v1', ONE);
    expect((await files.state()).keptFiles).toBe(0);
    const told: OfflineState[] = [];
    await files.fill((state) => told.push(state));
    expect(fetched.at(-1)).toBe(PAGE);
    expect(told.map(({ keptFiles }) => keptFiles)).toEqual([1, 2, 3, 4]);
    expect(await files.state()).toMatchObject({ files: 4, keptFiles: 4, bytes: 8, keptBytes: 8 });
    expect(told.at(-1)).toEqual(await files.state());
    // What is there already is told from the start.
    await files.fill((state) => told.push(state));
    expect(told.slice(4).map(({ keptBytes }) => keptBytes)).toEqual([8, 8, 8, 8]);
    expect(fetched).toHaveLength(4);
    const page = await files.find(request('?device=wasm', 'navigate'));
    expect(await page!.text()).toBe('<one>');
    expect(page!.headers.get('content-security-policy')).toBe("theirs, default-src 'none'");
    expect(page!.headers.get('set-cookie')).toBeNull();
    expect(await files.find(request('glance.js'))).toBeNull();
  });

  it('are refused where they are not those that were built, and the page stays away', async () => {
    const { files, fetched } = await site(new FakeCaches(), 'v1', ONE, {
      sent: { ...ONE, 'assets/b-1.js': 'evil' },
    });
    await expect(files.fill()).rejects.toThrow('assets/b-1.js');
    // Once as it may lie in the browser's cache, once from the server.
    expect(fetched.filter((path) => path === 'assets/b-1.js')).toHaveLength(2);
    expect(await files.find(request('', 'navigate'))).toBeNull();
  });

  it('are taken from what was offered, if it is right', async () => {
    const caches = new FakeCaches();
    const { files, fetched } = await site(caches, 'v1', ONE);
    await files.welcomeOffers();
    const offered = await caches.open(files.names.offered);
    await offered.put(`${SCOPE}assets/a-1.js`, new Response('a'));
    await offered.put(`${SCOPE}assets/b-1.js`, new Response('evil'));
    await files.fill();
    expect(fetched.sort()).toEqual(['assets/b-1.js', PAGE, 'samples/s.png']);
    expect(await caches.has(files.names.offered)).toBe(false);
  });

  it('of a next version are fetched where they differ; the old ones go with their last page', async () => {
    const caches = new FakeCaches();
    const old = await site(caches, 'v1', ONE);
    await old.files.fill();
    const { files, fetched } = await site(caches, 'v2', TWO);
    await files.fill();
    expect(fetched).toEqual(['assets/a-2.js', PAGE]);
    await files.prune(async () => new Set(['v1', 'v2']));
    expect(await old.files.find(request('assets/a-1.js'))).not.toBeNull();
    expect(await (await old.files.find(request('', 'navigate')))!.text()).toBe('<one>');
    await files.prune(async () => new Set(['v2']));
    expect(await old.files.find(request('assets/a-1.js'))).toBeNull();
    expect(await old.files.find(request('', 'navigate'))).toBeNull();
    expect((await files.state()).keptFiles).toBe(4);
  });

  it('of a version that begins to be kept, or has not told its files, stay', async () => {
    const caches = new FakeCaches();
    const old = await site(caches, 'v1', ONE);
    await old.files.fill();
    const { files } = await site(caches, 'v2', TWO);
    await files.prune(async () => {
      await (await site(caches, 'v3', ONE)).files.fill();
      return new Set(['v3']);
    });
    // That of v1 is gone; what v3 shares with it is there.
    expect(await old.files.find(request('', 'navigate'))).toBeNull();
    expect(await old.files.find(request('assets/a-1.js'))).not.toBeNull();
    expect((await (await site(caches, 'v3', ONE)).files.state()).keptFiles).toBe(4);
    await files.prune(async () => new Set(['v4']));
    expect(await old.files.find(request('assets/a-1.js'))).not.toBeNull();
    await files.prune(async () => new Set());
    expect(await old.files.find(request('assets/a-1.js'))).toBeNull();
  });

  it('of an earlier version are still answered, whatever the list of this one', async () => {
    const caches = new FakeCaches();
    await (await site(caches, 'v1', ONE)).files.fill();
    const { files } = await site(caches, 'v2', TWO);
    expect(files.has(request('assets/a-1.js'))).toBe(true);
    expect(await (await files.find(request('assets/a-1.js')))!.text()).toBe('a');
    expect(files.has(request('elsewhere.js'))).toBe(false);
    expect(files.fetchRare(request('assets/a-0.js'))).toBeNull();
  });

  it('are known to be kept once the page is, in any version', async () => {
    const caches = new FakeCaches();
    const broken = await site(caches, 'v1', ONE, { sent: { ...ONE, 'assets/b-1.js': 'evil' } });
    await expect(broken.files.fill()).rejects.toThrow();
    const next = await site(caches, 'v2', TWO);
    expect(await next.files.hasKept()).toBe(false);
    await (await site(caches, 'v1', ONE)).files.fill();
    expect(await next.files.hasKept()).toBe(true);
  });

  it('that govern come with the headers of the newest version; all others stay as they are', async () => {
    const worker = 'assets/inference-1.js';
    const one = { ...ONE, [worker]: 'w' };
    const two = { ...one, [PAGE]: '<two>' };
    const caches = new FakeCaches();
    const host = { policy: 'old' };
    await (await site(caches, 'v1', one, { host, policy: 'ours 1' })).files.fill();
    host.policy = 'new';
    const { files, fetched } = await site(caches, 'v2', two, { host, policy: 'ours 2' });
    expect((await files.state()).keptFiles).toBe(3);
    await files.fill();
    // Neither the large ones nor any other because the policy is a new one.
    expect(fetched).toEqual([worker, PAGE]);
    const policyOf = async (path: string, mode?: string) =>
      (await files.find(request(path, mode)))!.headers.get('content-security-policy');
    expect(await policyOf(worker)).toBe('new, ours 2');
    expect(await policyOf('', 'navigate')).toBe('new, ours 2');
    await files.fill();
    expect(fetched).toHaveLength(2);
  });

  it('that govern are looked at anew after a day, the host having changed its headers alone', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const host = { policy: 'old' };
      const caches = new FakeCaches();
      const { files, fetched } = await site(caches, 'v1', ONE, { host });
      await files.fill();
      const policy = async () =>
        (await files.find(request('', 'navigate')))!.headers.get('content-security-policy');
      host.policy = 'new';
      vi.advanceTimersByTime(23 * 60 * 60_000);
      expect(await files.areHeadersOld()).toBe(false);
      await files.renewHeaders();
      expect([fetched.length, await policy()]).toEqual([4, "old, default-src 'none'"]);
      vi.advanceTimersByTime(2 * 60 * 60_000);
      expect(await files.areHeadersOld()).toBe(true);
      await files.renewHeaders();
      expect([fetched.slice(4), await policy()]).toEqual([[PAGE], "new, default-src 'none'"]);
      expect(await (await (await caches.open(files.names.site)).match(SCOPE))!.text()).toBe('<one>');
      expect(await files.areHeadersOld()).toBe(false);
      // What is not the page any more changes nothing.
      vi.advanceTimersByTime(25 * 60 * 60_000);
      const next = await site(caches, 'v1', ONE, { sent: TWO });
      await expect(next.files.renewHeaders()).rejects.toThrow(PAGE);
      expect(await policy()).toBe("new, default-src 'none'");
    } finally {
      vi.useRealTimers();
    }
  });

  it('are the page as it was built where its host writes into it; any other page is refused', async () => {
    const built = `<html>${versionMark('c0ffee')}<p>`;
    const sends = (page: string) =>
      site(new FakeCaches(), 'c0ffee', { ...ONE, [PAGE]: built }, { sent: { ...ONE, [PAGE]: page } });
    const written = [
      built.replace('<p>', '<script src="https://stats.example"></script><p><!-- served by 7 -->'),
      '<html><META name=glance-version content=c0ffee><p>',
      built.slice(0, -3),
    ];
    for (const page of written) {
      const { files, fetched } = await sends(page);
      await files.fill();
      expect(fetched.filter((path) => path === PAGE)).toHaveLength(1);
      const kept = await files.find(request('', 'navigate'));
      expect(await kept!.text()).toBe(built);
      expect(kept!.headers.get('content-security-policy')).toBe("theirs, default-src 'none'");
    }
    for (const page of ['<html>Sign in to this network', built.replace('c0ffee', 'c0ffee1'), '']) {
      await expect((await sends(page)).files.fill()).rejects.toThrow('changes files on their way');
    }
  });

  it('are those for WebGPU where a page has it, also in the next version', async () => {
    const withGpu = (contents: Record<string, string>) => ({ ...contents, 'assets/ort.webgpu.min.js': 'g' });
    const caches = new FakeCaches();
    const first = await site(caches, 'v1', withGpu(ONE));
    expect((await first.files.state()).files).toBe(4);
    first.files.learnWebgpu(true);
    await first.files.fill();
    expect(first.fetched).toContain('assets/ort.webgpu.min.js');
    const next = await site(caches, 'v2', withGpu(TWO));
    expect((await next.files.state()).files).toBe(5);
    next.files.learnWebgpu(false);
    await next.files.fill();
    expect(
      (await (await site(caches, 'v2', withGpu(TWO), { sent: {}, hasWebgpu: true })).files.state()).files,
    ).toBe(4);
  });
});

test('a file that was fetched is offered to its site, as soon as that waits, and to no other; models are not', async () => {
  vi.useFakeTimers();
  const caches = new FakeCaches();
  vi.stubGlobal('caches', caches);
  try {
    const { offered } = cacheNames(SCOPE, 'v1');
    await caches.open(cacheNames('https://site.example/glance/other/', 'v1').offered);
    const paths = [
      'assets/ort-abc.wasm.gz',
      'models/pico/pico-Q8_0.gguf',
      'models/hub/far-Q4_K_M.gguf',
      'v1/models',
    ];
    const offers = Promise.all(paths.map((path) => offerFile(SCOPE + path, new Blob([path]))));
    await vi.advanceTimersByTimeAsync(1000);
    // The service worker has been installed meanwhile.
    await caches.open(offered);
    await vi.advanceTimersByTimeAsync(5000);
    await offers;
    expect([...caches.stores.values()].map((store) => [...store.keys()])).toEqual([
      [],
      [`${SCOPE}assets/ort-abc.wasm.gz`, `${SCOPE}models/pico/pico-Q8_0.gguf`],
    ]);
  } finally {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  }
});

describe('the store by address', () => {
  const make = () => {
    const asked: string[] = [];
    const client = (name: string) =>
      new Proxy({} as ConstructorParameters<typeof StoreByAddress>[0], {
        get: (_, method) => async () => {
          asked.push(`${name} ${String(method)}`);
          return [{ id: 'far', files: [{ url: 'https://far.example/m.gguf' }] }];
        },
      });
    const isAllowed = (url: string) => url.startsWith('https://hub.example/');
    return { asked, store: new StoreByAddress(client('confined'), client('named'), isAllowed) };
  };

  it('leaves the confined worker only for an address that was given', async () => {
    const { asked, store } = make();
    const near = 'https://hub.example/m.gguf';
    const far = 'https://far.example/m.gguf';
    await store.download({ text: near });
    await store.download({ text: near, vision: far });
    await store.inspect({ text: far });
    await store.list({
      kind: 'repository',
      base: 'https://hub.example/',
      repo: 'a/b',
      revision: 'main',
      quantization: null,
    });
    await store.verify('near');
    await store.verify('far');
    expect(asked.filter((call) => !call.endsWith(' models'))).toEqual([
      'confined download',
      'named download',
      'named inspect',
      'confined list',
      'confined verify',
      'named verify',
    ]);
  });
});

test('a picture is fetched only if the request names its address as a value', () => {
  const url = 'https://pictures.example/a.png?x=1';
  const body = (value: unknown) => JSON.stringify({ messages: [{ content: [value] }] });
  expect(isNamedIn(body({ image_url: { url } }), url)).toBe(true);
  expect(isNamedIn(body({ image_url: url }).replaceAll('/', '\\/'), url)).toBe(true);
  expect(isNamedIn(body({ text: `Look at ${url}` }), url)).toBe(false);
  expect(isNamedIn(body({ [url]: 1 }), url)).toBe(false);
  expect(isNamedIn('no JSON', url)).toBe(false);
  expect(isNamedIn(null, url)).toBe(false);
});

test('a runtime that is not the one that was built is refused', async () => {
  const bytes = new TextEncoder().encode('wasm').buffer;
  await expect(checkedFile(bytes, await sha256('wasm'), 'ort.wasm')).resolves.toBe(bytes);
  await expect(checkedFile(bytes, await sha256('other'), 'ort.wasm')).rejects.toMatchObject({
    code: 'runtime-unavailable',
    message: expect.stringContaining('ort.wasm'),
  });
});
