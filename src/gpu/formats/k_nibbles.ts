/**
 * The nibbles of the K formats, by chunk. In the file 32 bytes hold two chunks of 32 weights, one in the low nibbles
 * and one in the high ones. Here each has 16 bytes of its own, packed as in Q4_0: the low nibbles are its weights 0
 * to 15, the high ones 16 to 31. So a kernel reads a chunk as one word of 128 bits and uses all of it.
 */

/** Units of 16 bits that a chunk takes. */
const CHUNK_UNITS = 8;

/** A block of Q4_K or Q5_K: the chunks that share bytes are neighbours. */
export function gatherKNibbles(block: Uint16Array, at: number, plane: Uint16Array, to: number): void {
  for (let chunk = 0; chunk < 8; chunk += 2) {
    const low = to + chunk * CHUNK_UNITS;
    gatherNibbles(block, at + chunk * CHUNK_UNITS, plane, low, low + CHUNK_UNITS);
  }
}

/** A block of Q6_K: the first chunk of each half of 4 shares bytes with the third, the second with the fourth. */
export function gatherQ6Nibbles(block: Uint16Array, at: number, plane: Uint16Array, to: number): void {
  for (let half = 0; half < 8; half += 4) {
    for (let chunk = 0; chunk < 2; chunk++) {
      const low = to + (half + chunk) * CHUNK_UNITS;
      gatherNibbles(block, at + (half + 2 * chunk) * CHUNK_UNITS, plane, low, low + 2 * CHUNK_UNITS);
    }
  }
}

/**
 * @param at the first of 32 bytes, this and the following in units of 16 bits
 * @param low where the chunk of the low nibbles goes
 * @param high where the chunk of the high nibbles goes
 */
function gatherNibbles(units: Uint16Array, at: number, plane: Uint16Array, low: number, high: number): void {
  for (let j = 0; j < CHUNK_UNITS; j++) {
    const first = units[at + j]!;
    const last = units[at + CHUNK_UNITS + j]!;
    plane[low + j] = (first & 0x0f0f) | ((last & 0x0f0f) << 4);
    plane[high + j] = ((first >> 4) & 0x0f0f) | (last & 0xf0f0);
  }
}
