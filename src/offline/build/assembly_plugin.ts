import { basename, dirname } from 'node:path';
import type { Plugin } from 'vite';

const QUERY = '?assembly';

/**
 * `import code from './some/file.ts?assembly'`: the WebAssembly that a file of AssemblyScript is compiled to, a few
 * hundred bytes which lie in the script itself. It has SIMD, and neither imports nor a memory manager.
 */
export function assemblyPlugin(): Plugin {
  return {
    name: 'glance-assembly',
    enforce: 'pre',
    async resolveId(source, importer) {
      if (!source.endsWith(QUERY)) return null;
      const found = await this.resolve(source.slice(0, -QUERY.length), importer, { skipSelf: true });
      // Apart from the file itself, which is no TypeScript.
      return found && `\0${found.id}${QUERY}`;
    },
    async load(id) {
      if (!id.startsWith('\0') || !id.endsWith(QUERY)) return null;
      const path = id.slice(1, -QUERY.length);
      this.addWatchFile(path);
      const code = Buffer.from(await compile(path)).toString('base64');
      return `export default Uint8Array.from(atob('${code}'), (letter) => letter.charCodeAt(0));`;
    },
  };
}

async function compile(path: string): Promise<Uint8Array> {
  // It is large, and not every build needs it.
  const { main } = await import('assemblyscript/asc');
  const options = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert'];
  let code: Uint8Array | null = null;
  const files = ['--baseDir', dirname(path), '--outFile', 'code.wasm'];
  const { error, stderr } = await main([basename(path), ...options, ...files], {
    writeFile: (_, contents) => {
      code = contents as Uint8Array;
    },
  });
  if (error !== null || code === null) throw new Error(`${path} cannot be compiled: ${stderr.toString()}`);
  return code;
}
