/**
 * Reads grammars in the EBNF that XGrammar takes (https://xgrammar.mlc.ai/docs, after llama.cpp's GBNF): what is
 * wrong with one is said here, since XGrammar itself ends at an error and cannot be used again.
 */
import { ANY_CHARACTER, type CharacterSet, complement, intersection, setOf, union } from './character_set.ts';
import { type Expression, eitherOf, GrammarBuilder, inOrder, repeated, text } from './grammar.ts';
import { unsupported } from './unsupported.ts';

const ROOT = 'root';
const MAX_RULES = 10_000;
const NAME = /^[A-Za-z_][\w.-]*/;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  e: '\x1b',
  '0': '\0',
};

/**
 * Takes in a grammar with its rules.
 *
 * @returns the grammar, and what its rule `root` stands for
 * @throws GlanceError `format-unsupported` that names line and column
 */
export function parseEbnf(source: string): { grammar: GrammarBuilder; root: Expression } {
  const grammar = new GrammarBuilder(MAX_RULES, () =>
    unsupported('line 1', 'the grammar has too many rules'),
  );
  return { grammar, root: new EbnfParser(source, grammar).parse() };
}

class EbnfParser {
  readonly #source: string;
  readonly #grammar: GrammarBuilder;
  readonly #rules = new Map<
    string,
    { rule: Expression & { kind: 'rule' }; isDefined: boolean; at: number }
  >();
  #at = 0;

  constructor(source: string, grammar: GrammarBuilder) {
    this.#source = source;
    this.#grammar = grammar;
  }

  parse(): Expression {
    this.#skip();
    while (this.#at < this.#source.length) this.#rule();
    for (const [name, { isDefined, at }] of this.#rules) {
      if (!isDefined) throw this.#refuse(`there is no rule called "${name}"`, at);
    }
    const root = this.#rules.get(ROOT);
    if (root === undefined) throw this.#refuse(`there is no rule called "${ROOT}" to begin with`, 0);
    return root.rule;
  }

  #refuse(problem: string, at = this.#at): Error {
    const before = this.#source.slice(0, at).split('\n');
    return unsupported(`line ${before.length}, column ${before.at(-1)!.length + 1} of the grammar`, problem);
  }

  /** Passes white space and comments. */
  #skip(): void {
    this.#at += /^(?:\s|#[^\n]*)*/.exec(this.#source.slice(this.#at))![0].length;
  }

  #takes(token: string): boolean {
    if (!this.#source.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    this.#skip();
    return true;
  }

  #name(): string | null {
    return NAME.exec(this.#source.slice(this.#at))?.[0] ?? null;
  }

  #rule(): void {
    const at = this.#at;
    const name = this.#name();
    if (name === null) throw this.#refuse('a rule must begin here: a name and ::=');
    this.#at += name.length;
    this.#skip();
    if (!this.#takes('::=')) throw this.#refuse('::= must stand here');
    const entry = this.#entry(name, at);
    if (entry.isDefined) throw this.#refuse(`there are two rules called "${name}"`, at);
    entry.isDefined = true;
    this.#grammar.define(entry.rule, this.#choice());
  }

  #entry(name: string, at: number) {
    let entry = this.#rules.get(name);
    if (entry === undefined) {
      entry = { rule: this.#grammar.declare(), isDefined: false, at };
      this.#rules.set(name, entry);
    }
    return entry;
  }

  #choice(): Expression {
    const options = [this.#sequence()];
    while (this.#takes('|')) options.push(this.#sequence());
    return eitherOf(...options);
  }

  #sequence(): Expression {
    const parts: Expression[] = [];
    for (let part = this.#element(); part !== null; part = this.#element()) parts.push(part);
    if (parts.length === 0) throw this.#refuse('something must stand here; "" is the empty text');
    return inOrder(...parts);
  }

  /** Null where a sequence ends. */
  #element(): Expression | null {
    const character = this.#source[this.#at];
    if (character === undefined || character === '|' || character === ')') return null;
    // Lookaheads only help XGrammar to be quick.
    if (/^\(\s*=/.test(this.#source.slice(this.#at))) {
      this.#at = this.#source.indexOf('=', this.#at);
      this.#takes('=');
      this.#choice();
      if (!this.#takes(')')) throw this.#refuse(') is missing');
      return text('');
    }
    const primary = this.#primary(character);
    return primary && this.#quantified(primary);
  }

  #primary(character: string): Expression | null {
    if (character === '"') return this.#text();
    if (character === '[') return this.#class();
    if (this.#takes('(')) {
      const inner = this.#choice();
      if (!this.#takes(')')) throw this.#refuse(') is missing');
      return inner;
    }
    const at = this.#at;
    const name = this.#name();
    if (name === null) throw this.#refuse(`"${character}" has no meaning here`);
    if (/^\s*::=/.test(this.#source.slice(at + name.length))) return null;
    this.#at += name.length;
    this.#skip();
    if (/^(?:Token)?TagDispatch$/.test(name)) throw this.#refuse(`"${name}" cannot be used`, at);
    return this.#entry(name, at).rule;
  }

  #quantified(part: Expression): Expression {
    const match = /^(?:[*+?]|\{\s*(\d+)\s*(,\s*(\d*)\s*)?\})/.exec(this.#source.slice(this.#at));
    if (match === null) return part;
    const at = this.#at;
    this.#at += match[0].length;
    this.#skip();
    if (match[0] === '*') return repeated(part, 0, Number.POSITIVE_INFINITY);
    if (match[0] === '+') return repeated(part, 1, Number.POSITIVE_INFINITY);
    if (match[0] === '?') return repeated(part, 0, 1);
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (max < min) throw this.#refuse('the second number must not be less than the first', at);
    return repeated(part, min, max);
  }

  #text(): Expression {
    const begin = this.#at++;
    let characters = '';
    while (this.#source[this.#at] !== '"') {
      if (this.#source[this.#at] === undefined || this.#source[this.#at] === '\n') {
        throw this.#refuse('the text that begins here has no end', begin);
      }
      characters += String.fromCodePoint(this.#character());
    }
    this.#at += 1;
    this.#skip();
    return text(characters);
  }

  #class(): Expression {
    const begin = this.#at++;
    const negated = this.#source[this.#at] === '^';
    if (negated) this.#at += 1;
    let members: CharacterSet = [];
    while (this.#source[this.#at] !== ']') {
      if (this.#source[this.#at] === undefined || this.#source[this.#at] === '\n') {
        throw this.#refuse('the class that begins here has no end', begin);
      }
      const first = this.#character();
      let last = first;
      if (this.#source[this.#at] === '-' && this.#source[this.#at + 1] !== ']') {
        this.#at += 1;
        last = this.#character();
      }
      if (last < first) throw this.#refuse('a range of characters is the wrong way round', begin);
      members = union(members, setOf([first, last]));
    }
    this.#at += 1;
    this.#skip();
    const set = negated ? complement(members) : intersection(members, ANY_CHARACTER);
    if (set.length === 0) throw this.#refuse('the class that begins here is empty', begin);
    return { kind: 'set', set };
  }

  /** A code point, escaped or not. */
  #character(): number {
    if (this.#source[this.#at] !== '\\') {
      const codePoint = this.#source.codePointAt(this.#at)!;
      this.#at += codePoint > 0xffff ? 2 : 1;
      return codePoint;
    }
    const rest = this.#source.slice(this.#at + 1);
    const hex = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest);
    if (hex !== null) {
      const codePoint = Number.parseInt(hex[1] ?? hex[2] ?? hex[3]!, 16);
      if (codePoint > 0x10ffff) throw this.#refuse('there is no such character');
      this.#at += 1 + hex[0].length;
      return codePoint;
    }
    const [escaped] = rest;
    if (escaped === undefined || /[xuU]/.test(escaped)) throw this.#refuse('the escape is not complete');
    if (/[A-Za-z0-9]/.test(escaped) && !(escaped in ESCAPES)) throw this.#refuse(`\\${escaped} is no escape`);
    this.#at += 2;
    return (ESCAPES[escaped] ?? escaped).codePointAt(0)!;
  }
}
