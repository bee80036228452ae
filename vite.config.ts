import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { playwright } from '@vitest/browser-playwright';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { mutantPlugin } from './test/mutants/plugin.ts';
import { chromiumFlags, findChromium } from './test/support/chromium.ts';

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
    generateBundle(_, bundle) {
      for (const output of Object.values(bundle)) {
        if (output.type !== 'asset' || !output.fileName.endsWith('.wasm.gz')) continue;
        const bytes = Buffer.from(output.source);
        // The worker's build passes its assets on to the page's.
        if (!isGzip(bytes)) output.source = gzipSync(bytes, { level: 9 });
      }
    },
  };
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

export default defineConfig({
  // Relative addresses: the build works from any sub-path of any static host.
  base: './',
  build: {
    target: 'es2023',
    rolldownOptions: { output: { assetFileNames } },
  },
  worker: {
    format: 'es',
    plugins: () => [mutantPlugin(), compressWasm()],
    rolldownOptions: { output: { assetFileNames } },
  },
  plugins: [mutantPlugin(), compressWasm()],
  optimizeDeps: {
    // ONNX Runtime finds its WASM beside itself; pre-bundling would move it.
    exclude: ['onnxruntime-web', '@wllama/wllama'],
    // Found at once, so that the development server never reloads a page in the middle of a test.
    include: [
      '@huggingface/jinja',
      '@huggingface/tokenizers',
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
    projects: [
      {
        extends: true,
        test: { name: 'node', include: ['test/unit/**/*.test.ts'], environment: 'node', testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          fileParallelism: false,
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
