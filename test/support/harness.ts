import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { chromiumFlags, findChromium } from './chromium.ts';
import './offer.ts';
import { repositoryRoot } from './root.ts';
import { serveFolders } from './server.ts';

export interface ChromiumRun {
  /** Folder from the repository's root that holds an `index.html` whose script calls `offer`. */
  page: string;
  /** A plain JSON value. */
  request: unknown;
  /** The run fails after this long. */
  timeoutMs: number;
  /** Receives what the page writes to its console. */
  log?: (line: string) => void;
}

/**
 * Builds a test page as the site itself is built, into an empty folder.
 *
 * @param page folder from the repository's root that holds an `index.html`
 */
export async function buildTestPage(page: string, folder: string): Promise<void> {
  await build({
    root: repositoryRoot,
    logLevel: 'warn',
    build: {
      outDir: folder,
      emptyOutDir: true,
      minify: false,
      reportCompressedSize: false,
      rolldownOptions: { input: join(repositoryRoot, page, 'index.html') },
    },
  });
}

/**
 * Builds a test page as the site itself is built, serves it with the test fixtures under `/fixtures/`,
 * and has it answer one request in a fresh profile of Chromium.
 *
 * @returns what the page's function answered
 * @throws Error if the page fails, crashes or takes too long
 */
export async function runInChromium<Answer>(run: ChromiumRun): Promise<Answer> {
  const log = run.log ?? ((line: string) => console.error(line));
  const scratch = await mkdtemp(join(tmpdir(), 'glance-'));
  try {
    const built = join(scratch, 'site');
    await buildTestPage(run.page, built);
    const server = await serveFolders({ '/': built, '/fixtures/': join(repositoryRoot, 'test/fixtures') });
    try {
      const context = await chromium.launchPersistentContext(join(scratch, 'profile'), {
        executablePath: findChromium(),
        args: chromiumFlags,
        headless: true,
      });
      try {
        const page = context.pages()[0] ?? (await context.newPage());
        const failed = new Promise<never>((_, reject) => {
          page.once('crash', () => reject(new Error(`The page ${run.page} crashed.`)));
          page.once('pageerror', (error) => reject(error));
          AbortSignal.timeout(run.timeoutMs).addEventListener('abort', () =>
            reject(new Error(`The page ${run.page} took longer than ${run.timeoutMs / 1000} s.`)),
          );
        });
        failed.catch(() => {});
        page.on('console', (message) => log(message.text()));
        await page.goto(`${server.url}${run.page}/index.html`);
        const answer = page.evaluate(
          // The page's own function cannot be named in a type that both sides share.
          (request) => (globalThis.glanceTest as (request: unknown) => Promise<unknown>)(request),
          run.request,
        );
        return (await Promise.race([answer, failed])) as Answer;
      } finally {
        await context.close();
      }
    } finally {
      await server.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
