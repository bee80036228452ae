/**
 * Moves fields of consecutive blocks into planes, 16 bytes at once. AssemblyScript, compiled to WebAssembly when Glance
 * is built: the same loops in JavaScript take three times as long, and a model has gigabytes of blocks.
 *
 * In all of them `from` is the address of the field in the first block, `step` the bytes from one block to the next,
 * and `to` where the plane's bytes of the first block go.
 */

const LOW: v128 = i8x16.splat(0x0f);

/** Fields of `length` bytes, an even number, in their order. */
export function inOrder(from: usize, step: usize, to: usize, blocks: u32, length: usize): void {
  const whole = length & ~15;
  for (let block: u32 = 0; block < blocks; block++, from += step, to += length) {
    let at: usize = 0;
    for (; at < whole; at += 16) v128.store(to + at, v128.load(from + at));
    for (; at < length; at += 2) store<u16>(to + at, load<u16>(from + at));
  }
}

// The nibbles of the K formats, by chunk. In the file 32 bytes hold two chunks of 32 weights, one in the low nibbles
// and one in the high ones. In the plane each has 16 bytes of its own, packed as in Q4_0: the low nibbles are its
// weights 0 to 15, the high ones 16 to 31. So a kernel reads a chunk as one word of 128 bits and uses all of it.

/** Fields of 128 bytes of Q4_K or Q5_K: the chunks that share bytes are neighbours. */
export function kNibbles(from: usize, step: usize, to: usize, blocks: u32): void {
  for (let block: u32 = 0; block < blocks; block++, from += step, to += 128) {
    for (let at: usize = 0; at < 128; at += 32) gather(from + at, to + at, to + at + 16);
  }
}

/** Of Q6_K: the first chunk of each half of 4 shares bytes with the third, the second with the fourth. */
export function q6Nibbles(from: usize, step: usize, to: usize, blocks: u32): void {
  for (let block: u32 = 0; block < blocks; block++, from += step, to += 128) {
    for (let half: usize = 0; half < 128; half += 64) {
      gather(from + half, to + half, to + half + 32);
      gather(from + half + 32, to + half + 16, to + half + 48);
    }
  }
}

/** @param from 32 bytes, whose low nibbles become the chunk at `low` and the high ones that at `high` */
function gather(from: usize, low: usize, high: usize): void {
  const first = v128.load(from);
  const last = v128.load(from, 16);
  v128.store(low, v128.or(v128.and(first, LOW), i16x8.shl(v128.and(last, LOW), 4)));
  v128.store(high, v128.or(v128.and(i16x8.shr_u(first, 4), LOW), v128.andnot(last, LOW)));
}
