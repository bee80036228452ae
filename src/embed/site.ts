/** Where Glance's own files are, as seen from this module. The package's build has another module here. */

/** The folder with `sw.js`: of the built module; of the repository, while that is served as it is. */
export function defaultBase(): URL {
  const here = import.meta.url;
  if (import.meta.env.DEV) return new URL('../../', here);
  // What several entries of the build share is in a folder below them.
  return new URL(/\/assets\/[^/]*$/.test(here) ? '../' : './', here);
}

/** Whether a service worker can be expected in {@link defaultBase}. */
export function hasServiceWorker(): boolean {
  return true;
}
