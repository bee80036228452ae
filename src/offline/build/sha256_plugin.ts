import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'vite';

const QUERY = '?sha256';

/** `import hash from 'some/file?sha256'`: the SHA-256 of a file's bytes, in hexadecimal digits. */
export function sha256Plugin(): Plugin {
  return {
    name: 'glance-sha256',
    enforce: 'pre',
    async resolveId(source, importer) {
      if (!source.endsWith(QUERY)) return null;
      const found = await this.resolve(source.slice(0, -QUERY.length), importer, { skipSelf: true });
      // Apart from the file itself, which has plugins of its own.
      return found && `\0${found.id.replace(/\?.*$/, '')}${QUERY}`;
    },
    async load(id) {
      if (!id.startsWith('\0') || !id.endsWith(QUERY)) return null;
      const path = id.slice(1, -QUERY.length);
      return `export default '${createHash('sha256')
        .update(await readFile(path))
        .digest('hex')}';`;
    },
  };
}
