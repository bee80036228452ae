/**
 * Starts a worker under the policy of who starts it, whatever the host has sent with its script: a worker that begins
 * in a blob inherits the content security policy of the page or worker that has made it
 * (https://w3c.github.io/webappsec-csp/#initialize-global-object-csp), that of a `<meta>` element included.
 */
export function startConfined(url: string): Worker {
  const { href } = new URL(url, import.meta.url);
  // The development server has modules of its own that such a worker cannot load.
  if (import.meta.env.DEV) return new Worker(href, { type: 'module' });
  const script = new Blob([`import ${JSON.stringify(href)};`], { type: 'text/javascript' });
  const blobUrl = URL.createObjectURL(script);
  // The fragment changes nothing; it says in developer tools which worker this is.
  const name = href.slice(href.lastIndexOf('/') + 1);
  const worker = new Worker(trustedAddress(`${blobUrl}#/${name}`), { type: 'module' });
  // It has been fetched as soon as the worker says anything.
  const release = () => URL.revokeObjectURL(blobUrl);
  worker.addEventListener('message', release, { once: true });
  worker.addEventListener('error', release, { once: true });
  return worker;
}

interface AddressPolicy {
  createScriptURL(url: string): string;
}

let addresses: AddressPolicy | undefined;

/**
 * An address for `new Worker` where Trusted Types are required (https://w3c.github.io/trusted-types/). Pages have a
 * policy for all of theirs, which workers do not.
 */
export function trustedAddress(url: string): string {
  const { trustedTypes } = globalThis as {
    trustedTypes?: { createPolicy(name: string, rules: AddressPolicy): AddressPolicy };
  };
  if (trustedTypes === undefined || typeof document !== 'undefined') return url;
  addresses ??= trustedTypes.createPolicy('glance-worker', {
    createScriptURL: (url) => {
      if (new URL(url).origin === location.origin) return url;
      throw new TypeError(`${url} is not of this site`);
    },
  });
  return addresses.createScriptURL(url);
}
