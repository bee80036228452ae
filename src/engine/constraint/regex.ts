/**
 * Reads regular expressions of ECMAScript, as JSON Schema and the `regex` format have them, as far as they
 * describe a regular language.
 */
import {
  ANY_CHARACTER,
  type CharacterSet,
  charactersOf,
  complement,
  intersection,
  setOf,
  union,
} from './character_set.ts';
import { choice, NOTHING, type Pattern, repeat, sequence, set } from './pattern.ts';
import { unsupported } from './unsupported.ts';

const DIGITS = charactersOf('0123456789');
const WORD = union(setOf([65, 90], [97, 122]), DIGITS, charactersOf('_'));
/** White space and line ends of ECMAScript. */
const SPACE = union(
  charactersOf('\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff'),
  setOf([0x2000, 0x200a]),
);
const LINE_ENDS = charactersOf('\n\r\u2028\u2029');

const CONTROL_ESCAPES: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  '0': '\0',
};

/**
 * @param source what stands between the slashes
 * @param part names the expression in errors
 * @throws GlanceError `format-unsupported` if it is none, or no regular language (backreferences, lookbehind)
 */
export function parseRegex(source: string, part: string): Pattern {
  checkSyntax(source, part);
  const pattern = new RegexParser(source, part).parse();
  if (unrolled(pattern) > MAX_UNROLLED)
    throw unsupported(part, 'its repetitions of repetitions are too many');
  return pattern;
}

/** Repetitions of repetitions beyond this would take seconds, in which the worker answers nobody. */
const MAX_UNROLLED = 20_000;

/** How often repeated parts have to be written out: counts alone are cheap, counts of what is repeated are not. */
function unrolled(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'sequence':
      return pattern.parts.reduce((sum, part) => sum + unrolled(part), 0);
    case 'choice':
      return pattern.options.reduce((sum, part) => sum + unrolled(part), 0);
    case 'look':
      return unrolled(pattern.part);
    case 'repeat': {
      const within = unrolled(pattern.part);
      return within === 0
        ? 1
        : within * Math.max(1, Number.isFinite(pattern.max) ? pattern.max : pattern.min);
    }
    default:
      return 0;
  }
}

/** The browser knows best what a regular expression is; old ones are none by the stricter rules of `u`. */
function checkSyntax(source: string, part: string): void {
  try {
    new RegExp(source, 'u');
  } catch {
    try {
      new RegExp(source);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw unsupported(part, `the regular expression is none (${reason})`);
    }
  }
}

class RegexParser {
  readonly #characters: readonly string[];
  readonly #part: string;
  #at = 0;

  constructor(source: string, part: string) {
    this.#characters = [...source];
    this.#part = part;
  }

  parse(): Pattern {
    const pattern = this.#choice();
    if (this.#at < this.#characters.length)
      throw this.#refuse(`"${this.#peek()}" stands where it has no meaning`);
    return pattern;
  }

  #peek(ahead = 0): string {
    return this.#characters[this.#at + ahead] ?? '';
  }

  #take(): string {
    return this.#characters[this.#at++] ?? '';
  }

  #takes(text: string): boolean {
    const length = [...text].length;
    if (this.#characters.slice(this.#at, this.#at + length).join('') !== text) return false;
    this.#at += length;
    return true;
  }

  #refuse(problem: string): Error {
    return unsupported(this.#part, `the regular expression cannot be used: ${problem}`);
  }

  #choice(): Pattern {
    const options = [this.#sequence()];
    while (this.#takes('|')) options.push(this.#sequence());
    return choice(...options);
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.#peek() !== '' && this.#peek() !== '|' && this.#peek() !== ')') parts.push(this.#term());
    return sequence(...parts);
  }

  #term(): Pattern {
    const atom = this.#atom();
    const bounds = this.#quantifier();
    if (bounds === null) return atom;
    // Lazy or not, the texts that match as a whole are the same.
    this.#takes('?');
    return repeat(atom, ...bounds);
  }

  #quantifier(): [number, number] | null {
    if (this.#takes('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#takes('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#takes('?')) return [0, 1];
    const rest = this.#characters.slice(this.#at, this.#at + 24).join('');
    const match = /^\{(\d+)(,(\d*))?\}/.exec(rest);
    if (match === null) return null;
    this.#at += match[0].length;
    const min = Number(match[1]);
    if (match[2] === undefined) return [min, min];
    return [min, match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3])];
  }

  #atom(): Pattern {
    const character = this.#take();
    switch (character) {
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '.':
        return set(complement(LINE_ENDS));
      case '(':
        return this.#group();
      case '[':
        return this.#class();
      case '\\':
        return this.#escape();
      default:
        return set(charactersOf(character));
    }
  }

  #group(): Pattern {
    let look: { negative: boolean } | null = null;
    if (this.#takes('?')) {
      if (this.#takes('=')) look = { negative: false };
      else if (this.#takes('!')) look = { negative: true };
      else if (this.#takes('<')) {
        if (this.#peek() === '=' || this.#peek() === '!')
          throw this.#refuse('it looks behind, with (?<= or (?<!');
        while (this.#take() !== '>');
      } else if (!this.#takes(':')) throw this.#refuse('it sets flags inside a group');
    }
    const part = this.#choice();
    this.#takes(')');
    return look ? { kind: 'look', part, ...look } : part;
  }

  #escape(): Pattern {
    const character = this.#peek();
    if (character === 'b' || character === 'B')
      throw this.#refuse(`it asks for the borders of words, with \\${character}`);
    if (character === 'k' || /[1-9]/.test(character))
      throw this.#refuse('it refers back to what a group matched');
    return set(this.#escapedSet());
  }

  /** What a backslash and the characters after it stand for, in a class or outside. */
  #escapedSet(): CharacterSet {
    const character = this.#take();
    switch (character) {
      case 'd':
        return DIGITS;
      case 'D':
        return complement(DIGITS);
      case 'w':
        return WORD;
      case 'W':
        return complement(WORD);
      case 's':
        return SPACE;
      case 'S':
        return complement(SPACE);
      case 'p':
      case 'P':
        if (this.#peek() === '{') return this.#property(character);
        return charactersOf(character);
      case 'x':
        return this.#hex(2) ?? charactersOf('x');
      case 'u':
        return this.#unicode() ?? charactersOf('u');
      case 'c':
        return charactersOf(String.fromCharCode(this.#take().charCodeAt(0) % 32));
      default:
        return charactersOf(CONTROL_ESCAPES[character] ?? character);
    }
  }

  #hex(digits: number): CharacterSet | null {
    const text = this.#characters.slice(this.#at, this.#at + digits).join('');
    if (!new RegExp(`^[0-9a-fA-F]{${digits}}$`).test(text)) return null;
    this.#at += digits;
    const code = Number.parseInt(text, 16);
    return setOf([code, code]);
  }

  #unicode(): CharacterSet | null {
    if (this.#peek() === '{') {
      const end = this.#characters.indexOf('}', this.#at);
      const code = Number.parseInt(this.#characters.slice(this.#at + 1, end).join(''), 16);
      this.#at = end + 1;
      return setOf([code, code]);
    }
    const unit = this.#hex(4);
    const high = unit?.[0]?.[0] ?? 0;
    if (unit === null || high < 0xd800 || high > 0xdbff || !this.#takes('\\u')) return unit;
    const low = this.#hex(4)?.[0]?.[0] ?? 0;
    const code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    return setOf([code, code]);
  }

  /** `\p{...}`: which characters have a property is asked of the browser. */
  #property(kind: string): CharacterSet {
    const end = this.#characters.indexOf('}', this.#at);
    const name = this.#characters.slice(this.#at + 1, end).join('');
    this.#at = end + 1;
    const matcher = new RegExp(`\\p{${name}}`, 'u');
    const ranges: [number, number][] = [];
    for (const [first, last] of ANY_CHARACTER) {
      for (let code = first; code <= last; code++) {
        if (!matcher.test(String.fromCodePoint(code))) continue;
        const previous = ranges.at(-1);
        if (previous && previous[1] === code - 1) previous[1] = code;
        else ranges.push([code, code]);
      }
    }
    return kind === 'p' ? ranges : complement(ranges);
  }

  #class(): Pattern {
    const negated = this.#takes('^');
    let members: CharacterSet = [];
    while (this.#peek() !== ']') {
      if (this.#peek() === '') throw this.#refuse('a class has no end');
      const first = this.#classMember();
      // A dash between two characters makes a range, elsewhere it is one itself.
      if (this.#peek() === '-' && this.#peek(1) !== ']' && isSingle(first)) {
        const dash = this.#at;
        this.#take();
        const last = this.#classMember();
        if (isSingle(last)) {
          members = union(members, setOf([first[0]![0], last[0]![0]]));
          continue;
        }
        this.#at = dash;
      }
      members = union(members, first);
    }
    this.#take();
    const characters = negated ? complement(members) : intersection(members, ANY_CHARACTER);
    return characters.length > 0 ? set(characters) : NOTHING;
  }

  #classMember(): CharacterSet {
    const character = this.#take();
    if (character !== '\\') return charactersOf(character);
    if (this.#takes('b')) return charactersOf('\b');
    return this.#escapedSet();
  }
}

function isSingle(characters: CharacterSet): boolean {
  return characters.length === 1 && characters[0]![0] === characters[0]![1];
}
