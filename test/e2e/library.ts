/** Pages that use Glance as a library, beside the built site. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from '@playwright/test';
import { build } from 'vite';
import type { DeviceMemory, Glance, GlanceOptions } from '../../src/embed/create_glance.ts';
import { repositoryRoot } from '../support/root.ts';
import { serveFolders } from '../support/server.ts';

declare global {
  var glance: Glance;
  /** The text that has been heard so far of the answer being made. */
  var heard: string;
  /** Ends the answer being made. */
  var stopper: AbortController;
  /** Why there is none; null while nothing has gone wrong. */
  var trouble: Error | null;
}

/** The built site in a folder of a host, as many static hosts have it, and an empty page beside it. */
export interface Host {
  /** Address of the site, with a trailing slash. */
  site: string;
  /** A page of the site's scope in which nothing happens. */
  blank: string;
  /** One out of its scope. */
  foreign: string;
  close(): Promise<void>;
}

/** @param bundles entries to build for the pages: `openai.js` from a module that exports what they need */
export async function startHost(bundles: Readonly<Record<string, string>> = {}): Promise<Host> {
  const scratch = await mkdtemp(join(tmpdir(), 'glance-'));
  await writeFile(join(scratch, 'blank.html'), '<!doctype html><title>Some page</title>');
  for (const [name, entry] of Object.entries(bundles)) await bundle(entry, scratch, name);
  const server = await serveFolders({
    '/some/path/': join(repositoryRoot, 'dist'),
    '/some/path/pages/': scratch,
    '/': scratch,
  });
  return {
    site: `${server.url}some/path/`,
    blank: `${server.url}some/path/pages/blank.html`,
    foreign: `${server.url}blank.html`,
    close: async () => {
      await server.close();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** Builds one module with all that it imports. */
export async function bundle(entry: string, folder: string, name: string): Promise<void> {
  await build({
    configFile: false,
    root: repositoryRoot,
    logLevel: 'warn',
    publicDir: false,
    build: {
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      reportCompressedSize: false,
      lib: { entry: join(repositoryRoot, entry), formats: ['es'], fileName: () => name },
    },
  });
}

export interface Told {
  text: string;
  finishReason: string;
  completionTokens: number;
  /** All text events together. */
  heard: string;
  /** Stages of loading that were heard, each once. */
  loading: string[];
}

/** pico's tokens that end an answer, or stand for something else than text. */
const NO_TEXT = [673, 674, 675, 676, 677, 678, 679];

/** A tab with a page that uses the library and asks in words. */
export class LibraryTab {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(
    context: BrowserContext,
    { site, blank }: Host,
    { address = blank, ...options }: GlanceOptions & { address?: string } = {},
  ): Promise<LibraryTab> {
    const page = await context.newPage();
    await page.goto(address);
    await page.evaluate(
      async ({ module, options }) => {
        const { createGlance } = (await import(module)) as typeof import('../../src/embed/create_glance.ts');
        globalThis.glance = createGlance(options);
      },
      { module: `${site}glance.js`, options },
    );
    return new LibraryTab(page);
  }

  /** Has pico talk nonsense of exactly so many tokens, the same for the same seed. */
  talk(tokens: number, seed: number): Promise<Told> {
    return this.page.evaluate(
      async ({ tokens, seed, banned }) => {
        const loading: string[] = [];
        globalThis.heard = '';
        globalThis.trouble = null;
        globalThis.stopper = new AbortController();
        const asked = globalThis.glance.chat(
          {
            messages: [{ role: 'user', content: 'Describe the image.' }],
            seed,
            maxTokens: tokens,
            sampling: { temperature: 1.5, topK: 0, topP: 1 },
            logitBias: banned.map((id): [number, number] => [id, -100]),
          },
          {
            model: 'pico',
            signal: globalThis.stopper.signal,
            onEvent: (event) => {
              if (event.type === 'text') globalThis.heard += event.text;
            },
            onProgress: ({ stage }) => {
              if (loading.at(-1) !== stage) loading.push(stage);
            },
          },
        );
        asked.catch((error: Error) => {
          globalThis.trouble = error;
        });
        const { text, finishReason, usage } = await asked;
        const { heard } = globalThis;
        return { text, finishReason, completionTokens: usage.completionTokens, heard, loading };
      },
      { tokens, seed, banned: NO_TEXT },
    );
  }

  /** Waits until so many letters of the answer being made have come. @throws what the answer fails with */
  async hears(letters: number): Promise<void> {
    await this.page.waitForFunction((count) => {
      if (globalThis.trouble !== null) throw globalThis.trouble;
      return globalThis.heard.length >= count;
    }, letters);
  }

  stop(): Promise<void> {
    return this.page.evaluate(() => globalThis.stopper.abort());
  }

  memory(): Promise<DeviceMemory | null> {
    return this.page.evaluate(() => globalThis.glance.memory());
  }

  /** How many inference workers this tab has. */
  get engines(): number {
    return engines(this.page);
  }
}

/** Waits until the service worker answers pages: an engine does not wait for it. */
export async function serviceWorkerReady(page: Page): Promise<void> {
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
}

/** How many inference workers a page has. */
export function engines(page: Page): number {
  return page.workers().filter((worker) => /\/inference-[^/]*\.js$/.test(worker.url())).length;
}
