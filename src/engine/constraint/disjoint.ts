/** Whether two schemas can be told apart, which "oneOf" depends on. */
import { automatonOf, TooManyStates } from './automaton.ts';
import type { JsonType } from './json_value.ts';
import { all, ofLength } from './language.ts';
import type { SchemaReader } from './schema_reader.ts';
import { both, type PlacedSchema, type Shape } from './schema_shape.ts';
import { typesOf } from './schema_types.ts';
import { fulfils } from './schema_values.ts';
import { stringLanguage } from './string_language.ts';

/** Schemas that lie deeper are taken to overlap. */
const MAX_DEPTH = 4;

/** Whether no value that is written for one of them fulfils the other. */
export function areDisjoint(a: Shape, b: Shape, reader: SchemaReader): boolean {
  const judge = new Judge(reader);
  return judge.excludes(a, b, 0) && judge.excludes(b, a, 0);
}

class Judge {
  readonly #reader: SchemaReader;

  constructor(reader: SchemaReader) {
    this.#reader = reader;
  }

  /** Whether nothing that is written for one schema fulfils the other. */
  excludes(written: Shape, other: Shape, depth: number): boolean {
    if (written.never || other.never) return true;
    if (depth > MAX_DEPTH) return false;
    for (const [shape, test] of [
      [written, (one: Shape) => this.excludes(one, other, depth + 1)],
      [other, (one: Shape) => this.excludes(written, one, depth + 1)],
    ] as const) {
      const [choice, ...others] = shape.choices;
      if (choice === undefined) continue;
      const rest = { ...shape, choices: others };
      return choice.options.every((option) => test(both(rest, this.#reader.shape([option]))));
    }
    if (written.values) return written.values.every((value) => !fulfils(value, other, this.#reader));
    if (other.values) return other.values.every((value) => !fulfils(value, written, this.#reader));
    const shared = typesOf(written).filter((type) => mayHave(other, type));
    return shared.every((type) => this.#excludesType(type, written, other, depth));
  }

  #excludesType(type: JsonType, written: Shape, other: Shape, depth: number): boolean {
    switch (type) {
      case 'number':
      case 'integer':
        return rangesAreApart(written.number, other.number);
      case 'string':
        return textsAreApart(written, other);
      case 'object':
        return this.#excludesObjects(written.object, other.object, depth);
      case 'array':
        return written.array.min > other.array.max || written.array.max < other.array.min;
      default:
        return false;
    }
  }

  #excludesObjects(written: Shape['object'], other: Shape['object'], depth: number): boolean {
    if (written.min > other.max || written.max < other.min) return true;
    const isClosed = (shape: Shape['object']) =>
      shape.patternProperties.size === 0 &&
      shape.additional !== null &&
      this.#reader.shape(shape.additional).never;
    const hasNoOthers =
      written.patternProperties.size === 0 && (written.additional === null || isClosed(written));
    const areApart = (a: PlacedSchema[], b: PlacedSchema[]) =>
      this.excludes(this.#reader.shape(a), this.#reader.shape(b), depth + 1);
    const lacks = other.required.some((name) => {
      const own = written.properties.get(name);
      // What is required is written, even if nothing else is said of it.
      if (own === undefined) return hasNoOthers && !written.required.includes(name);
      const asked = other.properties.get(name);
      return asked !== undefined && areApart(own, asked);
    });
    if (lacks) return true;
    return written.required.some((name) => {
      const asked = other.properties.get(name);
      if (asked === undefined) return isClosed(other);
      return areApart(written.properties.get(name) ?? [], asked);
    });
  }
}

function mayHave({ types }: Shape, type: JsonType): boolean {
  if (types === null || types.includes(type)) return true;
  return (type === 'integer' && types.includes('number')) || (type === 'number' && types.includes('integer'));
}

function rangesAreApart(a: Shape['number'], b: Shape['number']): boolean {
  const isBelow = (low: Shape['number'], high: Shape['number']) => {
    const top = Math.min(low.max ?? Number.POSITIVE_INFINITY, low.exclusiveMax ?? Number.POSITIVE_INFINITY);
    const bottom = Math.max(
      high.min ?? Number.NEGATIVE_INFINITY,
      high.exclusiveMin ?? Number.NEGATIVE_INFINITY,
    );
    return top < bottom || (top === bottom && (low.exclusiveMax === top || high.exclusiveMin === bottom));
  };
  return isBelow(a, b) || isBelow(b, a);
}

function textsAreApart(written: Shape, other: Shape): boolean {
  // A format is written in its common part, so that of the other one says too little here.
  const asked = { ...other, text: { ...other.text, formats: [] } };
  const languages = [written, asked].flatMap((shape) => {
    const { languages: forms, minLength, maxLength } = stringLanguage(shape);
    return [...forms, ofLength(minLength, maxLength)];
  });
  try {
    return automatonOf(all(languages)) === null;
  } catch (error) {
    if (error instanceof TooManyStates) return false;
    throw error;
  }
}
