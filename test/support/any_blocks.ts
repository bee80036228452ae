/** Blocks of random bits, for tests of what every bit of a format means. */
import type { TensorFormat } from '../../src/weights/formats/index.ts';
import { randomFrom } from './random.ts';

/** Where the f16 numbers of a block lie. */
const HALVES_AT: Readonly<Record<string, readonly number[]>> = {
  F16: [0],
  Q8_0: [0],
  Q4_0: [0],
  Q4_1: [0, 2],
  Q5_0: [0],
  Q5_1: [0, 2],
  Q4_K: [0, 2],
  Q5_K: [0, 2],
  Q6_K: [208],
};

/**
 * Blocks of any bits at all, save that their f16 numbers have an exponent in the given range (0 is for subnormal
 * numbers, 31 for infinities and NaNs) and either sign.
 */
export function anyBlocks(
  { name, blockBytes }: TensorFormat,
  count: number,
  [least, most]: readonly [number, number] = [0, 30],
  seed = 11,
): Uint8Array<ArrayBuffer> {
  const random = randomFrom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const bytes = Uint8Array.from({ length: count * blockBytes }, () => below(256));
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += blockBytes) {
    for (const offset of HALVES_AT[name]!) {
      const exponent = least + below(most - least + 1);
      view.setUint16(at + offset, (below(2) << 15) | (exponent << 10) | below(0x400), true);
    }
  }
  return bytes;
}
