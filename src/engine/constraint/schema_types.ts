import type { JsonType } from './json_value.ts';
import type { Shape } from './schema_shape.ts';

const BY_TYPE: readonly (readonly [JsonType, (shape: Shape) => boolean])[] = [
  [
    'object',
    ({ object }) =>
      object.properties.size +
        object.patternProperties.size +
        object.names.length +
        object.required.length +
        object.min >
        0 ||
      object.additional !== null ||
      object.max < Number.POSITIVE_INFINITY,
  ],
  [
    'array',
    ({ array }) =>
      array.prefix.length + array.min > 0 ||
      array.items !== null ||
      array.unique ||
      array.max < Number.POSITIVE_INFINITY,
  ],
  [
    'string',
    ({ text: { minLength, maxLength, patterns, formats } }) =>
      minLength + patterns.length + formats.length > 0 || maxLength < Number.POSITIVE_INFINITY,
  ],
  ['number', ({ number: { multipleOf, ...bounds } }) => multipleOf.length + Object.keys(bounds).length > 0],
];

/**
 * The types that values are written in. A schema that names no type, but asks something of values of one, means
 * that one, though by the letter values of all others fulfil it too.
 */
export function typesOf(shape: Shape): readonly JsonType[] {
  const asked = BY_TYPE.flatMap(([type, asks]) => (asks(shape) ? [type] : []));
  const types: readonly JsonType[] =
    shape.types ?? (asked.length > 0 ? asked : ['object', 'array', 'string', 'number', 'boolean', 'null']);
  return types.includes('number') ? types.filter((type) => type !== 'integer') : types;
}
