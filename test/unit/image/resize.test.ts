import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BicubicResizer, resizeBicubic } from '../../../src/image/resize.ts';
import { decodeRgbPng } from '../../support/png.ts';
import { randomFrom } from '../../support/random.ts';

const folder = new URL('../../fixtures/image/resize/', import.meta.url);
const cases = JSON.parse(readFileSync(new URL('resize.json', folder), 'utf8')) as {
  source: string;
  width: number;
  height: number;
  expected: string;
}[];

const read = (name: string) => decodeRgbPng(readFileSync(new URL(name, folder)));

describe('resizeBicubic', () => {
  test('there are 20 pictures resized by PIL', () => {
    expect(cases.length).toBeGreaterThanOrEqual(20);
  });

  test.each(cases)('gives the bytes that PIL gives: $source to $width x $height', (entry) => {
    const source = read(entry.source);
    const expected = read(entry.expected);
    expect([expected.width, expected.height]).toEqual([entry.width, entry.height]);
    const actual = resizeBicubic(source.rgb, source.width, source.height, entry.width, entry.height);
    let largest = 0;
    let different = 0;
    for (let i = 0; i < expected.rgb.length; i++) {
      const difference = Math.abs(actual[i]! - expected.rgb[i]!);
      largest = Math.max(largest, difference);
      if (difference > 0) different++;
    }
    expect({ length: actual.length, largest, different }).toEqual({
      length: expected.rgb.length,
      largest: 0,
      different: 0,
    });
  });

  test('an unchanged size changes nothing', () => {
    const { rgb, width, height } = read(cases[0]!.source);
    expect(resizeBicubic(rgb, width, height, width, height)).toEqual(new Uint8Array(rgb));
  });

  test('averages what it skips: fine stripes become grey', () => {
    const stripes = new Uint8Array(256 * 256 * 3).map((_, i) => (Math.floor(i / 3) % 2) * 255);
    const grey = resizeBicubic(stripes, 256, 256, 32, 32);
    const inner = grey.subarray(4 * 32 * 3, 28 * 32 * 3);
    expect(Math.min(...inner)).toBeGreaterThan(120);
    expect(Math.max(...inner)).toBeLessThan(136);
  });
});

describe('BicubicResizer', () => {
  test('takes rows in pieces of any size and skips the fourth channel', () => {
    const [width, height] = [31, 45];
    const draw = randomFrom(5);
    const rgba = new Uint8Array(width * height * 4).map(() => Math.floor(draw() * 256));
    const rgb = rgba.filter((_, i) => i % 4 !== 3);
    const resizer = new BicubicResizer(width, height, 64, 32);
    for (let row = 0, rows = 1; row < height; row += rows, rows = Math.min(rows + 3, height - row)) {
      resizer.pushRows(rgba.subarray(row * width * 4, (row + rows) * width * 4), 4);
    }
    expect(resizer.finish()).toEqual(resizeBicubic(rgb, width, height, 64, 32));
  });

  test('notices missing and surplus rows', () => {
    const resizer = new BicubicResizer(2, 2, 4, 4);
    resizer.pushRows(new Uint8Array(6), 3);
    expect(() => resizer.finish()).toThrow(/before all of its rows/);
    expect(() => resizer.pushRows(new Uint8Array(12), 3)).toThrow(/do not fit/);
  });
});
