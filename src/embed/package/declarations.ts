import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { repositoryRoot } from '../../../test/support/root.ts';

/** `from './x.ts'`, `import('./x.ts')`: how a declaration names another. */
const REFERENCE = /((?:from|import)\s*\(?\s*['"])(\.{1,2}\/[^'"]+?)\.ts(['"])/g;

/**
 * Writes the types of the package: those of its ways in, and what these name.
 *
 * @param out the package's folder; the declarations lie in its folder `types`, entries' beside their modules
 * @param entries by the module's name, the source's path from the repository's root
 */
export async function writeDeclarations(
  out: string,
  entries: Readonly<Record<string, string>>,
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'glance-types-'));
  try {
    const config = {
      extends: join(repositoryRoot, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        stripInternal: true,
        rootDir: repositoryRoot,
        outDir: scratch,
        typeRoots: [join(repositoryRoot, 'node_modules/@types'), join(repositoryRoot, 'node_modules')],
      },
      include: [],
      files: [...Object.values(entries), 'src/embed/packaged/files.d.ts'].map((path) =>
        join(repositoryRoot, path),
      ),
    };
    const project = join(scratch, 'tsconfig.json');
    await writeFile(project, JSON.stringify(config));
    execFileSync(join(repositoryRoot, 'node_modules/.bin/tsc'), ['-p', project], { stdio: 'inherit' });

    const reached = new Set<string>();
    const visit = async (path: string): Promise<void> => {
      if (reached.has(path)) return;
      reached.add(path);
      const text = await readFile(join(scratch, path), 'utf8');
      // Nothing else is installed with the package.
      const [foreign] = /(?:from|import)\s*\(?\s*['"][^.'"][^'"]*['"]/.exec(text) ?? [];
      if (foreign !== undefined) throw new Error(`${path}: ${foreign}`);
      for (const [, , target] of text.matchAll(REFERENCE)) {
        await visit(normalize(join(dirname(path), `${target}.d.ts`)));
      }
    };
    for (const path of Object.values(entries)) await visit(path.replace(/\.ts$/, '.d.ts'));
    for (const path of reached) {
      const target = join(out, 'types', path);
      await mkdir(dirname(target), { recursive: true });
      const text = await readFile(join(scratch, path), 'utf8');
      await writeFile(target, text.replace(REFERENCE, '$1$2.js$3'));
    }
    for (const [name, path] of Object.entries(entries)) {
      const types = `./types/${path.replace(/\.ts$/, '.js')}`;
      await writeFile(join(out, `${name}.d.ts`), `export * from '${types}';\n`);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
