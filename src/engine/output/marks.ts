import type { Tokenizer } from '../../model/tokenizer.ts';
import { undecidedTail } from './undecided_tail.ts';

/** With what Qwen models divide their output; tokens of their own in the vocabularies of Qwen3. */
export const MARKS = {
  thinkStart: '<think>',
  thinkEnd: '</think>',
  callStart: '<tool_call>',
  callEnd: '</tool_call>',
} as const;

export type Mark = keyof typeof MARKS;

/** A stretch of output: text, or a mark, whose `text` is how it is spelt. */
export interface Piece {
  mark: Mark | null;
  text: string;
}

/**
 * Turns drawn tokens into whole characters and marks. A mark is told by its token's id: the same characters
 * spelt out in other tokens are text. Only where the vocabulary has no such token, text is searched for it.
 */
export class MarkScanner {
  // A byte order mark is text like any other.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #tokenizer: Pick<Tokenizer, 'idOf' | 'decodeBytes' | 'isControl'>;
  readonly #byId = new Map<number, Mark>();
  /** Marks that are no token. */
  readonly #bySpelling: Mark[] = [];
  readonly #spellings: string[];
  #held = '';

  /** @param marks those to be told; others are text */
  constructor(tokenizer: Pick<Tokenizer, 'idOf' | 'decodeBytes' | 'isControl'>, marks: readonly Mark[]) {
    this.#tokenizer = tokenizer;
    for (const mark of marks) {
      const id = tokenizer.idOf(MARKS[mark]);
      if (id === undefined) this.#bySpelling.push(mark);
      else this.#byId.set(id, mark);
    }
    this.#spellings = this.#bySpelling.map((mark) => MARKS[mark]);
  }

  /** @returns what is settled by a token; nothing while a character or a spelt mark is unfinished */
  push(id: number): Piece[] {
    const mark = this.#byId.get(id);
    if (mark !== undefined) return [...this.end(), { mark, text: MARKS[mark] }];
    if (this.#tokenizer.isControl(id)) return [];
    this.#held += this.#decoder.decode(this.#tokenizer.decodeBytes(id), { stream: true });
    const pieces: Piece[] = [];
    for (let found = this.#earliestSpelling(); found !== null; found = this.#earliestSpelling()) {
      pieces.push({ mark: null, text: this.#take(found.at) }, { mark: found.mark, text: '' });
      pieces.at(-1)!.text = this.#take(MARKS[found.mark].length);
    }
    pieces.push({
      mark: null,
      text: this.#take(this.#held.length - undecidedTail(this.#held, this.#spellings)),
    });
    return pieces.filter(({ text }) => text !== '');
  }

  /** What was held back. Bytes of a character that was never finished are dropped. */
  end(): Piece[] {
    // Clears the decoder, which would else complete the character with bytes from after a mark.
    this.#decoder.decode(new Uint8Array(0));
    const text = this.#take(this.#held.length);
    return text === '' ? [] : [{ mark: null, text }];
  }

  #take(length: number): string {
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return text;
  }

  #earliestSpelling(): { mark: Mark; at: number } | null {
    let earliest: { mark: Mark; at: number } | null = null;
    for (const mark of this.#bySpelling) {
      const at = this.#held.indexOf(MARKS[mark]);
      if (at >= 0 && (earliest === null || at < earliest.at)) earliest = { mark, at };
    }
    return earliest;
  }
}

/**
 * Where a prompt leaves the model: inside a thought that the template opened, behind one that it closed, or
 * neither.
 */
export type PromptThought = 'open' | 'closed' | 'none';

/** @param tokenIds of the prompt; what counts is its last turn, which is the answer's beginning */
export function promptThought(
  tokenIds: ArrayLike<number>,
  tokenizer: Pick<Tokenizer, 'idOf' | 'decodeBytes' | 'isControl'>,
): PromptThought {
  const turn = tokenizer.idOf('<|im_start|>');
  let from = tokenIds.length;
  while (from > 0 && tokenIds[from - 1] !== turn) from -= 1;
  // A prompt without turns is a text, not a conversation.
  if (from === 0) return 'none';
  const scanner = new MarkScanner(tokenizer, ['thinkStart', 'thinkEnd']);
  let thought: PromptThought = 'none';
  for (let i = from; i < tokenIds.length; i++) {
    for (const { mark } of scanner.push(tokenIds[i]!)) {
      if (mark !== null) thought = mark === 'thinkStart' ? 'open' : 'closed';
    }
  }
  return thought;
}
