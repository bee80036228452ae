/**
 * The content security policies of the site (https://www.w3.org/TR/CSP3/). One for the page and for what it starts,
 * which reach this site and the model hosts that the site was built for; one for what fetches from addresses that a
 * reader has given, which is the store worker for them, and the service worker for pictures named by URL.
 *
 * Nothing here says who may show the site in a frame: whoever publishes it adds `frame-ancestors` to the headers.
 */

/** Names of the Trusted Types policies that scripts of the site create. */
export const TRUSTED_TYPES = ['lit-html', 'default', 'glance-svg', 'glance-worker'] as const;

export interface PolicyOptions {
  /** Sources of `connect-src` beside the site itself: `https://models.example`. */
  modelHosts: readonly string[];
  /** Of inline scripts and styles of the page: `'sha256-...'`. */
  scriptHashes?: readonly string[];
  styleHashes?: readonly string[];
}

export interface Policies {
  /** For the page and the workers that it starts. */
  page: string;
  /** For workers that fetch what a reader has named by its address. */
  named: string;
}

/** Where Hugging Face sends those who download: files are behind redirects to hosts of both domains. */
const HUGGING_FACE = ['https://huggingface.co', 'https://*.huggingface.co', 'https://*.hf.co'];

/**
 * What `connect-src` has to name so that models can be downloaded from a hub.
 *
 * @param hub its address; a relative one is a folder beside the site, which needs nothing
 * @param others further hosts, to which a mirror redirects, as people write them: see {@link hostSource}
 * @throws Error if one of them is no host
 */
export function modelHosts(hub: string, others: readonly string[] = []): string[] {
  const hubs = /^https?:\/\//i.test(hub) ? [new URL(hub).origin] : [];
  const own = hubs.flatMap((origin) => (origin === HUGGING_FACE[0] ? HUGGING_FACE : [origin]));
  return [...new Set([...own, ...others.map(hostSource)])];
}

/**
 * A host as a policy names it, and as the origins of addresses are spelt: with its scheme, `https` if it has none, in
 * lower case, and without the port that goes without saying. `*.cdn.example` stands for all hosts of a domain.
 *
 * @throws Error for anything else: a path would bind no redirect, and a word like `*` or `https:` allow everything
 */
export function hostSource(host: string): string {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(host) ? host : `https://${host}`;
  const { protocol, hostname, origin, pathname, search, hash, username } = URL.canParse(address)
    ? new URL(address)
    : new URL('none:');
  // Not a scheme alone.
  const isHost = /^(\*\.)?[^*;,'"\s]+$/.test(hostname) && !host.endsWith(':');
  const isAlone = pathname === '/' && search === '' && hash === '' && username === '';
  if (!/^https?:$/.test(protocol) || !isHost || !isAlone) {
    throw new Error(
      `"${host}" is no host that models come from. Name it alone, as https://cdn.example, *.cdn.example or http://localhost:8080.`,
    );
  }
  return origin;
}

/** Whether an address is of the site, or one of the hosts that the page's policy names. */
export function isModelHost(address: URL, site: string, hosts: readonly string[]): boolean {
  if (address.origin === site) return true;
  return hosts.some((host) => {
    const star = host.indexOf('*.');
    if (star < 0) return host === address.origin;
    return address.protocol === `${host.slice(0, star - 3)}:` && address.host.endsWith(host.slice(star + 1));
  });
}

export function policies({ modelHosts, scriptHashes = [], styleHashes = [] }: PolicyOptions): Policies {
  const text = (connect: readonly string[]) =>
    Object.entries({
      'default-src': ["'none'"],
      'script-src': ["'self'", "'wasm-unsafe-eval'", ...scriptHashes],
      // Workers of the page begin in a blob, so that they are under its policy wherever it came from.
      'worker-src': ["'self'", 'blob:'],
      'style-src': ["'self'", ...styleHashes],
      'img-src': ["'self'", 'blob:', 'data:'],
      'media-src': ["'self'", 'blob:'],
      'font-src': ["'self'"],
      'manifest-src': ["'self'"],
      'connect-src': ["'self'", 'blob:', 'data:', ...connect],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'require-trusted-types-for': ["'script'"],
      'trusted-types': TRUSTED_TYPES,
    })
      .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
      .join('; ');
  return { page: text(modelHosts), named: text(['https:', 'http:']) };
}
