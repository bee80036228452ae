import { ANY_CHARACTER, intersection } from './character_set.ts';
import { type Expression, eitherOf, inOrder, NEVER, text } from './grammar.ts';
import { all, found, type Language, matching } from './language.ts';
import { choice, literal, repeat, set } from './pattern.ts';
import { parseRegex } from './regex.ts';
import type { SchemaGrammar } from './schema_grammar.ts';
import type { PlacedSchema, Shape } from './schema_shape.ts';
import { fulfils, schemasOf } from './schema_values.ts';
import { spellString, stringLanguage } from './string_language.ts';
import { UNESCAPED } from './text_grammar.ts';
import { unsupported } from './unsupported.ts';

const INFINITE = Number.POSITIVE_INFINITY;

interface Member {
  name: string;
  value: Expression;
  required: boolean;
}

/** Members that the schema does not name, of one kind. */
interface OtherMembers {
  /** Of the name, its quotes included. */
  name: Expression;
  value: Expression;
}

/**
 * The texts of objects that a schema asks for: named members in the order of the schema, then others, if it
 * says that there may be some.
 */
export function objectGrammar(context: SchemaGrammar, shape: Shape): Expression {
  const { object, at } = shape;
  if (asksNothing(shape)) return context.json.object;
  const members = namedMembers(context, shape);
  if (members === null) return NEVER;
  const others = otherMembers(context, object, at);
  return inOrder(
    text('{'),
    context.json.space,
    new MemberRules(context, members, others, object.min, object.max).from(0, 0),
    text('}'),
  );
}

/** Nothing is said of its members, so any will do: `{"type": "object"}` alone. */
function asksNothing({ object }: Shape): boolean {
  const isOpen =
    object.additional === null || object.additional.every(({ schema }) => schema === true || isBare(schema));
  const says =
    object.properties.size + object.patternProperties.size + object.required.length + object.names.length;
  return (
    isOpen &&
    !(object.isListed && object.additional === null) &&
    says === 0 &&
    object.min === 0 &&
    object.max === INFINITE
  );
}

function isBare(schema: PlacedSchema['schema']): boolean {
  return typeof schema === 'object' && Object.keys(schema).length === 0;
}

/** Null if a member is required that there cannot be. */
function namedMembers(context: SchemaGrammar, { object }: Shape): Member[] | null {
  const required = new Set(object.required);
  const members: Member[] = [];
  for (const name of new Set([...object.properties.keys(), ...required])) {
    const hasName = object.names.every((one) => fulfils(name, context.reader.shape([one]), context.reader));
    const schemas = schemasOf(name, object) ?? object.additional ?? [];
    const isPossible = hasName && !context.reader.shape(schemas).never;
    if (isPossible) members.push({ name, value: context.value(schemas), required: required.has(name) });
    else if (required.has(name)) return null;
  }
  return members;
}

function otherMembers(context: SchemaGrammar, object: Shape['object'], at: string): OtherMembers[] {
  const kinds: OtherMembers[] = [];
  // The same name twice would be one member: the last, of which the schema asks something else.
  const named = matching(
    choice(...[...new Set([...object.properties.keys(), ...object.required])].map(literal)),
  );
  const patterns = [...object.patternProperties];
  const patternLanguages = patterns.map(([source, schemas]) => {
    const place = schemas[0]?.at ?? at;
    return found(parseRegex(source, place), place);
  });
  patterns.forEach(([, schemas], i) => {
    // Names that several patterns match would have to fulfil what all of these ask.
    const others = patternLanguages.filter((_, j) => j !== i);
    const name = [patternLanguages[i]!, ...[named, ...others].map(not)];
    kinds.push({ name: spellName(context, object, name, at), value: context.value(schemas) });
  });
  if (object.additional !== null && !context.reader.shape(object.additional).never) {
    const name = [named, ...patternLanguages].map(not);
    kinds.push({ name: spellName(context, object, name, at), value: context.value(object.additional) });
  }
  return kinds;
}

function not(language: Language): Language {
  return { kind: 'not', language };
}

/** Names are written without escapes, so that no two spellings are the same name. */
const NAME = matching(repeat(set(intersection(UNESCAPED, ANY_CHARACTER)), 1, INFINITE));

function spellName(
  context: SchemaGrammar,
  object: Shape['object'],
  languages: readonly Language[],
  at: string,
): Expression {
  const asked: Language[] = [];
  let [minLength, maxLength] = [0, INFINITE];
  for (const one of object.names) {
    const shape = context.reader.shape([one]);
    if (shape.choices.length > 0) throw unsupported(shape.at, 'the choice between names cannot be enforced');
    if (shape.types && !shape.types.includes('string')) return NEVER;
    if (shape.values !== null) {
      const names = shape.values.filter((value) => typeof value === 'string');
      asked.push(matching(choice(...names.map(literal))));
    }
    const own = stringLanguage(shape);
    asked.push(...own.languages);
    minLength = Math.max(minLength, own.minLength);
    maxLength = Math.min(maxLength, own.maxLength);
  }
  const wanted = { languages: [all([NAME, ...asked, ...languages])], minLength, maxLength };
  return inOrder(text('"'), spellString(context.grammar, wanted, at));
}

/** A rule for each state: the member that is next, and what there is so far. */
class MemberRules {
  readonly #context: SchemaGrammar;
  readonly #members: readonly Member[];
  readonly #others: readonly OtherMembers[];
  readonly #min: number;
  readonly #max: number;
  readonly #rules = new Map<string, Expression>();

  constructor(
    context: SchemaGrammar,
    members: readonly Member[],
    others: readonly OtherMembers[],
    min: number,
    max: number,
  ) {
    this.#context = context;
    this.#members = members;
    this.#others = others;
    this.#min = min;
    this.#max = max;
  }

  /**
   * @param index of the named member that is next
   * @param count members so far
   */
  from(index: number, count: number): Expression {
    // Where nobody counts, all that matters is whether a comma comes next.
    const isCounted = this.#min > 1 || this.#max < INFINITE;
    const known = isCounted ? count : Math.min(count, 1);
    return this.#rule(`${index},${known}`, () => this.#options(index, known));
  }

  #rule(key: string, options: () => Expression[]): Expression {
    const known = this.#rules.get(key);
    if (known) return known;
    const rule = this.#context.grammar.declare();
    this.#rules.set(key, rule);
    this.#context.grammar.define(rule, eitherOf(...options()));
    return rule;
  }

  #options(index: number, count: number): Expression[] {
    const member = this.#members[index];
    if (member === undefined) return [...this.#end(count), ...this.#other(count, count)];
    const options = member.required ? [] : [this.from(index + 1, count)];
    if (count < this.#max) {
      const name = text(JSON.stringify(member.name));
      options.push(
        inOrder(
          ...this.#separator(count),
          name,
          ...this.#rest(member.value),
          this.from(index + 1, count + 1),
        ),
      );
    }
    return options;
  }

  /** @param named members that surely differ; of the others, two may turn out to be one */
  #other(named: number, count: number): Expression[] {
    if (count >= this.#max) return [];
    const isEnough = Math.min(count + 1, named + 1) >= this.#min;
    const more = () =>
      this.#rule(`others ${named},${this.#max < INFINITE ? count + 1 : 1}`, () => [
        ...(isEnough ? [this.#context.json.space] : []),
        ...this.#other(named, this.#max < INFINITE ? count + 1 : Math.max(1, count)),
      ]);
    return this.#others.map(({ name, value }) =>
      inOrder(...this.#separator(count), name, ...this.#rest(value), more()),
    );
  }

  #separator(count: number): Expression[] {
    return count > 0 ? [this.#context.json.comma] : [];
  }

  #rest(value: Expression): Expression[] {
    return [this.#context.json.colon, value];
  }

  /** White space stands behind members only: before the first there is some already. */
  #end(count: number): Expression[] {
    if (count < this.#min) return [];
    return [count > 0 ? this.#context.json.space : text('')];
  }
}
