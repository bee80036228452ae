import { needOf } from './precache.ts';
import { scopeOfOffered } from './routes.ts';

/** On a first visit the service worker is installed while the first files are fetched. */
const INSTALL_MS = 3000;

/**
 * Offers a file that has been fetched to the service worker of its site, if one waits for files, so that it need not
 * fetch it again. It compares what it is offered with the hash of the build. The browser copies the file's bytes from
 * where it holds them; they do not come into this script's memory.
 *
 * @param url absolute
 */
export async function offerFile(url: string, file: Blob): Promise<void> {
  // Pages without TLS have none.
  if (typeof caches === 'undefined') return;
  try {
    if (!(await offer(url, file))) {
      await new Promise((resolve) => setTimeout(resolve, INSTALL_MS));
      await offer(url, file);
    }
  } catch {
    // Without room there is no offer.
  }
}

async function offer(url: string, file: Blob): Promise<boolean> {
  for (const name of await caches.keys()) {
    const scope = scopeOfOffered(name);
    // A model of the reader's beside the site would be gigabytes that nobody takes over.
    if (scope === null || !url.startsWith(scope) || needOf(url.slice(scope.length)) === null) continue;
    await (await caches.open(name)).put(url, new Response(file));
    return true;
  }
  return false;
}
