import type { Automaton } from './automaton.ts';
import { ANY_CHARACTER } from './character_set.ts';
import { choice, EMPTY, looksAround, type Pattern, repeat, sequence, set } from './pattern.ts';
import { unsupported } from './unsupported.ts';

/** A set of texts: patterns, and what patterns have no words for. */
export type Language =
  /** Without anchors and lookaheads. */
  | { kind: 'pattern'; pattern: Pattern }
  | { kind: 'all'; of: readonly Language[] }
  | { kind: 'any'; of: readonly Language[] }
  | { kind: 'not'; language: Language }
  /** A text of `first`, then one of `rest`. */
  | { kind: 'then'; first: Pattern; rest: Language }
  | { kind: 'automaton'; automaton: Automaton };

/** All texts. */
export const ANY_TEXT: Pattern = repeat(set(ANY_CHARACTER), 0, Number.POSITIVE_INFINITY);

export function matching(pattern: Pattern): Language {
  return { kind: 'pattern', pattern };
}

/** Texts that are in all of the languages. */
export function all(languages: readonly Language[]): Language {
  return languages.length === 1 ? languages[0]! : { kind: 'all', of: languages };
}

/** Texts of so many characters. */
export function ofLength(min: number, max: number): Language {
  return matching(repeat(set(ANY_CHARACTER), min, max));
}

/**
 * The texts in which a regular expression finds something, as `RegExp.prototype.test` does.
 *
 * @param part names the expression in errors
 */
export function found(pattern: Pattern, part: string): Language {
  return new Finder(part).find(pattern);
}

/** The texts that a regular expression matches from beginning to end; anchors may say so again. */
export function wholly(pattern: Pattern, part: string): Language {
  return new Finder(part).find(sequence({ kind: 'start' }, pattern, { kind: 'end' }));
}

/** Turns anchors and lookaheads into what they say of the whole text. */
class Finder {
  readonly #part: string;

  constructor(part: string) {
    this.#part = part;
  }

  find(pattern: Pattern): Language {
    return this.#rest([pattern], true);
  }

  /**
   * The texts that begin with these parts, whatever follows.
   *
   * @param loose whether something else may come before them, since no anchor was met yet
   */
  #rest(parts: readonly Pattern[], loose: boolean): Language {
    const [first, ...rest] = parts;
    if (!parts.some(looksAround)) {
      const before = loose ? [ANY_TEXT] : [];
      return matching(sequence(...before, ...parts, ANY_TEXT));
    }
    if (first === undefined) return matching(ANY_TEXT);
    if (first.kind === 'sequence') return this.#rest([...first.parts, ...rest], loose);
    if (first.kind === 'choice' && looksAround(first)) {
      return either(first.options.map((option) => this.#rest([option, ...rest], loose)));
    }
    if (loose) {
      if (first.kind === 'start') return this.#rest(rest, false);
      // An anchor may still come, behind what may be empty.
      if (this.#mayBeginAtStart(parts)) throw this.#refuse('^ stands behind something else');
      return concatenation(ANY_TEXT, this.#rest(parts, false));
    }
    switch (first.kind) {
      case 'start':
        return this.#rest(rest, false);
      case 'end':
        if (rest.some((part) => part.kind !== 'end')) throw this.#refuse('$ stands before something else');
        return matching(EMPTY);
      case 'look': {
        const ahead = this.#rest([first.part], false);
        return all([first.negative ? { kind: 'not', language: ahead } : ahead, this.#rest(rest, false)]);
      }
      case 'repeat': {
        if (!looksAround(first)) break;
        const { part, min, max } = first;
        if (max > 1) throw this.#refuse('an anchor or a lookahead is repeated');
        const options = [...(min === 0 ? [this.#rest(rest, false)] : []), this.#rest([part, ...rest], false)];
        return either(options);
      }
    }
    return concatenation(first, this.#rest(rest, false));
  }

  #mayBeginAtStart(parts: readonly Pattern[]): boolean {
    return parts.some(
      (part) => part.kind === 'start' || (part.kind === 'sequence' && this.#mayBeginAtStart(part.parts)),
    );
  }

  #refuse(problem: string): Error {
    return unsupported(this.#part, `the regular expression cannot be used: ${problem}`);
  }
}

function either(languages: readonly Language[]): Language {
  const patterns = languages.flatMap((one) => (one.kind === 'pattern' ? [one.pattern] : []));
  if (patterns.length === languages.length) return matching(choice(...patterns));
  return { kind: 'any', of: languages };
}

function concatenation(first: Pattern, rest: Language): Language {
  return rest.kind === 'pattern' ? matching(sequence(first, rest.pattern)) : { kind: 'then', first, rest };
}
