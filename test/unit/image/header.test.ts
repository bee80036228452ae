import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readHeader } from '../../../src/image/header.ts';
import { exifOrientation } from '../../../src/image/header_jpeg.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import { box, heifHeader } from '../../support/heif.ts';

const folder = new URL('../../fixtures/image/formats/', import.meta.url);
const pictures = JSON.parse(readFileSync(new URL('formats.json', folder), 'utf8')) as {
  file: string;
  width: number;
  height: number;
}[];
const FORMATS: Record<string, string> = { jpg: 'jpeg' };

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const blob = (...parts: (string | Uint8Array<ArrayBuffer>)[]) =>
  new Blob(parts.map((part) => (typeof part === 'string' ? bytes(part) : part)));

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof GlanceError) return error.code;
    throw error;
  }
  return 'no error';
}

describe('readHeader', () => {
  test.each(pictures)('reads format and upright size of $file', async ({ file, width, height }) => {
    const extension = file.split('.').at(-1)!;
    expect(await readHeader(new Blob([readFileSync(new URL(file, folder))]))).toEqual({
      kind: 'picture',
      format: FORMATS[extension] ?? extension,
      width,
      height,
    });
  });

  test('believes content, not the MIME type', async () => {
    const png = new Blob([readFileSync(new URL('rgb.png', folder))], { type: 'image/jpeg' });
    expect(await readHeader(png)).toMatchObject({ format: 'png' });
  });

  test.each(pictures)('refuses $file cut off within its header', async ({ file }) => {
    const whole = readFileSync(new URL(file, folder));
    const lengths = file.endsWith('.gif') ? [3, 9] : [3, 9, 12, 16, 20];
    for (const length of lengths) {
      const outcome = await readHeader(new Blob([whole.subarray(0, length)])).then(
        (header) => header.kind,
        (error: GlanceError) => error.code,
      );
      // Where even the signature is cut it is no known format.
      expect(['picture-unreadable', 'unknown']).toContain(outcome);
    }
  });

  test('reads the three kinds of WebP', async () => {
    const lossy = blob('RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x34\xd2\x78\x16');
    expect(await readHeader(lossy)).toMatchObject({ width: 0x1234, height: 0x1678 });
    const lossless = blob('RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\xff\xff\xff\x0f\0');
    expect(await readHeader(lossless)).toMatchObject({ width: 16384, height: 16384 });
    const extended = blob('RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\xff\xff\xff\x01\0\0');
    expect(await readHeader(extended)).toMatchObject({ width: 1 << 24, height: 2 });
  });

  test('reads old, new and upside-down BMPs', async () => {
    const gap = '\0'.repeat(12);
    expect(await readHeader(blob('BM', gap, '\x0c\0\0\0\x0a\0\x14\0'))).toMatchObject({
      width: 10,
      height: 20,
    });
    const topDown = blob('BM', gap, '\x28\0\0\0\x0a\0\0\0\xec\xff\xff\xff');
    expect(await readHeader(topDown)).toMatchObject({ width: 10, height: 20 });
    expect(await codeOf(readHeader(blob('BM', gap, 'abcdefghijkl')))).toBe('picture-unreadable');
  });

  test('finds the frame of a JPEG behind segments larger than one read', async () => {
    const segment = new Uint8Array(65535 + 2);
    segment.set([0xff, 0xe2, 0xff, 0xff]);
    const frame = '\xff\xc2\0\x11\x08\x01\x02\x03\x04';
    const many = blob('\xff\xd8', ...Array.from({ length: 40 }, () => segment), '\xff\xff', frame);
    expect(await readHeader(many)).toMatchObject({ width: 0x304, height: 0x102 });
    expect(await codeOf(readHeader(blob('\xff\xd8', segment, '\xff\xda\0\0')))).toBe('picture-unreadable');
    expect(await codeOf(readHeader(blob('\xff\xd8\xff\xe0\0\0', '\0'.repeat(70_000))))).toBe(
      'picture-unreadable',
    );
  });

  test('ends on a JPEG of nothing but empty segments', async () => {
    const endless = new Uint8Array(4_000_000).map((_, i) => [0xff, 0xe0, 0, 2][i % 4]!);
    expect(await codeOf(readHeader(blob('\xff\xd8', endless)))).toBe('picture-unreadable');
  });

  test.each([
    ['TIFF or camera raw', 'II*\0'],
    ['JPEG XL', '\xff\x0a'],
    ['JPEG XL', '\0\0\0\x0cJXL \r\n\x87\n'],
    ['JPEG 2000', '\0\0\0\x0cjP  \r\n\x87\n'],
    ['PDF', '%PDF-1.7'],
    ['Photoshop', '8BPS\0\x01'],
    ['icon (ICO)', '\0\0\x01\0\x01\0'],
    ['video', '\0\0\0\x18ftypisom\0\0\0\0isomavc1'],
    ['video', '\x1a\x45\xdf\xa3'],
  ])('knows %s', async (name, start) => {
    expect(await readHeader(blob(start, '\0'.repeat(64)))).toMatchObject({ kind: 'foreign', name });
  });

  test('reads the size of HEIC, also with 32-bit item numbers and wide property indices', async () => {
    const properties = [
      box('ispe', '\0\0\0\0\0\0\x01\0\0\0\x02\0'),
      box('ispe', '\0\0\0\0\0\0\x0f\xc0\0\0\x0b\xd0'),
      box('irot', '\x03'),
    ];
    const file = (pitm: string, ipma: string) => blob(heifHeader('heic', pitm, ipma, properties));
    const narrow = file('\0\0\0\0\0\x31', '\0\0\0\0\0\0\0\x02\0\x01\x01\x01\0\x31\x02\x82\x83');
    expect(await readHeader(narrow)).toEqual({ kind: 'picture', format: 'heic', width: 3024, height: 4032 });
    const wide = file('\x01\0\0\0\0\0\0\x31', '\x01\0\0\x01\0\0\0\x01\0\0\0\x31\x01\x80\x02');
    expect(await readHeader(wide)).toMatchObject({ width: 4032, height: 3024 });
    const other = file('\0\0\0\0\0\x31', '\0\0\0\0\0\0\0\x01\0\x07\x01\x01');
    expect(await codeOf(readHeader(other))).toBe('picture-unreadable');
    const cut = file('\0\0\0\0\0\x31', '\0\0\0\0\0\0\0\x05\0\x01');
    expect(await codeOf(readHeader(cut))).toBe('picture-unreadable');
  });

  test.each([
    '<svg/>',
    '<svg xmlns="http://www.w3.org/2000/svg">',
    '\ufeff  <?xml version="1.0"?>\n<!-- a < b --> <!DOCTYPE svg PUBLIC "x" "y" [<!ENTITY a "b">]>\n<svg >',
    '<s:svg xmlns:s="http://www.w3.org/2000/svg">',
  ])('knows SVG: %s', async (text) => {
    expect(await readHeader(new Blob([text]))).toEqual({ kind: 'svg' });
    const utf16 = new Uint8Array(
      new Uint16Array([0xfeff, ...Array.from(text, (c) => c.charCodeAt(0))]).buffer,
    );
    expect(await readHeader(new Blob([utf16]))).toEqual({ kind: 'svg' });
  });

  test.each([
    '',
    'hello',
    '<html><svg></svg></html>',
    '<svgfoo>',
    `<!DOCTYPE ${'[a]'.repeat(1300)}`,
    '<!--'.repeat(900),
  ])('does not know other texts (%#)', async (text) => {
    expect(await readHeader(new Blob([text]))).toEqual({ kind: 'unknown' });
  });
});

describe('exifOrientation', () => {
  const tiff = 'MM\0*\0\0\0\x08\0\x02\x01\x00\0\x03\0\0\0\x01\0\x05\0\0\x01\x12\0\x03\0\0\0\x01\0\x06\0\0';

  test('reads both byte orders', () => {
    expect(exifOrientation(bytes(`Exif\0\0${tiff}`))).toBe(6);
    expect(exifOrientation(bytes('Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0'))).toBe(8);
  });

  test('is null for other data, no orientation, or data cut off', () => {
    expect(exifOrientation(bytes('http://ns.adobe.com/xap/1.0/\0'))).toBeNull();
    expect(exifOrientation(bytes('Exif\0\0'))).toBeNull();
    expect(exifOrientation(bytes(`Exif\0\0${tiff}`.replace('\x01\x12', '\x01\x13')))).toBeNull();
    expect(exifOrientation(bytes(`Exif\0\0${tiff}`.slice(0, 35)))).toBeNull();
    expect(exifOrientation(bytes('Exif\0\0MM\0*\xff\xff\xff\xff'))).toBeNull();
    expect(exifOrientation(bytes(`Exif\0\0${tiff}`.replace('\0\x06\0\0', '\0\x09\0\0')))).toBeNull();
  });
});
