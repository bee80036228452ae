import { describe, expect, test } from 'vitest';
import { readableFormats } from '../../../src/weights/formats/index.ts';
import { decodeBfloat16, halfValues } from '../../../src/weights/half.ts';
import { encodeBfloat16, encodeHalf, quantize } from '../../support/quantize.ts';
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

  test('several blocks, each with its own scale', () => {
    const block = (scaleHigh: number) => [0x00, scaleHigh, ...new Array(32).fill(1)];
    const values = dequantize('Q8_0', [...block(0x3c), ...block(0x40)]);
    expect(values[31]).toBe(1);
    expect(values[32]).toBe(2);
  });
});

describe('what is quantised comes back within half a step', () => {
  const random = randomFrom(5);
  const values = Float32Array.from({ length: 32 * 40 }, () => (random() - 0.5) * 10 ** (random() * 6 - 3));

  test.each([
    ['F32', () => 0],
    ['F16', (block: Float32Array) => largest(block) * 2 ** -11],
    ['BF16', (block: Float32Array) => largest(block) * 2 ** -8],
    // Half a step of the quants, and the rounding of the scale to f16.
    ['Q8_0', (block: Float32Array) => largest(block) * (0.5 / 127 + 2 ** -11)],
    // The side opposite to the extreme value has seven steps and is cut off at the eighth.
    ['Q4_0', (block: Float32Array) => largest(block) * (1 / 8 + 2 ** -11)],
  ] as const)('%s', (name, bound) => {
    const out = new Float32Array(values.length);
    format(name).dequantize(quantize(format(name), values), out);
    for (let start = 0; start < values.length; start += 32) {
      const limit = bound(values.subarray(start, start + 32)) + 2 ** -25;
      for (let i = start; i < start + 32; i++)
        expect(Math.abs(out[i]! - values[i]!)).toBeLessThanOrEqual(limit);
    }
  });
});

function largest(values: Float32Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}
