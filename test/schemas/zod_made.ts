/** As Zod writes them, which is how the `openai` package and the AI SDK get theirs. */
import { z } from 'zod';
import type { JsonSchema } from './words.ts';

const category: z.ZodType = z.lazy(() =>
  z.object({ name: z.string().max(10), children: z.array(category).max(2) }),
);

const made: readonly (readonly [string, z.ZodType])[] = [
  [
    'calendar event',
    z.object({
      name: z.string().max(30),
      date: z.iso.date(),
      participants: z.array(z.string().max(20)).max(3),
    }),
  ],
  [
    'mail',
    z.object({
      to: z.email(),
      cc: z.array(z.email()).max(1).optional(),
      subject: z.string().min(1).max(40),
      urgent: z.boolean(),
    }),
  ],
  ['identifiers', z.object({ uuid: z.uuid(), v4: z.uuidv4(), ulid: z.ulid(), nano: z.nanoid() })],
  [
    'times',
    z.object({
      at: z.iso.datetime(),
      offset: z.iso.datetime({ offset: true }),
      day: z.iso.date(),
      time: z.iso.time(),
    }),
  ],
  ['network', z.object({ four: z.ipv4(), six: z.ipv6(), range: z.cidrv4() })],
  [
    'encoded',
    z.object({
      base64: z.base64().max(24),
      base64url: z.base64url().max(24),
      hex: z.hex().max(12),
      phone: z.e164(),
    }),
  ],
  [
    'discriminated union',
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('dog'), bark: z.boolean() }),
      z.object({ type: z.literal('fish'), fins: z.int().min(1).max(9) }),
    ]),
  ],
  ['union of types', z.union([z.string().max(6), z.number().min(0).max(1), z.null()])],
  [
    'nullable and optional',
    z.object({ a: z.string().max(5).nullable(), b: z.number().nullish(), c: z.boolean().default(true) }),
  ],
  ['record', z.record(z.string().regex(/^[a-z]{1,6}$/), z.number().int().min(0).max(9))],
  ['record of an enum', z.record(z.enum(['north', 'south']), z.boolean())],
  ['tuple', z.tuple([z.string().max(4), z.number(), z.boolean()])],
  ['tuple with a rest', z.tuple([z.int().min(0).max(9)], z.boolean())],
  ['enum', z.enum(['draft', 'published', 'archived'])],
  ['literals', z.object({ version: z.literal(2), mode: z.literal(['a', 'b', 3]) })],
  [
    'numbers',
    z.object({
      int: z.int32(),
      positive: z.number().positive().max(100),
      step: z.number().min(0).max(10).multipleOf(0.5),
      uint: z.uint32(),
    }),
  ],
  [
    'texts',
    z.object({
      start: z.string().startsWith('ab').max(8),
      end: z.string().endsWith('yz').max(8),
      has: z.string().includes('mid').max(9),
      lower: z.string().lowercase().max(6),
    }),
  ],
  ['intersection', z.intersection(z.object({ a: z.boolean() }), z.object({ b: z.int().min(0).max(9) }))],
  ['strict object', z.strictObject({ a: z.boolean(), b: z.strictObject({ c: z.string().max(4) }) })],
  ['recursive', category as z.ZodType],
];

export const zodMade: readonly (readonly [string, JsonSchema])[] = made.map(
  ([name, schema]) => [name, z.toJSONSchema(schema) as JsonSchema] as const,
);
