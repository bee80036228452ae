import type { CompiledGrammar, GrammarMatcher } from '@mlc-ai/web-xgrammar';
import { assert } from '../../model/errors.ts';
import type { TokenConstraint } from '../output/guide.ts';
import type { XGrammarLibrary } from './xgrammar.ts';

/** Holds an answer, or a part of it, to a grammar. Where the grammar can end, tokens that end the answer may come. */
export class GrammarConstraint implements TokenConstraint {
  readonly isFree = false;
  readonly isIdle = false;
  readonly turns: ReadonlySet<number> = new Set();
  readonly #matcher: GrammarMatcher;
  /** Of the place that was prepared; null: the place has changed since. */
  #allowed: Uint32Array<ArrayBuffer> | null = null;

  private constructor(matcher: GrammarMatcher) {
    this.#matcher = matcher;
  }

  /**
   * @param options.endsByItself the grammar knows where it ends: no token that ends the answer belongs to it
   */
  static async create(
    library: XGrammarLibrary,
    compiled: CompiledGrammar,
    vocabSize: number,
    { endsByItself }: { endsByItself: boolean } = { endsByItself: false },
  ): Promise<GrammarConstraint> {
    // The library would ask the grammar for the size of the vocabulary by a handle that it never frees.
    const grammar = { handle: compiled.handle, tokenizerInfo: () => ({ getVocabSize: () => vocabSize }) };
    const matcher = await library.GrammarMatcher.createGrammarMatcher(
      grammar as unknown as CompiledGrammar,
      undefined,
      endsByItself,
    );
    return new GrammarConstraint(matcher);
  }

  /** Whether the grammar has come to its end. */
  get isEnded(): boolean {
    return this.#matcher.isTerminated();
  }

  /**
   * Takes text as the beginning.
   *
   * @returns false if the grammar does not begin so
   */
  begin(text: string): boolean {
    return text === '' || this.#matcher._acceptString(text);
  }

  async prepare(): Promise<void> {
    if (this.#allowed !== null) return;
    const bits = await this.#matcher.getNextTokenBitmask();
    this.#allowed = new Uint32Array(bits.buffer as ArrayBuffer, bits.byteOffset, bits.length);
  }

  allowed(): Uint32Array<ArrayBuffer> {
    assert(this.#allowed !== null, 'what may come next in a format was not worked out in time');
    return this.#allowed;
  }

  accept(id: number): void {
    this.#allowed = null;
    assert(this.#matcher.acceptToken(id), `token ${id} was drawn, but the format does not allow it`);
  }

  /** Goes back to the beginning of the grammar. */
  restart(): void {
    this.#allowed = null;
    this.#matcher.reset();
  }

  dispose(): void {
    this.#matcher.dispose();
  }
}
