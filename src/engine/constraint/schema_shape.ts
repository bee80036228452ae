/**
 * A JSON Schema (draft 2020-12 and older spellings) as a plain record of what it asks, keyword by keyword;
 * `$ref` and `allOf` are taken in.
 */
import { NUMBER_FORMATS } from './formats.ts';
import { canonical, isObject, isSame, JSON_TYPES, type JsonType } from './json_value.ts';
import { unsupported } from './unsupported.ts';

export type Schema = Readonly<Record<string, unknown>> | boolean;

/** A schema, and where it stands (a JSON pointer). */
export interface PlacedSchema {
  schema: Schema;
  at: string;
}

/** What a schema asks. Keywords of several schemas add up: of lists, everything in them is asked. */
export interface Shape {
  at: string;
  /** No value fulfils it. */
  never: boolean;
  /** Null: all. */
  types: readonly JsonType[] | null;
  /** Of `enum` and `const`; null: not asked. */
  values: readonly unknown[] | null;
  number: { min?: number; max?: number; exclusiveMin?: number; exclusiveMax?: number; multipleOf: number[] };
  text: { minLength: number; maxLength: number; patterns: string[]; formats: string[] };
  object: {
    /** Whether `properties` was given, if only as an empty list. */
    isListed: boolean;
    properties: ReadonlyMap<string, PlacedSchema[]>;
    patternProperties: ReadonlyMap<string, PlacedSchema[]>;
    /** Null where nothing is said of other members: then there are none. */
    additional: PlacedSchema[] | null;
    names: PlacedSchema[];
    required: readonly string[];
    min: number;
    max: number;
  };
  array: {
    prefix: PlacedSchema[][];
    items: PlacedSchema[] | null;
    min: number;
    max: number;
    unique: boolean;
  };
  /** Of each of these, one has to be fulfilled; if `exclusive`, no more than one. */
  choices: { exclusive: boolean; options: PlacedSchema[]; at: string }[];
}

const INFINITE = Number.POSITIVE_INFINITY;

/** A shape that asks nothing. */
export function anything(at: string): Shape {
  return {
    at,
    never: false,
    types: null,
    values: null,
    number: { multipleOf: [] },
    text: { minLength: 0, maxLength: INFINITE, patterns: [], formats: [] },
    object: {
      isListed: false,
      properties: new Map(),
      patternProperties: new Map(),
      additional: null,
      names: [],
      required: [],
      min: 0,
      max: INFINITE,
    },
    array: { prefix: [], items: null, min: 0, max: INFINITE, unique: false },
    choices: [],
  };
}

/** A text that is the same for shapes that ask the same. */
export function shapeKey(shape: Shape): string {
  const plain = (value: unknown): unknown => {
    if (value instanceof Map) return [...value].map(plain);
    if (value === INFINITE) return 'infinite';
    if (Array.isArray(value)) return value.map(plain);
    if (!isObject(value)) return value;
    // Where it stands is for messages.
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, one]) => (key === 'at' ? [] : [[key, plain(one)]])),
    );
  };
  return canonical(plain(shape));
}

/** Keywords that ask for what grammars cannot watch over, or that would take too much here. */
const UNSUPPORTED_KEYWORDS = [
  'not',
  'if',
  'then',
  'else',
  'contains',
  'minContains',
  'maxContains',
  'dependentRequired',
  'dependentSchemas',
  'dependencies',
  'unevaluatedItems',
  '$dynamicRef',
] as const;

/**
 * What the keywords of a schema ask, without those that refer to other schemas for the same value (`$ref`,
 * `allOf`).
 *
 * @throws GlanceError `format-unsupported` for keywords that cannot be enforced, and for values they cannot have
 */
export function shapeOfKeywords(schema: Schema, at: string): Shape {
  const shape = anything(at);
  if (schema === true) return shape;
  if (schema === false) return { ...shape, never: true };
  if (!isObject(schema)) throw unsupported(at, 'there is no schema (an object, true or false)');
  for (const keyword of UNSUPPORTED_KEYWORDS) {
    if (keyword in schema) throw unsupported(`${at}/${keyword}`, `"${keyword}" cannot be enforced`);
  }
  // It counts what other keywords have looked at; where these close the object there is nothing left to count.
  const { unevaluatedProperties: rest = true, additionalProperties } = schema;
  if (rest !== true && additionalProperties !== false) {
    const problem = '"unevaluatedProperties" cannot be enforced; "additionalProperties" can';
    throw unsupported(`${at}/unevaluatedProperties`, problem);
  }
  const read = new KeywordReader(schema, at);
  shape.types = read.types();
  shape.values = read.values();
  Object.assign(shape.number, read.numberBounds());
  shape.text = {
    minLength: read.count('minLength', 0),
    maxLength: read.count('maxLength', INFINITE),
    patterns: read.strings('pattern'),
    formats: read.strings('format'),
  };
  shape.object = {
    isListed: 'properties' in schema,
    properties: read.schemaMap('properties'),
    patternProperties: read.schemaMap('patternProperties'),
    additional: read.schema('additionalProperties'),
    names: read.schema('propertyNames') ?? [],
    required: read.names('required'),
    min: read.count('minProperties', 0),
    max: read.count('maxProperties', INFINITE),
  };
  const isOldTuple = Array.isArray(schema.items);
  shape.array = {
    prefix: read.schemaList(isOldTuple ? 'items' : 'prefixItems').map((one) => [one]),
    items: read.schema(isOldTuple ? 'additionalItems' : 'items'),
    min: read.count('minItems', 0),
    max: read.count('maxItems', INFINITE),
    unique: read.flag('uniqueItems'),
  };
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    if (!(keyword in schema)) continue;
    const options = read.schemaList(keyword);
    if (options.length === 0) throw unsupported(`${at}/${keyword}`, 'there is no schema to choose');
    shape.choices.push({ exclusive: keyword === 'oneOf', options, at: `${at}/${keyword}` });
  }
  return shape;
}

/** A schema's keywords, checked to have values that they can have. */
class KeywordReader {
  readonly #schema: Readonly<Record<string, unknown>>;
  readonly #at: string;

  constructor(schema: Readonly<Record<string, unknown>>, at: string) {
    this.#schema = schema;
    this.#at = at;
  }

  #wrong(keyword: string, wanted: string): Error {
    return unsupported(`${this.#at}/${keyword}`, `"${keyword}" must be ${wanted}`);
  }

  types(): readonly JsonType[] | null {
    const { type, nullable } = this.#schema;
    if (type === undefined) return null;
    const types = Array.isArray(type) ? type : [type];
    for (const one of types) {
      if (!JSON_TYPES.includes(one)) throw this.#wrong('type', `one or several of ${JSON_TYPES.join(', ')}`);
    }
    // OpenAPI 3.0 has a keyword for it.
    return nullable === true ? [...types, 'null'] : types;
  }

  values(): readonly unknown[] | null {
    const only = 'const' in this.#schema ? [this.#schema.const] : null;
    if (!('enum' in this.#schema)) return only;
    const values = this.#schema.enum;
    if (!Array.isArray(values)) throw this.#wrong('enum', 'a list of values');
    return only?.filter((value) => values.some((one) => isSame(one, value))) ?? values;
  }

  numberBounds(): Shape['number'] {
    const bounds: Shape['number'] = { multipleOf: [] };
    const set = (name: Exclude<keyof Shape['number'], 'multipleOf'>, value: number | undefined) => {
      if (value !== undefined) bounds[name] = value;
    };
    // In draft 4 they were flags that go with the other bound.
    const { exclusiveMinimum, exclusiveMaximum } = this.#schema;
    set(exclusiveMinimum === true ? 'exclusiveMin' : 'min', this.#number('minimum'));
    set(exclusiveMaximum === true ? 'exclusiveMax' : 'max', this.#number('maximum'));
    if (typeof exclusiveMinimum !== 'boolean') set('exclusiveMin', this.#number('exclusiveMinimum'));
    if (typeof exclusiveMaximum !== 'boolean') set('exclusiveMax', this.#number('exclusiveMaximum'));
    const factor = this.#number('multipleOf');
    if (factor !== undefined) {
      if (factor <= 0) throw this.#wrong('multipleOf', 'a number above 0');
      bounds.multipleOf.push(factor);
    }
    const format = NUMBER_FORMATS.get(String(this.#schema.format));
    if (format) {
      bounds.min = Math.max(bounds.min ?? format.min, format.min);
      bounds.max = Math.min(bounds.max ?? format.max, format.max);
    }
    return bounds;
  }

  #number(keyword: string): number | undefined {
    const value = this.#schema[keyword];
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.#wrong(keyword, 'a number');
    return value;
  }

  count(keyword: string, otherwise: number): number {
    const value = this.#number(keyword) ?? otherwise;
    if (value === INFINITE || (Number.isInteger(value) && value >= 0)) return value;
    throw this.#wrong(keyword, 'a whole number that is not negative');
  }

  flag(keyword: string): boolean {
    const value = this.#schema[keyword] ?? false;
    if (typeof value !== 'boolean') throw this.#wrong(keyword, 'true or false');
    return value;
  }

  strings(keyword: string): string[] {
    const value = this.#schema[keyword];
    if (value === undefined) return [];
    if (typeof value !== 'string') throw this.#wrong(keyword, 'text');
    return [value];
  }

  names(keyword: string): string[] {
    const value = this.#schema[keyword] ?? [];
    // In draft 3 and in OpenAPI's parameters it is a flag of the member itself.
    if (typeof value === 'boolean') return [];
    if (!Array.isArray(value) || !value.every((name) => typeof name === 'string')) {
      throw this.#wrong(keyword, 'a list of names');
    }
    return [...new Set(value)];
  }

  schema(keyword: string): PlacedSchema[] | null {
    const value = this.#schema[keyword];
    if (value === undefined) return null;
    return [this.#placed(value, `${this.#at}/${keyword}`)];
  }

  schemaList(keyword: string): PlacedSchema[] {
    const value = this.#schema[keyword] ?? [];
    if (!Array.isArray(value)) throw this.#wrong(keyword, 'a list of schemas');
    return value.map((one, i) => this.#placed(one, `${this.#at}/${keyword}/${i}`));
  }

  schemaMap(keyword: string): Map<string, PlacedSchema[]> {
    const value = this.#schema[keyword] ?? {};
    if (!isObject(value)) throw this.#wrong(keyword, 'an object of schemas');
    return new Map(
      Object.entries(value).map(([key, one]) => [
        key,
        [this.#placed(one, `${this.#at}/${keyword}/${escapePointer(key)}`)],
      ]),
    );
  }

  #placed(value: unknown, at: string): PlacedSchema {
    if (typeof value !== 'boolean' && !isObject(value)) {
      throw unsupported(at, 'there is no schema (an object, true or false)');
    }
    return { schema: value, at };
  }
}

/** A key as it stands in a JSON pointer (RFC 6901, section 3). */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** What two shapes ask together. */
export function both(a: Shape, b: Shape): Shape {
  const defined = (...values: (number | undefined)[]) => values.filter((value) => value !== undefined);
  const most = (...values: (number | undefined)[]) =>
    defined(...values).length > 0 ? Math.max(...defined(...values)) : undefined;
  const least = (...values: (number | undefined)[]) =>
    defined(...values).length > 0 ? Math.min(...defined(...values)) : undefined;
  const bounds = {
    min: most(a.number.min, b.number.min),
    exclusiveMin: most(a.number.exclusiveMin, b.number.exclusiveMin),
    max: least(a.number.max, b.number.max),
    exclusiveMax: least(a.number.exclusiveMax, b.number.exclusiveMax),
  };
  return {
    at: a.at,
    never: a.never || b.never,
    types: bothTypes(a.types, b.types),
    values:
      a.values && b.values
        ? a.values.filter((value) => b.values!.some((other) => isSame(value, other)))
        : (a.values ?? b.values),
    number: {
      ...Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== undefined)),
      multipleOf: [...new Set([...a.number.multipleOf, ...b.number.multipleOf])],
    },
    text: {
      minLength: Math.max(a.text.minLength, b.text.minLength),
      maxLength: Math.min(a.text.maxLength, b.text.maxLength),
      patterns: [...new Set([...a.text.patterns, ...b.text.patterns])],
      formats: [...new Set([...a.text.formats, ...b.text.formats])],
    },
    object: bothObjects(a.object, b.object, a.at),
    array: bothArrays(a.array, b.array),
    choices: [...a.choices, ...b.choices],
  };
}

function bothTypes(a: readonly JsonType[] | null, b: readonly JsonType[] | null): readonly JsonType[] | null {
  if (a === null || b === null) return a ?? b;
  const allows = (types: readonly JsonType[], type: JsonType) =>
    types.includes(type) || (type === 'integer' && types.includes('number'));
  return JSON_TYPES.filter((type) => allows(a, type) && allows(b, type));
}

function bothObjects(a: Shape['object'], b: Shape['object'], at: string): Shape['object'] {
  if (
    (a.patternProperties.size > 0 && b.additional !== null) ||
    (b.patternProperties.size > 0 && a.additional !== null)
  ) {
    throw unsupported(at, '"patternProperties" and "additionalProperties" of different schemas meet');
  }
  const properties = new Map<string, PlacedSchema[]>();
  for (const name of new Set([...a.properties.keys(), ...b.properties.keys()])) {
    const asked = (shape: Shape['object']) => shape.properties.get(name) ?? shape.additional ?? [];
    properties.set(name, [...asked(a), ...asked(b)]);
  }
  const patternProperties = new Map(a.patternProperties);
  for (const [pattern, schemas] of b.patternProperties) {
    patternProperties.set(pattern, [...(patternProperties.get(pattern) ?? []), ...schemas]);
  }
  return {
    isListed: a.isListed || b.isListed,
    properties,
    patternProperties,
    additional:
      a.additional && b.additional ? [...a.additional, ...b.additional] : (a.additional ?? b.additional),
    names: [...a.names, ...b.names],
    required: [...new Set([...a.required, ...b.required])],
    min: Math.max(a.min, b.min),
    max: Math.min(a.max, b.max),
  };
}

function bothArrays(a: Shape['array'], b: Shape['array']): Shape['array'] {
  const length = Math.max(a.prefix.length, b.prefix.length);
  const asked = (shape: Shape['array'], i: number) => shape.prefix[i] ?? shape.items ?? [];
  return {
    prefix: Array.from({ length }, (_, i) => [...asked(a, i), ...asked(b, i)]),
    items: a.items && b.items ? [...a.items, ...b.items] : (a.items ?? b.items),
    min: Math.max(a.min, b.min),
    max: Math.min(a.max, b.max),
    unique: a.unique || b.unique,
  };
}
