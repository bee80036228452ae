/**
 * What the build adds for visits without a network and for safe ones: the service worker with the list of files that
 * it keeps, the content security policy in the page, and lists for hosts (`_headers`) and for other sites
 * (`integrity.json`).
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { PassThrough, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { build, loadEnv, type Plugin, type ResolvedConfig, type Rolldown } from 'vite';
import { mutantPlugin } from '../../../test/mutants/plugin.ts';
import { DEFAULT_HUB } from '../../store/hub.ts';
import { modelHosts, type Policies, policies } from '../policy.ts';
import { needOf, PAGE, type Precache, policyFor, type SiteFile } from '../precache.ts';
import { versionMark } from '../versions.ts';

/** Where the service worker lies in the build: a stable name, beside the page. */
const SERVICE_WORKER = 'sw.js';
const ENTRY = 'workers/service_worker.ts';
const HEADERS = '_headers';
const INTEGRITY = 'integrity.json';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The files of the site as they are after the build, with a hash of everything. */
export function offlinePlugin(): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'glance-offline',
    config: ({ mode }) => {
      const env = siteEnvironment(mode ?? 'production');
      return { define: { __GLANCE_MODEL_HOSTS__: JSON.stringify(hostsOf(env)) } };
    },
    configResolved(resolved) {
      config = resolved;
    },
    configureServer({ middlewares, config }) {
      middlewares.use((request, response, next) => {
        if (request.url !== `/${SERVICE_WORKER}`) return next();
        response.setHeader('content-type', 'text/javascript');
        response.end(`import '${config.base.replace('./', '/')}${ENTRY}';`);
      });
    },
    async writeBundle({ dir }, bundle) {
      // A page of the tests is built with the same settings, but is no site.
      if (!(PAGE in bundle)) return;
      const folder = dir ?? join(root, config.build.outDir);
      const paths = (await filesIn(folder)).filter((path) => path !== PAGE && path !== SERVICE_WORKER);
      const others: Omit<SiteFile, 'need'>[] = [];
      // One after the other: some are large.
      for (const path of paths) others.push(await siteFile(folder, path));
      const markup = await readFile(join(folder, PAGE), 'utf8');
      const rules = policies({ modelHosts: hostsOf(siteEnvironment(config.mode)), ...inlineHashes(markup) });
      const contents = [
        ...others.map(({ path, sha256 }) => `${path} ${sha256}`),
        markup,
        JSON.stringify(rules),
      ];
      const version = sha256(contents.join('\n')).slice(0, 16);
      const page = withHead(markup, version, rules);
      await writeFile(join(folder, PAGE), page);
      const files = [...others, await siteFile(folder, PAGE)].flatMap((file): SiteFile[] => {
        const need = needOf(file.path);
        return need === null ? [] : [{ ...file, need }];
      });
      const worker = await buildServiceWorker(config, { version, files, policies: rules, page });
      await writeFile(join(folder, SERVICE_WORKER), worker);
      await writeFile(join(folder, HEADERS), headersFile(files, rules));
      await writeFile(join(folder, INTEGRITY), await integrityFile(folder, await filesIn(folder)));
    },
  };
}

function siteEnvironment(mode: string): Record<string, string> {
  return loadEnv(mode, root, 'VITE_');
}

/** Hosts that models come from: those of the hub that the site is built for, and `VITE_MODEL_HOSTS`. */
function hostsOf({ VITE_MODEL_HUB, VITE_MODEL_HOSTS }: Record<string, string>): string[] {
  return modelHosts(VITE_MODEL_HUB || DEFAULT_HUB, (VITE_MODEL_HOSTS ?? '').split(/[\s,]+/).filter(Boolean));
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      join(parentPath, name).slice(folder.length).split(sep).join('/').replace(/^\//, ''),
    );
  return paths.sort();
}

async function siteFile(folder: string, path: string): Promise<Omit<SiteFile, 'need'>> {
  const file = join(folder, path);
  return {
    path,
    bytes: (await stat(file)).size,
    sha256: await digest(file),
    ...(path.endsWith('.gz') && { unpackedSha256: await digest(file, createGunzip()) }),
  };
}

/** SHA-256 of what lies in a file, or of what is packed in it, in hexadecimal digits. */
async function digest(file: string, unpack: Transform = new PassThrough()): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), unpack, async (pieces: AsyncIterable<Uint8Array>) => {
    for await (const piece of pieces) hash.update(piece);
  });
  return hash.digest('hex');
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Hashes that a policy names for what stands in the page itself. */
function inlineHashes(markup: string): { scriptHashes: string[]; styleHashes: string[] } {
  const hashes = (pattern: RegExp) =>
    [...markup.matchAll(pattern)].map(
      ([, content]) => `'sha256-${createHash('sha256').update(content!).digest('base64')}'`,
    );
  return {
    scriptHashes: hashes(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]+?)<\/script>/g),
    styleHashes: hashes(/<style[^>]*>([\s\S]+?)<\/style>/g),
  };
}

/** The page with its policy, which holds from there on, and its version. */
function withHead(markup: string, version: string, { page }: Policies): string {
  const charset = '<meta charset="utf-8" />';
  if (!markup.includes(charset)) throw new Error(`${PAGE} has no ${charset}`);
  const head = [
    charset,
    `<meta http-equiv="content-security-policy" content="${page}" />`,
    versionMark(version),
  ];
  return markup.replace(charset, head.join('\n    '));
}

/**
 * Builds the service worker into one file of its own, without modules: its scope is the folder that it lies in, and
 * its address stays the same, so that browsers find its next version there.
 */
async function buildServiceWorker({ build: options }: ResolvedConfig, precache: Precache): Promise<string> {
  const built = (await build({
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    plugins: [mutantPlugin()],
    define: { __GLANCE_PRECACHE__: JSON.stringify(precache) },
    build: {
      write: false,
      target: options.target,
      minify: options.minify,
      reportCompressedSize: false,
      rolldownOptions: {
        input: ENTRY,
        output: { format: 'iife', entryFileNames: SERVICE_WORKER, codeSplitting: false },
      },
    },
  })) as Rolldown.RolldownOutput;
  const chunk = built.output.find((output) => output.type === 'chunk');
  if (chunk === undefined) throw new Error('the service worker was not built');
  return chunk.code;
}

/** Headers for hosts that read them from a file of this form (Netlify, Cloudflare Pages). */
function headersFile(files: readonly SiteFile[], rules: Policies): string {
  const policed = files.filter(({ path }) => /^assets\/(inference|store|pdf\.worker)[^/]*\.m?js$/.test(path));
  const entries: [string, string][] = [
    ['/', rules.page],
    [`/${PAGE}`, rules.page],
    [`/${SERVICE_WORKER}`, rules.named],
    ...policed.map(({ path }): [string, string] => [`/${path}`, policyFor(path, rules)]),
  ];
  const blocks = entries.map(([path, policy]) => `${path}\n  Content-Security-Policy: ${policy}`);
  return [
    '/*\n  X-Content-Type-Options: nosniff\n  Referrer-Policy: no-referrer',
    '/assets/*\n  Cache-Control: public, max-age=31536000, immutable',
    `${blocks.join('\n')}\n`,
  ].join('\n');
}

/** Hashes of scripts as `integrity` takes them. */
async function integrityFile(folder: string, paths: readonly string[]): Promise<string> {
  const scripts = paths.filter((path) => /\.m?js$/.test(path) && path !== SERVICE_WORKER);
  const hashes: [string, string][] = [];
  for (const path of scripts) {
    const hash = createHash('sha384').update(await readFile(join(folder, path)));
    hashes.push([path, `sha384-${hash.digest('base64')}`]);
  }
  return `${JSON.stringify(Object.fromEntries(hashes), null, 2)}\n`;
}
