/** A browser with a profile that lasts, a page with a store, and a hub that misbehaves. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import type { ModelDownload, StoredModel } from '../../src/model/storage.ts';
import { type HubFile, syntheticFile } from '../hub/files.ts';
import { TestHub } from '../hub/hub.ts';
import { chromiumFlags, findChromium } from '../support/chromium.ts';
import { buildTestPage } from '../support/harness.ts';
import { type StaticServer, serveFolders } from '../support/server.ts';
import type { FaultPageApi, Outcome } from './contract.ts';
import { ESTIMATE_CHANNEL } from './settings.ts';

export interface LabOptions {
  /** The store as it is published, rather than with small chunks and short waits. */
  realSettings?: boolean;
  /** Nothing takes so long unless it hangs. */
  patienceMs?: number;
  /** Folder of another page that has all of this one. */
  page?: string;
}

const DEFAULTS: Required<LabOptions> = { realSettings: false, patienceMs: 60_000, page: 'test/faults' };

/** A tab with the test page. */
export class Tab {
  readonly page: Page;
  readonly #patienceMs: number;

  constructor(page: Page, patienceMs: number) {
    this.page = page;
    this.#patienceMs = patienceMs;
  }

  /** Calls a function of the page. */
  call<Name extends keyof FaultPageApi>(
    name: Name,
    ...args: Parameters<FaultPageApi[Name]>
  ): Promise<Awaited<ReturnType<FaultPageApi[Name]>>> {
    const answer = this.page.evaluate(
      ([method, values]) => {
        const api = globalThis.faultPage as unknown as Record<string, (...args: unknown[]) => unknown>;
        return api[method]!(...values);
      },
      [name as string, args as unknown[]] as const,
    );
    return within(answer as Promise<Awaited<ReturnType<FaultPageApi[Name]>>>, name, this.#patienceMs);
  }

  /** Downloads a model to the end. */
  async download(model: ModelDownload): Promise<Outcome<StoredModel>> {
    await this.call('begin', model);
    return this.call('ended');
  }

  /** Waits until so many bytes of what was begun are here. @throws Error if it ends before */
  async until(bytes: number): Promise<void> {
    const there = this.page.waitForFunction(
      (wanted) => (globalThis.faultPage.heard().at(-1)?.doneBytes ?? 0) >= wanted,
      bytes,
      { timeout: this.#patienceMs, polling: 20 },
    );
    const ended = this.page.evaluate(() => globalThis.faultPage.ended());
    const first = await Promise.race([there.then(() => null), ended]);
    // The other one may fail with the page.
    Promise.allSettled([there, ended]);
    if (first !== null && !first.ok) throw new Error(`it ended before ${bytes} bytes: ${first.message}`);
  }

  /** Ends the tab without its having a say: closed, or its process crashed. */
  async kill(how: 'close' | 'crash'): Promise<void> {
    if (how === 'crash') {
      const devtools = await this.page.context().newCDPSession(this.page);
      const crashed = this.page.waitForEvent('crash', { timeout: this.#patienceMs });
      devtools.send('Page.crash').catch(() => {});
      await crashed;
    }
    await this.page.close();
  }
}

export class FaultLab {
  readonly hub: TestHub;
  readonly #scratch: string;
  readonly #server: StaticServer;
  #context: BrowserContext;
  #fileCount = 0;
  /** Number of the profile in use. */
  #profile = 0;
  /** A quota is set; it holds until the browser ends. */
  #limited = false;
  readonly #options: Required<LabOptions>;

  private constructor(
    hub: TestHub,
    scratch: string,
    server: StaticServer,
    context: BrowserContext,
    options: LabOptions,
  ) {
    this.#options = { ...DEFAULTS, ...options };
    this.hub = hub;
    this.#scratch = scratch;
    this.#server = server;
    this.#context = context;
  }

  static async start(options: LabOptions = {}): Promise<FaultLab> {
    const scratch = await mkdtemp(join(tmpdir(), 'glance-'));
    const site = join(scratch, 'site');
    await buildTestPage(options.page ?? DEFAULTS.page, site);
    const server = await serveFolders({ '/': site });
    return new FaultLab(await TestHub.start(), scratch, server, await launch(scratch, 0), options);
  }

  async close(): Promise<void> {
    await this.#context.close();
    await Promise.all([this.#server.close(), this.hub.close()]);
    await rm(this.#scratch, { recursive: true, force: true, maxRetries: 5 });
  }

  async open(): Promise<Tab> {
    const page = await this.#context.newPage();
    const { realSettings, patienceMs, page: folder } = this.#options;
    await page.goto(`${this.#server.url}${folder}/index.html${realSettings ? '?real' : ''}`);
    await page.waitForFunction(() => 'faultPage' in globalThis);
    return new Tab(page, patienceMs);
  }

  /** Crashes the whole browser and starts it again with the same profile. */
  async crashBrowser(tab: Tab): Promise<void> {
    const devtools = await this.#context.newCDPSession(tab.page);
    const closed = new Promise((resolve) => this.#context.once('close', resolve));
    devtools.send('Browser.crash').catch(() => {});
    await within(closed, 'the crash of the browser', this.#options.patienceMs);
    this.#context = await launch(this.#scratch, this.#profile);
  }

  /**
   * Starts the browser anew, with an empty profile, and opens a tab in which this site may keep no more than
   * so many bytes. Chromium remembers for a while how much room there was and what was deleted, hence the
   * new start; its estimate, which is 10 GiB whatever there is, does not follow.
   */
  async openWithRoom(bytes: number): Promise<Tab> {
    this.#profile += 1;
    await this.restart();
    this.#limited = true;
    const tab = await this.open();
    const devtools = await this.#context.newCDPSession(tab.page);
    const { origin } = new URL(this.#server.url);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: bytes });
    return tab;
  }

  /** Opens a tab in which `navigator.storage.estimate` says that so many bytes are left. */
  async openWithEstimate(bytes: number): Promise<Tab> {
    const tab = await this.open();
    // The store's worker hears of it, so it has to be there.
    await tab.call('models');
    await tab.page.evaluate(([channel, available]) => new BroadcastChannel(channel).postMessage(available), [
      ESTIMATE_CHANNEL,
      bytes,
    ] as const);
    return tab;
  }

  /** Takes away a quota that a row has set. */
  async lift(): Promise<void> {
    if (this.#limited) await this.restart();
  }

  /** Ends the browser and starts it with the same profile. */
  async restart(): Promise<void> {
    this.#limited = false;
    await this.#context.close();
    this.#context = await launch(this.#scratch, this.#profile);
  }

  /** Publishes a new file of some megabytes under a name of its own. */
  publish(
    sizeBytes = 4_000_000,
    file?: HubFile,
  ): { path: string; url: string; plainUrl: string; file: HubFile } {
    this.#fileCount += 1;
    const path = `test/faults/main/file-${this.#fileCount}.gguf`;
    const published = file ?? syntheticFile(sizeBytes, this.#fileCount);
    this.hub.add(path, published);
    return { path, url: this.hub.urlOf(path), plainUrl: this.hub.plainUrlOf(path), file: published };
  }
}

function launch(scratch: string, profile: number): Promise<BrowserContext> {
  return chromium.launchPersistentContext(join(scratch, `profile-${profile}`), {
    executablePath: findChromium(),
    args: chromiumFlags,
    headless: true,
  });
}

/** Fails rather than waiting for ever. */
async function within<T>(work: Promise<T>, what: string, patienceMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took too long`)), patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
