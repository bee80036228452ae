import { defineConfig, devices } from '@playwright/test';
import { chromiumFlags, findChromium } from './test/support/chromium.ts';

/** Another, where several runs share a machine. */
const port = Number(process.env.GLANCE_E2E_PORT ?? 4179);

export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '*.spec.ts',
  outputDir: 'test-results/e2e',
  timeout: 60_000,
  expect: { timeout: 30_000 },
  // Files side by side, the tests of one file in turn: while one page waits, others can work.
  workers: 3,
  fullyParallel: false,
  forbidOnly: true,
  // Asked for by CI, where what passes at the second try is listed as flaky.
  retries: Number(process.env.GLANCE_TEST_RETRIES ?? 0),
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1280, height: 800 },
    baseURL: `http://127.0.0.1:${port}/`,
    trace: 'off',
    actionTimeout: 15_000,
    launchOptions: {
      executablePath: findChromium(),
      args: [...chromiumFlags, '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
    },
  },
  webServer: {
    command: `npx vite build && npx vite preview --host 127.0.0.1 --port ${port} --strictPort`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
    timeout: 180_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 2000 },
  },
});
