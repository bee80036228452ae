/** What pages say to the service worker about the kept files, and what they hear. */

/** Asks that everything be kept; the port hears {@link OfflineState} until it has been. */
export interface KeepRequest {
  type: 'glance-keep';
  /** Also fetches what is missing; else only tells. */
  fetch: boolean;
  /** Whether pages of this browser have WebGPU: service workers of some have none. Null from a page that does not say. */
  hasWebgpu: boolean | null;
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

/** To all pages of the origin: from now on the files of this version are served in this site. */
export interface VersionNews {
  type: 'glance-version';
  /** Address of the site's folder: others may be on the same origin. */
  scope: string;
  version: string;
}

export function keepRequest(data: unknown): KeepRequest | null {
  const { type, fetch, hasWebgpu } = (data ?? {}) as Partial<KeepRequest>;
  if (type !== 'glance-keep') return null;
  return { type, fetch: fetch === true, hasWebgpu: typeof hasWebgpu === 'boolean' ? hasWebgpu : null };
}
