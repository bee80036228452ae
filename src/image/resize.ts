/**
 * Bicubic resampling with antialiasing, bit for bit as Pillow does it for 8-bit pictures (method of
 * Pillow's `Resample.c`): rows first, then columns, each pass with fixed-point weights and an 8-bit result.
 */
import { assert } from '../model/errors.ts';

/** Half width of the cubic kernel, in pixels of the coarser of the two grids. */
const BICUBIC_SUPPORT = 2;
/** Fraction bits of a weight: 32 less 8 for the sample and 2 for overshoot, so that sums stay in int32. */
const PRECISION_BITS = 32 - 8 - 2;
/** One half, added so that the final shift rounds. */
const ROUNDING = 1 << (PRECISION_BITS - 1);

/** Which source samples make each target sample along one axis, and with which weights. */
interface AxisWeights {
  /** Weights reserved per target sample; those past `counts[i]` are zero. */
  stride: number;
  /** First source sample of each target sample: [target]. */
  starts: Int32Array;
  /** Number of source samples of each target sample: [target]. */
  counts: Int32Array;
  /** Fixed-point weights with {@link PRECISION_BITS} fraction bits: [target, stride]. */
  weights: Int32Array;
}

/** Keys' cubic convolution kernel with a = -0.5. */
function bicubicKernel(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
}

/** Weights for resampling an axis of `source` samples to `target` samples. */
function axisWeights(source: number, target: number): AxisWeights {
  const scale = source / target;
  // Antialiasing: when shrinking, the kernel widens with the scale and so averages what it skips.
  const kernelScale = Math.max(1, scale);
  const support = BICUBIC_SUPPORT * kernelScale;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(target);
  const counts = new Int32Array(target);
  const weights = new Int32Array(target * stride);
  const exact = new Float64Array(stride);
  for (let i = 0; i < target; i++) {
    const center = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(source, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let j = 0; j < count; j++) {
      exact[j] = bicubicKernel((j + start - center + 0.5) * (1 / kernelScale));
      sum += exact[j]!;
    }
    for (let j = 0; j < count; j++) {
      const weight = (sum === 0 ? exact[j]! : exact[j]! / sum) * (1 << PRECISION_BITS);
      weights[i * stride + j] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    starts[i] = start;
    counts[i] = count;
  }
  return { stride, starts, counts, weights };
}

/** Leaves the fixed-point scale and stays within 0..255. */
function clip8(sum: number): number {
  const value = sum >> PRECISION_BITS;
  return Math.min(Math.max(value, 0), 255);
}

/**
 * Resizes a picture whose rows arrive in pieces, so that a large one never has to exist as a whole in
 * our memory: rows are narrowed as they come, columns at the end.
 */
export class BicubicResizer {
  /** Rows already resampled along x: [sourceHeight, width, 3]. */
  readonly #narrowed: Uint8Array<ArrayBuffer>;
  readonly #columns: AxisWeights | null;
  #rowsTaken = 0;

  /** All sides in pixels, at least 1. */
  constructor(
    readonly sourceWidth: number,
    readonly sourceHeight: number,
    readonly width: number,
    readonly height: number,
  ) {
    assert(
      Math.min(sourceWidth, sourceHeight, width, height) >= 1,
      'a picture side below 1 was to be resized',
    );
    this.#narrowed = new Uint8Array(sourceHeight * width * 3);
    this.#columns = sourceWidth === width ? null : axisWeights(sourceWidth, width);
  }

  /**
   * Takes the next rows from top to bottom.
   *
   * @param pixels - [rows, sourceWidth, channels], 0..255; a fourth channel is skipped.
   * @param channels - 3 for RGB, 4 for RGBA.
   */
  pushRows(pixels: Uint8Array | Uint8ClampedArray, channels: 3 | 4): void {
    const rowLength = this.sourceWidth * channels;
    const rows = pixels.length / rowLength;
    assert(
      Number.isInteger(rows) && this.#rowsTaken + rows <= this.sourceHeight,
      'rows to be resized do not fit the picture',
    );
    for (let row = 0; row < rows; row++) {
      const target = (this.#rowsTaken + row) * this.width * 3;
      if (this.#columns === null)
        copyRow(pixels, row * rowLength, channels, this.#narrowed, target, this.width);
      else narrowRow(pixels, row * rowLength, channels, this.#narrowed, target, this.#columns);
    }
    this.#rowsTaken += rows;
  }

  /** The resized picture, [height, width, 3], once every row has been pushed. */
  finish(): Uint8Array<ArrayBuffer> {
    assert(this.#rowsTaken === this.sourceHeight, 'a picture was resized before all of its rows had come');
    if (this.sourceHeight === this.height) return this.#narrowed;
    return resampleColumns(this.#narrowed, this.width * 3, axisWeights(this.sourceHeight, this.height));
  }
}

function copyRow(
  source: Uint8Array | Uint8ClampedArray,
  sourceOffset: number,
  channels: 3 | 4,
  target: Uint8Array,
  targetOffset: number,
  width: number,
): void {
  for (let x = 0, s = sourceOffset, t = targetOffset; x < width; x++, s += channels, t += 3) {
    target[t] = source[s]!;
    target[t + 1] = source[s + 1]!;
    target[t + 2] = source[s + 2]!;
  }
}

function narrowRow(
  source: Uint8Array | Uint8ClampedArray,
  sourceOffset: number,
  channels: 3 | 4,
  target: Uint8Array,
  targetOffset: number,
  axis: AxisWeights,
): void {
  const { stride, starts, counts, weights } = axis;
  for (let x = 0, t = targetOffset; x < starts.length; x++, t += 3) {
    let red = ROUNDING;
    let green = ROUNDING;
    let blue = ROUNDING;
    let s = sourceOffset + starts[x]! * channels;
    const first = x * stride;
    const end = first + counts[x]!;
    for (let k = first; k < end; k++, s += channels) {
      const weight = weights[k]!;
      red = (red + Math.imul(weight, source[s]!)) | 0;
      green = (green + Math.imul(weight, source[s + 1]!)) | 0;
      blue = (blue + Math.imul(weight, source[s + 2]!)) | 0;
    }
    target[t] = clip8(red);
    target[t + 1] = clip8(green);
    target[t + 2] = clip8(blue);
  }
}

/** Resamples along y. A row of sums is kept so that memory is read in order. */
function resampleColumns(source: Uint8Array, rowLength: number, axis: AxisWeights): Uint8Array<ArrayBuffer> {
  const { stride, starts, counts, weights } = axis;
  const target = new Uint8Array(starts.length * rowLength);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < starts.length; y++) {
    sums.fill(ROUNDING);
    for (let k = 0; k < counts[y]!; k++) {
      const weight = weights[y * stride + k]!;
      const row = (starts[y]! + k) * rowLength;
      for (let i = 0; i < rowLength; i++) sums[i] = sums[i]! + Math.imul(weight, source[row + i]!);
    }
    for (let i = 0; i < rowLength; i++) target[y * rowLength + i] = clip8(sums[i]!);
  }
  return target;
}

/**
 * Resizes a whole RGB picture; see {@link BicubicResizer}. Unchanged sizes give an equal copy.
 *
 * @param rgb - [sourceHeight, sourceWidth, 3], 0..255.
 * @returns [height, width, 3], 0..255.
 */
export function resizeBicubic(
  rgb: Uint8Array | Uint8ClampedArray,
  sourceWidth: number,
  sourceHeight: number,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  const resizer = new BicubicResizer(sourceWidth, sourceHeight, width, height);
  resizer.pushRows(rgb, 3);
  return resizer.finish();
}
