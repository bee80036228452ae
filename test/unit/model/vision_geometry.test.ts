import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GlanceError } from '../../../src/model/errors.ts';
import { targetSize } from '../../../src/model/vision_geometry.ts';

const table = JSON.parse(
  readFileSync(new URL('../../fixtures/image/sizes.json', import.meta.url), 'utf8'),
) as {
  factor: number;
  budgets: [minPixels: number, maxPixels: number][];
  sizes: [height: number, width: number, targets: ([number, number] | null)[]][];
};

/** The size, or the code of the refusal. */
function sizeOrCode(height: number, width: number, minPixels: number, maxPixels: number) {
  try {
    return targetSize(height, width, { factor: table.factor, minPixels, maxPixels });
  } catch (error) {
    if (error instanceof GlanceError) return error.code;
    throw error;
  }
}

describe('targetSize', () => {
  test('gives the sizes of the reference for 1,000 pictures under three budgets', () => {
    expect(table.sizes.length).toBeGreaterThanOrEqual(1000);
    const wrong = table.sizes.flatMap(([height, width, targets]) =>
      table.budgets.flatMap(([minPixels, maxPixels], i) => {
        const expected = targets[i] ?? 'picture-too-long';
        const actual = sizeOrCode(height, width, minPixels, maxPixels);
        return JSON.stringify(actual) === JSON.stringify(expected)
          ? []
          : [{ height, width, minPixels, maxPixels, expected, actual }];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('rounds a tie to the even multiple', () => {
    expect(sizeOrCode(320 + 16, 352 + 16, 1, 1e9)).toEqual([320, 384]);
  });

  test('refuses pictures without pixels and pictures too long', () => {
    expect(sizeOrCode(0, 10, 1, 1e9)).toBe('picture-zero-sized');
    expect(sizeOrCode(10, Number.NaN, 1, 1e9)).toBe('picture-zero-sized');
    expect(sizeOrCode(2001, 10, 1, 1e9)).toBe('picture-too-long');
  });

  test('refuses limits that are not positive', () => {
    expect(sizeOrCode(100, 100, 1, 0)).toBe('invalid-argument');
    expect(sizeOrCode(100, 100, 0, 100)).toBe('invalid-argument');
    expect(sizeOrCode(100, 100, Number.NaN, 100)).toBe('invalid-argument');
  });
});
