/** The pictures of test/fixtures/image/formats, and pictures that nobody can read. */
import { box, heifHeader } from '../support/heif.ts';
import { makePng, pngHeader } from '../support/png_stream.ts';

const urls = import.meta.glob<string>('../fixtures/image/formats/*', {
  query: '?url',
  import: 'default',
  eager: true,
});

/** Bytes of one of the fixtures. */
export async function fetchFormat(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(urls[`../fixtures/image/formats/${name}`]!);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

export const formatBlob = async (name: string): Promise<Blob> => new Blob([await fetchFormat(name)]);

export const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const cut = async (name: string, share: number) => {
  const bytes = await fetchFormat(name);
  return new Blob([bytes.subarray(0, Math.floor(bytes.length * share))]);
};
const garbled = async (name: string) => {
  const bytes = await fetchFormat(name);
  for (let i = Math.floor(bytes.length / 2); i < bytes.length; i += 3) bytes[i] = bytes[i]! ^ 0x5a;
  return new Blob([bytes]);
};
const heic = heifHeader('heic', '\0\0\0\0\0\x01', '\0\0\0\0\0\0\0\x01\0\x01\x01\x81', [
  box('ispe', '\0\0\0\0\0\0\0\x40\0\0\0\x40'),
]);

/** What is wrong, the error that must say so, and how to make one. */
export const badPictures: [what: string, code: string, make: () => Blob | Promise<Blob>][] = [
  ['an empty file', 'picture-empty', () => new Blob([])],
  ['a text', 'picture-unreadable', () => new Blob(['This is no picture.'], { type: 'image/png' })],
  ['a PNG without pixels', 'picture-zero-sized', () => new Blob([pngHeader(0, 10)])],
  ['a PNG that ends after its header', 'picture-unreadable', () => new Blob([pngHeader(10, 10)])],
  ['a PNG cut off', 'picture-unreadable', () => cut('rgb.png', 0.6)],
  ['a JPEG cut off', 'picture-unreadable', () => cut('exif_1.jpg', 0.6)],
  ['a WebP cut off', 'picture-unreadable', () => cut('lossy.webp', 0.6)],
  ['an AVIF cut off', 'picture-unreadable', () => cut('lossless.avif', 0.8)],
  ['a damaged PNG', 'picture-unreadable', () => garbled('rgb.png')],
  ['a picture more than 200 times longer than high', 'picture-too-long', () => makePng(2010, 10, () => {})],
  ['a picture of 3,600 megapixels', 'picture-too-large', () => new Blob([pngHeader(60_000, 60_000)])],
  ['a HEIC photo', 'picture-unsupported', () => new Blob([ascii(heic)])],
  ['a TIFF', 'picture-unsupported', () => new Blob([ascii('II*\0\x08\0\0\0')])],
  ['a PDF', 'picture-unsupported', () => new Blob(['%PDF-1.7\n'])],
  ['a video', 'picture-unsupported', () => new Blob([ascii('\0\0\0\x10ftypisom\0\0\0\0')])],
  ['an SVG', 'picture-unsupported', () => new Blob(['<svg xmlns="http://www.w3.org/2000/svg"/>'])],
];
