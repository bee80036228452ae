/** Each of the keywords that ask something, alone and beside others. */
import {
  any,
  bool,
  format,
  integer,
  type JsonSchema,
  list,
  number,
  object,
  oneOf,
  orNull,
  pattern,
  ref,
  text,
} from './words.ts';

export const keywords: readonly (readonly [string, JsonSchema])[] = [
  ['any JSON', {}],
  ['any object', { type: 'object' }],
  ['any array of two', { type: 'array', minItems: 2, maxItems: 2 }],
  ['several types', { type: ['string', 'integer', 'null'], maxLength: 5 }],
  ['a constant object', { const: { a: [1, 'two', null], b: { c: true } } }],
  ['constants of many types', oneOf(1, 1.5, 'one', null, true, [1], { one: 1 })],
  ['texts with quotes', oneOf('"', '\\', '\n', 'ä', '日本', '😀', '</script>', "'")],
  ['enum beside type', { type: 'string', enum: ['a', 'b', 1, null] }],
  ['enum beside bounds', { enum: [1, 5, 10, 50, 100], minimum: 5, maximum: 50 }],
  ['length', text(6, { minLength: 3 })],
  ['exact length', text(4, { minLength: 4 })],
  ['a long text', text(300, { minLength: 20 })],
  ['pattern in the middle', object({ code: pattern('[0-9]{3}', { maxLength: 8 }) })],
  ['pattern of one end', object({ a: pattern('^x', { maxLength: 4 }), b: pattern('y$', { maxLength: 4 }) })],
  ['pattern with a lookahead', pattern('^(?=.*[0-9])(?=.*[a-z])[a-z0-9]{4,8}$')],
  ['pattern with a negative lookahead', pattern('^(?!admin)[a-z]{1,8}$')],
  ['pattern of Unicode letters', pattern('^\\p{Lu}\\p{Ll}{1,6}$')],
  ['pattern of Chinese', pattern('^[\\u4e00-\\u9fff]{1,4}$')],
  ['pattern with everything to escape', pattern('^["\\\\\\n\\t/]{1,6}$')],
  ['pattern with choices', pattern('^(?:foo|bar|ba[sz])(?:-(?:foo|bar))*$', { maxLength: 20 })],
  ['two patterns', { allOf: [pattern('^[a-z]+$'), pattern('[aeiou]'), text(6)] }],
  [
    'dates',
    object({
      date: format('date'),
      time: format('time'),
      both: format('date-time'),
      span: format('duration'),
    }),
  ],
  ['addresses', object({ v4: format('ipv4'), v6: format('ipv6'), host: format('hostname') })],
  [
    'mail and links',
    object({
      mail: format('email', { maxLength: 30 }),
      link: format('uri', { maxLength: 40 }),
      reference: format('uri-reference', { maxLength: 30 }),
    }),
  ],
  [
    'identifiers',
    object({
      id: format('uuid'),
      pointer: format('json-pointer', { maxLength: 12 }),
      relative: format('relative-json-pointer', { maxLength: 12 }),
    }),
  ],
  ['an unknown format', format('phone', { maxLength: 12 })],
  [
    'whole numbers',
    object({
      up: integer(10),
      down: integer(undefined, -10),
      both: integer(-5, 5),
      beyond: { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 3 },
    }),
  ],
  [
    'decimal numbers',
    object({
      up: number(0.5),
      down: number(undefined, -0.25),
      both: number(-1.5, 2.25),
      narrow: { type: 'number', exclusiveMinimum: 0.1, exclusiveMaximum: 0.11 },
    }),
  ],
  [
    'large and small bounds',
    object({ large: number(1e9, 1e12), small: number(0, 1e-4), wide: number(-1e15, 1e15) }),
  ],
  [
    'flags of draft 4',
    {
      type: 'number',
      minimum: 0,
      exclusiveMinimum: true,
      maximum: 1,
      exclusiveMaximum: true,
      $schema: 'http://json-schema.org/draft-04/schema#',
    },
  ],
  [
    'multiples',
    object({
      fives: integer(undefined, undefined, { multipleOf: 5 }),
      sevens: integer(-70, 70, { multipleOf: 7 }),
      cents: { type: 'number', multipleOf: 0.01, minimum: 0, maximum: 100 },
      quarters: { type: 'number', multipleOf: 0.25, minimum: -2, maximum: 2 },
    }),
  ],
  [
    'lengths of arrays',
    object({
      none: list(bool, { maxItems: 0 }),
      one: list(bool, { minItems: 1, maxItems: 1 }),
      some: list(bool, { minItems: 2, maxItems: 6 }),
      many: list(oneOf(0, 1), { minItems: 3, maxItems: 90 }),
    }),
  ],
  [
    'tuples',
    {
      type: 'array',
      prefixItems: [integer(0, 9), text(3), bool],
      items: number(0, 1),
      minItems: 4,
      maxItems: 6,
    },
  ],
  ['a tuple that may be short', { type: 'array', prefixItems: [bool, bool], items: false }],
  ['unique numbers', list(oneOf(1, 2, 3, 4, 5, 6), { uniqueItems: true, minItems: 3, maxItems: 4 })],
  ['unique objects', list(oneOf({ a: 1 }, { a: 2 }, { b: 1 }), { uniqueItems: true })],
  [
    'optional members only',
    object({ 'a?': bool, 'b?': integer(0, 9), 'c?': text(4), 'd?': { type: 'null' } }),
  ],
  [
    'many members',
    object(
      Object.fromEntries(
        Array.from({ length: 40 }, (_, i) => [
          `field_${i}${i % 3 ? '?' : ''}`,
          i % 2 ? bool : integer(0, 99),
        ]),
      ),
    ),
  ],
  [
    'names that need quotes',
    object({ 'a b': bool, 'c"d': bool, é: bool, '😀': bool, '': bool, 'e\\f': bool }),
  ],
  [
    'least and most members',
    object({ 'a?': bool, 'b?': bool, 'c?': bool, 'd?': bool }, { minProperties: 2, maxProperties: 3 }),
  ],
  ['required but not described', { type: 'object', properties: { a: bool }, required: ['a', 'b'] }],
  [
    'others beside',
    {
      type: 'object',
      properties: { id: integer(1, 99), idx: bool },
      required: ['id'],
      additionalProperties: text(4),
      maxProperties: 5,
    },
  ],
  [
    'names by pattern',
    {
      type: 'object',
      patternProperties: { '^n_': integer(0, 9), '^s_': text(4) },
      additionalProperties: false,
      maxProperties: 4,
    },
  ],
  [
    'names by pattern beside others',
    {
      type: 'object',
      properties: { x_1: { minimum: 5 } },
      required: ['x_1'],
      patternProperties: { '^x_': integer(0, 9) },
      additionalProperties: bool,
      maxProperties: 4,
    },
  ],
  [
    'names of a length',
    {
      type: 'object',
      propertyNames: { minLength: 2, maxLength: 4 },
      additionalProperties: bool,
      maxProperties: 3,
    },
  ],
  [
    'choices beside members',
    {
      type: 'object',
      properties: { kind: text(4), value: {} },
      required: ['kind', 'value'],
      additionalProperties: false,
      anyOf: [
        { properties: { kind: { const: 'n' }, value: { type: 'number' } } },
        { properties: { kind: { const: 's' }, value: text(5) } },
      ],
    },
  ],
  [
    'exactly one of numbers',
    { oneOf: [integer(undefined, -1), { type: 'integer', exclusiveMinimum: 0 }, { const: 0 }] },
  ],
  [
    'exactly one of texts',
    { oneOf: [pattern('^a[a-z]{0,4}$'), pattern('^b[a-z]{0,4}$'), { const: 'other' }] },
  ],
  [
    'a reference beside keywords',
    {
      $defs: { short: text(4) },
      type: 'object',
      properties: {
        a: { ...ref('short'), minLength: 2 },
        b: { $ref: '#/$defs/short', description: 'the same' },
      },
      required: ['a', 'b'],
      additionalProperties: false,
    },
  ],
  [
    'references by name',
    {
      $defs: {
        tag: { $anchor: 'tag', enum: ['x', 'y'] },
        node: {
          $id: 'https://example.com/node',
          type: 'object',
          properties: { tag: { enum: ['x', 'y'] }, more: orNull({ $ref: '#' }) },
          required: ['tag'],
        },
      },
      type: 'object',
      properties: { tag: { $ref: '#tag' } },
      required: ['tag'],
      additionalProperties: false,
    },
  ],
  [
    'references into properties',
    {
      type: 'object',
      properties: {
        'a/b': { enum: [1, 2] },
        'c~d': { $ref: '#/properties/a~1b' },
        'e f': { $ref: '#/properties/c~0d' },
        g: { $ref: '#/properties/e%20f' },
      },
      required: ['a/b', 'c~d', 'e f', 'g'],
      additionalProperties: false,
    },
  ],
  [
    'mutual recursion',
    {
      ...ref('a'),
      $defs: { a: object({ b: orNull(ref('b')) }), b: object({ a: orNull(ref('a')), n: integer(0, 9) }) },
    },
  ],
  ['choices of choices', any(any(integer(0, 9), bool), { allOf: [any(text(3), { type: 'null' })] })],
];
