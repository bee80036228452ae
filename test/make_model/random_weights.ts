/** Random weights made at once as the bits of their format: gigabytes of them in seconds. */
import type { TensorFormat } from '../../src/weights/formats/index.ts';
import { encodeHalf } from '../support/half.ts';

/** Writes the numbers of one block that are not random; `draw` gives 32 random bits. */
type FinishBlock = (view: DataView, at: number, deviation: number, draw: () => number) => void;

/** The standard deviation of whole numbers, all equally likely, of so many bits. */
const spread = (bits: number): number => Math.sqrt((4 ** bits - 1) / 12);

const putHalf = (view: DataView, at: number, value: number): void =>
  view.setUint16(at, encodeHalf(value), true);

const scaled =
  (bits: number): FinishBlock =>
  (view, at, deviation) =>
    putHalf(view, at, deviation / spread(bits));

/** Quants of `bits` around a minimum that centres them. */
const centred =
  (bits: number): FinishBlock =>
  (view, at, deviation) => {
    const step = deviation / spread(bits);
    putHalf(view, at, step);
    putHalf(view, at + 2, (-step * (2 ** bits - 1)) / 2);
  };

/** Sub-blocks have scales of 32 to 63 units, and minimums that are as many units of their own. */
const subBlocks =
  (bits: number): FinishBlock =>
  (view, at, deviation, draw) => {
    const step = deviation / spread(bits) / 48;
    putHalf(view, at, step);
    putHalf(view, at + 2, (step * (2 ** bits - 1)) / 2);
    const random = draw();
    for (let j = 0; j < 4; j++) {
      const first = 32 | ((random >>> (8 * j)) & 31);
      const nibble = (random >>> (8 * j + 4)) & 15;
      // The last four scales share their upper bits (binary 10) with the first four's bytes.
      view.setUint8(at + 4 + j, first | 0x80);
      view.setUint8(at + 8 + j, first | 0x80);
      view.setUint8(at + 12 + j, nibble | (nibble << 4));
    }
  };

/** Random sign and fraction; one exponent, so that magnitudes lie between a power of two and the next. */
const plain =
  (sizeBytes: 2 | 4, fractionBits: number, bias: number): FinishBlock =>
  (view, at, deviation, draw) => {
    // Uniform in [e, 2e): the mean square is 7/3 e^2.
    const exponent = bias + Math.floor(Math.log2(deviation / Math.sqrt(7 / 3)));
    const random = draw();
    const fraction = (random >>> 1) & (2 ** fractionBits - 1);
    const bits = exponent * 2 ** fractionBits + fraction + (random & 1) * 2 ** (8 * sizeBytes - 1);
    if (sizeBytes === 2) view.setUint16(at, bits, true);
    else view.setUint32(at, bits, true);
  };

const finishers: Readonly<Record<string, FinishBlock>> = {
  F32: plain(4, 23, 127),
  F16: plain(2, 10, 15),
  BF16: plain(2, 7, 127),
  Q8_0: scaled(8),
  Q4_0: scaled(4),
  Q4_1: centred(4),
  Q5_0: scaled(5),
  Q5_1: centred(5),
  Q4_K: subBlocks(4),
  Q5_K: subBlocks(5),
  // Signed scales with a standard deviation of 74.
  Q6_K: (view, at, deviation) => putHalf(view, at + 208, deviation / spread(6) / 74),
};

/**
 * Fills whole blocks with random weights around zero.
 *
 * @param deviation the weights' standard deviation, about
 * @param draw 32 random bits
 */
export function fillWithWeights(
  format: TensorFormat,
  bytes: Uint8Array<ArrayBuffer>,
  deviation: number,
  draw: () => number,
): void {
  const finish = finishers[format.name]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (format.blockSize > 1) {
    const whole = bytes.length - (bytes.length % 4);
    for (let at = 0; at < whole; at += 4) view.setUint32(at, draw(), true);
    for (let at = whole; at < bytes.length; at++) view.setUint8(at, draw() & 0xff);
  }
  for (let at = 0; at < bytes.length; at += format.blockBytes) finish(view, at, deviation, draw);
}
