import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { build, type Plugin, type Rolldown } from 'vite';
import { defineConfig } from 'vitest/config';
import { assemblyPlugin } from './src/offline/build/assembly_plugin.ts';
import { compressed } from './src/offline/build/compress.ts';
import { offlinePlugin } from './src/offline/build/offline_plugin.ts';
import { sha256Plugin } from './src/offline/build/sha256_plugin.ts';
import { mutantPlugin } from './test/mutants/plugin.ts';
import { chromiumFlags, findChromium } from './test/support/chromium.ts';
import { FlakyReporter } from './test/support/flaky_reporter.ts';

const testing = process.env.VITEST !== undefined;

/** Assets keep their names; what will be compressed says so. */
const assetFileNames = ({ names }: { names: string[] }): string =>
  `assets/[name]-[hash][extname]${names.some((name) => name.endsWith('.wasm')) ? '.gz' : ''}`;

/**
 * Ships ONNX Runtime's WebAssembly compressed: many static hosts send it as it lies, and one of its builds
 * is larger than the 25 MiB that some of them accept. The worker unpacks it.
 */
function compressWasm(): Plugin {
  return {
    name: 'glance-compress-wasm',
    apply: 'build',
    async generateBundle(_, bundle) {
      const pack = async (output: (typeof bundle)[string]) => {
        if (output.type !== 'asset' || !output.fileName.endsWith('.wasm.gz')) return;
        const bytes = Buffer.from(output.source);
        // The worker's build passes its assets on to the page's.
        if (!isGzip(bytes)) output.source = await compressed(bytes);
      };
      await Promise.all(Object.values(bundle).map(pack));
    },
  };
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Where the first script and the library lie in the build: stable names, beside the page. */
const START = 'start.js';
/** What other pages use, and what they show in a frame: by what they export, under the same names always. */
const EMBEDDED = {
  glance: 'src/embed/create_glance.ts',
  host: 'src/embed/host.ts',
  frame: 'src/embed/frame/main.ts',
};

/**
 * Builds what runs ahead of the page, also in browsers that are too old for it, and has it start the page: marked
 * so, scripts are left alone by browsers, and nothing of the page is fetched where it cannot run.
 */
function startScript(): Plugin {
  const plugin = classicScript(
    START,
    'src/app/start/start.ts',
    (address) => `import('${address}');`,
    'es2015',
  );
  plugin.transformIndexHtml = {
    order: 'post',
    handler: (html, { bundle }) =>
      bundle === undefined || !html.includes(`src="./${START}"`)
        ? html
        : html
            .replaceAll('<script type="module"', '<script type="text/app-module"')
            .replaceAll('<link rel="modulepreload"', '<link rel="app-modulepreload"'),
  };
  return plugin;
}

/**
 * @param whileDeveloping what is served in its place by the development server
 * @param target default: the page's
 */
function classicScript(
  fileName: string,
  entry: string,
  whileDeveloping: (address: string) => string,
  target?: string,
): Plugin {
  return {
    name: `glance-${fileName}`,
    configureServer({ middlewares, config }) {
      middlewares.use((request, response, next) => {
        if (request.url !== `/${fileName}`) return next();
        response.setHeader('content-type', 'text/javascript');
        response.end(whileDeveloping(`${config.base.replace('./', '/')}${entry}`));
      });
    },
    async generateBundle() {
      const { build: options } = this.environment.config;
      const built = (await build({
        configFile: false,
        root: fileURLToPath(new URL('.', import.meta.url)),
        logLevel: 'warn',
        publicDir: false,
        plugins: [mutantPlugin()],
        build: {
          write: false,
          target: target ?? options.target,
          minify: options.minify,
          reportCompressedSize: false,
          rolldownOptions: {
            input: entry,
            output: { format: 'iife', entryFileNames: fileName, codeSplitting: false },
          },
        },
      })) as Rolldown.RolldownOutput;
      for (const output of built.output) {
        if (output.type !== 'chunk') continue;
        this.emitFile({ type: 'asset', fileName: output.fileName, source: output.code });
      }
    },
  };
}

export default defineConfig({
  // Relative addresses: the build works from any sub-path of any static host.
  base: './',
  build: {
    target: 'es2023',
    rolldownOptions: {
      input: { index: 'index.html', ...EMBEDDED },
      // The library is used by what it exports.
      preserveEntrySignatures: 'strict',
      output: {
        assetFileNames,
        entryFileNames: ({ name }) =>
          Object.hasOwn(EMBEDDED, name) ? '[name].js' : 'assets/[name]-[hash].js',
      },
    },
  },
  worker: {
    format: 'es',
    plugins: () => [mutantPlugin(), assemblyPlugin(), sha256Plugin(), compressWasm()],
    rolldownOptions: { output: { assetFileNames } },
  },
  plugins: [mutantPlugin(), assemblyPlugin(), sha256Plugin(), compressWasm(), startScript(), offlinePlugin()],
  optimizeDeps: {
    // ONNX Runtime finds its WASM beside itself; pre-bundling would move it.
    exclude: ['onnxruntime-web', '@wllama/wllama'],
    // Found at once, so that the development server never reloads a page in the middle of a test.
    include: [
      '@huggingface/jinja',
      '@huggingface/tokenizers',
      '@mlc-ai/web-xgrammar',
      'ajv',
      'ajv-formats',
      'ajv/dist/2020.js',
      'comlink',
      'hash-wasm',
      'idb-keyval',
      'lit',
      'lit/decorators.js',
      'lit/directives/guard.js',
      'lit/directives/live.js',
      'lit/directives/repeat.js',
      ...(testing ? ['@ai-sdk/openai-compatible', 'ai', 'ajv', 'openai', 'openai/helpers/zod', 'zod'] : []),
      'lit/static-html.js',
      'marked',
      'temml',
    ],
  },
  server: { fs: { strict: true } },
  test: {
    reporters: ['default', new FlakyReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          maxWorkers: 2,
          testTimeout: 60_000,
          // What tests share is as much work as they are: models are loaded and kernels compiled there.
          hookTimeout: 60_000,
          // It is written for CommonJS, but says that it is a module, which Node believes.
          server: { deps: { inline: ['@mlc-ai/web-xgrammar'] } },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          // Asked for by CI, where what passes at the second try is marked as such.
          retry: Number(process.env.GLANCE_TEST_RETRIES ?? 0),
          // What tests share is as much work as they are: models are loaded and kernels compiled there.
          hookTimeout: 60_000,
          // After the tests in Node.js, so that neither keeps the other waiting; each file has a page of its own.
          sequence: { groupOrder: 1 },
          fileParallelism: true,
          maxWorkers: 2,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(testing ? { executablePath: findChromium() } : {}),
                args: chromiumFlags,
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
  resolve: {
    alias: { '@fixtures': fileURLToPath(new URL('./test/fixtures', import.meta.url)) },
  },
});
