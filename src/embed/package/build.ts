/**
 * Builds what `npm pack` puts into the package: `lib/`, a folder that works as it is on a static host, and that
 * bundlers take apart without settings.
 *
 *     npm run build:package
 */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type InlineConfig, type Plugin, type Rolldown } from 'vite';
import { repositoryRoot } from '../../../test/support/root.ts';
import { assemblyPlugin } from '../../offline/build/assembly_plugin.ts';
import { compressed } from '../../offline/build/compress.ts';
import { sha256Plugin } from '../../offline/build/sha256_plugin.ts';
import { writeDeclarations } from './declarations.ts';
import { binaries, demoFiles, filesModule, lazyModules, workers } from './files.ts';

const OUT = join(repositoryRoot, 'lib');
const source = (path: string) => join(repositoryRoot, path);

/** What the package has in place of modules of the site. */
const REPLACED: Readonly<Record<string, string>> = {
  'src/rpc/start_worker.ts': 'src/embed/packaged/start_worker.ts',
  'src/rpc/start_store_worker.ts': 'src/embed/packaged/start_store_worker.ts',
  'src/embed/site.ts': 'src/embed/packaged/site.ts',
  'workers/start_reader.ts': 'src/embed/packaged/start_reader.ts',
  'workers/demo_files.ts': 'src/embed/packaged/demo_files.ts',
};

/** The package's ways in. */
const ENTRIES = {
  glance: 'src/embed/create_glance.ts',
  elements: 'src/embed/elements/elements.ts',
  define: 'src/embed/elements/define.ts',
};

const HOST = 'src/embed/host.ts';

function replaceModules(): Plugin {
  const replaced = new Map(Object.entries(REPLACED).map(([from, to]) => [source(from), source(to)]));
  return {
    name: 'glance-package-modules',
    enforce: 'pre',
    async resolveId(id, importer, options) {
      if (id === 'glance-files') return { id: './files.js', external: true };
      const found = await this.resolve(id, importer, { ...options, skipSelf: true });
      const other = found && replaced.get(found.id);
      return other ?? null;
    },
  };
}

/** In workers: files are asked for by name, for no bundler looks in there. */
function namePackagedFiles(): Plugin {
  const helper = source('src/embed/packaged/worker_files.ts');
  return {
    name: 'glance-package-files',
    enforce: 'pre',
    load(id) {
      const file = binaries.find(({ path }) => id === `${path}?url`);
      if (file === undefined) return null;
      return `import { packagedFile } from '${helper}'; export default packagedFile('${file.name}');`;
    },
    transform(code, id) {
      if (!id.startsWith(source('src')) || !/\bimport\(/.test(code)) return null;
      let changed = code;
      for (const { specifier, name } of lazyModules) {
        const pattern = new RegExp(`import\\(\\s*(['"])${specifier}\\1\\s*\\)`, 'g');
        changed = changed.replace(pattern, `import(/* @vite-ignore */ packagedFile('${name}'))`);
      }
      return changed === code ? null : `import { packagedFile } from '${helper}';\n${changed}`;
    },
  };
}

const common = {
  configFile: false,
  root: repositoryRoot,
  // Its warnings are about old forms in others' modules.
  logLevel: 'error',
  publicDir: false,
  base: './',
} satisfies InlineConfig;

const options = { target: 'es2023', reportCompressedSize: false, emptyOutDir: false } as const;

/** Builds an entry into one file. */
async function buildOne(entry: string, file: string, plugins: Plugin[], format: 'es' | 'iife' = 'es') {
  await build({
    ...common,
    plugins,
    build: {
      ...options,
      outDir: OUT,
      rolldownOptions: {
        input: entry,
        preserveEntrySignatures: 'strict',
        output: { format, entryFileNames: file, codeSplitting: false },
      },
    },
  });
}

async function buildPages(): Promise<void> {
  const built = (await build({
    ...common,
    plugins: [replaceModules()],
    build: {
      ...options,
      outDir: OUT,
      modulePreload: false,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, source(path)])),
        preserveEntrySignatures: 'strict',
        // All in one folder, so that the address of `files.js` is the same from everywhere.
        output: {
          entryFileNames: '[name].js',
          chunkFileNames: 'part-[name].js',
          assetFileNames: '[name][extname]',
        },
      },
    },
  })) as Rolldown.RolldownOutput;
  const strays = built.output.filter(({ type }) => type === 'asset').map(({ fileName }) => fileName);
  if (strays.length > 0) throw new Error(`Bundlers would not find: ${strays.join(', ')}`);
}

async function buildPackage(): Promise<void> {
  await rm(OUT, { recursive: true, force: true });
  await mkdir(join(OUT, 'files'), { recursive: true });
  for (const { name, path, gzip, bundled } of [...binaries, ...demoFiles, ...lazyModules]) {
    const target = join(OUT, 'files', name);
    if (bundled) await buildOne(path, `files/${name}`, []);
    else if (gzip) await writeFile(target, await compressed(await readFile(path)));
    else if (name.endsWith('.js')) await writeFile(target, withoutSourceMap(await readFile(path, 'utf8')));
    else await copyFile(path, target);
  }
  await writeFile(join(OUT, 'files.js'), filesModule());
  for (const [name, path] of Object.entries(workers)) {
    const plugins = [replaceModules(), assemblyPlugin(), sha256Plugin(), namePackagedFiles()];
    await buildOne(source(path), `files/${name}`, plugins);
  }
  await buildOne(source('workers/service_worker.ts'), 'sw.js', [], 'iife');
  // One file, for pages that have nothing else of Glance.
  await buildOne(source(HOST), 'host.js', []);
  await buildPages();
  await writeDeclarations(OUT, { ...ENTRIES, host: HOST });
}

/** The maps of others' modules are not part of the package. */
function withoutSourceMap(code: string): string {
  return code.replace(/^\/\/# sourceMappingURL=.*$/gm, '');
}

await buildPackage();
