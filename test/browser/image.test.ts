import { type Remote, transfer, wrap } from 'comlink';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inspectGrid } from '../../src/image/prepare.ts';
import { resizeBicubic } from '../../src/image/resize.ts';
import formats from '../fixtures/image/formats/formats.json';
import { makePng } from '../support/png_stream.ts';
import type { ImageService, Outcome } from './image_worker.ts';
import { ascii, badPictures, fetchFormat as fetchBytes, formatBlob as fixture } from './pictures.ts';

/** Qwen3-VL's own numbers with a browser's budget. */
const OPTIONS = {
  patchSize: 16,
  mergeSize: 2,
  minPixels: 65_536,
  maxPixels: 1_048_576,
};

let worker: Worker;
let service: Remote<ImageService>;
let lost: string | null = null;
let expectedPixels: Uint8Array;

/** The error of an outcome, small enough to be printed. */
function refusal<T>(outcome: Outcome<T>): { code: string; message: string } {
  return 'code' in outcome ? outcome : { code: 'no error', message: '' };
}

function succeeded<T>(outcome: Outcome<T>): T {
  if ('code' in outcome) throw new Error(`${outcome.code}: ${outcome.message}`);
  return outcome.value;
}

function largestDifference(actual: Uint8Array, expected: Uint8Array): number {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i]!)), 0);
}

beforeAll(async () => {
  worker = new Worker(new URL('./image_worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('error', (event) => {
    lost = event.message;
  });
  service = wrap<ImageService>(worker);
  expectedPixels = await fetchBytes('expected.bin');
});

afterAll(() => worker.terminate());

describe('decodePicture', () => {
  test.each(formats)('shows $file as PIL does', async ({ file, width, height, tolerance, offset }) => {
    const decoded = succeeded(await service.decode(await fixture(file)));
    expect([decoded.width, decoded.height]).toEqual([width, height]);
    const expected = expectedPixels.subarray(offset, offset + width * height * 3);
    expect(largestDifference(decoded.rgb, expected)).toBeLessThanOrEqual(tolerance);
  });

  test('does not apply colour profiles, which would show', async () => {
    const file = await fixture('profile.png');
    const { offset, width, height } = formats.find((entry) => entry.file === 'profile.png')!;
    const context = new OffscreenCanvas(width, height).getContext('2d')!;
    context.drawImage(await createImageBitmap(file), 0, 0);
    const managed = context.getImageData(0, 0, width, height).data.filter((_, i) => i % 4 !== 3);
    const expected = expectedPixels.subarray(offset, offset + width * height * 3);
    expect(largestDifference(new Uint8Array(managed), expected)).toBeGreaterThan(30);
  });

  test('goes by content where name and type are wrong', async () => {
    const file = new Blob([await fetchBytes('rgb.png')], { type: 'image/svg+xml' });
    expect(succeeded(await service.decode(file)).width).toBe(40);
  });

  test('reads back wide pictures in tiles without a seam', async () => {
    const width = 9001;
    const picture = await makePng(width, 300, (y, rgb) => {
      for (let x = 0; x < width; x++) rgb.set([x & 255, x >> 8, y & 255], x * 3);
    });
    const { rgb } = succeeded(await service.decode(picture));
    let wrong = 0;
    for (let i = 0; i < width * 300; i++) {
      const [x, y] = [i % width, Math.floor(i / width)];
      if (rgb[i * 3] !== (x & 255) || rgb[i * 3 + 1] !== x >> 8 || rgb[i * 3 + 2] !== (y & 255)) wrong++;
    }
    expect(wrong).toBe(0);
  });
});

describe('preparePicture', () => {
  test('decodes and resizes as its parts do', async () => {
    const { width, height, offset } = formats.find((entry) => entry.file === 'rgba.png')!;
    const prepared = succeeded(await service.prepare(await fixture('rgba.png'), OPTIONS));
    expect(prepared).toMatchObject({ width: 352, height: 224, sourceWidth: width, sourceHeight: height });
    expect(prepared.gridThw).toEqual([1, 14, 22]);
    const source = expectedPixels.subarray(offset, offset + width * height * 3);
    const expected = resizeBicubic(source, width, height, 352, 224);
    expect(largestDifference(prepared.rgb, expected)).toBe(0);
  });

  test('knows equal pictures by their hash, whatever file they came in', async () => {
    const hash = async (name: string, minPixels = 1024) =>
      succeeded(await service.prepare(await fixture(name), { ...OPTIONS, minPixels })).hash;
    const first = await hash('rgb.png');
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash('rgb.bmp')).toBe(first);
    expect(await hash('gray.png')).not.toBe(first);
    expect(await hash('rgb.png', 4096)).not.toBe(first);
  });

  test('cuts every picture into the grid that its header promised', async () => {
    for (const { file } of formats) {
      const picture = await fixture(file);
      const { gridThw } = succeeded(await service.prepare(picture, OPTIONS));
      expect(await inspectGrid(picture, OPTIONS), file).toEqual(gridThw);
    }
  });

  test('takes an ImageBitmap, transparency over white', async () => {
    const canvas = new OffscreenCanvas(64, 64);
    const context = canvas.getContext('2d')!;
    context.fillStyle = 'rgb(255 0 0)';
    context.fillRect(0, 0, 64, 32);
    const bitmap = canvas.transferToImageBitmap();
    const options = { ...OPTIONS, minPixels: 1024 };
    const prepared = succeeded(await service.prepare(transfer(bitmap, [bitmap]), options));
    expect(prepared).toMatchObject({ width: 64, height: 64, sourceWidth: 64, sourceHeight: 64 });
    const { rgb } = prepared;
    expect(Array.from(rgb.subarray(0, 3))).toEqual([255, 0, 0]);
    expect(Array.from(rgb.subarray(-3))).toEqual([255, 255, 255]);
  });

  test('can be stopped', async () => {
    const picture = await makePng(6000, 4000, (y, rgb) => rgb.fill(y & 255));
    expect(refusal(await service.prepareAndAbort(picture, OPTIONS, 50)).code).toBe('aborted');
    expect(refusal(await service.prepare(await fixture('rgb.png'), OPTIONS)).code).toBe('no error');
  });

  test('scales down a picture of 100 megapixels', async () => {
    const [width, height] = [12_000, 8_400];
    const picture = await makePng(width, height, (y, rgb) => {
      if (y === 0) for (let x = 0; x < width; x++) rgb[x * 3] = Math.floor((x * 256) / width);
      for (let x = 0; x < width; x++) rgb[x * 3 + 1] = Math.floor((y * 256) / height);
    });
    const prepared = succeeded(await service.prepare(picture, OPTIONS));
    expect(prepared).toMatchObject({ width: 1216, height: 832, sourceWidth: width, sourceHeight: height });
    const { rgb } = prepared;
    let largest = 0;
    for (let y = 0; y < prepared.height; y++) {
      for (let x = 0; x < prepared.width; x++) {
        const at = (y * prepared.width + x) * 3;
        largest = Math.max(
          largest,
          Math.abs(rgb[at]! - ((x + 0.5) * 256) / prepared.width + 0.5),
          Math.abs(rgb[at + 1]! - ((y + 0.5) * 256) / prepared.height + 0.5),
          rgb[at + 2]!,
        );
      }
    }
    expect(largest).toBeLessThan(2);
  }, 120_000);

  test('turns a huge photo upright, too', async () => {
    const canvas = new OffscreenCanvas(9_000, 6_000);
    const context = canvas.getContext('2d')!;
    context.fillStyle = 'rgb(0 0 255)';
    context.fillRect(0, 0, 9_000, 6_000);
    context.fillStyle = 'rgb(255 0 0)';
    context.fillRect(0, 0, 4_500, 3_000);
    const jpeg = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer());
    // Orientation 6: to be turned clockwise, so the red quarter belongs on the upper right.
    const exif = ascii(
      '\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0',
    );
    const turned = new Blob([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]);
    const prepared = succeeded(await service.prepare(turned, OPTIONS));
    expect(prepared).toMatchObject({ width: 832, height: 1248, sourceWidth: 6_000, sourceHeight: 9_000 });
    const { rgb } = prepared;
    const colour = (x: number, y: number) => {
      const at = (Math.floor(y * prepared.height) * prepared.width + Math.floor(x * prepared.width)) * 3;
      return rgb[at]! > rgb[at + 2]! ? 'red' : 'blue';
    };
    expect([colour(0.25, 0.25), colour(0.75, 0.25), colour(0.25, 0.75), colour(0.75, 0.75)]).toEqual([
      'blue',
      'red',
      'blue',
      'blue',
    ]);
  }, 120_000);
});

describe('bad pictures', () => {
  test.each(badPictures)('%s: %s, and the next picture works', async (_, code, make) => {
    const refused = refusal(await service.prepare(await make(), OPTIONS));
    expect(refused.code).toBe(code);
    expect(refused.message).toMatch(/^[A-Z].{20,}\.$/);
    const next = succeeded(await service.prepare(await fixture('rgb.png'), OPTIONS));
    expect(next.gridThw).toEqual([1, 14, 22]);
    expect(lost).toBeNull();
  });
});
