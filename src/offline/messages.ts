/** What pages say to the service worker about the kept files, and what they hear. */

/** Asks that everything be kept; the port hears {@link OfflineState} until it has been. */
export interface KeepRequest {
  type: 'glance-keep';
  /** Also fetches what is missing; else only tells. */
  fetch: boolean;
}

export interface OfflineState {
  type: 'glance-offline';
  /** Of the service worker that answers. */
  version: string;
  /** Files that this browser needs, and those of them that are kept. */
  files: number;
  keptFiles: number;
  bytes: number;
  keptBytes: number;
  /** Why it does not go on; null while it does, or when it is done. */
  failure: string | null;
}

/** To all pages: from now on the files of this version are served. */
export interface VersionNews {
  type: 'glance-version';
  version: string;
}

export function keepRequest(data: unknown): KeepRequest | null {
  const { type, fetch } = (data ?? {}) as Partial<KeepRequest>;
  return type === 'glance-keep' ? { type, fetch: fetch === true } : null;
}

/** Name of the Web Lock that the pages of a version share for as long as they are open. */
export function versionLock(scope: string, version: string): string {
  return `${versionLockPrefix(scope)}${version}`;
}

export function versionLockPrefix(scope: string): string {
  return `glance version ${scope} `;
}
