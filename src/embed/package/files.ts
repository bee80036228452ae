/**
 * The files of the package that are fetched as they are, and what stands for them in the source. Bundlers copy them
 * and change their names: so pages find them through `files.js`, whose addresses every bundler knows how to read,
 * and tell the workers, which no bundler looks into.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../../../test/support/root.ts';

const { resolve } = createRequire(join(repositoryRoot, 'package.json'));
const ort = (name: string) => resolve(`onnxruntime-web/${name}`);

export interface PackagedFile {
  /** Its name in the package's `files` folder. */
  name: string;
  /** What is imported in the source for it. */
  specifier: string;
  path: string;
  /** Compressed on the way, as in the site. */
  gzip?: boolean;
  /** Made a module of first. */
  bundled?: boolean;
}

/** ONNX Runtime's WebAssembly: imported for its address. */
export const binaries: readonly PackagedFile[] = ['', '.jspi', '.asyncify'].map((build) => ({
  name: `ort-wasm-simd-threaded${build}.wasm.gz`,
  specifier: `onnxruntime-web/ort-wasm-simd-threaded${build}.wasm?url`,
  path: ort(`ort-wasm-simd-threaded${build}.wasm`),
  gzip: true,
}));

/** Modules that are only loaded where they are needed. */
export const lazyModules: readonly PackagedFile[] = [
  ...['wasm', 'jspi', 'webgpu'].map((build) => ({
    name: `ort.${build}.js`,
    specifier: `onnxruntime-web/${build}`,
    path: join(dirname(ort('ort-wasm-simd-threaded.wasm')), `ort.${build}.bundle.min.mjs`),
  })),
  {
    name: 'xgrammar.js',
    specifier: '@mlc-ai/web-xgrammar',
    path: '@mlc-ai/web-xgrammar',
    bundled: true,
  },
];

/** The demo model. */
export const demoFiles: readonly PackagedFile[] = ['pico-Q8_0.gguf', 'mmproj-pico-F16.gguf'].map((name) => ({
  name,
  specifier: name,
  path: join(repositoryRoot, 'public/models/pico', name),
}));

/** Workers, by the names of their files. */
export const workers: Readonly<Record<string, string>> = {
  'inference.js': 'workers/inference.ts',
  'store.js': 'workers/store.ts',
  'reader.js': 'workers/reader.ts',
};

/** Everything in the `files` folder. */
export const fileNames: readonly string[] = [
  ...Object.keys(workers),
  ...[...binaries, ...lazyModules, ...demoFiles].map(({ name }) => name),
];

/** The text of `files.js`. */
export function filesModule(): string {
  const lines = fileNames.map((name) => `  '${name}': new URL('./files/${name}', import.meta.url).href,`);
  return [
    '// Addresses of the files that are fetched as they are. Bundlers replace them by those of their copies.',
    'export const files = {',
    ...lines,
    '};',
    "export const serviceWorker = new URL('./sw.js', import.meta.url).href;",
    '',
  ].join('\n');
}
