/** Random settings of the sampler, and whether what it draws has their distribution. */
import {
  type DrawConstraints,
  keptTokens,
  processLogits,
  sample,
  TokenHistory,
} from '../../src/engine/sampler.ts';
import { drawKey } from '../../src/model/race.ts';
import { GREEDY, type SamplingOptions } from '../../src/model/sampling.ts';
import { randomFrom } from './random.ts';

/** What one draw depends on but the seed and the position. */
export interface Setting {
  logits: Float32Array;
  options: SamplingOptions;
  constraints: DrawConstraints & { allowed: Uint32Array<ArrayBuffer> | null };
  promptIds: Int32Array;
}

/** Normally distributed numbers (Box and Muller). */
export function normalLogits(count: number, spread: number, random: () => number): Float32Array {
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return spread * radius * Math.cos(2 * Math.PI * random());
  });
}

/** Every option off now and then, or at the end of its range. */
export function randomSetting(vocabSize: number, seed: number): Setting {
  const random = randomFrom(seed);
  const oneOf = <T>(...choices: (() => T)[]): T => choices[Math.floor(random() * choices.length)]!();
  const whole = (end: number) => Math.floor(random() * end);
  const ids = (count: number) => Int32Array.from({ length: count }, () => whole(vocabSize));

  const logits = normalLogits(vocabSize, 0.3 + random() * 5, random);
  // Ties, also between the zeros.
  const step = oneOf(
    () => 0,
    () => 0,
    () => 0,
    () => 0.5,
    () => 100,
  );
  if (step > 0) for (let id = 0; id < vocabSize; id++) logits[id] = step * Math.trunc(logits[id]! / step);

  const off = <T>(value: T) => [() => value, () => value];
  const options: SamplingOptions = {
    temperature: 0.05 + 1.95 * random() ** 2,
    topK: oneOf(
      ...off(0),
      () => 2 + whole(30),
      () => 1 + whole(vocabSize + 10),
    ),
    topP: oneOf(
      ...off(1),
      () => random(),
      () => 1 - random() ** 6,
    ),
    minP: oneOf(
      ...off(0),
      () => random() * 0.3,
      () => random() ** 8,
    ),
    presencePenalty: oneOf(...off(0), () => 4 * random() - 2),
    frequencyPenalty: oneOf(...off(0), () => (4 * random() - 2) / 10),
    repetitionPenalty: oneOf(...off(1), () => 0.7 + random()),
  };
  const allowed = oneOf(...off(null), () => {
    const bits = new Uint32Array(Math.ceil(vocabSize / 32));
    for (const id of ids(1 + whole(vocabSize))) bits[id >>> 5]! |= 1 << (id & 31);
    return bits;
  });
  const logitBias = oneOf(
    ...off(new Map<number, number>()),
    () => new Map([...ids(5)].map((id) => [id, 10 * random() - 5])),
  );
  return { logits, options, constraints: { allowed, logitBias }, promptIds: ids(10) };
}

/** How a series of draws compares with what the reference makes of the same history. */
export interface Comparison {
  /** Draws of the very token that the reference draws. */
  same: number;
  /** Tokens that cannot be drawn. */
  impossible: number;
  /** Chi-square as a standard normal number (Wilson and Hilferty 1931); null where only one outcome is likely. */
  z: number | null;
}

/** Classes of outcomes of draws that depend on those before. */
const STRETCHES = 8;

/** @param drawn at positions 0, 1, .. */
export function compare(setting: Setting, seed: number, drawn: readonly number[]): Comparison {
  const { logits, options, constraints, promptIds } = setting;
  const history = new TokenHistory(promptIds);
  const changes =
    options.presencePenalty !== 0 || options.frequencyPenalty !== 0 || options.repetitionPenalty !== 1;
  // Classes of outcomes: the tokens, where their probabilities stay; else stretches of the distribution function.
  const classes = changes ? STRETCHES : logits.length;
  const expected = new Float64Array(classes);
  const seen = new Float64Array(classes);
  const random = randomFrom(seed);
  let same = 0;
  let impossible = 0;
  let probabilities: Float64Array | null = null;
  for (const [position, id] of drawn.entries()) {
    if (probabilities === null || changes) probabilities = distribution(setting, history);
    if (changes) {
      // A point within the token's stretch, which makes the distribution uniform whatever the probabilities are.
      const below = probabilities.subarray(0, id).reduce((sum, probability) => sum + probability, 0);
      const at = (below + random() * probabilities[id]!) * STRETCHES;
      seen[Math.min(Math.floor(at), STRETCHES - 1)]! += 1;
      for (let i = 0; i < STRETCHES; i++) expected[i]! += 1 / STRETCHES;
    } else {
      seen[id]! += 1;
      for (const [token, probability] of probabilities.entries()) expected[token]! += probability;
    }
    impossible += Number(probabilities[id] === 0);
    same += Number(sample(logits.slice(), history, options, drawKey(seed, position), constraints) === id);
    if (changes) history.add(id);
  }
  return { same, impossible, z: chiSquare(seen, expected) };
}

function distribution({ logits, options, constraints }: Setting, history: TokenHistory): Float64Array {
  const processed = logits.slice();
  processLogits(processed, history, options, constraints);
  const out = new Float64Array(logits.length);
  if (options.topK === 1 || options.temperature === 0) {
    out[processed.reduce((best, logit, id) => (logit > processed[best]! ? id : best), 0)] = 1;
    return out;
  }
  const { ids, weights } = keptTokens(processed, options);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [i, id] of ids.entries()) out[id] = weights[i]! / total;
  return out;
}

/** Least expected count of a class of outcomes; rarer ones are put together. */
const LEAST_EXPECTED = 5;

function chiSquare(seen: Float64Array, expected: Float64Array): number | null {
  const order = [...expected.keys()].sort((a, b) => expected[a]! - expected[b]!);
  const classes: { seen: number; expected: number }[] = [];
  let open = { seen: 0, expected: 0 };
  for (const id of order) {
    open.seen += seen[id]!;
    open.expected += expected[id]!;
    if (open.expected < LEAST_EXPECTED) continue;
    classes.push(open);
    open = { seen: 0, expected: 0 };
  }
  const last = classes.at(-1);
  if (last === undefined || classes.length < 2) return null;
  last.seen += open.seen;
  last.expected += open.expected;
  const sum = classes.reduce((acc, { seen, expected }) => acc + (seen - expected) ** 2 / expected, 0);
  const degrees = classes.length - 1;
  const spread = 2 / (9 * degrees);
  return ((sum / degrees) ** (1 / 3) - (1 - spread)) / Math.sqrt(spread);
}

/** A setting of nothing but these options. */
export function plainSetting(logits: Float32Array, options: Partial<SamplingOptions>): Setting {
  return {
    logits,
    options: { ...GREEDY, ...options },
    constraints: { allowed: null },
    promptIds: new Int32Array(0),
  };
}
