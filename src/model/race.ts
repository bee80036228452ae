/**
 * The random numbers of sampling. A token is drawn by a race (Gumbel-max trick; Maddison, Tarlow and Minka 2014,
 * "A* Sampling", section 2): each token that may be drawn waits for a time that is exponentially distributed
 * with its weight as the rate, and the first one wins, which happens in proportion to the weights. Each wait
 * depends on the seed, the position and the token alone: the draw needs no order of the tokens, any subset that
 * holds the winner has the same winner, and an answer can be repeated from any point.
 */

/** 2^32 divided by the golden ratio: moves zero away from the fixed point of the hash. */
const GOLDEN = 0x9e3779b9;

/** C. Wellons, "Prospecting for hash functions": a permutation of the 32-bit integers. */
function lowbias32(x: number): number {
  let h = x >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * What the waits of all tokens at one position depend on.
 *
 * @param seed 32-bit integer
 * @param position of the token that is drawn, from the start of the sequence
 * @returns 32-bit unsigned integer
 */
export function drawKey(seed: number, position: number): number {
  return lowbias32((lowbias32(seed) ^ lowbias32(position + GOLDEN)) >>> 0);
}

/** 32 random bits for a token; `draw_hash` of sample_draw.wgsl is its twin to the last bit. */
export function drawHash(key: number, id: number): number {
  return lowbias32((key ^ lowbias32(id + GOLDEN)) >>> 0);
}

/**
 * An exponentially distributed wait of mean 1: -log(1 - v) of the uniform number v = (hash + 1/2) / 2^32.
 *
 * @returns from 2^-33 to 22.9
 */
export function waitOf(hash: number): number {
  return -Math.log1p(-(hash + 0.5) / 2 ** 32);
}

/**
 * Log of the weight below which a token counts as impossible; the likeliest token has weight 1. It takes
 * nothing from the draw: the shortest wait at this weight, 2^40 * 2^-33, is longer than the longest of the
 * likeliest token.
 */
export const NEGLIGIBLE_LOG_WEIGHT = -40 * Math.LN2;
