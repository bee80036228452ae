/** What comes before the first paint, and what waits for it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BrowserContext, Page, Request } from 'playwright-core';
import { INFERENCE_WORKER } from '../support/scripted_engine/build.ts';

/** What a page may fetch of scripts before it can be used, in bytes as hosts compress them. */
export const INITIAL_SCRIPT_LIMIT = 120_000;

/** What is fetched for the engine: its worker, what that consists of, ONNX Runtime, models. */
const ENGINE = [
  INFERENCE_WORKER,
  /\/assets\/(?:ort|lib-|compiler-|executor-|tokenizer)/,
  /\.wasm(\.gz)?$/,
  /\.gguf$/,
];

export interface StartResult {
  firstContentfulPaintMs: number;
  /** The field is on the screen and the main thread is free. */
  interactiveMs: number;
  /** The first request for anything of the engine. */
  engineRequestedMs: number;
  /** Scripts requested until the page could be used. */
  initialScripts: string[];
  initialScriptGzip: number;
  /** With those that come between that and the engine: the list of conversations. */
  scriptGzipBeforeEngine: number;
  /** With the engine's code held back, a question can be typed and sent. */
  usableWithoutEngine: boolean;
}

/** Before any code of the page runs: notes when its field can be used. */
function watchForField(): void {
  const field = () =>
    document
      .querySelector('glance-app')
      ?.shadowRoot?.querySelector('glance-composer')
      ?.shadowRoot?.querySelector('textarea');
  const look = () => {
    if (!field()) requestAnimationFrame(look);
    else setTimeout(() => performance.mark('glance-interactive'));
  };
  requestAnimationFrame(look);
}

const isEngine = (request: Request) =>
  ENGINE.some((pattern) => pattern.test(new URL(request.url()).pathname));

/** Visits a site for the first time. @param site the folder that is served */
export async function benchStart(context: BrowserContext, url: string, site: string): Promise<StartResult> {
  const page = await context.newPage();
  const requests: Request[] = [];
  page.on('request', (request) => requests.push(request));
  // What the compiler of this script puts around functions, also around those that pages are to run.
  await page.addInitScript('globalThis.__name ??= (f) => f');
  await page.addInitScript(watchForField);
  await page.goto(url);
  await page.getByRole('button', { name: /pico demo/ }).waitFor();
  const { timeOrigin, paint, interactive } = await page.evaluate(() => ({
    timeOrigin: performance.timeOrigin,
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
    interactive: performance.getEntriesByName('glance-interactive')[0]?.startTime ?? null,
  }));
  const engineAt = requests.findIndex(isEngine);
  if (paint === null || interactive === null || engineAt < 0) {
    throw new Error('The first paint, the field or the engine was not seen.');
  }
  const path = (request: Request) => new URL(request.url()).pathname;
  const scripts = requests.slice(0, engineAt).filter((request) => /\.m?js$/.test(path(request)));
  const initial = scripts.filter((request) => request.timing().startTime - timeOrigin < interactive);
  const sizeOf = async (some: readonly Request[]) => {
    const sizes = await Promise.all(
      some.map(async (request) => gzipSync(await readFile(join(site, path(request)))).length),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  const [initialScriptGzip, scriptGzipBeforeEngine] = [await sizeOf(initial), await sizeOf(scripts)];
  await page.close();
  return {
    firstContentfulPaintMs: paint,
    interactiveMs: interactive,
    engineRequestedMs: requests[engineAt]!.timing().startTime - timeOrigin,
    initialScripts: initial.map(path),
    initialScriptGzip,
    scriptGzipBeforeEngine,
    usableWithoutEngine: await usableWithoutEngine(await context.newPage(), url),
  };
}

/** Whether a question is taken while nothing of the engine arrives. */
async function usableWithoutEngine(page: Page, url: string): Promise<boolean> {
  await page.route(
    (address) => ENGINE.some((pattern) => pattern.test(address.pathname)),
    () => {},
  );
  await page.goto(url);
  await page.getByRole('textbox', { name: 'Question' }).fill('What is this?');
  await page.keyboard.press('Enter');
  await page.getByRole('article').getByRole('heading', { name: 'What is this?' }).waitFor();
  await page.close();
  return true;
}
