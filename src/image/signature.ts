/** Picture formats that Glance decodes. HEIC only where the browser can (Safari). */
export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'bmp' | 'heic';

/** What the first bytes of a file say it is. */
export type Signature =
  | { kind: 'picture'; format: PictureFormat }
  /** Known, but nothing that we decode; `name` is for the person at the screen. */
  | { kind: 'foreign'; name: string; video: boolean }
  | { kind: 'svg' }
  | { kind: 'unknown' };

/** As many leading bytes as {@link detectSignature} looks at; enough for the prologue of an SVG. */
export const SIGNATURE_BYTES = 4096;

/** `?` stands for any byte. */
const PICTURES: readonly [string, PictureFormat][] = [
  ['\xff\xd8\xff', 'jpeg'],
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['RIFF????WEBP', 'webp'],
  ['GIF87a', 'gif'],
  ['GIF89a', 'gif'],
  ['BM', 'bmp'],
];

const FOREIGN: readonly [string, string][] = [
  ['II*\0', 'TIFF or camera raw'],
  ['MM\0*', 'TIFF or camera raw'],
  ['II+\0', 'TIFF'],
  ['MM\0+', 'TIFF'],
  ['\xff\x0a', 'JPEG XL'],
  ['\0\0\0\x0cJXL \r\n\x87\n', 'JPEG XL'],
  ['\0\0\0\x0cjP  \r\n\x87\n', 'JPEG 2000'],
  ['\xff\x4f\xff\x51', 'JPEG 2000'],
  ['%PDF-', 'PDF'],
  ['8BPS', 'Photoshop'],
  ['\0\0\x01\0', 'icon (ICO)'],
];

const VIDEOS: readonly string[] = ['\x1a\x45\xdf\xa3', 'RIFF????AVI ', 'OggS', '\0\0\x01\xba'];

/** Brands of the ISO base media format (the four letters after `ftyp`, and the compatible ones). */
const AVIF_BRANDS = ['avif', 'avis'];
const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs', 'mif1', 'msf1'];

function matches(bytes: Uint8Array, pattern: string): boolean {
  if (bytes.length < pattern.length) return false;
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] !== '?' && bytes[i] !== pattern.charCodeAt(i)) return false;
  }
  return true;
}

/** The letters at an offset; bytes past the end read as nothing. */
export function asciiAt(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}

function detectIsoMedia(bytes: Uint8Array): Signature {
  const boxSize = Math.min(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0), bytes.length);
  const brands = [asciiAt(bytes, 8, 4)];
  for (let at = 16; at + 4 <= boxSize; at += 4) brands.push(asciiAt(bytes, at, 4));
  if (brands.some((brand) => AVIF_BRANDS.includes(brand))) return { kind: 'picture', format: 'avif' };
  if (brands.some((brand) => HEIC_BRANDS.includes(brand))) return { kind: 'picture', format: 'heic' };
  return { kind: 'foreign', name: 'video', video: true };
}

/** Whether a text starts, after declarations and comments, with an `svg` element. */
function startsWithSvg(bytes: Uint8Array): boolean {
  const utf16 = matches(bytes, '\xff\xfe') ? 'utf-16le' : matches(bytes, '\xfe\xff') ? 'utf-16be' : null;
  const text = new TextDecoder(utf16 ?? 'utf-8').decode(bytes);
  let rest = text.trimStart();
  for (;;) {
    const prologue = /^(?:<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!DOCTYPE(?:[^[>]|\[[^\]]*\])*>)\s*/i.exec(rest);
    if (prologue === null) break;
    rest = rest.slice(prologue[0].length);
  }
  return /^<(?:[\w.-]+:)?svg[\s>/]/.test(rest);
}

/**
 * Tells what a file is from its content; names and MIME types are often wrong.
 *
 * @param bytes - The file's first {@link SIGNATURE_BYTES}, or all of a shorter one.
 */
export function detectSignature(bytes: Uint8Array): Signature {
  for (const [pattern, format] of PICTURES) {
    if (matches(bytes, pattern)) return { kind: 'picture', format };
  }
  if (bytes.length >= 12 && matches(bytes, '????ftyp')) return detectIsoMedia(bytes);
  for (const [pattern, name] of FOREIGN) {
    if (matches(bytes, pattern)) return { kind: 'foreign', name, video: false };
  }
  if (VIDEOS.some((pattern) => matches(bytes, pattern))) {
    return { kind: 'foreign', name: 'video', video: true };
  }
  return startsWithSvg(bytes) ? { kind: 'svg' } : { kind: 'unknown' };
}
