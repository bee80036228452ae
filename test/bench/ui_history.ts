/** What a thousand kept conversations cost: drawing the list, searching, memory. */
import type { CDPSession, Page } from 'playwright-core';
import { seedHistory } from '../support/seed_history.ts';

const COUNT = 1000;
/** Side of the pictures, in pixels. */
const SIDE = 512;
const REPEATS = 5;
const OPENED = 40;

/** Beyond these, in milliseconds, somebody waits. */
export const LIST_LIMIT_MS = 200;
export const SEARCH_LIMIT_MS = 100;

export interface HistoryResult {
  conversations: number;
  /** From opening the database to the first rows on the screen, median. */
  listMs: number;
  /** From a typed letter to the rows that match on the screen: the first one, which reads all texts, and the median after it. */
  firstSearchMs: number;
  searchMs: number;
  empty: Held;
  listed: Held;
  searched: Held;
  /** After so many conversations have been opened in turn, and as many others after them. */
  opened: Held;
  openedTwice: Held;
}

/** What the page holds after a collection of garbage. */
export interface Held {
  /** JavaScript memory, in megabytes. */
  heapMB: number;
  /** DOM nodes, those included that are in no document any more. */
  nodes: number;
  /** Object URLs that are not revoked: each keeps a picture. */
  urls: number;
}

/** What a thousand conversations may take that are only listed, in megabytes: no texts, no pictures. */
const LISTED_LIMIT_MB = 4;
/** More than this from one visit to forty conversations to the next, and something of them stays. */
const GROWTH_LIMIT: Held = { heapMB: 1, nodes: 1000, urls: 4 };

/** What of the memory is not flat, in words; none where all is. */
export function memoryFailures({ empty, listed, opened, openedTwice }: HistoryResult): string[] {
  const failed: string[] = [];
  if (listed.heapMB - empty.heapMB > LISTED_LIMIT_MB) failed.push('the list of conversations takes memory.');
  for (const what of ['heapMB', 'nodes', 'urls'] as const) {
    const growth = openedTwice[what] - opened[what];
    if (growth > GROWTH_LIMIT[what]) {
      failed.push(
        `of conversations that were opened and left something stays: ${growth.toFixed(1)} ${what}.`,
      );
    }
  }
  return failed;
}

/** Marks when the page opens its history, before any of its code runs. */
function markOpening(): void {
  const { open } = IDBFactory.prototype;
  IDBFactory.prototype.open = function (name: string, version?: number) {
    if (name === 'glance-history') performance.mark('glance-history-opens');
    return open.call(this, name, version);
  };
}

/** Resolves when the list has rows on the screen. @returns milliseconds since the page opened its history */
async function timeList(): Promise<number> {
  const frame = () => new Promise<number>(requestAnimationFrame);
  const conversations = () =>
    document.querySelector('glance-app')?.shadowRoot?.querySelector('glance-conversations');
  const rail = () => conversations()?.shadowRoot?.querySelector('glance-rail')?.shadowRoot;
  while (!rail()?.querySelector('glance-rail-row')?.shadowRoot?.querySelector('a')) {
    if (performance.now() > 60_000) throw new Error('The list of conversations did not come.');
    await frame();
  }
  await frame();
  const [opening] = performance.getEntriesByName('glance-history-opens');
  return performance.now() - opening!.startTime;
}

/** Types a query. @returns milliseconds until what it found is on the screen */
async function timeSearch(query: string): Promise<number> {
  const frame = () => new Promise<number>(requestAnimationFrame);
  const conversations = document
    .querySelector('glance-app')!
    .shadowRoot!.querySelector('glance-conversations')!;
  const rail = conversations.shadowRoot!.querySelector('glance-rail')!;
  const field = rail.shadowRoot!.querySelector<HTMLInputElement>('input[type=search]')!;
  // What was found is a new object for every query.
  const found = () => (rail as unknown as { found: object | null }).found;
  const before = found();
  field.focus();
  const start = performance.now();
  field.value = query;
  field.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
  while (found() === before) {
    if (performance.now() - start > 20_000) throw new Error(`Nothing came of the search for "${query}".`);
    await frame();
  }
  await rail.updateComplete;
  await frame();
  return performance.now() - start;
}

/** Counts object URLs, before any code of the page runs. */
function countUrls(): void {
  const urls = new Set<string>();
  Object.assign(globalThis, { urlsHeld: urls });
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (source: Blob) => {
    const url = createObjectURL.call(URL, source);
    urls.add(url);
    return url;
  };
  URL.revokeObjectURL = (url: string) => {
    urls.delete(url);
    revokeObjectURL.call(URL, url);
  };
}

async function held(page: Page, devtools: CDPSession): Promise<Held> {
  await page.waitForTimeout(300);
  await devtools.send('HeapProfiler.collectGarbage');
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const { nodes } = await devtools.send('Memory.getDOMCounters');
  const urls = await page.evaluate(() => (globalThis as unknown as { urlsHeld: Set<string> }).urlsHeld.size);
  return { heapMB: usedSize / 1e6, nodes, urls };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** @param page with the app open, and nothing kept yet but what was asked on it */
export async function benchHistory(page: Page, url: string): Promise<HistoryResult> {
  // What the compiler of this script puts around functions, also around those that pages are to run.
  await page.addInitScript('globalThis.__name ??= (f) => f');
  await page.addInitScript(markOpening);
  await page.addInitScript(countUrls);
  await page.addInitScript(() => localStorage.setItem('glance-rail', 'open'));
  const devtools = await page.context().newCDPSession(page);
  const visit = async () => {
    await page.goto('about:blank');
    await page.goto(url);
    return page.evaluate(timeList);
  };
  await page.goto('about:blank');
  await page.goto(url);
  await page.getByRole('button', { name: /pico demo/ }).waitFor();
  const empty = await held(page, devtools);
  await page.evaluate(seedHistory, { count: COUNT, now: Date.now(), side: SIDE });
  const lists: number[] = [];
  for (let i = 0; i < REPEATS; i++) lists.push(await visit());
  // The model's loading is over by then and takes nothing of the machine any more.
  await page.getByRole('button', { name: /pico demo/ }).waitFor();
  const listed = await held(page, devtools);
  const firstSearchMs = await page.evaluate(timeSearch, 'triangle');
  const searches: number[] = [];
  for (const query of [
    'sign',
    'sign door',
    'crimson',
    'nothing like it',
    'picture 77',
    'answer says',
    'PLANTS',
  ]) {
    searches.push(await page.evaluate(timeSearch, query));
  }
  const searched = await held(page, devtools);
  await page.getByRole('searchbox').fill('');
  await page.getByRole('textbox', { name: 'Question' }).focus();
  const open = async (from: number) => {
    for (let n = from; n < from + OPENED; n++) {
      const id = `seed-${n * 9}`;
      await page.evaluate((id) => {
        location.hash = `c=${id}`;
      }, id);
      await page.waitForFunction(
        (id) => document.querySelector('glance-app')!.session.state.conversation.id === id,
        id,
      );
    }
    await page.getByRole('heading', { name: /number 3 of/ }).waitFor();
    return held(page, devtools);
  };
  const opened = await open(0);
  const openedTwice = await open(OPENED);
  return {
    conversations: COUNT,
    listMs: median(lists),
    firstSearchMs,
    searchMs: median(searches),
    empty,
    listed,
    searched,
    opened,
    openedTwice,
  };
}
