/**
 * Writes the JSON schema of the `openai` package's types that requests and answers are checked against.
 *
 *     npx tsx test/openai/make_schema.ts
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createGenerator } from 'ts-json-schema-generator';

export const SCHEMA_FILE = new URL('../fixtures/openai/schema.json', import.meta.url);

const PACKAGE = new URL('../../node_modules/openai/package.json', import.meta.url);

/** The release of the `openai` package that is installed: `openai@6.49.0`. */
export async function installedPackage(): Promise<string> {
  const { name, version } = JSON.parse(await readFile(PACKAGE, 'utf8')) as Record<string, string>;
  return `${name}@${version}`;
}

/** The schema of `Contract` in types.ts, with the release that it was made from as its comment. */
export async function openaiSchema(): Promise<object> {
  const schema = createGenerator({
    path: 'test/openai/types.ts',
    tsconfig: 'tsconfig.json',
    skipTypeCheck: true,
    topRef: false,
    // A member that the package does not know is an error.
    additionalProperties: false,
    jsDoc: 'none',
    sortProps: true,
  }).createSchema('Contract');
  return { $comment: await installedPackage(), ...schema };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  await writeFile(SCHEMA_FILE, `${JSON.stringify(await openaiSchema(), null, 1)}\n`);
}
