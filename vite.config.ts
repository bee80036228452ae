import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { mutantPlugin } from './test/mutants/plugin.ts';
import { chromiumFlags, findChromium } from './test/support/chromium.ts';

const testing = process.env.VITEST !== undefined;

export default defineConfig({
  // Relative addresses: the build works from any sub-path of any static host.
  base: './',
  build: {
    target: 'es2023',
    // ONNX Runtime's WASM is 14 MB; static hosts cap files at 25 MiB, which a test checks.
    chunkSizeWarningLimit: 1024,
  },
  worker: { format: 'es', plugins: () => [mutantPlugin()] },
  plugins: [mutantPlugin()],
  optimizeDeps: {
    // ONNX Runtime finds its WASM beside itself; pre-bundling would move it.
    exclude: ['onnxruntime-web', '@wllama/wllama'],
    // Found at once, so that the development server never reloads a page in the middle of a test.
    include: [
      '@huggingface/jinja',
      '@huggingface/tokenizers',
      'comlink',
      'lit',
      'lit/decorators.js',
      'lit/directives/live.js',
      'lit/directives/repeat.js',
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
