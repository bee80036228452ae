/**
 * Numbers into ggml's formats with minimums, fifth bits and super-blocks. Unlike the reference quantisers,
 * these look for no best scales: each sub-block spans its own extremes. Every bit still lies where the
 * layouts of ggml-quants.h put it.
 */
import { encodeHalf } from './half.ts';

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

interface Range {
  min: number;
  step: number;
}

/** The steps that lead from the smallest value (at most 0) to the largest. */
function rangeOf(values: Float32Array, steps: number): Range {
  const min = Math.min(0, ...values);
  const max = Math.max(...values, min);
  return { min, step: (max - min) / steps };
}

const quantOf = (value: number, { min, step }: Range, most: number): number =>
  step === 0 ? 0 : clamp(Math.round((value - min) / step), 0, most);

/** Nibbles of 32 elements: element j low in byte j, element j + 16 high. */
function putNibbles(quants: readonly number[], out: DataView, at: number): void {
  for (let j = 0; j < 16; j++) out.setUint8(at + j, (quants[j]! & 15) | ((quants[j + 16]! & 15) << 4));
}

/** Fifth bits of 32 elements: element j in bit j of a little-endian word. */
function putFifthBits(quants: readonly number[], out: DataView, at: number): void {
  let word = 0;
  quants.forEach((quant, j) => {
    if (quant & 16) word |= 1 << j;
  });
  out.setUint32(at, word >>> 0, true);
}

export function quantizeQ4_1(block: Float32Array, out: DataView, at: number): void {
  const range = rangeOf(block, 15);
  out.setUint16(at, encodeHalf(range.step), true);
  out.setUint16(at + 2, encodeHalf(range.min), true);
  putNibbles(
    Array.from(block, (value) => quantOf(value, range, 15)),
    out,
    at + 4,
  );
}

export function quantizeQ5_0(block: Float32Array, out: DataView, at: number): void {
  const step = Math.max(...block.map(Math.abs)) / 15;
  const quants = Array.from(block, (value) =>
    step === 0 ? 16 : clamp(Math.round(value / step) + 16, 0, 31),
  );
  out.setUint16(at, encodeHalf(step), true);
  putFifthBits(quants, out, at + 2);
  putNibbles(quants, out, at + 6);
}

export function quantizeQ5_1(block: Float32Array, out: DataView, at: number): void {
  const range = rangeOf(block, 31);
  const quants = Array.from(block, (value) => quantOf(value, range, 31));
  out.setUint16(at, encodeHalf(range.step), true);
  out.setUint16(at + 2, encodeHalf(range.min), true);
  putFifthBits(quants, out, at + 4);
  putNibbles(quants, out, at + 8);
}

/** Q4_K and Q5_K: eight sub-blocks of 32 with 6-bit scales and minimums. */
function quantizeWithMins(block: Float32Array, bits: 4 | 5, out: DataView, at: number): void {
  const most = 2 ** bits - 1;
  const ranges = Array.from({ length: 8 }, (_, sub) =>
    rangeOf(block.subarray(32 * sub, 32 * sub + 32), most),
  );
  const d = Math.max(...ranges.map(({ step }) => step)) / 63;
  const dmin = Math.max(...ranges.map(({ min }) => -min)) / 63;
  const six = (value: number, unit: number) => (unit === 0 ? 0 : clamp(Math.round(value / unit), 0, 63));
  const scales = ranges.map(({ step }) => six(step, d));
  const mins = ranges.map(({ min }) => six(-min, dmin));
  out.setUint16(at, encodeHalf(d), true);
  out.setUint16(at + 2, encodeHalf(dmin), true);
  for (let j = 0; j < 4; j++) {
    out.setUint8(at + 4 + j, scales[j]! | ((scales[j + 4]! >> 4) << 6));
    out.setUint8(at + 8 + j, mins[j]! | ((mins[j + 4]! >> 4) << 6));
    out.setUint8(at + 12 + j, (scales[j + 4]! & 15) | ((mins[j + 4]! & 15) << 4));
  }
  const quants = Array.from(block, (value, e) => {
    const sub = e >> 5;
    const step = d * scales[sub]!;
    return step === 0 ? 0 : clamp(Math.round((value + dmin * mins[sub]!) / step), 0, most);
  });
  const nibbles = at + (bits === 5 ? 48 : 16);
  for (let j = 0; j < 32; j++) {
    let fifths = 0;
    for (let sub = 0; sub < 8; sub++) if (quants[32 * sub + j]! & 16) fifths |= 1 << sub;
    if (bits === 5) out.setUint8(at + 16 + j, fifths);
    for (let pair = 0; pair < 4; pair++) {
      const [low, high] = [quants[64 * pair + j]! & 15, quants[64 * pair + 32 + j]! & 15];
      out.setUint8(nibbles + 32 * pair + j, low | (high << 4));
    }
  }
}

export const quantizeQ4_K = (block: Float32Array, out: DataView, at: number): void =>
  quantizeWithMins(block, 4, out, at);

export const quantizeQ5_K = (block: Float32Array, out: DataView, at: number): void =>
  quantizeWithMins(block, 5, out, at);

/** Q6_K: sixteen sub-blocks of 16 with signed 8-bit scales. */
export function quantizeQ6_K(block: Float32Array, out: DataView, at: number): void {
  const steps = Array.from({ length: 16 }, (_, sub) => {
    return Math.max(...block.subarray(16 * sub, 16 * sub + 16).map(Math.abs)) / 31;
  });
  const d = Math.max(...steps) / 127;
  const scales = steps.map((step) => (d === 0 ? 0 : Math.round(step / d)));
  const quants = Array.from(block, (value, e) => {
    const step = d * scales[e >> 4]!;
    return step === 0 ? 32 : clamp(Math.round(value / step) + 32, 0, 63);
  });
  for (let half = 0; half < 2; half++) {
    const q = (e: number) => quants[128 * half + e]!;
    for (let j = 0; j < 64; j++) out.setUint8(at + 64 * half + j, (q(j) & 15) | ((q(j + 64) & 15) << 4));
    for (let j = 0; j < 32; j++) {
      const upper = [q(j), q(j + 32), q(j + 64), q(j + 96)].map((quant) => quant >> 4);
      const packed = upper[0]! | (upper[1]! << 2) | (upper[2]! << 4) | (upper[3]! << 6);
      out.setUint8(at + 128 + 32 * half + j, packed);
    }
  }
  scales.forEach((scale, sub) => {
    out.setInt8(at + 192 + sub, scale);
  });
  out.setUint16(at + 208, encodeHalf(d), true);
}
