import { describe, expect, test } from 'vitest';
import { readableFormats } from '../../../src/weights/formats/index.ts';
import { decodeBfloat16, halfValues } from '../../../src/weights/half.ts';
import { encodeBfloat16, encodeHalf } from '../../support/half.ts';
import { quantize } from '../../support/quantize.ts';
import { randomFrom } from '../../support/random.ts';

const format = (name: string) => readableFormats.find((candidate) => candidate.name === name)!;

function dequantize(name: string, bytes: readonly number[]): number[] {
  const { blockSize, blockBytes, dequantize: decode } = format(name);
  const out = new Float32Array((bytes.length / blockBytes) * blockSize);
  decode(Uint8Array.from(bytes), out);
  return [...out];
}

describe('half precision', () => {
  // Bit patterns and values from IEEE 754-2019, table 3.5 and the definition of binary16.
  test.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 2 ** -14 - 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
  ])('0x%s is %d', (bits, value) => {
    expect(halfValues()[bits]).toBe(value);
  });

  test('every half survives a round trip', () => {
    const values = halfValues();
    for (let bits = 0; bits < 65536; bits++) {
      const value = values[bits]!;
      if (!Number.isNaN(value)) expect(encodeHalf(value)).toBe(bits);
    }
  });

  test('numbers between two halves go to the nearer, ties to the even one', () => {
    expect(encodeHalf(1 + 2 ** -11)).toBe(0x3c00);
    expect(encodeHalf(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(encodeHalf(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01);
    expect(encodeHalf(65519)).toBe(0x7bff);
    expect(encodeHalf(65520)).toBe(0x7c00);
    expect(encodeHalf(3 * 2 ** -26)).toBe(1);
    expect(encodeHalf(2 ** -25)).toBe(0);
  });

  test('a bfloat16 is the upper half of an f32', () => {
    expect(decodeBfloat16(0x3f80)).toBe(1);
    expect(decodeBfloat16(0xc2f7)).toBe(-123.5);
    expect(encodeBfloat16(1 + 2 ** -8)).toBe(0x3f80);
    expect(encodeBfloat16(1 + 3 * 2 ** -8)).toBe(0x3f82);
  });
});

describe('blocks written by hand', () => {
  test('F32 at an odd address', () => {
    const bytes = new Uint8Array(9);
    new DataView(bytes.buffer).setFloat32(1, -1.5, true);
    new DataView(bytes.buffer).setFloat32(5, 3e-39, true);
    const out = new Float32Array(2);
    format('F32').dequantize(bytes.subarray(1), out);
    expect([...out]).toEqual([-1.5, Math.fround(3e-39)]);
  });

  test('F16 and BF16', () => {
    expect(dequantize('F16', [0x00, 0x3c, 0xff, 0xfb])).toEqual([1, -65504]);
    expect(dequantize('BF16', [0x80, 0x3f, 0xf7, 0xc2])).toEqual([1, -123.5]);
  });

  test('Q8_0: a scale of 0.5, then signed bytes', () => {
    const quants = Array.from({ length: 32 }, (_, i) => i * 8 - 128);
    const bytes = [0x00, 0x38, ...quants.map((quant) => quant & 0xff)];
    expect(dequantize('Q8_0', bytes)).toEqual(quants.map((quant) => quant * 0.5));
  });

  test('Q4_0: low nibbles are the first half of a block, high ones the second', () => {
    const bytes = [0x00, 0xc0, ...Array.from({ length: 16 }, (_, i) => i | ((15 - i) << 4))];
    const firstHalf = Array.from({ length: 16 }, (_, i) => (i - 8) * -2 + 0);
    const secondHalf = Array.from({ length: 16 }, (_, i) => (7 - i) * -2 + 0);
    expect(dequantize('Q4_0', bytes).map((value) => value + 0)).toEqual([...firstHalf, ...secondHalf]);
  });

  test('Q4_1 and Q5_1: a minimum is added', () => {
    const nibbles = Array.from({ length: 16 }, (_, i) => i | ((15 - i) << 4));
    const rising = Array.from({ length: 16 }, (_, i) => i);
    const expected = [...rising, ...rising.toReversed()];
    // d = 2, m = -1.
    const four = dequantize('Q4_1', [0x00, 0x40, 0x00, 0xbc, ...nibbles]);
    expect(four).toEqual(expected.map((q) => 2 * q - 1));
    // The fifth bit of elements 0 and 31.
    const five = dequantize('Q5_1', [0x00, 0x40, 0x00, 0xbc, 1, 0, 0, 0x80, ...nibbles]);
    expect(five).toEqual(expected.map((q, i) => 2 * (i === 0 || i === 31 ? q + 16 : q) - 1));
  });

  test('Q5_0: sixteen is zero', () => {
    const bytes = [0x00, 0x3c, 0xff, 0xff, 0, 0, ...new Array(16).fill(0x31)];
    expect(dequantize('Q5_0', bytes)).toEqual([...new Array(16).fill(1), ...new Array(16).fill(-13)]);
  });

  test('Q4_K: each sub-block has its scale and minimum, the last four in pieces', () => {
    const [scales, mins] = [
      [1, 2, 3, 63, 17, 34, 48, 63],
      [63, 0, 5, 1, 33, 16, 15, 62],
    ];
    const packed = new Array<number>(12).fill(0);
    for (let j = 0; j < 4; j++) {
      packed[j] = scales[j]! | ((scales[j + 4]! >> 4) << 6);
      packed[j + 4] = mins[j]! | ((mins[j + 4]! >> 4) << 6);
      packed[j + 8] = (scales[j + 4]! & 15) | ((mins[j + 4]! & 15) << 4);
    }
    // d = 1, dmin = 0.5; low nibbles 3, high nibbles 12.
    const values = dequantize('Q4_K', [0x00, 0x3c, 0x00, 0x38, ...packed, ...new Array(128).fill(0xc3)]);
    const expected = scales.flatMap((scale, sub) =>
      new Array(32).fill(scale * (sub % 2 === 0 ? 3 : 12) - 0.5 * mins[sub]!),
    );
    expect(values).toEqual(expected);
    // With all fifth bits of sub-blocks 1 and 6 set.
    const withFifths = [
      ...[0x00, 0x3c, 0x00, 0x38, ...packed],
      ...new Array(32).fill(0b0100_0010),
      ...new Array(128).fill(0xc3),
    ];
    expect(dequantize('Q5_K', withFifths)).toEqual(
      expected.map((value, i) => value + ([1, 6].includes(i >> 5) ? 16 * scales[i >> 5]! : 0)),
    );
  });

  test('Q6_K: four bits here, two there, and a signed scale for every sixteen', () => {
    const low = new Array<number>(128).fill(0);
    const high = new Array<number>(64).fill(0);
    // Element 0: 63; element 33: 40; element 70: 1; element 127: 32; element 128: 0b010101.
    low[0] = 0xf;
    high[0] = 0b11;
    low[33] = 0x8;
    high[1] = 0b10 << 2;
    low[6] = 0x10;
    high[31] = 0b10 << 6;
    low[64] = 0b0101;
    high[32] = 0b01;
    const scales = Array.from({ length: 16 }, (_, sub) => (sub % 2 === 0 ? 2 : -1));
    const values = dequantize('Q6_K', [...low, ...high, ...scales.map((s) => s & 0xff), 0x00, 0x3c]);
    const quants = new Array<number>(256).fill(0);
    Object.assign(quants, { 0: 63, 33: 40, 70: 1, 127: 32, 128: 0b010101 });
    const expected = quants.map((quant, i) => (quant - 32) * scales[i >> 4]!);
    expect(values.map((value) => value + 0)).toEqual(expected.map((value) => value + 0));
  });

  test('several blocks, each with its own scale', () => {
    const block = (scaleHigh: number) => [0x00, scaleHigh, ...new Array(32).fill(1)];
    const values = dequantize('Q8_0', [...block(0x3c), ...block(0x40)]);
    expect(values[31]).toBe(1);
    expect(values[32]).toBe(2);
  });
});

describe('what is quantised comes back within half a step', () => {
  const random = randomFrom(5);
  const values = Float32Array.from({ length: 256 * 8 }, () => (random() - 0.5) * 10 ** (random() * 6 - 3));

  test.each([
    ['F32', () => 0],
    ['F16', (block: Float32Array) => largest(block) * 2 ** -11],
    ['BF16', (block: Float32Array) => largest(block) * 2 ** -8],
    // Half a step of the quants, and the rounding of the scale to f16.
    ['Q8_0', (block: Float32Array) => largest(block) * (0.5 / 127 + 2 ** -11)],
    // The side opposite to the extreme value has seven steps and is cut off at the eighth.
    ['Q4_0', (block: Float32Array) => largest(block) * (1 / 8 + 2 ** -11)],
    // Steps span twice the largest value at most; scale and minimum are rounded to f16.
    ['Q4_1', (block: Float32Array) => largest(block) * (1 / 15 + 2 ** -9)],
    ['Q5_0', (block: Float32Array) => largest(block) * (0.5 / 15 + 2 ** -11)],
    ['Q5_1', (block: Float32Array) => largest(block) * (1 / 31 + 2 ** -9)],
    // Six bits for scales and minimums, in units that the largest sub-block sets.
    ['Q4_K', (block: Float32Array) => largest(block) * (1 / 15 + 3 / 63)],
    ['Q5_K', (block: Float32Array) => largest(block) * (1 / 31 + 3 / 63)],
    ['Q6_K', (block: Float32Array) => largest(block) * (0.5 / 31 + 1 / 127 + 2 ** -10)],
  ] as const)('%s', (name, bound) => {
    const out = new Float32Array(values.length);
    format(name).dequantize(quantize(format(name), values), out);
    const blockSize = Math.max(32, format(name).blockSize);
    for (let start = 0; start < values.length; start += blockSize) {
      const limit = bound(values.subarray(start, start + blockSize)) + 2 ** -25;
      for (let i = start; i < start + blockSize; i++)
        expect(Math.abs(out[i]! - values[i]!)).toBeLessThanOrEqual(limit);
    }
  });
});

function largest(values: Float32Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}
