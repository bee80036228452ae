/**
 * Turns generated tokens into text: bytes become whole characters, and text that might be the beginning of
 * a stop string is held back until that is decided.
 */
export class TextStream {
  // A byte order mark is text like any other.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #stops: readonly string[];
  #held = '';

  /** @param stops strings that end the text; empty ones are ignored */
  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== '');
  }

  /**
   * Takes one token's bytes.
   *
   * @returns the text that is settled by them, and whether a stop string was met (the text then ends
   * right before it)
   */
  push(bytes: Uint8Array): { text: string; stopped: boolean } {
    this.#held += this.#decoder.decode(bytes, { stream: true });
    const starts = this.#stops.map((stop) => this.#held.indexOf(stop)).filter((at) => at >= 0);
    if (starts.length > 0) {
      const text = this.#held.slice(0, Math.min(...starts));
      this.#held = '';
      return { text, stopped: true };
    }
    const settled = this.#held.length - this.#undecidedLength();
    const text = this.#held.slice(0, settled);
    this.#held = this.#held.slice(settled);
    return { text, stopped: false };
  }

  /** The rest at the end of the answer. Bytes of a character that was never finished are dropped. */
  end(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }

  /** Length of the longest tail that some stop string begins with. */
  #undecidedLength(): number {
    let longest = 0;
    for (const stop of this.#stops) {
      for (let length = Math.min(stop.length - 1, this.#held.length); length > longest; length--) {
        if (this.#held.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
