/** Which versions of the site are in use: by open pages, and by service workers that are just keeping their files. */

/** Name of the Web Lock that all share that use a version, for as long as they do. */
export function versionLock(scope: string, version: string): string {
  return `${versionLockPrefix(scope)}${version}`;
}

function versionLockPrefix(scope: string): string {
  return `glance version ${scope} `;
}

/**
 * Does something for which the files of a version must stay.
 *
 * @param locks undefined where the browser has none: there it is done all the same
 * @param scope address of the site's folder
 */
export async function withVersion<T>(
  locks: Pick<LockManager, 'request'> | undefined,
  scope: string,
  version: string,
  work: () => Promise<T>,
): Promise<T> {
  if (locks === undefined) return work();
  return locks.request(versionLock(scope, version), { mode: 'shared' }, work);
}

/** The versions of a site that are in use now. */
export async function versionsInUse(
  locks: Pick<LockManager, 'query'>,
  scope: string,
): Promise<ReadonlySet<string>> {
  const prefix = versionLockPrefix(scope);
  const { held = [] } = await locks.query();
  return new Set(held.flatMap(({ name }) => (name?.startsWith(prefix) ? [name.slice(prefix.length)] : [])));
}

/**
 * Whether a service worker may delete files of other versions: only the one at work, and while no next one is on its
 * way, whose files are there already.
 */
export function mayPrune(
  { installing, waiting, active }: Pick<ServiceWorkerRegistration, 'installing' | 'waiting' | 'active'>,
  worker: ServiceWorker | null,
): boolean {
  return installing === null && waiting === null && active !== null && active === worker;
}

/** How the build writes its version into the page. */
export function versionMark(version: string): string {
  return `<meta name="glance-version" content="${version}" />`;
}

/** Whether a page says that it is of this version, also if somebody has tidied up its markup. */
export function isOfVersion(page: string, version: string): boolean {
  return /<meta\s+name=["']?glance-version["']?\s+content=["']?([\da-z]+)/i.exec(page)?.[1] === version;
}

/** The version that the build has written into the page; null if none. */
export function builtVersion(): string | null {
  return document.querySelector<HTMLMetaElement>('meta[name="glance-version"]')?.content ?? null;
}

/** Has the files of this page's version stay for as long as the page is open. */
export function holdBuiltVersion(): void {
  const version = builtVersion();
  if (version === null) return;
  const scope = new URL('./', document.baseURI).href;
  // Without storage there are no locks either, and nothing is kept.
  withVersion(navigator.locks, scope, version, () => new Promise(() => {})).catch(() => {});
}
