import { describe, expect, test } from 'vitest';
import { isSvg, rasterizeSvg } from '../../src/image/rasterize.ts';
import { GlanceError } from '../../src/model/errors.ts';

const svg = (attributes: string, content = '') =>
  new Blob([`<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${content}</svg>`]);

async function sizeOf(attributes: string, maxSide?: number): Promise<[number, number]> {
  const bitmap = await rasterizeSvg(svg(attributes), maxSide === undefined ? {} : { maxSide });
  const size: [number, number] = [bitmap.width, bitmap.height];
  bitmap.close();
  return size;
}

/** RGBA at a point given in shares of the sides. */
function colourAt(bitmap: ImageBitmap, x: number, y: number): number[] {
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  const pixel = context.getImageData(Math.floor(x * bitmap.width), Math.floor(y * bitmap.height), 1, 1);
  return Array.from(pixel.data);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof GlanceError) return error.code;
    throw error;
  }
  return 'no error';
}

describe('isSvg', () => {
  test('goes by content', async () => {
    expect(await isSvg(svg(''))).toBe(true);
    expect(await isSvg(new Blob(['<html></html>'], { type: 'image/svg+xml' }))).toBe(false);
    expect(await isSvg(new Blob([]))).toBe(false);
  });
});

describe('rasterizeSvg', () => {
  test.each<[string, [number, number]]>([
    ['width="800" height="600"', [800, 600]],
    ['width="800" height="600" viewBox="0 0 8 6"', [800, 600]],
    ['width="8in" height="144pt"', [768, 192]],
    ['width="24" height="12"', [512, 256]],
    ['width="9000" height="3000"', [2048, 683]],
    ['viewBox="0 0 24 12"', [1024, 512]],
    ['viewBox="0,0,24,48" width="100%" height="100%"', [512, 1024]],
    ['viewBox="0 0 10 5" height="300"', [600, 300]],
    ['', [512, 256]],
  ])('finds a sensible size for <svg %s>', async (attributes, size) => {
    expect(await sizeOf(attributes)).toEqual(size);
  });

  test('keeps within the side it is given', async () => {
    expect(await sizeOf('viewBox="0 0 4 3"', 256)).toEqual([256, 192]);
  });

  test('draws sharply at the final size and keeps transparency', async () => {
    const bitmap = await rasterizeSvg(
      svg('width="16" height="16"', '<rect width="8" height="8" fill="#ff0000"/>'),
    );
    expect([bitmap.width, bitmap.height]).toEqual([512, 512]);
    expect(colourAt(bitmap, 255.5 / 512, 255.5 / 512)).toEqual([255, 0, 0, 255]);
    expect(colourAt(bitmap, 256.5 / 512, 256.5 / 512)).toEqual([0, 0, 0, 0]);
    bitmap.close();
  });

  test('the pixels can be sent to a worker, also those of HTML inside', async () => {
    const bitmap = await rasterizeSvg(
      svg(
        'width="600" height="600"',
        '<foreignObject width="600" height="600"><div xmlns="http://www.w3.org/1999/xhtml" style="background:#00f;height:600px"></div></foreignObject>',
      ),
    );
    const channel = new MessageChannel();
    const arrived = new Promise<ImageBitmap>((resolve) => {
      channel.port2.onmessage = ({ data }) => resolve(data);
    });
    channel.port1.postMessage(bitmap, [bitmap]);
    expect(colourAt(await arrived, 0.5, 0.5)).toEqual([0, 0, 255, 255]);
  });

  test('runs no scripts and loads nothing', async () => {
    const outside = new URL('/rasterize-must-not-load.png', location.href).href;
    const before = performance.getEntriesByType('resource').length;
    const bitmap = await rasterizeSvg(
      svg(
        'width="600" height="600" xmlns:xlink="http://www.w3.org/1999/xlink" onload="globalThis.svgRan = 1"',
        `<style>@import url(${outside}); rect { fill: url(${outside}#x) }</style>
         <script>globalThis.svgRan = 1; document.documentElement.innerHTML = '';</script>
         <image href="${outside}" width="600" height="600"/><image xlink:href="${outside}" width="9" height="9"/>
         <use href="${outside}#a"/><circle cx="300" cy="300" r="200" fill="#008000"/>`,
      ),
    );
    expect(colourAt(bitmap, 0.5, 0.5)).toEqual([0, 128, 0, 255]);
    expect(globalThis).not.toHaveProperty('svgRan');
    const loaded = performance.getEntriesByType('resource').slice(before);
    expect(loaded.filter(({ name }) => name.includes('must-not-load'))).toEqual([]);
    bitmap.close();
  });

  test('reads the encodings of XML, and files without a MIME type', async () => {
    const text = '\ufeff<svg xmlns="http://www.w3.org/2000/svg" width="700" height="700"/>';
    const utf16 = new Uint16Array(Array.from(text, (letter) => letter.charCodeAt(0)));
    expect((await rasterizeSvg(new Blob([utf16]))).width).toBe(700);
    // In ISO-8859-1 the byte E9 is é (&#233;); read as UTF-8, the class would not be the one with a colour.
    const latin =
      '<?xml version="1.0" encoding="iso-8859-1"?><svg xmlns="http://www.w3.org/2000/svg" width="600" height="600">' +
      '<style>.caf&#233; { fill: #0000ff }</style><rect class="caf\xe9" width="600" height="600"/></svg>';
    const bitmap = await rasterizeSvg(new Blob([Uint8Array.from(latin, (letter) => letter.charCodeAt(0))]));
    expect(colourAt(bitmap, 0.5, 0.5)).toEqual([0, 0, 255, 255]);
  });

  test.each<[string, Blob, string]>([
    ['an empty file', new Blob([]), 'picture-empty'],
    ['an SVG cut off', new Blob(['<svg xmlns="http://www.w3.org/2000/svg"><rect']), 'picture-unreadable'],
    ['a page', new Blob(['<html xmlns="http://www.w3.org/1999/xhtml"></html>']), 'picture-unreadable'],
    ['an SVG without its namespace', new Blob(['<svg width="9" height="9"/>']), 'picture-unreadable'],
    ['an SVG of no width', svg('width="0" height="10"'), 'picture-zero-sized'],
    ['an SVG too long', svg('width="9000" height="10"'), 'picture-too-long'],
  ])('%s: %s is refused, and the next one is drawn', async (_, blob, code) => {
    expect(await codeOf(rasterizeSvg(blob))).toBe(code);
    expect(await sizeOf('width="800" height="600"')).toEqual([800, 600]);
  });
});
