/** How far two predictions of the next token lie apart, where one of them tells its likeliest tokens only. */

export type TopTokens = readonly { id: number; logprob: number }[];

/** Below this, what is left of a sum of single-precision probabilities is rounding. */
const ROUNDING = 1e-5;

/**
 * The Kullback-Leibler divergence KL(theirs || ours) in nats, with all tokens that `theirs` does not name taken
 * as one: never more than the divergence over all tokens, and the same where those named hold all the
 * probability.
 *
 * Each token's term is p log(p / q) - p + q. The additions cancel over all tokens, but make every term at least
 * 0, so that the rounding of probabilities that llama.cpp adds up in single precision does not count.
 *
 * @param ours log-probabilities of all tokens
 */
export function divergence(theirs: TopTokens, ours: (id: number) => number): number {
  let [sum, namedTheirs, namedOurs] = [0, 0, 0];
  for (const { id, logprob } of theirs) {
    const [p, q] = [Math.exp(logprob), Math.exp(ours(id))];
    sum += p * (logprob - ours(id)) - p + q;
    namedTheirs += p;
    namedOurs += q;
  }
  const [p, q] = [Math.max(0, 1 - namedTheirs), Math.max(0, 1 - namedOurs)];
  if (p > ROUNDING) sum += p * Math.log(p / Math.max(q, Number.MIN_VALUE)) - p + q;
  else if (q > ROUNDING) sum += q;
  return sum;
}

/** Divergences over many positions. */
export class DivergenceSum {
  positions = 0;
  #sum = 0;
  #agreeing = 0;
  max = 0;

  /** @param agrees whether both find the same token likeliest */
  add(divergence: number, agrees: boolean): void {
    this.positions += 1;
    this.#sum += divergence;
    if (agrees) this.#agreeing += 1;
    // Once NaN, it stays NaN.
    this.max = Math.max(this.max, divergence);
  }

  get mean(): number {
    return this.#sum / this.positions;
  }

  get agreement(): number {
    return this.#agreeing / this.positions;
  }
}
