/** What has become known of a call. */
export interface CallNews {
  /** The function's name; told once, as soon as name and arguments have both begun. */
  name?: string;
  /** More of the JSON text of the arguments, as the model wrote it; often empty. */
  arguments: string;
}

const WHITESPACE = /[ \t\r\n]/;
const NUMBER_OR_WORD = /[-+.\w]/;

/** Where the parser stands in `{"name": ..., "arguments": ...}`. */
type Place = 'start' | 'key' | 'colon' | 'value' | 'next' | 'done' | 'broken';

/**
 * Reads the JSON of a call while it is drawn: `{"name": "...", "arguments": {...}}`, keys in any order, other
 * keys left out. The arguments' text is handed on unchanged; where it stands inside a JSON string, as some
 * models write it, the string's contents are the text.
 */
export class ToolCallParser {
  #place: Place = 'start';
  /** Of the member that is read: its key, and its value as far as it was drawn. */
  #key = '';
  #value = '';
  /** Brackets that are open in the value, and whether it stands inside a string, behind a backslash. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  #name: string | null = null;
  /** Arguments that nobody was told yet, since the name is not known. */
  #waiting: string | null = null;
  #hasArguments = false;
  /** The value that is read is handed on as the arguments. */
  #isHanding = false;
  #isTold = false;

  /** Whether the name was told: it cannot be taken back then. */
  get isTold(): boolean {
    return this.#isTold;
  }

  push(text: string): CallNews {
    for (const character of text) this.#take(character);
    return this.#news();
  }

  /**
   * Says that nothing more comes.
   *
   * @returns the rest; `name` is absent if this is no call, and was not told as one either
   */
  end(): CallNews {
    if (this.#name !== null && !this.#hasArguments && this.#place === 'done') {
      this.#hasArguments = true;
      this.#waiting = '{}';
    }
    return this.#news();
  }

  #news(): CallNews {
    if (this.#name === null || !this.#hasArguments) return { arguments: '' };
    const news: CallNews = { arguments: this.#waiting ?? '' };
    this.#waiting = null;
    if (!this.#isTold) news.name = this.#name;
    this.#isTold = true;
    return news;
  }

  #take(character: string): void {
    switch (this.#place) {
      case 'start':
        this.#expect(character, { '{': 'key' });
        return;
      case 'key':
        if (this.#value === '' && !this.#inString) {
          if (character === '"') this.#beginValue(character);
          else this.#expect(character, { '}': 'done' });
        } else if (this.#extendValue(character)) {
          this.#place = 'colon';
          this.#key = String(this.#parsed());
          this.#value = '';
        }
        return;
      case 'colon':
        this.#expect(character, { ':': 'value' });
        return;
      case 'value':
        this.#takeValue(character);
        return;
      case 'next':
        this.#expect(character, { ',': 'key', '}': 'done' });
        return;
      case 'done':
        this.#expect(character, {});
        return;
      case 'broken':
        return;
    }
  }

  #expect(character: string, next: Readonly<Record<string, Place>>): void {
    if (WHITESPACE.test(character)) return;
    this.#place = next[character] ?? 'broken';
  }

  #takeValue(character: string): void {
    if (this.#value === '') {
      if (WHITESPACE.test(character)) return;
      this.#beginValue(character);
      if (!/["{[\w-]/.test(character)) this.#place = 'broken';
      // What stands there a second time is as good as another key.
      this.#isHanding = character === '{' && this.#key === 'arguments' && !this.#hasArguments;
      if (this.#isHanding) this.#hand(character);
      return;
    }
    if (this.#depth === 0 && !this.#inString && !NUMBER_OR_WORD.test(character)) {
      // A number or a word has no end of its own.
      this.#endValue();
      if (this.#place !== 'broken') this.#take(character);
      return;
    }
    const isComplete = this.#extendValue(character);
    if (this.#isHanding) this.#hand(character);
    if (isComplete) this.#endValue();
  }

  #hand(text: string): void {
    this.#hasArguments = true;
    this.#waiting = (this.#waiting ?? '') + text;
  }

  #beginValue(character: string): void {
    this.#value = character;
    this.#inString = character === '"';
    this.#escaped = false;
    this.#depth = character === '{' || character === '[' ? 1 : 0;
  }

  /** @returns whether the value, which is no number or word, ends with this character */
  #extendValue(character: string): boolean {
    this.#value += character;
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (character === '\\') this.#escaped = true;
      else if (character === '"') this.#inString = false;
      return !this.#inString && this.#depth === 0;
    }
    if (character === '"') this.#inString = true;
    else if (character === '{' || character === '[') this.#depth += 1;
    else if (character === '}' || character === ']') this.#depth -= 1;
    return this.#depth === 0 && (character === '}' || character === ']');
  }

  #endValue(): void {
    this.#place = 'next';
    const value = this.#parsed();
    this.#value = '';
    if (this.#isHanding) this.#isHanding = false;
    else if (this.#key === 'name' && this.#name === null) {
      if (typeof value === 'string' && value !== '') this.#name = value;
      else this.#place = 'broken';
    } else if (this.#key === 'arguments' && !this.#hasArguments) {
      if (typeof value === 'string' && isObjectText(value)) this.#hand(value);
      else if (value === null) this.#hand('{}');
      else this.#place = 'broken';
    }
  }

  /** The value as JSON has it; a value that is none breaks the call. */
  #parsed(): unknown {
    try {
      return JSON.parse(this.#value);
    } catch {
      this.#place = 'broken';
      return undefined;
    }
  }
}

function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
