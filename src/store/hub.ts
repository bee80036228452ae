/**
 * Addresses on a model hub, `<base>/<owner>/<repo>/resolve/<revision>/<path>`, and the LFS pointer that the
 * hub shows in a large file's place at `/raw/`. Mirrors keep the same paths.
 */
import { GlanceError } from '../model/errors.ts';
import { fileNameOf } from '../weights/byte_source.ts';

export const DEFAULT_HUB = 'https://huggingface.co/';

export interface HubFile {
  /** With a trailing slash. */
  base: string;
  /** `owner/name` */
  repo: string;
  revision: string;
  /** Path inside the repository. */
  path: string;
}

/** What an LFS pointer says of its file. */
export interface LfsPointer {
  sha256: string;
  sizeBytes: number;
}

const RESOLVE = /^(.*\/)([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/;

/** Takes a hub's address apart; null for any other. */
export function parseHubUrl(url: string): HubFile | null {
  if (!URL.canParse(url)) return null;
  const { origin, pathname, protocol } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') return null;
  const match = RESOLVE.exec(pathname);
  if (match === null) return null;
  const [, before, repo, revision, path] = match;
  return {
    base: origin + before,
    repo: decodePart(repo!),
    revision: decodePart(revision!),
    path: decodePart(path!),
  };
}

/** The address from which a file is downloaded. */
export function hubUrl({ base, repo, revision, path }: HubFile): string {
  return hubAddress(base, repo, 'resolve', revision, path);
}

/** The address of the LFS pointer of a file of a hub; null for other addresses. */
export function pointerUrl(url: string): string | null {
  const file = parseHubUrl(url);
  return file && hubAddress(file.base, file.repo, 'raw', file.revision, file.path);
}

function hubAddress(base: string, repo: string, kind: string, revision: string, path: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const root = base.endsWith('/') ? base : `${base}/`;
  return `${root}${repo}/${kind}/${encodeURIComponent(revision)}/${encoded}`;
}

/** Reads an LFS pointer (git-lfs specification, version 1); null if the text is none. */
export function parsePointer(text: string): LfsPointer | null {
  if (!/^version https:\/\/git-lfs\.github\.com\/spec\/v1\r?\n/.test(text)) return null;
  const sha256 = /^oid sha256:([0-9a-f]{64})\r?$/m.exec(text)?.[1];
  const size = /^size (\d{1,15})\r?$/m.exec(text)?.[1];
  return sha256 === undefined || size === undefined ? null : { sha256, sizeBytes: Number(size) };
}

/**
 * The name under which the file at an address is kept: the same for all mirrors of a hub; for other servers
 * the address itself.
 *
 * @throws GlanceError `invalid-argument` if it is no address of a file on the web
 */
export function keyOfUrl(url: string): string {
  const hub = parseHubUrl(url);
  if (hub) return `${hub.repo}@${hub.revision}/${hub.path}`;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new GlanceError(
      'invalid-argument',
      `"${url}" is no address of a file. Give a complete URL that begins with https://.`,
    );
  }
  parsed.hash = '';
  return parsed.href;
}

/** What a person would call the file that is kept under a key. */
export function nameOfKey(key: string): string {
  return fileNameOf(key);
}

/** A part of an address without its escapes; as it is where they are none. */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
