/**
 * Serves a folder of model files as a hub does, until it is ended.
 *
 *     npx tsx test/hub/run.ts FOLDER [--repo owner/name] [--revision main]
 *
 * Faults are set by `POST /control` with a JSON array of rules (see faults.ts).
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { diskFile } from './files.ts';
import { TestHub } from './hub.ts';

const { values, positionals } = parseArgs({
  options: {
    repo: { type: 'string', default: 'test/model' },
    revision: { type: 'string', default: 'main' },
  },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined || !/^[^/]+\/[^/]+$/.test(values.repo)) {
  console.error('Usage: tsx test/hub/run.ts FOLDER [--repo owner/name] [--revision main]');
  process.exit(1);
}
const hub = await TestHub.start();
for (const name of await readdir(folder)) {
  if (!name.endsWith('.gguf')) continue;
  const path = `${values.repo}/${values.revision}/${name}`;
  hub.add(path, await diskFile(join(folder, name)));
  console.log(hub.urlOf(path));
}
