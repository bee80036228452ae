import { trustedAddress } from '../../rpc/confined_worker.ts';

/**
 * Starts a worker of the package, which may lie on another origin, as that of a CDN: browsers forbid such workers, but
 * let one import the script, if that origin allows it (CORS).
 *
 * @param address absolute
 */
export function startFrom(address: string, name: string): Worker {
  const options: WorkerOptions = { type: 'module', name };
  if (new URL(address).origin === location.origin) return new Worker(trustedAddress(address), options);
  const script = new Blob([`import ${JSON.stringify(address)};`], { type: 'text/javascript' });
  const blobUrl = URL.createObjectURL(script);
  const worker = new Worker(trustedAddress(blobUrl), options);
  // It has been fetched as soon as the worker says anything.
  const release = () => URL.revokeObjectURL(blobUrl);
  worker.addEventListener('message', release, { once: true });
  worker.addEventListener('error', release, { once: true });
  return worker;
}
