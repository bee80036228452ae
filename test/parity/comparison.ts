/** How far two judges' numbers lie apart, position by position. */
export interface Comparison {
  /** Largest absolute difference of any two numbers. */
  maxAbs: number;
  /** Positions at which both sides agree; what that means is the caller's. */
  agreeing: number;
  positions: number;
}

export const noComparison = (): Comparison => ({ maxAbs: 0, agreeing: 0, positions: 0 });

/** Adds another comparison of the same thing. */
export function merge(into: Comparison, other: Comparison): void {
  into.maxAbs = Math.max(into.maxAbs, other.maxAbs);
  into.agreeing += other.agreeing;
  into.positions += other.positions;
}

/** Largest absolute difference; NaN anywhere, or a length that differs, counts as infinitely far. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
    if (difference > largest) largest = difference;
  }
  return largest;
}

/** Compares [positions, width] arrays row by row. */
export function compareRows(
  ours: Float32Array,
  theirs: Float32Array,
  width: number,
  agrees: (ours: Float32Array, theirs: Float32Array) => boolean,
): Comparison {
  const positions = theirs.length / width;
  const result: Comparison = { maxAbs: largestDifference(ours, theirs), agreeing: 0, positions };
  for (let row = 0; row < positions; row++) {
    const range = [row * width, (row + 1) * width] as const;
    if (agrees(ours.subarray(...range), theirs.subarray(...range))) result.agreeing += 1;
  }
  return result;
}

export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** log(softmax(logits)), in double precision. */
export function logSoftmax(logits: Float32Array): Float64Array {
  const largest = logits[argmax(logits)]!;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  const shift = largest + Math.log(sum);
  return Float64Array.from(logits, (logit) => logit - shift);
}
