import type { Tokenizer } from '../../model/tokenizer.ts';
import type { Drawing } from '../executor.ts';
import type { AnswerReader } from './answer_reader.ts';
import type { ThoughtBudget } from './thought_budget.ts';

/**
 * Says which tokens may come next, where that is not left to the model: a thought that used up its budget is
 * ended word by word.
 */
export class Guide {
  readonly #reader: AnswerReader;
  readonly #tokenizer: Pick<Tokenizer, 'vocabSize'>;
  readonly #budget: ThoughtBudget | null;
  /** Tokens that come next whatever the model says. */
  readonly #forced: number[] = [];

  constructor(
    reader: AnswerReader,
    tokenizer: Pick<Tokenizer, 'vocabSize'>,
    { budget }: { budget: ThoughtBudget | null },
  ) {
    this.#reader = reader;
    this.#tokenizer = tokenizer;
    this.#budget = budget;
    this.#force();
  }

  /** What a drawing has to be told; nothing if every token may come at any time. */
  get steering(): Pick<Drawing, 'allowed' | 'free'> {
    if (this.#budget === null) return {};
    return { allowed: () => this.#allowed(), free: () => this.#free() };
  }

  /** Hands a drawn token to the reader, and takes note of where the answer stands then. */
  push(id: number): ReturnType<AnswerReader['push']> {
    const before = this.#reader.phase;
    const parts = this.#reader.push(id);
    if (this.#forced.length > 0) this.#forced.shift();
    this.#budget?.heard(before, this.#reader.phase);
    this.#force();
    return parts;
  }

  #force(): void {
    this.#forced.push(...(this.#budget?.ending(this.#reader.phase) ?? []));
  }

  #allowed(): Uint32Array<ArrayBuffer> | null {
    const [next] = this.#forced;
    if (next === undefined) return null;
    const bits = new Uint32Array(Math.ceil(this.#tokenizer.vocabSize / 32));
    bits[next >>> 5] = 1 << (next & 31);
    return bits;
  }

  #free(): number {
    if (this.#forced.length > 0) return 0;
    return this.#budget?.left(this.#reader.phase) ?? Number.POSITIVE_INFINITY;
  }
}
