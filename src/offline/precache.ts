/** The files that the service worker keeps, as the build lists them. */
import type { Policies } from './policy.ts';

/** Which visitors need a file to be kept. */
export type Need =
  /** All of them. */
  | 'all'
  /** Those whose browser has WebGPU, and WebAssembly that can wait for promises (JSPI). */
  | 'jspi'
  /** Those whose browser has WebGPU but no JSPI. */
  | 'asyncify'
  /** Those who have used it once: parts for rare documents. */
  | 'use';

export interface SiteFile {
  /** From the folder of the site on: `assets/index-abc.js`. */
  path: string;
  bytes: number;
  /** SHA-256 in hexadecimal digits. */
  sha256: string;
  /** Of what is packed in a `.gz`: some servers unpack it on the way. */
  unpackedSha256?: string;
  need: Need;
}

export interface Precache {
  /** Of the whole build: changes with every byte of it. */
  version: string;
  files: readonly SiteFile[];
  policies: Policies;
  /** The page as it was built: some hosts write into it on its way. */
  page: string;
}

/** The page; kept last, so that it is only there when everything else is. */
export const PAGE = 'index.html';
/** What runs ahead of it, and in its place in a frame of another page. */
const STARTS = ['start.js', 'frame.js'];

/** Files with a hash of their content in their name: the same for every version that has them. */
export function isHashed(path: string): boolean {
  return path.startsWith('assets/');
}

/** Parts of PDF.js that few documents need, character maps, fonts and decoders, as patterns of names. */
export const RARE_PARTS = [
  '*.bcmap',
  '*.pfb',
  '*.ttf',
  'jbig2-*',
  'openjpeg-*',
  'qcms_bg-*',
  'quickjs-eval-*',
];
const RARE = /\.(bcmap|pfb|ttf)$|\/(jbig2|openjpeg|qcms_bg|quickjs-eval)-[^/]*$/;

/** @returns null for what is not kept: the service worker itself, what is for other sites or for people to read */
export function needOf(path: string): Need | null {
  if (RARE.test(path)) return 'use';
  if (/\.asyncify-[^/]*\.wasm\.gz$|\/ort\.webgpu\./.test(path)) return 'asyncify';
  if (/\.jspi-[^/]*\.wasm\.gz$|\/ort\.jspi\./.test(path)) return 'jspi';
  if (path.endsWith('.md') || path.endsWith('.map')) return null;
  if ([PAGE, ...STARTS, 'manifest.webmanifest'].includes(path) || /^icons?[./]/.test(path)) return 'all';
  return /^(assets|samples|models\/pico)\//.test(path) ? 'all' : null;
}

/** What a browser needs, the page last. */
export function neededFiles(files: readonly SiteFile[], hasWebgpu: boolean, hasJspi: boolean): SiteFile[] {
  const webgpu = hasJspi ? 'jspi' : 'asyncify';
  const needed = files.filter(({ need }) => need === 'all' || (hasWebgpu && need === webgpu));
  return [...needed.filter(({ path }) => path !== PAGE), ...needed.filter(({ path }) => path === PAGE)];
}

/**
 * Whether a browser goes by the headers that a file comes with: by those of the page, and of the scripts that workers
 * are started from. A host may change them without changing the files.
 */
export function isGoverned(path: string): boolean {
  return path === PAGE || /^assets\/(inference|store)-[^/]*\.js$/.test(path);
}

/** The policy that a file is kept with. Workers are under that of their script. */
export function policyFor(path: string, { page, named }: Policies): string {
  return /^assets\/store-[^/]*\.js$/.test(path) ? named : page;
}
