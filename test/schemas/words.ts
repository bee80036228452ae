/** Short ways to write JSON Schemas. */

export type JsonSchema = Readonly<Record<string, unknown>>;

type Properties = Readonly<Record<string, JsonSchema | boolean>>;

/** An object of these members and no others; names that end with `?` may be left out. */
export function object(members: Properties, more: JsonSchema = {}): JsonSchema {
  const names = Object.keys(members);
  const properties = Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), members[name]!]));
  return {
    type: 'object',
    properties,
    required: names.filter((name) => !name.endsWith('?')),
    additionalProperties: false,
    ...more,
  };
}

export function list(items: JsonSchema | boolean, more: JsonSchema = {}): JsonSchema {
  return { type: 'array', items, ...more };
}

export function oneOf(...values: readonly unknown[]): JsonSchema {
  return { enum: values };
}

export function any(...anyOf: readonly JsonSchema[]): JsonSchema {
  return { anyOf };
}

export function orNull(schema: JsonSchema): JsonSchema {
  return any(schema, { type: 'null' });
}

export function text(maxLength?: number, more: JsonSchema = {}): JsonSchema {
  return { type: 'string', ...(maxLength !== undefined && { maxLength }), ...more };
}

export function format(name: string, more: JsonSchema = {}): JsonSchema {
  return { type: 'string', format: name, ...more };
}

export function pattern(source: string, more: JsonSchema = {}): JsonSchema {
  return { type: 'string', pattern: source, ...more };
}

export function integer(minimum?: number, maximum?: number, more: JsonSchema = {}): JsonSchema {
  return {
    type: 'integer',
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...more,
  };
}

export function number(minimum?: number, maximum?: number, more: JsonSchema = {}): JsonSchema {
  return {
    type: 'number',
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...more,
  };
}

export function ref(name: string): JsonSchema {
  return { $ref: `#/$defs/${name}` };
}

export const bool: JsonSchema = { type: 'boolean' };
