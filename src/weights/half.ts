/** IEEE 754 binary16 and bfloat16, as f32 numbers. */

const scratch = new DataView(new ArrayBuffer(4));

function decodeHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let halfTable: Float32Array | undefined;

/** The f32 value of each of the 65,536 halves; a look-up is several times faster than arithmetic. */
export function halfValues(): Float32Array {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, bits) => decodeHalf(bits));
  return halfTable;
}

/** A bfloat16 is the upper half of an f32. */
export function decodeBfloat16(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}
