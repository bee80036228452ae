/** A folder outside the repository, in which examples are built from the packed package as anybody would. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createServer } from 'vite';
import { repositoryRoot } from '../support/root.ts';
import type { StaticServer } from '../support/server.ts';

const run = promisify(execFile);
const root = (path: string) => join(repositoryRoot, path);

/** Runs a program; what it says is only shown if it fails. */
async function runIn(folder: string, program: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await run(program, args, { cwd: folder, maxBuffer: 1 << 26, timeout: 240_000 });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

export class Workspace {
  readonly folder: string;
  readonly tarball: string;

  private constructor(folder: string, tarball: string) {
    this.folder = folder;
    this.tarball = tarball;
  }

  /** Packs Glance as `npm pack` does, which builds it. */
  static async open(): Promise<Workspace> {
    const folder = await mkdtemp(join(tmpdir(), 'glance-examples-'));
    const said = await runIn(repositoryRoot, 'npm', 'pack', '--json', '--pack-destination', folder);
    // What building says stands ahead of it.
    const [packed] = JSON.parse(said.slice(said.search(/^\[/m))) as [{ filename: string }];
    return new Workspace(folder, join(folder, packed.filename));
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  /** An empty folder. */
  async emptyFolder(name: string): Promise<string> {
    const folder = join(this.folder, name);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /** A copy of an example, with these of the site's sample pictures. */
  async copy(name: string, pictures: readonly string[]): Promise<string> {
    const folder = await this.emptyFolder(name);
    await cp(root(`test/examples/${name}`), folder, { recursive: true });
    for (const picture of pictures) await cp(root(`public/samples/${picture}`), join(folder, picture));
    return folder;
  }

  /** The package as a folder beside a page. */
  async unpack(folder: string): Promise<void> {
    await runIn(folder, 'tar', '-xzf', this.tarball, '--strip-components=1', 'package/lib');
    await cp(join(folder, 'lib'), join(folder, 'glance'), { recursive: true });
    await rm(join(folder, 'lib'), { recursive: true });
  }

  /** The package as a dependency of an app, beside others that the repository has. */
  async install(folder: string, others: readonly string[] = []): Promise<void> {
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'app', version: '1.0.0', type: 'module' }),
    );
    await runIn(folder, 'npm', 'install', '--offline', '--no-audit', '--no-fund', this.tarball);
    for (const name of others) {
      await mkdir(join(folder, 'node_modules', name, '..'), { recursive: true });
      await symlink(root(`node_modules/${name}`), join(folder, 'node_modules', name));
    }
  }

  /** Checks an app's types as strictly as there is. */
  async checkTypes(folder: string, file: string): Promise<void> {
    const compilerOptions = {
      target: 'es2023',
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['es2023', 'dom', 'dom.iterable'],
      jsx: 'react-jsx',
      strict: true,
      noEmit: true,
      types: [],
    };
    const project = join(folder, 'tsconfig.check.json');
    await writeFile(project, JSON.stringify({ compilerOptions, files: [file] }));
    await runIn(folder, root('node_modules/.bin/tsc'), '-p', project);
  }

  /** Imports all of the package where there is no page, as servers do that render ahead. */
  importInNode(folder: string): Promise<string> {
    const imports = ['', '/elements', '/define', '/host'].map((way) => `await import('glance${way}');`);
    return runIn(folder, process.execPath, '--input-type=module', '--eval', imports.join(' '));
  }

  vite(folder: string): Promise<string> {
    return runIn(folder, root('node_modules/.bin/vite'), 'build', '--logLevel', 'warn');
  }

  /** Vite's development server, on a free port. */
  async develop(folder: string): Promise<StaticServer> {
    const server = await createServer({
      root: folder,
      configFile: false,
      logLevel: 'error',
      server: { host: '127.0.0.1', port: 0 },
    });
    await server.listen();
    return { url: server.resolvedUrls!.local[0]!, close: () => server.close() };
  }

  webpack(folder: string): Promise<string> {
    return runIn(folder, root('node_modules/.bin/webpack'), '--config', 'webpack.config.cjs');
  }

  /** Writes the documentation of the public API; what is not documented is an error. */
  async reference(): Promise<void> {
    await runIn(repositoryRoot, 'npm', 'run', 'reference');
  }

  /** Compares the README's table of sizes with the package. */
  async sizes(): Promise<void> {
    await runIn(repositoryRoot, 'npm', 'run', 'sizes');
  }

  /** A line of a shell, as a README has it. */
  shell(folder: string, line: string): Promise<string> {
    return runIn(folder, 'bash', '-euo', 'pipefail', '-c', line);
  }
}
