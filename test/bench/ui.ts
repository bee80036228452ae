/**
 * What a visit costs: bytes by kind, time to the first paint and to the first answer, what of it comes before the
 * engine, how long the page's main thread is held up while an answer is made and while a long one streams, and what
 * many kept conversations cost.
 *
 *     npm run bench:ui [-- --json]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium, type Page } from 'playwright-core';
import { chromiumFlags, findChromium } from '../support/chromium.ts';
import { repositoryRoot } from '../support/root.ts';
import { serveFolders } from '../support/server.ts';
import { buildSite } from '../support/site.ts';
import { type TraceEvent, taskTimesMs } from './main_thread.ts';
import { median } from './statistics.ts';
import {
  benchHistory,
  type HistoryResult,
  LIST_LIMIT_MS,
  memoryFailures,
  SEARCH_LIMIT_MS,
} from './ui_history.ts';
import { benchStart, INITIAL_SCRIPT_LIMIT, type StartResult } from './ui_start.ts';
import {
  benchStream,
  FRAME_LIMIT_MS,
  SLOWEST_STREAM,
  type StreamResult,
  scriptLongAnswer,
} from './ui_stream.ts';

const LIMIT_MS = 120_000;

/** Of each long answer. What else runs on the machine takes its caches, so the best try says most. */
const STREAM_REPEATS = 3;

/** Set by the page when the observation begins. */
const MARK = 'glance-generation-start';

/** Tasks longer than this make a page feel stuck (W3C Long Tasks); here of the thread's own time. */
const LONG_TASK_MS = 50;

/** From the address to the right answer, at a first visit. */
const ANSWER_LIMIT_MS = 10_000;

/** Kinds that hosts do not compress, for it gains nothing. */
const INCOMPRESSIBLE: ReadonlySet<string> = new Set(['image', 'model']);

interface KindBytes {
  files: number;
  /** Bodies as this server sends them: uncompressed. */
  transferred: number;
  decoded: number;
  /** Bodies as a host that compresses would send them. */
  gzip: number;
}

interface Answer {
  file: string;
  question: string;
  answer: string;
}

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const samples = JSON.parse(
  await readFile(join(repositoryRoot, 'public/samples/samples.json'), 'utf8'),
) as Answer[];

/** Kind of a file by its address. */
function kindOf(path: string): string {
  if (/\.html$/.test(path)) return 'document';
  if (/\.m?js$/.test(path)) return 'script';
  if (/\.css$/.test(path)) return 'style';
  if (/\.wasm(\.gz)?$/.test(path)) return 'wasm';
  if (/\.gguf$/.test(path)) return 'model';
  if (/\.(png|jpe?g|webp|avif|gif|svg)$/.test(path)) return 'image';
  return 'other';
}

/** Adds up what a visit fetched. The server sends files as they are, so gzip is worked out. */
async function byKind(
  folder: string,
  files: readonly { path: string; bytes: number }[],
): Promise<Record<string, KindBytes>> {
  const kinds: Record<string, KindBytes> = {};
  for (const { path, bytes } of files) {
    const kind = kindOf(path);
    const gzip = INCOMPRESSIBLE.has(kind) ? bytes : gzipSync(await readFile(join(folder, path))).length;
    const sum = kinds[kind] ?? { files: 0, transferred: 0, decoded: 0, gzip: 0 };
    kinds[kind] = {
      files: sum.files + 1,
      transferred: sum.transferred + bytes,
      decoded: sum.decoded + bytes,
      gzip: sum.gzip + gzip,
    };
  }
  return kinds;
}

async function waitForAnswer(page: Page, answer: string): Promise<void> {
  const turn = page.getByRole('article').last();
  await turn.getByRole('button', { name: 'Copy', exact: true }).waitFor();
  const said = await turn.locator('.answer').textContent();
  if (said !== answer) throw new Error(`The answer is "${said}", not "${answer}".`);
}

/** A visit from nothing: the first sample is pressed as soon as it can be. */
async function firstVisit(page: Page, url: string) {
  const [sample] = samples;
  const start = performance.now();
  await page.goto(url);
  await page.getByRole('list', { name: 'Samples' }).getByRole('button', { name: sample!.question }).click();
  await waitForAnswer(page, sample!.answer);
  const answerMs = performance.now() - start;
  const firstContentfulPaintMs = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
  );
  return { answerMs, firstContentfulPaintMs };
}

/** Answers every sample once more on the loaded page, with the main thread under observation. */
async function observeGeneration(page: Page) {
  const client = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  client.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await client.send('Tracing.start', {
    traceConfig: {
      includedCategories: [
        'toplevel',
        'blink.user_timing',
        'disabled-by-default-devtools.timeline',
        'devtools.timeline',
      ],
    },
  });
  await page.evaluate((mark) => performance.mark(mark), MARK);
  let words = 0;
  for (const { question, answer } of samples) {
    await page.getByRole('button', { name: 'New conversation' }).click();
    await page.getByRole('list', { name: 'Samples' }).getByRole('button', { name: question }).click();
    await waitForAnswer(page, answer);
    words += answer.split(' ').length;
  }
  const complete = new Promise((resolve) => client.once('Tracing.tracingComplete', resolve));
  await client.send('Tracing.end');
  await complete;
  const times = taskTimesMs(events, MARK);
  const longTasks = times.filter((ms) => ms > LONG_TASK_MS).length;
  return { longTasks, longestTaskMs: Math.max(...times), words };
}

const launch = (profile: string) =>
  chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    args: chromiumFlags,
    headless: true,
    viewport: { width: 1280, height: 800 },
  });

/** Streams the long answer several times, each in a browser that knows nothing yet. */
async function streams(scratch: string, site: string, url: string): Promise<StreamResult[]> {
  await scriptLongAnswer(site, 'mixed');
  const results: StreamResult[] = [];
  for (let i = 0; i < STREAM_REPEATS; i++) {
    const context = await launch(join(scratch, `stream-${i}`));
    try {
      results.push(await benchStream(context.pages()[0] ?? (await context.newPage()), url, 'mixed'));
    } finally {
      await context.close();
    }
  }
  return results;
}

/** What is not as it should be. */
function failures({ answerMs, longTasks, longestTaskMs, history, start, streams }: Result): string[] {
  const failed: string[] = [];
  if (answerMs > ANSWER_LIMIT_MS) failed.push(`the first answer took ${(answerMs / 1000).toFixed(1)} s.`);
  if (history.listMs > LIST_LIMIT_MS || history.searchMs > SEARCH_LIMIT_MS) {
    failed.push('the list of conversations, or the search in it, keeps people waiting.');
  }
  failed.push(...memoryFailures(history));
  if (longTasks > 0) failed.push(`the main thread was held up for ${longestTaskMs.toFixed(0)} ms.`);
  if (Math.max(start.firstContentfulPaintMs, start.interactiveMs) >= start.engineRequestedMs) {
    failed.push('the engine was asked for before the page could be used.');
  }
  if (start.initialScriptGzip > INITIAL_SCRIPT_LIMIT) {
    failed.push(`the page begins with ${start.initialScriptGzip} bytes of scripts.`);
  }
  if (streams.some(({ layoutShift }) => layoutShift > 0)) {
    failed.push('what stood on the page moved while an answer streamed.');
  }
  if (streams.some(({ tokens, seconds }) => tokens / seconds < SLOWEST_STREAM)) {
    failed.push('the long answer came too slowly to say what it costs.');
  }
  if (Math.min(...streams.map(({ p95Ms }) => p95Ms)) > FRAME_LIMIT_MS) {
    failed.push('a long answer takes too much of each frame while it streams.');
  }
  return failed;
}

const scratch = await mkdtemp(join(tmpdir(), 'glance-'));
try {
  const site = join(scratch, 'site');
  await buildSite(site);
  const served: { path: string; bytes: number }[] = [];
  const server = await serveFolders({ '/': site }, {}, (path, bytes) => served.push({ path, bytes }));
  const url = `${server.url}index.html`;
  const context = await launch(join(scratch, 'profile'));
  const fresh = await launch(join(scratch, 'start'));
  try {
    context.setDefaultTimeout(LIMIT_MS);
    const page = context.pages()[0] ?? (await context.newPage());
    const { answerMs, firstContentfulPaintMs } = await firstVisit(page, url);
    const bytes = await byKind(site, served);
    const { longTasks, longestTaskMs, words } = await observeGeneration(page);
    const history = await benchHistory(page, url);
    const start = await benchStart(fresh, url, site);
    await context.close();
    await fresh.close();
    const result = {
      ...{ longTasks, longestTaskMs, firstContentfulPaintMs, answerMs, bytes, history, start },
      streams: await streams(scratch, site, url),
    };
    report(result, words);
    for (const reason of failures(result)) {
      console.error(`FAILED: ${reason}`);
      process.exitCode = 1;
    }
  } finally {
    await context.close();
    await fresh.close();
    await server.close();
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}

interface Result {
  longTasks: number;
  longestTaskMs: number;
  firstContentfulPaintMs: number | null;
  answerMs: number;
  bytes: Record<string, KindBytes>;
  history: HistoryResult;
  start: StartResult;
  streams: StreamResult[];
}

function report(result: Result, words: number): void {
  console.log(`first contentful paint   ${result.firstContentfulPaintMs?.toFixed(0)} ms`);
  console.log(`first answer             ${result.answerMs.toFixed(0)} ms after navigation`);
  const { start, streams } = result;
  console.log(
    `before the engine        painted after ${start.firstContentfulPaintMs.toFixed(0)} ms, usable after ${start.interactiveMs.toFixed(0)} ms, the engine asked for after ${start.engineRequestedMs.toFixed(0)} ms; ${start.initialScripts.length} scripts, ${start.initialScriptGzip.toLocaleString('en')} bytes (gzip), with the list of conversations ${start.scriptGzipBeforeEngine.toLocaleString('en')}`,
  );
  for (const [name, values] of [
    ['95 % of frames below', streams.map(({ p95Ms }) => p95Ms)],
    ['at its end', streams.map(({ lastP95Ms }) => lastP95Ms)],
    ['half of frames below', streams.map(({ medianMs }) => medianMs)],
  ] as const) {
    const [best, middle] = [Math.min(...values), median(values)].map((value) => value.toFixed(1));
    console.log(
      `a long answer            ${name} ${best} ms of the main thread (best), ${middle} ms (median of ${values.length})`,
    );
  }
  console.log(
    `                         ${streams[0]!.tokens} tokens in ${streams[0]!.seconds.toFixed(1)} s, ${median(streams.map(({ frames, seconds }) => frames / seconds)).toFixed(0)} frames a second, layout shifts ${Math.max(...streams.map(({ layoutShift }) => layoutShift))}`,
  );
  console.log(
    `main thread              ${result.longTasks} tasks over ${LONG_TASK_MS} ms, longest ${result.longestTaskMs.toFixed(1)} ms, in ${samples.length} answers (${words} words)`,
  );
  console.log('first visit              files   transferred       decoded          gzip');
  for (const [kind, { files, transferred, decoded, gzip }] of Object.entries(result.bytes)) {
    const numbers = [transferred, decoded, gzip].map((value) => value.toLocaleString('en').padStart(14));
    console.log(`  ${kind.padEnd(22)} ${String(files).padStart(5)}${numbers.join('')}`);
  }
  const { history } = result;
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  console.log(
    `${history.conversations} conversations       list ${ms(history.listMs)}, search ${ms(history.searchMs)} (the first ${ms(history.firstSearchMs)})`,
  );
  for (const [name, { heapMB, nodes, urls }] of [
    ['with none', history.empty],
    ['listed', history.listed],
    ['after searches', history.searched],
    ['after opening 40', history.opened],
    ['after opening 80', history.openedTwice],
  ] as const) {
    console.log(
      `                         ${name.padEnd(16)} ${heapMB.toFixed(1)} MB of JavaScript, ${nodes} nodes, ${urls} object URLs`,
    );
  }
  if (values.json) console.log(JSON.stringify(result));
}
