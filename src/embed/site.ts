/** Where Glance's own files are, as seen from this module. The package's build has another module here. */

/** The folder with `sw.js`: of the built module; of the repository, while that is served as it is. */
export function defaultBase(): URL {
  return new URL(import.meta.env.DEV ? '../../' : './', import.meta.url);
}

/** Whether a service worker can be expected in {@link defaultBase}. */
export function hasServiceWorker(): boolean {
  return true;
}
