import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mropeAxis, mropeTable } from '../../../src/model/mrope.ts';
import { placePictures } from '../../../src/model/positions.ts';
import { interpolatePositions, mergeOrder, visionRotaryTable } from '../../../src/model/vision_positions.ts';

/** Written by test/pico/make_fixtures.py in float64, from the formulas of the reference. */
const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/model/rope.json', import.meta.url), 'utf8'),
) as {
  merge: number;
  imagePad: number;
  mrope: {
    headDim: number;
    sections: [number, number, number];
    theta: number;
    positions: number[][];
    cos: number[][];
    sin: number[][];
  }[];
  sequences: {
    tokenIds: number[];
    grids: [number, number, number][];
    positions: number[][];
    delta: number;
  }[];
  visionAngles: { rows: number; cols: number; headDim: number; angles: number[][] }[];
  positionTable: {
    rows: number;
    cols: number;
    side: number;
    patches: number[];
    indices: number[][];
    weights: number[][];
  }[];
  mergeOrder: { rows: number; cols: number; order: [number, number][] }[];
};

/** float32 rounds an angle of this size by at most this much. */
const angleError = (angle: number): number => 1e-6 + Math.abs(angle) * 2 ** -23;

describe('mRoPE', () => {
  it.each(fixture.mrope)('turns each frequency by its axis (head_dim $headDim)', (table) => {
    const positions = Int32Array.from(table.positions.flat());
    const { cos, sin } = mropeTable(positions, {
      headDim: table.headDim,
      ropeTheta: table.theta,
      mropeSections: table.sections,
    });
    const half = table.headDim / 2;
    expect(cos.length).toBe(table.cos.length * half);
    for (let s = 0; s < table.cos.length; s++) {
      const bound = angleError(Math.max(...table.positions.map((axis) => axis[s]!)));
      for (let i = 0; i < half; i++) {
        expect(Math.abs(cos[s * half + i]! - table.cos[s]![i]!)).toBeLessThanOrEqual(bound);
        expect(Math.abs(sin[s * half + i]! - table.sin[s]![i]!)).toBeLessThanOrEqual(bound);
      }
    }
  });

  it('gives 24, 20 and 20 of 64 frequencies to time, height and width', () => {
    const axes = Array.from({ length: 64 }, (_, i) => mropeAxis(i, [24, 20, 20]));
    expect([0, 1, 2].map((axis) => axes.filter((a) => a === axis).length)).toEqual([24, 20, 20]);
    expect(axes.slice(0, 6)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(axes.slice(60)).toEqual([0, 0, 0, 0]);
  });

  it('is plain RoPE for a text-only model', () => {
    const { cos } = mropeTable(Int32Array.of(5, 90, 90), { headDim: 4, ropeTheta: 100, mropeSections: null });
    expect(cos[0]).toBeCloseTo(Math.cos(5), 6);
    expect(cos[1]).toBeCloseTo(Math.cos(0.5), 6);
  });
});

describe('positions of a prompt', () => {
  it.each(fixture.sequences)('follows the reference: $grids', ({ tokenIds, grids, positions, delta }) => {
    // The fixture holds expanded prompts; ours start from one placeholder a picture.
    const compact: number[] = [];
    const lengths = grids.map(([t, h, w]) => (t * h * w) / fixture.merge ** 2);
    for (let i = 0, picture = 0; i < tokenIds.length; i++) {
      compact.push(tokenIds[i]!);
      if (tokenIds[i] === fixture.imagePad) i += lengths[picture++]! - 1;
    }
    const placed = placePictures(compact, fixture.imagePad, grids, fixture.merge);
    expect([...placed.tokenIds]).toEqual(tokenIds);
    expect([...placed.positions]).toEqual(positions.flat());
    expect(placed.delta).toBe(delta);
    expect(placed.pictureStarts.every((start) => tokenIds[start] === fixture.imagePad)).toBe(true);
  });

  it('refuses a prompt whose placeholders and pictures do not match', () => {
    expect(() => placePictures([1, 9, 2], 9, [], 2)).toThrowError(
      expect.objectContaining({ code: 'prompt-invalid' }),
    );
  });
});

describe('positions inside a picture', () => {
  it.each(fixture.mergeOrder)('$rows x $cols patches stand in merge order', ({ rows, cols, order }) => {
    expect([...mergeOrder(rows, cols, fixture.merge)]).toEqual(order.flat());
  });

  it.each(fixture.visionAngles)('$rows x $cols patches turn by row and column', (table) => {
    const { cos, sin } = visionRotaryTable(table.rows, table.cols, table.headDim, fixture.merge);
    for (const [at, angle] of table.angles.flat().entries()) {
      expect(Math.abs(cos[at]! - Math.cos(angle))).toBeLessThanOrEqual(angleError(angle));
      expect(Math.abs(sin[at]! - Math.sin(angle))).toBeLessThanOrEqual(angleError(angle));
    }
    expect(cos.length).toBe(table.angles.flat().length);
  });

  it.each(fixture.positionTable)('a $side x $side table fits $rows x $cols patches', (fit) => {
    // A table whose entry is its own index squared tells apart every wrong corner.
    const value = (index: number) => (index * 7919) % 1009;
    const table = Float32Array.from({ length: fit.side ** 2 }, (_, i) => value(i));
    const got = interpolatePositions(table, fit.side, 1, fit.rows, fit.cols, fixture.merge);
    expect(got.length).toBe(fit.rows * fit.cols);
    for (const [i, patch] of fit.patches.entries()) {
      const expected = fit.indices.reduce(
        (sum, corner, k) => sum + value(corner[i]!) * fit.weights[k]![i]!,
        0,
      );
      expect(Math.abs(got[patch]! - expected)).toBeLessThan(0.02);
    }
  });
});
