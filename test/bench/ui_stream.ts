/** What a long answer costs the page while it streams: main-thread work in each frame, and layout shifts. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { LONG_ANSWER_TOKENS, LONG_ANSWERS } from '../fixtures/markdown/long_answers.ts';
import { INFERENCE_WORKER, scriptedWorker } from '../support/scripted_engine/build.ts';
import { piecesOf } from '../support/scripted_engine/script.ts';
import { frameTimesMs, type TraceEvent } from './main_thread.ts';
import { quantile } from './statistics.ts';

const TOKENS_PER_SECOND = 200;
/** Slower than this, in tokens per second, a stream asks less of the page than it should. */
export const SLOWEST_STREAM = 0.95 * TOKENS_PER_SECOND;

const BEGIN = 'glance-stream-begin';
const END = 'glance-stream-end';

/** Beyond this share of frames, in milliseconds of the main thread's own time, text stops being smooth. */
export const FRAME_LIMIT_MS = 8;
export const FRAME_PERCENTILE = 0.95;

export interface StreamResult {
  answer: keyof typeof LONG_ANSWERS;
  tokens: number;
  seconds: number;
  frames: number;
  medianMs: number;
  p95Ms: number;
  /** Of the last fifth, where the answer is longest. */
  lastP95Ms: number;
  maxMs: number;
  /** Sum of the scores of layout shifts, those after input included. */
  layoutShift: number;
}

/** Puts a worker in the inference worker's place that plays a long answer. @param site a folder that may be changed */
export async function scriptLongAnswer(site: string, answer: keyof typeof LONG_ANSWERS): Promise<void> {
  const file = (await readdir(join(site, 'assets'))).find((name) => INFERENCE_WORKER.test(`/assets/${name}`));
  if (file === undefined) throw new Error('The site has no inference worker.');
  const text = piecesOf(LONG_ANSWERS[answer]).slice(0, LONG_ANSWER_TOKENS).join('');
  const script = { answers: [{ text: 'Ask away.' }, { text, tokensPerSecond: TOKENS_PER_SECOND }] };
  await writeFile(join(site, 'assets', file), await scriptedWorker(script));
}

/**
 * Asks for the long answer with the main thread under observation.
 *
 * @param page that has not loaded the site yet
 */
export async function benchStream(
  page: Page,
  url: string,
  answer: keyof typeof LONG_ANSWERS,
): Promise<StreamResult> {
  // What the compiler of this script puts around functions, also around those that pages are to run.
  await page.addInitScript('globalThis.__name ??= (f) => f');
  await page.goto(url);
  await page.getByRole('button', { name: /^scripted/ }).waitFor();
  const client = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  client.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const field = page.getByRole('textbox', { name: 'Question' });
  // With the first conversation the list of them comes up, which is the answer to Enter and not to what streams.
  await field.fill('May I ask?');
  await page.keyboard.press('Enter');
  await page.getByText('Ask away.', { exact: true }).first().waitFor();
  await page.locator('glance-rail').waitFor();
  await field.fill('Tell me everything.');
  await client.send('Tracing.start', {
    traceConfig: {
      includedCategories: [
        'toplevel',
        'blink.user_timing',
        'devtools.timeline',
        'disabled-by-default-devtools.timeline',
      ],
    },
  });
  const streamed = page.evaluate(observeStream, { begin: BEGIN, end: END });
  await page.keyboard.press('Enter');
  const { layoutShift, seconds } = await streamed;
  const complete = new Promise((resolve) => client.once('Tracing.tracingComplete', resolve));
  await client.send('Tracing.end');
  await complete;
  if (process.env.GLANCE_TRACE) await writeFile(process.env.GLANCE_TRACE, JSON.stringify(events));
  await client.detach();
  const times = frameTimesMs(events, BEGIN, END);
  return {
    answer,
    tokens: LONG_ANSWER_TOKENS,
    seconds,
    frames: times.length,
    medianMs: quantile(times, 0.5),
    p95Ms: quantile(times, FRAME_PERCENTILE),
    lastP95Ms: quantile(times.slice(-Math.ceil(times.length / 5)), FRAME_PERCENTILE),
    maxMs: Math.max(...times),
    layoutShift,
  };
}

/** Runs in the page: marks when the answer's first words and its last ones are there. */
async function observeStream({ begin, end }: { begin: string; end: string }) {
  const shifts: { value: number; startTime: number; hadRecentInput: boolean }[] = [];
  const observer = new PerformanceObserver((list) => {
    shifts.push(...(list.getEntries() as unknown as typeof shifts));
  });
  observer.observe({ type: 'layout-shift' });
  const { session } = document.querySelector('glance-app')!;
  const state = () => session.state.conversation.turns.at(-1)?.answer;
  const changed = (until: () => boolean) =>
    new Promise<void>((resolve) => {
      const stop = session.subscribe(() => {
        if (!until()) return;
        stop();
        resolve();
      });
    });
  await changed(() => {
    const answer = state();
    return answer?.state === 'working' && answer.text !== '';
  });
  const start = performance.now();
  performance.mark(begin);
  await changed(() => state()?.state === 'done');
  performance.mark(end);
  const seconds = (performance.now() - start) / 1000;
  await new Promise((resolve) => setTimeout(resolve, 500));
  // From the question on, without what answers its key; from the first words on, all.
  const layoutShift = shifts
    .filter(({ startTime, hadRecentInput }) => startTime >= start || !hadRecentInput)
    .reduce((sum, { value }) => sum + value, 0);
  // One of our own, so that silence is not taken for calm.
  const known = shifts.length;
  const pushing = document.createElement('div');
  pushing.style.height = '80px';
  document.body.prepend(pushing);
  await new Promise((resolve) => setTimeout(resolve, 500));
  if (shifts.length === known) throw new Error('The browser does not tell of layout shifts.');
  pushing.remove();
  observer.disconnect();
  return { layoutShift, seconds };
}
