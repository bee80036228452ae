import type { Tokenizer } from '../../model/tokenizer.ts';
import type { Drawing } from '../executor.ts';
import type { AnswerPart, AnswerPhase, AnswerReader } from './answer_reader.ts';
import { MARKS } from './marks.ts';
import { AFTER_THOUGHT, type ThoughtBudget } from './thought_budget.ts';

/** Says which tokens may come next in the answer proper: what follows a thought. One for each answer. */
export interface TokenConstraint {
  /** The answer may be any text, or none: what is constrained only begins where the model chooses to. */
  readonly isFree: boolean;
  /** In an answer that is free: nothing is constrained until one of `turns` is drawn. */
  readonly isIdle: boolean;
  /** Tokens with which what is constrained begins, in an answer that is free. */
  readonly turns: ReadonlySet<number>;
  /** Works out what may come next; to be awaited before `allowed` is asked. */
  prepare(): Promise<void>;
  /** Bits of the tokens that may be drawn next; null: all. */
  allowed(): Uint32Array<ArrayBuffer> | null;
  /** Takes the token that was drawn. */
  accept(id: number): void;
  dispose(): void;
}

export interface GuideOptions {
  reader: AnswerReader;
  tokenizer: Pick<Tokenizer, 'vocabSize' | 'idOf' | 'encode' | 'endTokenIds'>;
  /** Null: a thought may be as long as the answer. */
  budget: ThoughtBudget | null;
  /** Null: the answer may be anything. */
  constraint: TokenConstraint | null;
  /** Whether the model may begin with a thought that the prompt has not opened. */
  mayThink: boolean;
}

/**
 * Says which tokens may come next, where that is not left to the model: a thought that used up its budget is ended
 * word by word, and the answer behind it may be constrained.
 */
export class Guide {
  readonly #options: GuideOptions;
  /** Tokens that come next whatever the model says. */
  readonly #forced: number[] = [];
  /** Bits of all tokens but those that end the answer: where it is constrained, it does not end in a thought. */
  readonly #thoughtTokens: Uint32Array<ArrayBuffer>;

  constructor(options: GuideOptions) {
    this.#options = options;
    this.#thoughtTokens = noTokens(options.tokenizer).fill(0xffffffff);
    for (const id of options.tokenizer.endTokenIds) this.#thoughtTokens[id >>> 5]! &= ~(1 << (id & 31));
    this.#endThought();
  }

  /** What a drawing has to be told; nothing if every token may come at any time. */
  get steering(): Pick<Drawing, 'allowed' | 'free' | 'whileFree' | 'turns'> {
    const { budget, constraint } = this.#options;
    if (budget === null && constraint === null) return {};
    const turns = this.#turns();
    return {
      allowed: () => this.#allowed(),
      free: () => this.#free(),
      // Only thoughts are free then.
      ...(constraint && !constraint.isFree && { whileFree: this.#thoughtTokens }),
      ...(turns && { turns }),
    };
  }

  /** Gets ready to say what may come next; to be awaited before each draw. */
  async prepare(): Promise<void> {
    const { reader, constraint } = this.#options;
    if (this.#forced.length === 0 && reader.phase !== 'reasoning') await constraint?.prepare();
  }

  /** Hands a drawn token to the reader, and takes note of where the answer stands then. */
  push(id: number): AnswerPart[] {
    const { reader, budget } = this.#options;
    const before = reader.phase;
    const parts = reader.push(id);
    const wasForced = this.#forced.shift() !== undefined;
    budget?.heard(before, reader.phase);
    if (!wasForced) this.#constrain(id, before, reader.phase);
    this.#endThought();
    return parts;
  }

  /** The constraint is told of the answer alone: of no thought, its marks, or what was put behind it. */
  #constrain(id: number, before: AnswerPhase, after: AnswerPhase): void {
    const { constraint, tokenizer } = this.#options;
    if (constraint === null || after === 'reasoning') return;
    if (before !== 'reasoning') constraint.accept(id);
    else if (!constraint.isFree) this.#forced.push(...tokenizer.encode(AFTER_THOUGHT));
  }

  #endThought(): void {
    const { reader, budget } = this.#options;
    this.#forced.push(...(budget?.ending(reader.phase) ?? []));
  }

  #allowed(): Uint32Array<ArrayBuffer> | null {
    const { reader, tokenizer, constraint, mayThink } = this.#options;
    const [next] = this.#forced;
    if (next !== undefined) return withToken(noTokens(tokenizer), next);
    if (constraint === null) return null;
    if (reader.phase === 'reasoning') return constraint.isFree ? null : this.#thoughtTokens;
    const bits = constraint.allowed();
    const thinkStart = tokenizer.idOf(MARKS.thinkStart);
    if (bits === null || !mayThink || reader.phase !== 'start' || thinkStart === undefined) return bits;
    return withToken(bits.slice(), thinkStart);
  }

  /** Tokens behind which something else is allowed than before. */
  #turns(): ReadonlySet<number> | null {
    const { constraint, tokenizer } = this.#options;
    if (constraint === null || constraint.isFree) return constraint?.turns ?? null;
    const thinkEnd = tokenizer.idOf(MARKS.thinkEnd);
    return thinkEnd === undefined ? null : new Set([thinkEnd]);
  }

  #free(): number {
    const { reader, budget, constraint } = this.#options;
    if (this.#forced.length > 0) return 0;
    const left = budget?.left(reader.phase) ?? Number.POSITIVE_INFINITY;
    if (constraint === null) return left;
    if (constraint.isFree) return reader.phase === 'reasoning' || constraint.isIdle ? left : 0;
    // Where the end of a thought is no token, it may come with any.
    return reader.phase === 'reasoning' && this.#turns() !== null ? left : 0;
  }
}

function noTokens({ vocabSize }: Pick<Tokenizer, 'vocabSize'>): Uint32Array<ArrayBuffer> {
  return new Uint32Array(Math.ceil(vocabSize / 32));
}

function withToken(bits: Uint32Array<ArrayBuffer>, id: number): Uint32Array<ArrayBuffer> {
  bits[id >>> 5]! |= 1 << (id & 31);
  return bits;
}
