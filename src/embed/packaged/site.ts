import { serviceWorker } from 'glance-files';

/** The folder with `sw.js`; of the page, where a bundler has put the files somewhere else. */
export function defaultBase(): URL {
  return new URL('./', hasServiceWorker() ? serviceWorker : document.baseURI);
}

/**
 * Whether the package lies there as it is. Where a bundler has given its files other names, a service worker's scope
 * would be the bundler's choice, and it could take the place of the page's own. Other origins have none for this page.
 */
export function hasServiceWorker(): boolean {
  return /^https?:[^?#]*\/sw\.js$/.test(serviceWorker) && new URL(serviceWorker).origin === location.origin;
}
