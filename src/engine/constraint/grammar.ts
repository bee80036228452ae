/** Grammars as they are built here, and as text that XGrammar reads. */
import { type CharacterSet, intersection, setOf } from './character_set.ts';
import { byteSequences } from './utf8.ts';

/** What a stretch of text may be. */
export type Expression =
  | { kind: 'text'; text: string }
  | { kind: 'set'; set: CharacterSet }
  | { kind: 'sequence'; parts: readonly Expression[] }
  | { kind: 'choice'; options: readonly Expression[] }
  /** `max` may be infinite. */
  | { kind: 'repeat'; part: Expression; min: number; max: number }
  | { kind: 'rule'; name: string };

/** No text may stand here. */
export const NEVER: Expression = { kind: 'choice', options: [] };

export function text(literal: string): Expression {
  return { kind: 'text', text: literal };
}

export function inOrder(...parts: readonly Expression[]): Expression {
  return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
}

export function eitherOf(...options: readonly Expression[]): Expression {
  return options.length === 1 ? options[0]! : { kind: 'choice', options };
}

export function repeated(part: Expression, min: number, max: number): Expression {
  return min === 1 && max === 1 ? part : { kind: 'repeat', part, min, max };
}

/** Rules by name; the text begins with one that is named at the end. */
export class GrammarBuilder {
  readonly #rules = new Map<string, Expression>();
  readonly #maxRules: number;
  readonly #onTooMany: () => Error;

  constructor(maxRules: number, onTooMany: () => Error) {
    this.#maxRules = maxRules;
    this.#onTooMany = onTooMany;
  }

  /** Makes room for a rule, so that it can be referred to before it is known. */
  declare(): Expression & { kind: 'rule' } {
    if (this.#rules.size >= this.#maxRules) throw this.#onTooMany();
    const name = `r${this.#rules.size}`;
    this.#rules.set(name, NEVER);
    return { kind: 'rule', name };
  }

  define({ name }: Expression & { kind: 'rule' }, expression: Expression): void {
    this.#rules.set(name, expression);
  }

  add(expression: Expression): Expression & { kind: 'rule' } {
    const rule = this.declare();
    this.define(rule, expression);
    return rule;
  }

  /**
   * The grammar as EBNF, without what can never be finished.
   *
   * @returns null if no text at all can be finished
   */
  toEbnf(root: Expression): string | null {
    const finite = this.#finishable();
    const pruned = prune(root, finite);
    if (pruned === null) return null;
    const lines = [`root ::= ${print(pruned)}`];
    const reached = new Set(rulesIn(pruned));
    for (const name of reached) {
      const expression = prune(this.#rules.get(name)!, finite)!;
      for (const other of rulesIn(expression)) reached.add(other);
      lines.push(`${name} ::= ${print(expression)}`);
    }
    return `${lines.join('\n')}\n`;
  }

  /** Names of the rules that some text of finite length fulfils. */
  #finishable(): ReadonlySet<string> {
    const finite = new Set<string>();
    for (let grew = true; grew; ) {
      grew = false;
      for (const [name, expression] of this.#rules) {
        if (finite.has(name) || prune(expression, finite) === null) continue;
        finite.add(name);
        grew = true;
      }
    }
    return finite;
  }
}

/** The expression without alternatives that need other rules than these; null if nothing is left. */
function prune(expression: Expression, rules: ReadonlySet<string>): Expression | null {
  switch (expression.kind) {
    case 'text':
      return expression;
    case 'set':
      return expression.set.length > 0 ? expression : null;
    case 'rule':
      return rules.has(expression.name) ? expression : null;
    case 'sequence': {
      const parts = expression.parts.map((part) => prune(part, rules));
      return parts.includes(null) ? null : { kind: 'sequence', parts: parts as Expression[] };
    }
    case 'choice': {
      const options = expression.options.map((option) => prune(option, rules)).filter((one) => one !== null);
      return options.length > 0 ? eitherOf(...options) : null;
    }
    case 'repeat': {
      const part = expression.max > 0 ? prune(expression.part, rules) : null;
      if (part !== null) return { ...expression, part };
      return expression.min === 0 ? text('') : null;
    }
  }
}

function* rulesIn(expression: Expression): Generator<string> {
  if (expression.kind === 'rule') yield expression.name;
  else if (expression.kind === 'sequence') for (const part of expression.parts) yield* rulesIn(part);
  else if (expression.kind === 'choice') for (const option of expression.options) yield* rulesIn(option);
  else if (expression.kind === 'repeat') yield* rulesIn(expression.part);
}

function print(expression: Expression): string {
  switch (expression.kind) {
    case 'text':
      return `"${[...expression.text].map((one) => printCharacter(one.codePointAt(0)!)).join('')}"`;
    case 'set':
      return printSet(expression.set);
    case 'rule':
      return expression.name;
    case 'sequence':
      return expression.parts.length === 0 ? '""' : expression.parts.map(printPart).join(' ');
    case 'choice':
      return expression.options
        .map((option) => (option.kind === 'choice' ? printPart(option) : print(option)))
        .join(' | ');
    case 'repeat':
      return `${printPart(expression.part)}${printBounds(expression.min, expression.max)}`;
  }
}

/** In parentheses, where its parts would else mix with what stands beside it. */
function printPart(expression: Expression): string {
  const isSafe =
    expression.kind === 'text' ||
    expression.kind === 'rule' ||
    (expression.kind === 'set' && isAscii(expression.set));
  return isSafe ? print(expression) : `(${print(expression)})`;
}

function printBounds(min: number, max: number): string {
  if (max !== Number.POSITIVE_INFINITY) return `{${min},${max}}`;
  return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
}

const ASCII = setOf([0, 0x7f]);
const BEYOND_ASCII = setOf([0x80, 0x10ffff]);

function isAscii(set: CharacterSet): boolean {
  return intersection(set, BEYOND_ASCII).length === 0;
}

/**
 * A set of characters. XGrammar compares what a class holds with single bytes of the text, so that characters of
 * several bytes have to be spelt out as a sequence of classes.
 */
function printSet(set: CharacterSet): string {
  const ascii = intersection(set, ASCII).map(([first, last]) =>
    first === last ? printCharacter(first) : `${printCharacter(first)}-${printCharacter(last)}`,
  );
  const options = ascii.length > 0 ? [`[${ascii.join('')}]`] : [];
  for (const sequence of byteSequences(intersection(set, BEYOND_ASCII))) {
    options.push(sequence.map(([first, last]) => printBytes(first, last)).join(' '));
  }
  return options.join(' | ');
}

/** A class of one member would be read as that character, so it gets a second: a byte that is in no text. */
function printBytes(first: number, last: number): string {
  const hex = (byte: number) => `\\x${byte.toString(16)}`;
  return first === last ? `[${hex(first)}${hex(0xc0)}]` : `[${hex(first)}-${hex(last)}]`;
}

/** Letters and digits as they are, all else as an escape that means the same in texts and in sets. */
function printCharacter(codePoint: number): string {
  const character = String.fromCodePoint(codePoint);
  if (/^[A-Za-z0-9 ]$/.test(character)) return character;
  return codePoint > 0xffff
    ? `\\U${codePoint.toString(16).padStart(8, '0')}`
    : `\\u${codePoint.toString(16).padStart(4, '0')}`;
}
