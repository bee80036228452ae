import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { patchify } from '../../../src/image/patchify.ts';
import type { FixtureFile } from '../../parity/fixtures.ts';
import { decodeRgbPng } from '../../support/png.ts';

const folder = new URL('../../fixtures/parity/', import.meta.url);
const file = JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8')) as FixtureFile;
const arrays = readFileSync(new URL('cases.bin', folder));
const QWEN3_VL = { patchSize: 16, temporalPatchSize: 2, mergeSize: 2 };
const HALF: [number, number, number] = [0.5, 0.5, 0.5];

describe('patchify', () => {
  const pictures = Object.entries(file.pictures).filter(([, { pixelValues }]) => pixelValues !== undefined);

  test.each(pictures)("cuts %s as the reference's processor does", (name, { pixelValues }) => {
    const picture = decodeRgbPng(readFileSync(new URL(`pictures/${name}`, folder)));
    const actual = patchify(picture.rgb, picture.width, picture.height, {
      ...QWEN3_VL,
      mean: HALF,
      std: HALF,
    });
    const bytes = arrays.subarray(pixelValues!, pixelValues! + actual.byteLength);
    const expected = new Float32Array(new Uint8Array(bytes).buffer);
    expect(actual.length).toBe(expected.length);
    const largest = actual.reduce((max, value, i) => Math.max(max, Math.abs(value - expected[i]!)), 0);
    expect(largest).toBeLessThanOrEqual(1e-6);
  });

  test('there are such pictures', () => {
    expect(pictures.length).toBeGreaterThanOrEqual(2);
  });

  test('orders rows in merged squares and columns by channel, frame, row, column', () => {
    // Each pixel of a 4 x 8 picture names itself: patches of 2 x 2 pixels, merged 2 x 2.
    const rgb = Uint8Array.from({ length: 4 * 8 * 3 }, (_, i) => i);
    const pixelValues = patchify(rgb, 8, 4, {
      patchSize: 2,
      temporalPatchSize: 2,
      mergeSize: 2,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
    expect(pixelValues.length).toBe(2 * 4 * 24);
    const samples = Array.from(pixelValues, (value) => Math.round(value * 255));
    const red = (row: number, column: number) => (row * 8 + column) * 3;
    const firstPixels = Array.from({ length: 8 }, (_, patch) => samples[patch * 24]);
    expect(firstPixels).toEqual(
      [
        [0, 0],
        [0, 2],
        [2, 0],
        [2, 2],
        [0, 4],
        [0, 6],
        [2, 4],
        [2, 6],
      ].map(([row, column]) => red(row!, column!)),
    );
    const frame = (channel: number) => [red(0, 0), red(0, 1), red(1, 0), red(1, 1)].map((at) => at + channel);
    expect(samples.slice(0, 24)).toEqual([0, 0, 1, 1, 2, 2].flatMap(frame));
  });

  test('normalises each channel with its own mean and deviation', () => {
    const rgb = new Uint8Array(4 * 4 * 3).fill(51);
    const pixelValues = patchify(rgb, 4, 4, {
      patchSize: 2,
      temporalPatchSize: 1,
      mergeSize: 2,
      mean: [0.1, 0.2, 0.3],
      std: [0.5, 0.25, 0.1],
    });
    const patch = Array.from(pixelValues.subarray(0, 12));
    expect(patch[0]).toBeCloseTo(0.2, 6);
    expect(patch[4]).toBeCloseTo(0, 6);
    expect(patch[8]).toBeCloseTo(-1, 6);
  });

  test('refuses sides that are no multiples of a merged patch', () => {
    const options = { ...QWEN3_VL, mean: HALF, std: HALF };
    expect(() => patchify(new Uint8Array(48 * 32 * 3), 48, 32, options)).toThrow(/merged patch/);
  });
});
