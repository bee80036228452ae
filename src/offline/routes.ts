/**
 * Which requests go where: the rules of static routing (https://wicg.github.io/service-worker-static-routing-api/),
 * by which browsers answer from a cache without starting the service worker, and the same for its `fetch` event.
 */
import { PAGE, RARE_PARTS } from './precache.ts';

/** A folder of the site that takes what other programs share with it. */
export const SHARE_PATH = 'share';

export interface RouterCondition {
  urlPattern?: { pathname: string; search?: string };
  requestMethod?: string;
  requestMode?: string;
  not?: RouterCondition;
}

export interface RouterRule {
  condition: RouterCondition;
  source: 'network' | 'fetch-event' | { cacheName: string };
}

/** Names of the caches of one site. Several may be on one origin, in folders of it. */
export interface CacheNames {
  /** Files with their hash in their name, of all versions in use. */
  assets: string;
  /** The other files of one version. */
  site: string;
  /** What a worker has fetched on a first visit, to be taken over. */
  offered: string;
  /** What other programs have shared. */
  inbox: string;
}

const PREFIX = 'glance';

export function cacheNames(scope: string, version: string): CacheNames {
  const name = (what: string) => `${PREFIX} ${what} ${scope}`;
  return {
    assets: name('assets'),
    site: name(`site ${version}`),
    offered: name('offered'),
    inbox: name('inbox'),
  };
}

/** Whether a cache is one of {@link cacheNames}, of any version. */
export function isCacheOf(cacheName: string, scope: string): boolean {
  return cacheName.startsWith(`${PREFIX} `) && cacheName.endsWith(` ${scope}`);
}

/** The version whose files a cache holds; null for any other cache. */
export function versionOfCache(cacheName: string, scope: string): string | null {
  const [prefix, what, version, ...rest] = cacheName.split(' ');
  return prefix === PREFIX && what === 'site' && rest.join(' ') === scope ? version! : null;
}

/** The sites that wait for files to be offered to them. */
export function scopeOfOffered(cacheName: string): string | null {
  const prefix = `${PREFIX} offered `;
  return cacheName.startsWith(prefix) ? cacheName.slice(prefix.length) : null;
}

/**
 * The rules, of which the first that fits is taken. What is not in a cache comes from the network.
 *
 * @param base path of the site's folder, with a trailing slash
 */
export function routerRules(base: string, { assets, site }: CacheNames): RouterRule[] {
  const at = (pathname: string, search?: string): RouterCondition => ({
    urlPattern: { pathname: base + pathname, ...(search !== undefined && { search }) },
  });
  const read = (condition: RouterCondition): RouterCondition => ({ ...condition, requestMethod: 'GET' });
  const navigate = (condition: RouterCondition) => ({ ...read(condition), requestMode: 'navigate' });
  const pages = ['', PAGE];
  return [
    { condition: at('v1/*'), source: 'fetch-event' },
    { condition: at(SHARE_PATH), source: 'fetch-event' },
    // Caches are asked for whole addresses: those with a query need the worker.
    ...pages.map((page) => ({ condition: navigate(at(page, '')), source: { cacheName: site } })),
    ...pages.map((page) => ({ condition: navigate(at(page)), source: 'fetch-event' as const })),
    ...RARE_PARTS.map((name) => ({
      condition: read(at(`assets/${name}`)),
      source: 'fetch-event' as const,
    })),
    { condition: read(at('assets/*')), source: { cacheName: assets } },
    ...[
      'start.js',
      'frame.js',
      'samples/*',
      'models/pico/*',
      'icons/*',
      'icon.svg',
      'manifest.webmanifest',
    ].map((path) => ({
      condition: read(at(path)),
      source: { cacheName: site },
    })),
    ...apiRules(base),
  ];
}

/** The rules where nothing is kept: only the API needs the service worker. */
export function apiRules(base: string): RouterRule[] {
  return [{ condition: { not: { urlPattern: { pathname: `${base}v1/*` } } }, source: 'network' }];
}
