/**
 * Measures how a model comes from a server on this machine into IndexedDB, with a tab that is killed in the middle,
 * and from there into GPU buffers, with another that is killed, and how soon it answers. The model is a stand-in
 * with random weights and the dimensions, formats and size of the published one.
 *
 *     npm run bench:load -- [--like qwen3-vl-2b] [--scale 1] [--folder FOLDER] [--rounds N] [--self-check] [--json]
 *
 * Models are made in a temporary folder, or kept in the one that is named and used again. `--rounds` says how often
 * reading and loading are measured, in turn; what is told is the median. `--self-check` has the kernels checked at
 * the start, as when a model is first loaded on a GPU; a software adapter takes long for that. `--like qwen3-vl-8b`
 * needs 12 GB on the disk.
 *
 * Last line: `{"bytes", "downloadMBps", "verifyMBps", "rawReadMBps", "loadMBps", "reorderMs", "unorderedLoadMBps",
 * "uploadOnlyMBps", "ratioToRawRead", "plainReadMBps", "ratioToPlainRead", "peakHeapBytes", "peaks", "readyMs",
 * "firstTokenMs", "adapter", ...}`.
 *
 * `loadMBps` is all that loading does: reading, splitting blocks into planes (`reorderMs`, which other work goes on
 * beside), making buffers and filling them. `unorderedLoadMBps` is the same without splitting, measured by itself
 * since a time that overlaps others cannot be subtracted; `ratioToRawRead` is its share of `rawReadMBps`, which is
 * reading alone as a stream, into memory that is used again and again. `uploadOnlyMBps` is how fast the adapter makes
 * and fills the same buffers from hot memory: no loading is faster. `plainReadMBps` is `arrayBuffer()` of every stored
 * Blob, one after the other, and `ratioToPlainRead` the share of it that all of loading has, splitting included. What a
 * model is too large for is null, and `failures` says why.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Outcome } from '../../faults/contract.ts';
import { FaultLab, type Tab } from '../../faults/lab.ts';
import { diskFile, type HubFile } from '../../hub/files.ts';
import { publishedModels } from '../../make_model/configs.ts';
import { type StandInOptions, writeStandIn } from '../../make_model/write.ts';
import { finish } from '../../support/arguments.ts';
import { type HeapWatch, watchHeaps } from '../../support/worker_heap.ts';
import { median } from '../statistics.ts';
import type { KeptModel, LoadPageApi, Round } from './contract.ts';

/** For any one phase. */
const PATIENCE_MS = 30 * 60_000;
const PROMPT_TOKENS = 8;
const CONTEXT_LENGTH = 256;
/** Share of the download after which the tab is killed. */
const KILLED_AT = 0.3;
/** After which a tab that loads is killed. */
const LOAD_KILLED_MS = 700;
/** Of larger models one round does. */
const LARGE_BYTES = 3e9;

const LEAST_RATIO = 0.5;
const MOST_HEAP_BYTES = 250_000_000;

const { values } = parseArgs({
  options: {
    like: { type: 'string', default: 'qwen3-vl-2b' },
    scale: { type: 'string', default: '1' },
    folder: { type: 'string' },
    rounds: { type: 'string' },
    'self-check': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

interface Phase {
  phase: string;
  peakHeapBytes: number;
}

const rate = (bytes: number, ms: number): number => Math.round(bytes / 1000 / ms);

async function standIn(folder: string): Promise<string[]> {
  const options: StandInOptions = {
    like: values.like,
    quant: 'Q4_K_M',
    visionQuant: 'Q8_0',
    scale: Number(values.scale),
    seed: 1,
    folder,
  };
  const names = [`${options.like}-Q4_K_M.gguf`];
  if (publishedModels.get(options.like)?.vision) names.push(`mmproj-${options.like}-Q8_0.gguf`);
  const paths = names.map((name) => join(folder, name));
  const there = await Promise.all(paths.map((path) => stat(path).catch(() => null)));
  if (there.every((file) => file !== null)) return paths;
  return (await writeStandIn(options)).map(({ path }) => path);
}

type Answer<Name extends keyof LoadPageApi> = Awaited<ReturnType<LoadPageApi[Name]>>;

/** Calls a function of the page; a page that dies or hangs is an outcome too. */
async function call<Name extends keyof LoadPageApi>(
  { page }: Tab,
  name: Name,
  ...args: Parameters<LoadPageApi[Name]>
): Promise<Answer<Name>> {
  const answer = page.evaluate(
    ([method, given]) => {
      const api = globalThis.loadPage as unknown as Record<string, (...args: unknown[]) => unknown>;
      return api[method]!(...given);
    },
    [name as string, args as unknown[]] as const,
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it took too long')), PATIENCE_MS);
  });
  try {
    return (await Promise.race([answer, late])) as Answer<Name>;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, code: 'page-failed', message, details: {} } as Answer<Name>;
  } finally {
    clearTimeout(timer);
  }
}

/** Downloads a model, past the death of a tab. */
async function download(lab: FaultLab, files: readonly HubFile[], bytes: number) {
  const published = files.map((file) => lab.publish(file.size, file));
  const [text, vision] = published;
  const model = { id: 'kept', text: text!.url, ...(vision && { vision: vision.url }) };
  // Before the clock starts: the server makes the hashes that it publishes.
  const hashes = await Promise.all(files.map((file) => file.sha256()));
  const victim = await lab.open();
  await victim.call('begin', model);
  await victim.until(bytes * KILLED_AT);
  await victim.kill('crash');
  const tab = await lab.open();
  const before = (await tab.call('models'))[0]!.storedBytes;
  const heaps = await watchHeaps(tab.page);
  const start = performance.now();
  const outcome = await tab.download(model);
  const ms = performance.now() - start;
  assert(outcome.ok, JSON.stringify(outcome));
  const stored = hashes.map((hash) => outcome.value.files.some(({ sha256 }) => sha256 === hash));
  assert(!stored.includes(false), 'what is stored has another hash');
  const sentBytes = lab.hub.served.reduce((sum, range) => sum + range.sentBytes, 0);
  const kept: KeptModel = { text: outcome.value.text, vision: outcome.value.vision };
  return { tab, heaps, kept, ms, downloadedBytes: bytes - before, refetchedBytes: sentBytes - bytes };
}

/** @returns null, and the reason in `failures`, if it did not work */
function resultOf<T>(outcome: Outcome<T>, what: string, failures: string[]): T | null {
  if (outcome.ok) return outcome.value;
  failures.push(`${what}: ${outcome.code}: ${outcome.message} ${JSON.stringify(outcome.details)}`);
  return null;
}

async function measure(lab: FaultLab, paths: readonly string[]) {
  const files = await Promise.all(paths.map(diskFile));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const { tab, heaps, kept, ms, downloadedBytes, refetchedBytes } = await download(lab, files, bytes);
  const phases: Phase[] = [];
  const failures: string[] = [];
  const note = (phase: string, ms: number | null | undefined, { peakBytes }: HeapWatch) => {
    const peakHeapBytes = peakBytes();
    phases.push({ phase, peakHeapBytes });
    const time = ms == null ? 'failed' : `${(ms / 1000).toFixed(1)} s`;
    console.error(`${phase}: ${time}, at most ${Math.round(peakHeapBytes / 1e6)} MB`);
  };
  note('download', ms, heaps);

  // Whoever dies while loading leaves the store as it was, which is verified next.
  const victim = await lab.open();
  const loading = call(victim, 'round', kept);
  await victim.page.waitForTimeout(LOAD_KILLED_MS);
  await victim.kill('crash');
  assert((await loading).ok === false, 'the tab had loaded the model before it was killed');

  const verifyStart = performance.now();
  const report = await tab.call('verify', 'kept');
  const verifyMs = performance.now() - verifyStart;
  assert(report.ok && report.value.badChunks === 0, JSON.stringify(report));
  note('verify', verifyMs, heaps);
  await tab.page.close();

  /** Work in a tab of its own, as on a later visit. */
  const visit = async <T>(work: (tab: Tab, heaps: HeapWatch) => Promise<T>): Promise<T> => {
    const visitor = await lab.open();
    const watched = await watchHeaps(visitor.page);
    try {
      return await work(visitor, watched);
    } finally {
      await watched.end();
      await visitor.page.close().catch(() => {});
    }
  };
  const adapter = await visit(({ page }) => page.evaluate(() => globalThis.loadPage.adapter()));
  const rounds: Round[] = [];
  await visit(async (tab, heaps) => {
    const count = Number(values.rounds ?? (bytes < LARGE_BYTES ? 9 : 1));
    for (let i = 0; i < count; i++) {
      const round = resultOf(await call(tab, 'round', kept), 'loading', failures);
      note('load', round?.loadMs, heaps);
      if (round === null) break;
      rounds.push(round);
      console.error(
        JSON.stringify(round, (_, value) => (typeof value === 'number' ? Math.round(value) : value)),
      );
    }
  });
  const { readyMs, first } = await visit(async (tab, heaps) => {
    const options = { contextLength: CONTEXT_LENGTH, selfCheck: values['self-check'] };
    const readyMs = resultOf(await call(tab, 'start', kept, options), 'starting', failures);
    note('start', readyMs, heaps);
    if (readyMs === null) return { readyMs, first: null };
    const first = resultOf(await call(tab, 'firstToken', PROMPT_TOKENS), 'the first token', failures);
    note('first token', first?.ms, heaps);
    return { readyMs, first };
  });

  const medianOf = (value: (round: Round) => number) =>
    rounds.length > 0 ? median(rounds.map(value)) : null;
  const readSpeed = (time: (round: Round) => number) => medianOf((round) => rate(bytes, time(round)));
  const loadSpeed = (time: (round: Round) => number) =>
    medianOf((round) => rate(round.tensorBytes, time(round)));
  return {
    model: `${values.like}${values.scale === '1' ? '' : ` at 1/${values.scale}`}, Q4_K_M and Q8_0`,
    bytes,
    adapter,
    downloadMBps: rate(downloadedBytes, ms),
    refetchedBytes,
    verifyMBps: rate(bytes, verifyMs),
    rounds: rounds.length,
    rawReadMBps: readSpeed(({ readMs }) => readMs),
    loadMBps: loadSpeed(({ loadMs }) => loadMs),
    reorderMs: medianOf(({ reorderMs }) => Math.round(reorderMs)),
    unorderedLoadMBps: loadSpeed(({ unorderedLoadMs }) => unorderedLoadMs),
    uploadOnlyMBps: loadSpeed(({ uploadOnlyMs }) => uploadOnlyMs),
    // Of each round by itself, whose parts had the same neighbours.
    ratioToRawRead: medianOf(({ tensorBytes, unorderedLoadMs, readMs }) => {
      return tensorBytes / unorderedLoadMs / (bytes / readMs);
    }),
    plainReadMBps: readSpeed(({ plainReadMs }) => plainReadMs),
    ratioToPlainRead: medianOf(({ tensorBytes, loadMs, plainReadMs }) => {
      return tensorBytes / loadMs / (bytes / plainReadMs);
    }),
    peakHeapBytes: Math.max(...phases.map(({ peakHeapBytes }) => peakHeapBytes)),
    peaks: Object.fromEntries(phases.map(({ phase, peakHeapBytes }) => [phase, peakHeapBytes])),
    readyMs: readyMs && Math.round(readyMs),
    selfCheck: values['self-check'],
    firstTokenMs: first && Math.round(first.ms),
    failures,
  };
}

const scratch = values.folder ?? (await mkdtemp(join(tmpdir(), 'glance-model-')));
const lab = await FaultLab.start({ realSettings: true, patienceMs: PATIENCE_MS, page: 'test/bench/load' });
try {
  const answer = await measure(lab, await standIn(scratch));
  if (!values.json) console.log(answer);
  const problems: string[] = [];
  const { ratioToRawRead, peakHeapBytes, failures } = answer;
  if (ratioToRawRead !== null && ratioToRawRead < LEAST_RATIO)
    problems.push(`loading has ${ratioToRawRead} of the speed of reading`);
  if (peakHeapBytes > MOST_HEAP_BYTES) problems.push(`${peakHeapBytes} bytes of JavaScript memory`);
  finish(values.json, answer, [...failures, ...problems]);
} finally {
  await lab.close();
  if (values.folder === undefined) await rm(scratch, { recursive: true, force: true });
}
