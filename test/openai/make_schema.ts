/**
 * Writes the JSON schema of the `openai` package's types that requests and answers are checked against.
 *
 *     npx tsx test/openai/make_schema.ts
 */
import { writeFile } from 'node:fs/promises';
import { createGenerator } from 'ts-json-schema-generator';

export const SCHEMA_FILE = new URL('../fixtures/openai/schema.json', import.meta.url);

/** The schema of `Contract` in types.ts. */
export function openaiSchema(): object {
  return createGenerator({
    path: 'test/openai/types.ts',
    tsconfig: 'tsconfig.json',
    skipTypeCheck: true,
    topRef: false,
    // A member that the package does not know is an error.
    additionalProperties: false,
    jsDoc: 'none',
    sortProps: true,
  }).createSchema('Contract');
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  await writeFile(SCHEMA_FILE, `${JSON.stringify(openaiSchema(), null, 1)}\n`);
}
