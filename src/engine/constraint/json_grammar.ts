/** The parts that all grammars of JSON share. */
import { ANY_CHARACTER, charactersOf, setOf } from './character_set.ts';
import { type Expression, eitherOf, type GrammarBuilder, inOrder, repeated, text } from './grammar.ts';
import { type NumberBounds, numberLanguage } from './number_language.ts';
import { asJsonString, asPlainText, spell, UNESCAPED } from './text_grammar.ts';

const HEX: Expression = { kind: 'set', set: [...setOf([48, 57]), ...setOf([65, 70]), ...setOf([97, 102])] };
const INFINITE = Number.POSITIVE_INFINITY;

const characters = (members: string): Expression => ({ kind: 'set', set: charactersOf(members) });

/**
 * White space where JSON allows some: as it is usually written, on one line or indented. It has an end, so that
 * no model can go on with it for ever.
 */
const MAX_INDENT = 16;

/** Longer strings are counted by XGrammar itself, which then has more to do at each token. */
const MAX_COUNTED_CHARACTERS = 256;

/** Rules for any value, made when they are first needed. */
export class JsonGrammar {
  readonly #grammar: GrammarBuilder;
  readonly #rules = new Map<string, Expression & { kind: 'rule' }>();

  constructor(grammar: GrammarBuilder) {
    this.#grammar = grammar;
  }

  #shared(name: string, make: () => Expression): Expression {
    const known = this.#rules.get(name);
    if (known) return known;
    const rule = this.#grammar.declare();
    this.#rules.set(name, rule);
    this.#grammar.define(rule, make());
    return rule;
  }

  get space(): Expression {
    return this.#shared('space', () =>
      eitherOf(text(''), text(' '), inOrder(text('\n'), repeated(characters(' \t'), 0, MAX_INDENT))),
    );
  }

  get comma(): Expression {
    return inOrder(this.space, text(','), this.space);
  }

  get colon(): Expression {
    return inOrder(this.space, text(':'), this.space);
  }

  get string(): Expression {
    return this.#shared('string', () => {
      const character = eitherOf({ kind: 'set', set: UNESCAPED }, inOrder(text('\\'), this.#escape));
      return inOrder(text('"'), repeated(character, 0, INFINITE), text('"'));
    });
  }

  /**
   * A string of so many characters. Each count of characters that may yet come is a rule, which strings of all
   * lengths share: to work out what may come at one takes XGrammar some milliseconds.
   *
   * @returns null if it would take too many
   */
  stringOfLength(min: number, max: number): Expression | null {
    if (max > MAX_COUNTED_CHARACTERS) return null;
    for (let left = 0; left <= max; left++) this.#atMost(Math.max(0, min - max + left), left);
    return inOrder(text('"'), this.#atMost(min, max));
  }

  /** Characters of a string and its end: at least `min` of them, at most `max`, for which those before are known. */
  #atMost(min: number, max: number): Expression {
    return this.#shared(`characters ${min} ${max}`, () => {
      const options = min === 0 ? [text('"')] : [];
      if (max > 0)
        options.push(inOrder(asJsonString(ANY_CHARACTER), this.#atMost(Math.max(0, min - 1), max - 1)));
      return eitherOf(...options);
    });
  }

  /** Escapes of whole characters: a surrogate comes with the other half of its pair. */
  get #escape(): Expression {
    const hex = (count: number) => Array.from({ length: count }, () => HEX);
    const high = inOrder(characters('dD'), characters('89abAB'), ...hex(2));
    const low = inOrder(characters('dD'), characters('cdefCDEF'), ...hex(2));
    const single = eitherOf(
      inOrder({ kind: 'set', set: charactersOf('0123456789abcefABCEF') }, ...hex(3)),
      inOrder(characters('dD'), characters('01234567'), ...hex(2)),
    );
    return eitherOf(
      characters('"\\/bfnrt'),
      inOrder(text('u'), eitherOf(single, inOrder(high, text('\\u'), low))),
    );
  }

  /** Null if it takes too large an automaton. */
  number(bounds: NumberBounds): Expression | null {
    const language = numberLanguage(bounds);
    if (language === null) return null;
    const spelled = () => spell(this.#grammar, language, asPlainText, text(''), () => new Error('too large'));
    return this.#shared(`number ${JSON.stringify(bounds)}`, spelled);
  }

  get boolean(): Expression {
    return eitherOf(text('true'), text('false'));
  }

  get value(): Expression {
    return this.#shared('value', () =>
      eitherOf(
        this.object,
        this.array,
        this.string,
        this.number({ integer: false })!,
        this.boolean,
        text('null'),
      ),
    );
  }

  get object(): Expression {
    return this.#shared('object', () => {
      const member = inOrder(this.string, this.colon, this.value);
      return this.enclosed('{', member, '}');
    });
  }

  get array(): Expression {
    return this.#shared('array', () => this.enclosed('[', this.value, ']'));
  }

  /** Any number of parts with commas between them. */
  enclosed(open: string, part: Expression, close: string): Expression {
    const more = repeated(inOrder(this.comma, part), 0, INFINITE);
    return inOrder(text(open), this.space, repeated(inOrder(part, more, this.space), 0, 1), text(close));
  }
}
