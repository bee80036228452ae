const ESCAPE = '\ufdd0';
/** U+FDD0..U+FDEF are noncharacters: no text is meant to hold them. If one does, it is masked like the rest. */
const FIRST_DIGIT = 0xfdd1;
const DIGITS = 31;
const STAND_IN = /\ufdd0([\ufdd1-\ufdef])([\ufdd1-\ufdef])/g;

/** Occurs in no masked text. */
export const END_MARK = ESCAPE + ESCAPE;

/** Replaces, reversibly, the characters with which any of the given token texts begins or ends. */
export class TextMask {
  readonly #characters: readonly string[];
  readonly #standIns: ReadonlyMap<string, string>;

  constructor(tokens: readonly string[]) {
    const characters = new Set<string>();
    for (let code = 0xfdd0; code <= 0xfdef; code++) characters.add(String.fromCharCode(code));
    // A token that begins in the template and ends in a message is stopped by its last character, one the
    // other way round by its first.
    for (const token of tokens) characters.add(token[0]!).add(token.at(-1)!);
    this.#characters = [...characters];
    this.#standIns = new Map(
      this.#characters.map((character, index) => [
        character,
        ESCAPE +
          String.fromCharCode(FIRST_DIGIT + Math.floor(index / DIGITS), FIRST_DIGIT + (index % DIGITS)),
      ]),
    );
  }

  apply(text: string): string {
    let masked = '';
    for (let i = 0; i < text.length; i++) masked += this.#standIns.get(text[i]!) ?? text[i]!;
    return masked;
  }

  /** The same for every text in a value of JSON, the keys of objects among them. */
  applyDeep(value: unknown): unknown {
    if (typeof value === 'string') return this.apply(value);
    if (Array.isArray(value)) return value.map((item) => this.applyDeep(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [this.apply(key), this.applyDeep(item)]),
    );
  }

  restore(text: string): string {
    return text.replace(STAND_IN, (_, high: string, low: string) => {
      const index = (high.charCodeAt(0) - FIRST_DIGIT) * DIGITS + (low.charCodeAt(0) - FIRST_DIGIT);
      return this.#characters[index]!;
    });
  }
}
