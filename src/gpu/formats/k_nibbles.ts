import type { MoveField } from './format.ts';

/**
 * The nibbles of the K formats, by chunk. In the file 32 bytes hold two chunks of 32 weights, one in the low nibbles
 * and one in the high ones. Here each has 16 bytes of its own, packed as in Q4_0: the low nibbles are its weights 0
 * to 15, the high ones 16 to 31. So a kernel reads a chunk as one word of 128 bits and uses all of it.
 */

/** Bytes, and words of 4 bytes, that a chunk takes. */
const CHUNK_BYTES = 16;
const CHUNK_WORDS = 4;

/** Blocks of Q4_K or Q5_K: the chunks that share bytes are neighbours. */
export const gatherKNibbles: MoveField = (view, from, step, plane, blocks) => {
  for (let block = 0; block < blocks; block++) {
    for (let chunk = 0; chunk < 8; chunk += 2) {
      const low = (8 * block + chunk) * CHUNK_WORDS;
      gatherNibbles(view, from + block * step + chunk * CHUNK_BYTES, plane, low, low + CHUNK_WORDS);
    }
  }
};

/** Blocks of Q6_K: the first chunk of each half of 4 shares bytes with the third, the second with the fourth. */
export const gatherQ6Nibbles: MoveField = (view, from, step, plane, blocks) => {
  for (let block = 0; block < blocks; block++) {
    for (let half = 0; half < 8; half += 4) {
      for (let chunk = 0; chunk < 2; chunk++) {
        const at = from + block * step + (half + 2 * chunk) * CHUNK_BYTES;
        const low = (8 * block + half + chunk) * CHUNK_WORDS;
        gatherNibbles(view, at, plane, low, low + 2 * CHUNK_WORDS);
      }
    }
  }
};

/**
 * @param at offset of 32 bytes
 * @param low the word from which on the chunk of the low nibbles goes
 * @param high that of the high nibbles
 */
function gatherNibbles(
  view: DataView<ArrayBuffer>,
  at: number,
  plane: Int32Array<ArrayBuffer>,
  low: number,
  high: number,
): void {
  for (let word = 0; word < CHUNK_WORDS; word++) {
    const first = view.getInt32(at + 4 * word, true);
    const last = view.getInt32(at + CHUNK_BYTES + 4 * word, true);
    plane[low + word] = (first & 0x0f0f0f0f) | ((last & 0x0f0f0f0f) << 4);
    plane[high + word] = ((first >>> 4) & 0x0f0f0f0f) | (last & 0xf0f0f0f0);
  }
}
