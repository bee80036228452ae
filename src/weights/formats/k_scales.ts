/** Bytes that hold the eight scales and eight minimums of a block of Q4_K or Q5_K. */
export const K_SCALE_BYTES = 12;

/**
 * Unpacks the 6-bit scales and minimums of the eight sub-blocks of 32. The first four scales are the lower
 * six bits of bytes 0 to 3, the first four minimums those of bytes 4 to 7. The last four take their lower
 * nibble from bytes 8 to 11 (scales low, minimums high) and their upper two bits from what bytes 0 to 7
 * leave unused.
 *
 * @param scales [8], filled
 * @param mins [8], filled
 */
export function unpackKScales(bytes: Uint8Array, at: number, scales: Uint8Array, mins: Uint8Array): void {
  for (let j = 0; j < 4; j++) {
    const [scale, min, rest] = [bytes[at + j]!, bytes[at + 4 + j]!, bytes[at + 8 + j]!];
    scales[j] = scale & 63;
    mins[j] = min & 63;
    scales[j + 4] = (rest & 0xf) | ((scale >> 6) << 4);
    mins[j + 4] = (rest >> 4) | ((min >> 6) << 4);
  }
}
