/**
 * Starts a worker under the page's own content security policy, whatever the host has sent with its script: a worker
 * that begins in a blob inherits the policy of the page that has made it
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
  const worker = new Worker(`${blobUrl}#/${name}`, { type: 'module' });
  // It has been fetched as soon as the worker says anything.
  const release = () => URL.revokeObjectURL(blobUrl);
  worker.addEventListener('message', release, { once: true });
  worker.addEventListener('error', release, { once: true });
  return worker;
}
