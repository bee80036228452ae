import type { Tokenizer } from '../../model/tokenizer.ts';
import type { TokenConstraint } from '../output/guide.ts';
import type { AllowedCalls } from './constraint.ts';
import type { GrammarConstraint } from './grammar_constraint.ts';

export interface CallConstraintOptions {
  /** What the answer must be where it is no call; null: anything. */
  answer: GrammarConstraint | null;
  /** What stands between the marks of a call; it ends by itself. */
  call: GrammarConstraint;
  calls: AllowedCalls;
  tokenizer: Pick<Tokenizer, 'vocabSize' | 'endTokenIds' | 'encode'>;
  /** Ids of the marks. */
  marks: { start: number; end: number };
}

/**
 * Holds calls of functions to their parameters, and the answer to what it must be: text, if it is free to be that,
 * goes on until the model draws the mark of a call.
 */
export class CallConstraint implements TokenConstraint {
  readonly #options: CallConstraintOptions;
  #place: 'start' | 'answer' | 'call' | 'behind-call' = 'start';
  readonly #onlyStart: Uint32Array<ArrayBuffer>;
  readonly #onlyEnd: Uint32Array<ArrayBuffer>;
  readonly #behindCall: Uint32Array<ArrayBuffer>;
  /** What stands between two calls. */
  readonly #lineBreak: number | undefined;
  /** A line break behind a call is followed by the next. */
  #isCallDue = false;

  constructor(options: CallConstraintOptions) {
    this.#options = options;
    const { marks, tokenizer, calls } = options;
    this.#onlyStart = this.#bits([marks.start]);
    this.#onlyEnd = this.#bits([marks.end]);
    this.#lineBreak = calls.parallel ? tokenizer.encode('\n')[0] : undefined;
    const more = this.#lineBreak === undefined ? [] : [marks.start, this.#lineBreak];
    this.#behindCall = this.#bits([...tokenizer.endTokenIds, ...more]);
  }

  #bits(ids: readonly number[]): Uint32Array<ArrayBuffer> {
    const bits = new Uint32Array(Math.ceil(this.#options.tokenizer.vocabSize / 32));
    for (const id of ids) bits[id >>> 5]! |= 1 << (id & 31);
    return bits;
  }

  get turns(): ReadonlySet<number> {
    return new Set([this.#options.marks.start]);
  }

  get isIdle(): boolean {
    return this.isFree && this.#place !== 'call';
  }

  get isFree(): boolean {
    return this.#options.answer === null && !this.#options.calls.required;
  }

  async prepare(): Promise<void> {
    const { answer, call, calls } = this.#options;
    if (this.#place === 'call') await call.prepare();
    else if (this.#place === 'answer' || (this.#place === 'start' && !calls.required))
      await answer?.prepare();
  }

  allowed(): Uint32Array<ArrayBuffer> | null {
    const { answer, call, calls, marks } = this.#options;
    switch (this.#place) {
      case 'call':
        return call.isEnded ? this.#onlyEnd : call.allowed();
      case 'answer':
        return answer?.allowed() ?? null;
      case 'behind-call':
        if (this.isFree) return null;
        return this.#isCallDue ? this.#onlyStart : this.#behindCall;
      case 'start': {
        if (calls.required) return this.#onlyStart;
        const bits = answer?.allowed().slice() ?? null;
        if (bits !== null) bits[marks.start >>> 5]! |= 1 << (marks.start & 31);
        return bits;
      }
    }
  }

  accept(id: number): void {
    const { answer, call, marks } = this.#options;
    if (this.#place === 'call') {
      if (call.isEnded) this.#place = 'behind-call';
      else call.accept(id);
    } else if (id === marks.start) {
      this.#place = 'call';
      this.#isCallDue = false;
      call.restart();
    } else if (this.#place === 'behind-call') {
      this.#isCallDue = id === this.#lineBreak;
    } else {
      this.#place = 'answer';
      answer?.accept(id);
    }
  }

  dispose(): void {
    this.#options.answer?.dispose();
    this.#options.call.dispose();
  }
}
