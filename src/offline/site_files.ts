import type { OfflineState } from './messages.ts';
import { isHashed, neededFiles, PAGE, type Precache, policyFor, type SiteFile } from './precache.ts';
import { type CacheNames, cacheNames, versionOfCache } from './routes.ts';

/** The hash of a kept file, and that of the policies that it was kept with. */
const HASH_HEADER = 'x-glance-sha256';
/** The list of a version's files, beside them. */
const LIST = '?files';
/** Whether the browser's pages have WebGPU, as one of them has said; beside the list. */
const WEBGPU = '?webgpu';
/** So many files are fetched side by side. */
const SIDE_BY_SIDE = 4;

/** Headers of a server that belong to the transfer, not to the file. */
const TRANSFER_HEADERS = [
  'age',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'date',
  'etag',
  'expires',
  'keep-alive',
  'last-modified',
  'set-cookie',
  'transfer-encoding',
  'vary',
];

export interface Surroundings {
  caches: CacheStorage;
  fetch: typeof fetch;
  /** As far as the service worker sees, until a page has said it. */
  hasWebgpu: boolean;
  hasJspi: boolean;
}

/**
 * The files of one version of the site, kept by the service worker: each is compared with the hash that the build has
 * written down before it is kept, and is kept with the policy that it is to run under.
 */
export class SiteFiles {
  readonly names: CacheNames;
  readonly #scope: string;
  readonly #precache: Precache;
  readonly #around: Surroundings;
  #hasWebgpu: boolean | null = null;
  #filling: Promise<void> | null = null;

  /** @param scope address of the site's folder */
  constructor(scope: string, precache: Precache, around: Surroundings) {
    this.#scope = scope;
    this.#precache = precache;
    this.#around = around;
    this.names = cacheNames(scope, precache.version);
  }

  get version(): string {
    return this.#precache.version;
  }

  /** Lets workers offer what they fetch meanwhile, so that it is not fetched twice. */
  async welcomeOffers(): Promise<void> {
    await this.#around.caches.open(this.names.offered);
  }

  /** Whether some version of the site has been kept. */
  async hasKept(): Promise<boolean> {
    return (await this.#findInVersions(PAGE)) !== null;
  }

  /** What a page has said of its browser; kept with the files, for this version and for later ones. */
  learnWebgpu(hasWebgpu: boolean): void {
    this.#hasWebgpu = hasWebgpu;
  }

  /**
   * Keeps whatever is missing. Who asks while that is going on waits for the same.
   *
   * @throws Error if a file cannot be fetched, is another one than the build has made, or has no room
   */
  fill(onKept: () => void = () => {}): Promise<void> {
    this.#filling ??= this.#fill(onKept).finally(() => {
      this.#filling = null;
    });
    return this.#filling;
  }

  async state(failure: string | null = null): Promise<OfflineState> {
    const needed = await this.#needed();
    const kept = await Promise.all(needed.map((file) => this.#isKept(file)));
    const sum = (files: readonly SiteFile[]) => files.reduce((bytes, file) => bytes + file.bytes, 0);
    const keptFiles = needed.filter((_, index) => kept[index]);
    return {
      type: 'glance-offline',
      version: this.version,
      files: needed.length,
      keptFiles: keptFiles.length,
      bytes: sum(needed),
      keptBytes: sum(keptFiles),
      failure,
    };
  }

  /** Whether a request is for one of the files: also for one that only an earlier version has, for its open pages. */
  has(request: Request): boolean {
    const path = this.#pathOf(request);
    return path !== null && (isHashed(path) || this.#precache.files.some((file) => file.path === path));
  }

  /** The kept file that answers a request; null if it is none of the site's, or is not kept. */
  async find(request: Request): Promise<Response | null> {
    const path = this.#pathOf(request);
    if (path === null) return null;
    const cache = await this.#around.caches.open(isHashed(path) ? this.names.assets : this.names.site);
    return (await cache.match(this.#addressOf(path))) ?? null;
  }

  /** A file that is only kept once it has been used. Null for any other request. */
  fetchRare(request: Request): Promise<Response> | null {
    const path = this.#pathOf(request);
    const file = this.#precache.files.find((file) => file.path === path);
    if (file?.need !== 'use') return null;
    const fetched = this.#fetch(file);
    return fetched.then(async (response) => {
      const cache = await this.#around.caches.open(this.names.assets);
      // Without room it can be used all the same.
      await cache.put(this.#addressOf(file.path), response.clone()).catch(() => {});
      return response;
    });
  }

  /**
   * Deletes what neither this version nor one of those in use has.
   *
   * @param findInUse tells the versions in use; asked once it is known what there is to delete, so that what another
   *   worker begins to keep meanwhile stays
   */
  async prune(findInUse: () => Promise<ReadonlySet<string>>): Promise<void> {
    const { caches } = this.#around;
    const assets = await caches.open(this.names.assets);
    const kept = await assets.keys();
    const names = await caches.keys();
    const inUse = await findInUse();
    const used = new Set(this.#precache.files.map(({ path }) => this.#addressOf(path)));
    let areAllKnown = true;
    for (const version of inUse) {
      if (version === this.version) continue;
      const paths = await this.#pathsOf(version);
      areAllKnown &&= paths !== null;
      for (const path of paths ?? []) used.add(this.#addressOf(path));
    }
    for (const name of names) {
      const version = versionOfCache(name, this.#scope);
      if (version !== null && version !== this.version && !inUse.has(version)) await caches.delete(name);
    }
    // Whoever has not said yet what it needs may need any of them.
    if (!areAllKnown) return;
    for (const { url } of kept) if (!used.has(url)) await assets.delete(url);
  }

  /** The files of another version; null if they are not known. */
  async #pathsOf(version: string): Promise<string[] | null> {
    const { caches } = this.#around;
    const name = cacheNames(this.#scope, version).site;
    if (!(await caches.has(name))) return null;
    const list = await (await caches.open(name)).match(this.#addressOf(LIST));
    return list === undefined ? null : ((await list.json()) as string[]);
  }

  async #fill(onKept: () => void): Promise<void> {
    const { caches } = this.#around;
    const hasWebgpu = await this.#knowsWebgpu();
    const site = await caches.open(this.names.site);
    await site.put(
      this.#addressOf(LIST),
      new Response(JSON.stringify(this.#precache.files.map(({ path }) => path))),
    );
    await site.put(this.#addressOf(WEBGPU), new Response(JSON.stringify(hasWebgpu)));
    const needed = await this.#needed();
    const waiting = needed.filter(({ path }) => path !== PAGE);
    const keepNext = async () => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        await this.#keep(file);
        onKept();
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, keepNext));
    const page = needed.find(({ path }) => path === PAGE);
    if (page !== undefined) await this.#keep(page);
    onKept();
    await caches.delete(this.names.offered);
  }

  async #needed(): Promise<SiteFile[]> {
    return neededFiles(this.#precache.files, await this.#knowsWebgpu(), this.#around.hasJspi);
  }

  /** As a page of this version has said it, else one of another version, else as far as is seen from here. */
  async #knowsWebgpu(): Promise<boolean> {
    if (this.#hasWebgpu !== null) return this.#hasWebgpu;
    const said = await this.#findInVersions(WEBGPU);
    return said === null ? this.#around.hasWebgpu : ((await said.json()) as boolean);
  }

  /** Something of this version's cache, else of that of another version of the site. */
  async #findInVersions(path: string): Promise<Response | null> {
    const { caches } = this.#around;
    const others = (await caches.keys()).filter((name) => versionOfCache(name, this.#scope) !== null);
    const own = others.includes(this.names.site) ? [this.names.site] : [];
    for (const name of [...own, ...others.reverse()]) {
      const found = await (await caches.open(name)).match(this.#addressOf(path));
      if (found !== undefined) return found;
    }
    return null;
  }

  async #keep(file: SiteFile): Promise<void> {
    if (await this.#isKept(file)) return;
    const response =
      (await this.#findOffered(file)) ?? (await this.#findOlder(file)) ?? (await this.#fetch(file));
    const { assets, site } = this.names;
    const cache = await this.#around.caches.open(isHashed(file.path) ? assets : site);
    // The page has two addresses.
    if (file.path === PAGE) await cache.put(this.#scope, response.clone());
    await cache.put(this.#addressOf(file.path), response);
  }

  async #isKept({ path, sha256 }: SiteFile): Promise<boolean> {
    const { assets, site } = this.names;
    const cache = await this.#around.caches.open(isHashed(path) ? assets : site);
    const kept = await cache.match(this.#addressOf(path));
    return kept?.headers.get(HASH_HEADER) === this.#hashOf(sha256);
  }

  #hashOf(sha256: string): string {
    return `${sha256} ${this.#precache.policyVersion}`;
  }

  /** What a worker of a page has fetched already. */
  async #findOffered(file: SiteFile): Promise<Response | null> {
    const { caches } = this.#around;
    if (!(await caches.has(this.names.offered))) return null;
    const offered = await (await caches.open(this.names.offered)).match(this.#addressOf(file.path));
    return offered === undefined ? null : this.#checked(file, offered);
  }

  /** The same file of an earlier version. */
  async #findOlder(file: SiteFile): Promise<Response | null> {
    if (isHashed(file.path) || file.path === PAGE) return null;
    const { caches } = this.#around;
    for (const name of await caches.keys()) {
      if (versionOfCache(name, this.#scope) === null) continue;
      const older = await (await caches.open(name)).match(this.#addressOf(file.path));
      if (older?.headers.get(HASH_HEADER)?.startsWith(`${file.sha256} `)) {
        const headers = new Headers(older.headers);
        headers.set(HASH_HEADER, this.#hashOf(file.sha256));
        return new Response(older.body, { headers });
      }
    }
    return null;
  }

  async #fetch(file: SiteFile): Promise<Response> {
    const address = this.#addressOf(file.path);
    for (const cache of ['default', 'reload'] as const) {
      const response = await this.#around.fetch(address, { cache, credentials: 'same-origin' });
      const checked = response.ok ? await this.#checked(file, response) : null;
      if (checked !== null) return checked;
    }
    throw new Error(`${address} is not the file that belongs to version ${this.version}`);
  }

  /** The file as it is kept; null if its bytes are not those that the build has made. */
  async #checked(file: SiteFile, response: Response): Promise<Response | null> {
    const bytes = await response.arrayBuffer();
    const digest = hex(await crypto.subtle.digest('SHA-256', bytes));
    if (digest !== file.sha256 && digest !== file.unpackedSha256) return null;
    const headers = new Headers(response.headers);
    for (const name of TRANSFER_HEADERS) headers.delete(name);
    // Beside what the host demands: a browser holds a page to all its policies.
    headers.append('content-security-policy', policyFor(file.path, this.#precache.policies));
    headers.set('content-length', String(bytes.byteLength));
    headers.set('x-content-type-options', 'nosniff');
    headers.set('referrer-policy', 'no-referrer');
    headers.set(HASH_HEADER, this.#hashOf(file.sha256));
    return new Response(bytes, { headers });
  }

  #addressOf(path: string): string {
    return new URL(path, this.#scope).href;
  }

  /** Path of the file that a request is for, from the site's folder on; null if it is not the site's. */
  #pathOf({ method, mode, url }: Request): string | null {
    if (method !== 'GET') return null;
    const { origin, pathname } = new URL(url);
    const address = origin + pathname;
    if (!address.startsWith(this.#scope)) return null;
    const path = address.slice(this.#scope.length);
    return path === '' && mode === 'navigate' ? PAGE : path;
  }
}

function hex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
