import type { Tokenizer } from '../../model/tokenizer.ts';
import type { AnswerPhase } from './answer_reader.ts';
import { MARKS } from './marks.ts';

/**
 * The words with which Qwen3 is made to stop thinking; its answers are good behind these very words (Qwen3
 * Technical Report, arXiv:2505.09388, section 4.3, "Thinking Budget").
 */
const EARLY_END =
  '\n\nConsidering the limited time by the user, I have to give the solution based on the thinking directly now.\n';

/** What the templates write behind the end of a thought. */
export const AFTER_THOUGHT = '\n\n';

/** Counts the tokens of a thought, and ends it when it has had enough of them. */
export class ThoughtBudget {
  readonly #tokenizer: Pick<Tokenizer, 'encode'>;
  readonly #most: number;
  readonly #beginsInPrompt: boolean;
  #spent = 0;
  #ending: number[] | null = null;

  /**
   * @param most tokens of the thought, its marks not counted
   * @param beginsInPrompt whether the prompt opened the thought
   */
  constructor(tokenizer: Pick<Tokenizer, 'encode'>, most: number, beginsInPrompt: boolean) {
    this.#tokenizer = tokenizer;
    this.#most = most;
    this.#beginsInPrompt = beginsInPrompt;
  }

  /**
   * Takes note of a token of the thought.
   *
   * @param before phase in which it was drawn
   * @param after phase that it led to
   */
  heard(before: AnswerPhase, after: AnswerPhase): void {
    if (before === 'reasoning' && after === 'reasoning') this.#spent += 1;
  }

  /** Tokens that may yet be drawn before the thought has to be ended. */
  left(phase: AnswerPhase): number {
    const left = Math.max(0, this.#most - this.#spent);
    if (phase === 'reasoning') return left;
    return phase === 'start' ? left + 1 : Number.POSITIVE_INFINITY;
  }

  /** The tokens that end the thought, once it has had its share; told once. */
  ending(phase: AnswerPhase): readonly number[] {
    if (this.#ending !== null || phase !== 'reasoning' || this.left(phase) > 0) return [];
    // An empty thought looks as the templates write it.
    const nothing = this.#beginsInPrompt ? '\n' : '\n\n';
    const words = this.#spent === 0 ? nothing : EARLY_END;
    this.#ending = this.#tokenizer.encode(`${words}${MARKS.thinkEnd}${AFTER_THOUGHT}`, {
      special: 'user-defined',
    });
    return this.#ending;
  }
}
