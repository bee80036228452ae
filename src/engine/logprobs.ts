/** Log-probabilities as the OpenAI API reports them. */

/** Most alternatives that can be asked for, as in the OpenAI API. */
export const MAX_TOP_LOGPROBS = 20;

export interface TokenLogprob {
  id: number;
  /** Natural logarithm of the probability. */
  logprob: number;
}

/**
 * Log-probability of a token and of the likeliest ones, by the model's own distribution: before bias,
 * penalties, temperature and cuts.
 *
 * @param logits [vocabulary], as the model computed them
 * @param id the token that was drawn
 * @param count likeliest tokens wanted, 0 to {@link MAX_TOP_LOGPROBS}; ties go to the smaller id
 */
export function topLogprobs(
  logits: Float32Array,
  id: number,
  count: number,
): { logprob: number; top: TokenLogprob[] } {
  const top: number[] = [];
  let largest = Number.NEGATIVE_INFINITY;
  for (let candidate = 0; candidate < logits.length; candidate++) {
    const logit = logits[candidate]!;
    largest = Math.max(largest, logit);
    if (top.length === count && !(count > 0 && logit > logits[top[count - 1]!]!)) continue;
    // Behind those that are as likely: they have smaller ids.
    let at = top.length;
    while (at > 0 && logits[top[at - 1]!]! < logit) at--;
    top.splice(at, 0, candidate);
    if (top.length > count) top.pop();
  }
  let sum = 0;
  for (let candidate = 0; candidate < logits.length; candidate++)
    sum += Math.exp(logits[candidate]! - largest);
  const logSum = largest + Math.log(sum);
  return {
    logprob: logits[id]! - logSum,
    top: top.map((candidate) => ({ id: candidate, logprob: logits[candidate]! - logSum })),
  };
}
