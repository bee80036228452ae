import type { OfflineState } from './messages.ts';
import {
  isGoverned,
  isHashed,
  neededFiles,
  PAGE,
  type Precache,
  policyFor,
  type SiteFile,
} from './precache.ts';
import { type CacheNames, cacheNames, versionOfCache } from './routes.ts';
import { isOfVersion } from './versions.ts';

/** The hash of a kept file, and the version whose policy it was kept with. */
const HASH_HEADER = 'x-glance-sha256';
/** When a kept file was fetched, in milliseconds since 1970. */
const FETCHED_HEADER = 'x-glance-fetched';
/** Headers that are older are looked at anew, at most once in that time. */
const HEADERS_MS = 24 * 60 * 60_000;
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
   * @param onKept hears after every file how far that is, without that all of them are looked at again
   * @throws Error if a file cannot be fetched, is another one than the build has made, or has no room
   */
  fill(onKept: (state: OfflineState) => void = () => {}): Promise<void> {
    this.#filling ??= this.#fill(onKept).finally(() => {
      this.#filling = null;
    });
    return this.#filling;
  }

  async state(failure: string | null = null): Promise<OfflineState> {
    const needed = await this.#needed();
    return this.#stateOf(needed, await this.#keptOf(needed), failure);
  }

  #stateOf(needed: readonly SiteFile[], kept: ReadonlySet<SiteFile>, failure: string | null): OfflineState {
    const sum = (files: Iterable<SiteFile>) => [...files].reduce((bytes, file) => bytes + file.bytes, 0);
    return {
      type: 'glance-offline',
      version: this.version,
      files: needed.length,
      keptFiles: kept.size,
      bytes: sum(needed),
      keptBytes: sum(kept),
      failure,
    };
  }

  /** Those that are kept, whichever version kept them. */
  async #keptOf(files: readonly SiteFile[]): Promise<Set<SiteFile>> {
    const are = await Promise.all(files.map((file) => this.#isKept(file)));
    return new Set(files.filter((_, index) => are[index]));
  }

  /** Whether a request is for one of the files: also for one that only an earlier version has, for its open pages. */
  has(request: Request): boolean {
    const path = this.#pathOf(request);
    return path !== null && (isHashed(path) || this.#precache.files.some((file) => file.path === path));
  }

  /** The kept file that answers a request; null if it is none of the site's, or is not kept. */
  async find(request: Request): Promise<Response | null> {
    const path = this.#pathOf(request);
    return path === null ? null : this.#kept(path);
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

  /** Whether the headers that browsers go by have not been looked at for long. */
  async areHeadersOld(): Promise<boolean> {
    return (await this.#filesWithOldHeaders()).length > 0;
  }

  /**
   * Keeps files that browsers go by the headers of as the host sends them now.
   *
   * @throws Error as {@link fill}
   */
  async renewHeaders(): Promise<void> {
    for (const file of await this.#filesWithOldHeaders()) await this.#put(file, await this.#fetch(file));
  }

  async #filesWithOldHeaders(): Promise<SiteFile[]> {
    const old: SiteFile[] = [];
    for (const file of await this.#needed()) {
      if (!isGoverned(file.path)) continue;
      const kept = await this.#kept(file.path);
      const ageMs = Date.now() - Number(kept?.headers.get(FETCHED_HEADER));
      // Clocks are set back as well.
      if (kept !== null && Math.abs(ageMs) > HEADERS_MS) old.push(file);
    }
    return old;
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

  async #fill(onKept: (state: OfflineState) => void): Promise<void> {
    const { caches } = this.#around;
    const hasWebgpu = await this.#knowsWebgpu();
    const site = await caches.open(this.names.site);
    await site.put(
      this.#addressOf(LIST),
      new Response(JSON.stringify(this.#precache.files.map(({ path }) => path))),
    );
    await site.put(this.#addressOf(WEBGPU), new Response(JSON.stringify(hasWebgpu)));
    const needed = await this.#needed();
    const kept = await this.#keptOf(needed);
    const keep = async (file: SiteFile) => {
      // Policies are those of a version.
      if (!kept.has(file) || isGoverned(file.path)) await this.#keep(file);
      kept.add(file);
      onKept(this.#stateOf(needed, kept, null));
    };
    const waiting = needed.filter(({ path }) => path !== PAGE);
    const keepNext = async () => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await keep(file);
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, keepNext));
    const page = needed.find(({ path }) => path === PAGE);
    if (page !== undefined) await keep(page);
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
    if (isGoverned(file.path) && (await this.#isKept(file, true))) return;
    const response =
      (await this.#findOffered(file)) ?? (await this.#findOlder(file)) ?? (await this.#fetch(file));
    await this.#put(file, response);
  }

  async #put({ path }: SiteFile, response: Response): Promise<void> {
    const cache = await this.#cacheOf(path);
    // The page has two addresses.
    if (path === PAGE) await cache.put(this.#scope, response.clone());
    await cache.put(this.#addressOf(path), response);
  }

  /** @param isForThis whether it has to have been kept for this version, with its policy */
  async #isKept({ path, sha256 }: SiteFile, isForThis = false): Promise<boolean> {
    const hash = (await this.#kept(path))?.headers.get(HASH_HEADER);
    return isForThis ? hash === this.#hashOf(sha256) : hash?.split(' ')[0] === sha256;
  }

  async #kept(path: string): Promise<Response | null> {
    return (await (await this.#cacheOf(path)).match(this.#addressOf(path))) ?? null;
  }

  #cacheOf(path: string): Promise<Cache> {
    return this.#around.caches.open(isHashed(path) ? this.names.assets : this.names.site);
  }

  #hashOf(sha256: string): string {
    return `${sha256} ${this.version}`;
  }

  /** What a worker of a page has fetched already. */
  async #findOffered(file: SiteFile): Promise<Response | null> {
    const { caches } = this.#around;
    if (isGoverned(file.path) || !(await caches.has(this.names.offered))) return null;
    const offered = await (await caches.open(this.names.offered)).match(this.#addressOf(file.path));
    return offered === undefined ? null : this.#checked(file, offered);
  }

  /** The same file of an earlier version. */
  async #findOlder(file: SiteFile): Promise<Response | null> {
    if (isHashed(file.path) || isGoverned(file.path)) return null;
    const { caches } = this.#around;
    for (const name of await caches.keys()) {
      if (versionOfCache(name, this.#scope) === null) continue;
      const older = await (await caches.open(name)).match(this.#addressOf(file.path));
      if (older?.headers.get(HASH_HEADER)?.startsWith(`${file.sha256} `)) return older;
    }
    return null;
  }

  async #fetch(file: SiteFile): Promise<Response> {
    const address = this.#addressOf(file.path);
    // The browser's own cache has headers as they were.
    const first = isGoverned(file.path) ? 'no-cache' : 'default';
    for (const cache of [first, 'reload'] as const) {
      const response = await this.#around.fetch(address, { cache, credentials: 'same-origin' });
      const checked = response.ok ? await this.#checked(file, response) : null;
      if (checked !== null) return checked;
    }
    throw new Error(
      `${address} is not the file that belongs to version ${this.version}: the host has another version, or changes files on their way`,
    );
  }

  /** The file as it is kept; null if its bytes are not those that the build has made. */
  async #checked(file: SiteFile, response: Response): Promise<Response | null> {
    let bytes = await response.arrayBuffer();
    const digest = hex(await crypto.subtle.digest('SHA-256', bytes));
    if (digest !== file.sha256 && digest !== file.unpackedSha256) {
      if (file.path !== PAGE || !isOfVersion(new TextDecoder().decode(bytes), this.version)) return null;
      // Hosts write scripts and comments into pages on their way. It is kept as it was built, under their headers.
      bytes = new TextEncoder().encode(this.#precache.page).buffer;
    }
    const headers = new Headers(response.headers);
    for (const name of TRANSFER_HEADERS) headers.delete(name);
    // Beside what the host demands: a browser holds a page to all its policies.
    headers.append('content-security-policy', policyFor(file.path, this.#precache.policies));
    headers.set('content-length', String(bytes.byteLength));
    headers.set('x-content-type-options', 'nosniff');
    headers.set('referrer-policy', 'no-referrer');
    headers.set(HASH_HEADER, this.#hashOf(file.sha256));
    headers.set(FETCHED_HEADER, String(Date.now()));
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
