/**
 * Takes line breaks off both ends of a text that comes in pieces, as Qwen's templates do when the text is
 * shown to the model again.
 */
export class NewlineTrim {
  #atStart: boolean;
  readonly #holdEnd: boolean;
  #held = '';

  /**
   * @param start whether line breaks at the start are left out
   * @param end whether those that may be at the end are held back
   */
  constructor({ start, end }: { start: boolean; end: boolean }) {
    this.#atStart = start;
    this.#holdEnd = end;
  }

  push(text: string): string {
    let all = this.#held + text;
    this.#held = '';
    if (this.#atStart) all = all.replace(/^\n+/, '');
    if (all === '') return '';
    this.#atStart = false;
    if (!this.#holdEnd) return all;
    const out = all.replace(/\n+$/, '');
    this.#held = all.slice(out.length);
    return out;
  }

  /** The line breaks that were held back. */
  flush(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }
}
