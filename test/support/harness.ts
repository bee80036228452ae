import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { chromiumFlags, findChromium } from './chromium.ts';
import './offer.ts';
import { repositoryRoot } from './root.ts';
import { serveFolders } from './server.ts';

export interface TestPageOptions {
  /** Folder from the repository's root that holds an `index.html` whose script calls `offer`. */
  page: string;
  /** The run fails after this long. */
  timeoutMs: number;
  /** Receives what the page writes to its console. */
  log?: (line: string) => void;
  /** Folders that are served beside the page and the fixtures, by path such as `/models/`. */
  mounts?: Readonly<Record<string, string>>;
}

export interface ChromiumRun extends TestPageOptions {
  /** A plain JSON value. */
  request: unknown;
}

/** A test page that is open in Chromium. */
export interface TestPage {
  readonly page: Page;
  /**
   * Has the page's function answer a request; both are plain JSON values.
   *
   * @throws Error if the page fails, crashes or takes too long
   */
  ask<Answer>(request: unknown): Promise<Answer>;
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
export function runInChromium<Answer>({ request, ...options }: ChromiumRun): Promise<Answer> {
  return withTestPage(options, ({ ask }) => ask<Answer>(request));
}

/** As {@link runInChromium}, for pages that are asked more than once. */
export async function withTestPage<Result>(
  { page: folder, timeoutMs, log = (line) => console.error(line), mounts = {} }: TestPageOptions,
  use: (testPage: TestPage) => Promise<Result>,
): Promise<Result> {
  const scratch = await mkdtemp(join(tmpdir(), 'glance-'));
  try {
    const built = join(scratch, 'site');
    await buildTestPage(folder, built);
    const fixtures = join(repositoryRoot, 'test/fixtures');
    const server = await serveFolders({ '/': built, '/fixtures/': fixtures, ...mounts });
    try {
      const context = await chromium.launchPersistentContext(join(scratch, 'profile'), {
        executablePath: findChromium(),
        args: chromiumFlags,
        headless: true,
      });
      try {
        const page = context.pages()[0] ?? (await context.newPage());
        const failed = new Promise<never>((_, reject) => {
          page.once('crash', () => reject(new Error(`The page ${folder} crashed.`)));
          page.once('pageerror', (error) => reject(error));
          AbortSignal.timeout(timeoutMs).addEventListener('abort', () =>
            reject(new Error(`The page ${folder} took longer than ${timeoutMs / 1000} s.`)),
          );
        });
        failed.catch(() => {});
        page.on('console', (message) => log(message.text()));
        await page.goto(`${server.url}${folder}/index.html`);
        const ask = async <Answer>(request: unknown): Promise<Answer> => {
          const answer = page.evaluate(
            // The page's own function cannot be named in a type that both sides share.
            (request) => (globalThis.glanceTest as (request: unknown) => Promise<unknown>)(request),
            request,
          );
          return (await Promise.race([answer, failed])) as Answer;
        };
        return await use({ page, ask });
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
