import { undecidedTail } from './undecided_tail.ts';

/** Ends a text before the first of some strings; what might be the beginning of one is held back. */
export class StopStrings {
  readonly #stops: readonly string[];
  #held = '';

  /** @param stops strings that end the text; empty ones are ignored */
  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== '');
  }

  /**
   * Takes more text.
   *
   * @returns the text that is settled by it, and whether a stop string was met (the text then ends right
   * before it)
   */
  push(text: string): { text: string; stopped: boolean } {
    this.#held += text;
    const starts = this.#stops.map((stop) => this.#held.indexOf(stop)).filter((at) => at >= 0);
    if (starts.length > 0) {
      const settled = this.#held.slice(0, Math.min(...starts));
      this.#held = '';
      return { text: settled, stopped: true };
    }
    const settled = this.#held.length - undecidedTail(this.#held, this.#stops);
    const out = this.#held.slice(0, settled);
    this.#held = this.#held.slice(settled);
    return { text: out, stopped: false };
  }

  /** What was held back: no stop string comes of it, since the text ends here. */
  end(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }
}
