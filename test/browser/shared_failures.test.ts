/**
 * What goes wrong with an engine that several clients share. Two shares in one page are to each other as two tabs are:
 * one is elected, the other has a port through the service worker.
 */
import { type Remote, wrap } from 'comlink';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { GlanceError } from '../../src/model/errors.ts';
import { GlanceClient } from '../../src/rpc/client.ts';
import type { ChatRequest, LoadOptions } from '../../src/rpc/contract.ts';
import { EngineShare } from '../../src/rpc/engine_share.ts';
import { registerServiceWorker } from '../../src/rpc/registration.ts';
import type { FaultyService } from './fault_worker.ts';
import { type Questions, readQuestions } from './questions.ts';

const address = (name: string) => new URL(`/models/pico/${name}`, location.href).href;
const files = { text: address('pico-Q8_0.gguf'), vision: address('mmproj-pico-F16.gguf') };
const pico: LoadOptions = { source: { kind: 'url', ...files }, device: 'wasm' };

let held: Questions;
const open: (() => void)[] = [];

/** One of several tabs, with the saboteurs of the workers that it has started. */
function tab() {
  const faults: Remote<FaultyService>[] = [];
  const share = new EngineShare(
    () => {
      const worker = new Worker(new URL('./fault_worker.ts', import.meta.url), { type: 'module' });
      faults.push(wrap<FaultyService>(worker));
      return worker;
    },
    () => registerServiceWorker(new URL('/sw.js', location.href)),
  );
  const client = new GlanceClient(share);
  open.push(() => {
    client.close();
    share.close();
  });
  return { client, faults, share };
}

function ask(index: number): ChatRequest {
  const { scene, question } = held.questions[index]!;
  return {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', image: held.picture(scene) },
          { type: 'text', text: question },
        ],
      },
    ],
  };
}

const answerOf = (index: number) => held.questions[index]!.answer;
/** Never ends by itself. */
const endless: ChatRequest = { messages: [{ role: 'user', content: 'Hello!' }], logitBias: [[300, 100]] };

beforeAll(async () => {
  held = await readQuestions();
});
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** Two tabs with one worker, in the first. */
async function twoTabs(options = pico) {
  const elected = tab();
  const info = await elected.client.load(options);
  const follower = tab();
  expect(await follower.client.load(options)).toEqual(info);
  expect([elected.faults.length, follower.faults.length]).toEqual([1, 0]);
  return { elected, follower };
}

it('a worker that one tab cannot trust any more is replaced for all, and answers go on', async () => {
  const { elected, follower } = await twoTabs();
  const third = tab();
  let retired = false;
  const running = follower.client.chat({ ...endless, maxTokens: 300 }, ({ type }) => {
    if (type !== 'text' || retired) return;
    retired = true;
    // As a client does after an error of the device.
    void third.share.connect().then((connection) => connection.retire(new GlanceError('gpu-error', 'Test.')));
  });
  expect((await running).usage.completionTokens).toBe(300);
  const [one, two] = await Promise.all([elected.client.chat(ask(1)), follower.client.chat(ask(0))]);
  expect([one.text, two.text]).toEqual([answerOf(1), answerOf(0)]);
  expect([elected.faults.length, follower.faults.length, third.faults.length]).toEqual([2, 0, 0]);
});

it('a tab that begins anew leaves the answer of another tab alone', async () => {
  const { elected, follower } = await twoTabs();
  const running = follower.client.chat({ ...endless, maxTokens: 200 });
  const stopped = elected.client.chat(endless);
  elected.client.close();
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  expect((await running).usage.completionTokens).toBe(200);
  expect((await elected.client.chat(ask(0), undefined, undefined, { model: pico })).text).toBe(answerOf(0));
  expect([elected.faults.length, follower.faults.length]).toEqual([1, 0]);

  // Alone again, it has its worker ended as ever.
  const left = follower.client.chat(endless);
  follower.client.close();
  await expect(left).rejects.toMatchObject({ code: 'aborted' });
  expect((await elected.client.chat(ask(1), undefined, undefined, { model: pico })).text).toBe(answerOf(1));
});

it('a worker that hears nothing any more is ended when a tab has waited for it long enough', async () => {
  const { elected, follower } = await twoTabs();
  const stopped = follower.client.chat(endless);
  void elected.faults[0]!.hang();
  const patient = elected.client.chat(ask(1));
  follower.client.close();
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  const { text } = await follower.client.chat(ask(0), undefined, undefined, { model: pico });
  expect(text).toBe(answerOf(0));
  // What another tab had asked for meanwhile is not lost either.
  expect((await patient).text).toBe(answerOf(1));
  expect([elected.faults.length, follower.faults.length]).toEqual([2, 0]);
});

it('a model is freed when no tab wants it', async () => {
  const { elected, follower } = await twoTabs();
  await elected.client.unload();
  expect((await follower.client.memory())!.bytes).toBeGreaterThan(1e6);
  expect((await follower.client.chat(ask(0))).text).toBe(answerOf(0));
  await follower.client.unload();
  expect(await elected.client.memory()).toBeNull();
  await expect(elected.client.chat(ask(0))).rejects.toMatchObject({ code: 'no-model' });
});

it('pixels and files of a tab reach the engine of another one', async () => {
  const { follower } = await twoTabs();
  const { scene, question } = held.questions[0]!;
  const bitmap = await createImageBitmap(held.picture(scene));
  const content = [{ type: 'image', image: bitmap } as const, { type: 'text', text: question } as const];
  expect((await follower.client.chat({ messages: [{ role: 'user', content }] })).text).toBe(answerOf(0));
  // Still the page's own, for the same question may have to be asked once more.
  expect(bitmap.width).toBeGreaterThan(0);

  const file = async (url: string) => (await fetch(url)).blob();
  const source = { kind: 'file', text: await file(files.text), vision: await file(files.vision) } as const;
  const stages: string[] = [];
  await follower.client.load({ source }, ({ stage }) => stages.push(stage));
  expect(stages).toContain('weights');
  // The same files are not loaded again.
  const again: string[] = [];
  await follower.client.load({ source }, ({ stage }) => again.push(stage));
  expect(again).toEqual([]);
  expect((await follower.client.chat(ask(1))).text).toBe(answerOf(1));
});

it('a load goes on for those who joined it when the one who began it leaves', async () => {
  const [elected, second] = [tab(), tab()];
  expect(await elected.client.models()).toEqual(await second.client.models());
  const left = new AbortController();
  const first = elected.client.load(pico, undefined, left.signal).catch(({ code }) => code);
  const stages: string[] = [];
  const info = await second.client.load(pico, ({ stage }) => {
    left.abort();
    stages.push(stage);
  });
  expect(info.name).toBe('pico');
  expect(await first).toBe('aborted');
  expect(new Set(stages)).toEqual(new Set(['fetch', 'runtime', 'tokenizer', 'weights', 'warm-up']));
  expect((await second.client.chat(ask(0))).text).toBe(answerOf(0));
  expect([elected.faults.length, second.faults.length]).toEqual([1, 0]);
});
