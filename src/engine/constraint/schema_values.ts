import { FORMATS } from './formats.ts';
import { isObject, isSame, typeOf } from './json_value.ts';
import type { SchemaReader } from './schema_reader.ts';
import type { PlacedSchema, Shape } from './schema_shape.ts';

/** Whether a given value fulfils what a schema asks, by the letter. */
export function fulfils(value: unknown, shape: Shape, reader: SchemaReader): boolean {
  if (shape.never) return false;
  const type = typeOf(value);
  if (shape.types && !shape.types.includes(type) && !(type === 'integer' && shape.types.includes('number'))) {
    return false;
  }
  if (shape.values && !shape.values.some((one) => isSame(one, value))) return false;
  const isFine = (schemas: readonly PlacedSchema[], one: unknown) =>
    fulfils(one, reader.shape(schemas), reader);
  for (const { exclusive, options } of shape.choices) {
    const count = options.filter((option) => isFine([option], value)).length;
    if (count === 0 || (exclusive && count > 1)) return false;
  }
  if (typeof value === 'number') return fulfilsNumber(value, shape.number);
  if (typeof value === 'string') return fulfilsText(value, shape.text);
  if (Array.isArray(value)) {
    const { prefix, items, min, max, unique } = shape.array;
    if (value.length < min || value.length > max) return false;
    if (unique && value.some((one, i) => value.slice(0, i).some((other) => isSame(one, other)))) return false;
    return value.every((one, i) => isFine(prefix[i] ?? items ?? [], one));
  }
  return !isObject(value) || fulfilsObject(value, shape.object, isFine);
}

function fulfilsNumber(value: number, bounds: Shape['number']): boolean {
  const { min, max, exclusiveMin, exclusiveMax, multipleOf } = bounds;
  if (min !== undefined && value < min) return false;
  if (max !== undefined && value > max) return false;
  if (exclusiveMin !== undefined && value <= exclusiveMin) return false;
  if (exclusiveMax !== undefined && value >= exclusiveMax) return false;
  return multipleOf.every((factor) => {
    const times = value / factor;
    return Math.abs(times - Math.round(times)) < 1e-9 * Math.max(1, Math.abs(times));
  });
}

function fulfilsText(value: string, { minLength, maxLength, patterns, formats }: Shape['text']): boolean {
  const length = [...value].length;
  if (length < minLength || length > maxLength) return false;
  if (!patterns.every((pattern) => finds(pattern, value))) return false;
  return formats.every(
    (format) => !FORMATS.has(format) || new RegExp(`^(?:${FORMATS.get(format)})$`, 'u').test(value),
  );
}

/** Whether a regular expression finds something; one that is only good by the older rules counts as well. */
export function finds(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    try {
      return new RegExp(pattern).test(value);
    } catch {
      return false;
    }
  }
}

function fulfilsObject(
  value: Readonly<Record<string, unknown>>,
  shape: Shape['object'],
  isFine: (schemas: readonly PlacedSchema[], one: unknown) => boolean,
): boolean {
  const names = Object.keys(value);
  if (names.length < shape.min || names.length > shape.max) return false;
  if (!shape.required.every((name) => Object.hasOwn(value, name))) return false;
  return names.every((name) => {
    if (!shape.names.every((one) => isFine([one], name))) return false;
    const schemas = schemasOf(name, shape);
    return isFine(schemas ?? shape.additional ?? [], value[name]);
  });
}

/** What is asked of a member by its name; null if nothing is said of it. */
export function schemasOf(name: string, shape: Shape['object']): PlacedSchema[] | null {
  const own = shape.properties.get(name);
  const matching = [...shape.patternProperties].filter(([pattern]) => finds(pattern, name));
  if (own === undefined && matching.length === 0) return null;
  return [...(own ?? []), ...matching.flatMap(([, schemas]) => schemas)];
}
