import { documents } from './documents.ts';
import { keywords } from './keywords.ts';
import { records } from './records.ts';
import { vision } from './vision.ts';
import type { JsonSchema } from './words.ts';
import { zodMade } from './zod_made.ts';

export interface NamedSchema {
  name: string;
  schema: JsonSchema;
}

/** Schemas as they are asked for in practice, and the keywords one by one. */
export const schemas: readonly NamedSchema[] = [
  ...group('document', documents),
  ...group('picture', vision),
  ...group('record', records),
  ...group('keyword', keywords),
  ...group('Zod', zodMade),
];

function group(kind: string, members: readonly (readonly [string, JsonSchema])[]): NamedSchema[] {
  return members.map(([name, schema]) => ({ name: `${kind}: ${name}`, schema }));
}
