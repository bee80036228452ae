/**
 * Measures single tokens and prompts, side by side and by turns, in one Chromium: kernels of ours, the block
 * graphs on ONNX Runtime (WebGPU, WebAssembly), and llama.cpp (WebAssembly), on the same files.
 *
 *     npm run bench [-- --quick] [--json]
 *
 * Caches of Glance's own contenders are filled with zeros up to the context; llama.cpp reads a real prompt. What
 * takes long is measured over fewer tokens; the report says how many.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { type TestPage, withTestPage } from '../support/harness.ts';
import type { BenchRequest, BenchRow, Contender, CopyAnswer, DecodeSample, LoadAnswer } from './contract.ts';
import { type TraceEvent, threadTimeMs } from './main_thread.ts';
import { type BenchModel, counting, pico, synthetic } from './models.ts';
import { type CopyResult, kvBytes, printReport, ratiosOf } from './report.ts';
import { median, spread } from './statistics.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});

const plan = values.quick
  ? { contexts: [128, 1024], prompts: [128], tokens: 16, rounds: 2, budgetMs: 2000, limitMinutes: 30 }
  : {
      contexts: [128, 1024, 4096],
      prompts: [128, 512],
      tokens: 64,
      rounds: 4,
      budgetMs: 6000,
      limitMinutes: 40,
    };

/** llama.cpp's prompts are real, and it reads a few hundred tokens a second. */
const LONGEST_LLAMA_CONTEXT = 1024;
const FEWEST_TOKENS = 3;
/** A prompt that took longer than this is read once. */
const LONG_PREFILL_MS = 3000;
const TRACED_TOKENS = 32;
const COPIED_TOKENS = 64;
const COPY_ROUNDS = 2;

const CONTENDERS: readonly Contender[] = [
  { engine: 'glance', device: 'webgpu' },
  { engine: 'ort', device: 'webgpu' },
  { engine: 'ort', device: 'wasm' },
  { engine: 'wllama', device: 'wasm' },
];

const log = (line: string) => console.error(line);

async function measure(
  testPage: TestPage,
  model: BenchModel,
): Promise<{ rows: BenchRow[]; load: LoadAnswer }> {
  const ask = <Answer>(request: BenchRequest) => testPage.ask<Answer>(request);
  const load = await ask<LoadAnswer>({
    do: 'load',
    file: `/models/${model.file}`,
    most: Math.max(...plan.contexts, ...plan.prompts) + plan.tokens + 8,
    withWllama: true,
  });
  log(`${model.model} ${model.quant}: prompts up to ${load.crossingTokens} tokens run on our kernels`);
  const rows: BenchRow[] = [];
  for (const context of [...new Set([...plan.contexts, ...plan.prompts])].sort((a, b) => a - b)) {
    const those = CONTENDERS.filter(({ engine }) => engine !== 'wllama' || context <= LONGEST_LLAMA_CONTEXT);
    const prefills = plan.prompts.includes(context) ? await prefill(ask, those, context) : null;
    const decodes = plan.contexts.includes(context) ? await decode(testPage, those, context) : null;
    for (const contender of those) {
      const ttftMs = prefills?.get(contender) ?? null;
      const decoded = decodes?.get(contender) ?? null;
      const ours = contender.engine === 'glance';
      const inFloats = contender.engine === 'ort' && contender.device === 'wasm';
      rows.push({
        ...contender,
        model: model.model,
        layers: model.config.layerCount,
        quant: model.quant,
        context,
        tokens: decoded?.tokens ?? null,
        msPerToken: decoded && median(decoded.msPerToken),
        spread: decoded && spread(decoded.msPerToken),
        prefillTokensPerSecond: ttftMs && (context / ttftMs) * 1000,
        ttftMs,
        workerCpuMsPerToken: decoded?.workerCpuMsPerToken ?? null,
        submitsPerToken: decoded?.submitsPerToken ?? null,
        dispatchesPerToken: decoded?.dispatchesPerToken ?? null,
        dispatchesPerLayer: ours ? load.dispatchesPerLayer : null,
        gpuBytes: decoded?.gpuBytes ?? null,
        weightBytesPerToken: inFloats ? model.floatBytesPerToken : model.weightBytesPerToken,
      });
    }
    const times = rows
      .slice(-those.length)
      .map(({ engine, device, msPerToken, tokens, ttftMs, workerCpuMsPerToken: cpuMs }) => {
        const decoded = msPerToken === null ? '' : ` ${msPerToken.toFixed(2)} ms (${tokens})`;
        const own = cpuMs === null ? '' : `, ${cpuMs.toFixed(2)} ms of the worker`;
        return `${engine} ${device}${decoded}${own}${ttftMs === null ? '' : `, first after ${ttftMs.toFixed(0)} ms`}`;
      });
    const seconds = (performance.now() / 1000).toFixed(0);
    log(`${seconds} s: ${model.model} ${model.quant} at ${context}: ${times.join('; ')}`);
  }
  return { rows, load };
}

type Ask = <Answer>(request: BenchRequest) => Promise<Answer>;

/** Milliseconds to the first token: the shorter of two readings. */
async function prefill(
  ask: Ask,
  contenders: readonly Contender[],
  length: number,
): Promise<Map<Contender, number>> {
  const best = new Map<Contender, number>();
  for (let round = 0; round < 2; round++) {
    for (const contender of contenders) {
      const known = best.get(contender) ?? Number.POSITIVE_INFINITY;
      if (round > 0 && known > LONG_PREFILL_MS) continue;
      best.set(contender, Math.min(known, await ask<number>({ do: 'prefill', contender, length })));
    }
  }
  return best;
}

type Decoded = DecodeSample & { workerCpuMsPerToken: number | null };

/** Each contender's tokens in rounds, so that a machine's moods reach all of them. */
async function decode(
  { ask, page }: TestPage,
  contenders: readonly Contender[],
  context: number,
): Promise<Map<Contender, Decoded>> {
  const run = (contender: Contender, tokens: number, marks?: { begin: string; end: string }) =>
    ask<DecodeSample>({ do: 'decode', contender, context, tokens, ...(marks && { marks }) });
  const shares = new Map<Contender, number>();
  for (const contender of contenders) {
    // Compiles and binds what has not been; its times only tell how many tokens there is time for.
    const warmUp = await run(contender, contender.engine === 'ort' ? 1 : 2);
    const wanted = Math.floor(plan.budgetMs / warmUp.msPerToken.at(-1)!);
    shares.set(contender, Math.min(plan.tokens, Math.max(FEWEST_TOKENS, wanted)));
  }
  const decoded = new Map<Contender, Decoded>();
  for (let round = 0; round < plan.rounds; round++) {
    for (const contender of contenders) {
      const tokens = shares.get(contender)!;
      // Few tokens are not worth several beginnings.
      const rounds = Math.min(plan.rounds, Math.ceil(tokens / FEWEST_TOKENS));
      if (round >= rounds) continue;
      const sample = await run(contender, Math.ceil(tokens / rounds));
      const before = decoded.get(contender);
      decoded.set(contender, {
        ...sample,
        tokens: sample.tokens + (before?.tokens ?? 0),
        msPerToken: [...(before?.msPerToken ?? []), ...sample.msPerToken],
        workerCpuMsPerToken: null,
      });
    }
  }
  // Tracing has a cost of its own, so it is not on while times are taken.
  for (const contender of contenders) {
    if (contender.device !== 'webgpu') continue;
    const share = shares.get(contender)!;
    const tokens = share === FEWEST_TOKENS ? 1 : Math.min(TRACED_TOKENS, share);
    const marks = { begin: `glance-${contender.engine}-begin`, end: `glance-${contender.engine}-end` };
    const events = await traced(page, () => run(contender, tokens, marks));
    decoded.get(contender)!.workerCpuMsPerToken = threadTimeMs(events, marks.begin, marks.end) / tokens;
  }
  return decoded;
}

async function traced(page: Page, work: () => Promise<unknown>): Promise<TraceEvent[]> {
  const client = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  client.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await client.send('Tracing.start', {
    traceConfig: { includedCategories: ['toplevel', 'blink.user_timing'] },
  });
  await work();
  const complete = new Promise((resolve) => client.once('Tracing.tracingComplete', resolve));
  await client.send('Tracing.end');
  await complete;
  await client.detach();
  return events;
}

/** Speculation on and off, by turns, on a model that copies. */
async function copying({ ask }: TestPage, model: BenchModel): Promise<CopyResult> {
  await ask({
    do: 'load',
    file: `/models/${model.file}`,
    most: 1024,
    withWllama: false,
  } satisfies BenchRequest);
  const runs: Record<'on' | 'off', CopyAnswer[]> = { on: [], off: [] };
  for (let round = 0; round < COPY_ROUNDS; round++) {
    for (const which of ['on', 'off'] as const) {
      const request: BenchRequest = { do: 'copy', speculate: which === 'on', tokens: COPIED_TOKENS };
      runs[which].push(await ask<CopyAnswer>(request));
    }
  }
  const [on, off] = [runs.on.at(-1)!, runs.off.at(-1)!];
  const all = [...runs.on, ...runs.off].map(({ ids }) => ids.join());
  const best = (answers: readonly CopyAnswer[]) => Math.min(...answers.map(({ msPerToken }) => msPerToken));
  return {
    tokens: off.tokens,
    draftedSteps: on.draftedSteps,
    draftedTokens: on.draftedTokens,
    acceptedTokens: on.acceptedTokens,
    acceptedTokensPerDraftedStep: on.draftedSteps > 0 ? on.acceptedTokens / on.draftedSteps : 0,
    msPerTokenOn: best(runs.on),
    msPerTokenOff: best(runs.off),
    identical: new Set(all).size === 1,
    copied: off.ids.every((id, i) => id === 101 + i),
  };
}

const folder = await mkdtemp(join(tmpdir(), 'glance-'));
try {
  const models = values.quick
    ? [await pico(folder), await synthetic(folder, 'Q4_0')]
    : [await pico(folder), await synthetic(folder, 'Q8_0'), await synthetic(folder, 'Q4_0')];
  const copier = await counting(folder);
  await withTestPage(
    { page: 'test/bench', timeoutMs: plan.limitMinutes * 60_000, mounts: { '/models/': folder }, log },
    async (testPage) => {
      const rows: BenchRow[] = [];
      let load: LoadAnswer | null = null;
      for (const model of models) {
        const measured = await measure(testPage, model);
        rows.push(...measured.rows);
        load = measured.load;
      }
      const speculation = await copying(testPage, copier);
      const chromium = testPage.page.context().browser()?.version() ?? '';
      const [processor] = cpus();
      const machine = `${processor?.model.trim()}, ${cpus().length} cores; WebGPU: ${load!.gpuName}; Chromium ${chromium}; llama.cpp ${load!.wllamaVersion} in wllama, 1 thread`;
      const kv = new Map(models.map(({ model, quant, config }) => [`${model} ${quant}`, kvBytes(config)]));
      const ratios = ratiosOf(rows, kv, speculation);
      printReport(machine, rows, ratios);
      if (!speculation.identical || !speculation.copied) {
        console.error('FAILED: the copied text is not what it must be.');
        process.exitCode = 1;
      }
      if (values.json) console.log(JSON.stringify({ machine, rows, ratios }));
    },
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
