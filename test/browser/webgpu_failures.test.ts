/** What goes wrong with a GPU or its worker in the middle of an answer; the next question always works. */
import { type Remote, wrap } from 'comlink';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GlanceClient } from '../../src/rpc/client.ts';
import type { ChatEvent, ChatRequest, LoadOptions } from '../../src/rpc/contract.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import { contentOf, uint32, writeGguf } from '../support/gguf_writer.ts';
import type { FaultyService } from './fault_worker.ts';
import { type Questions, readQuestions } from './questions.ts';

const address = (name: string) => new URL(`/models/pico/${name}`, location.href).href;
const files = { text: address('pico-Q8_0.gguf'), vision: address('mmproj-pico-F16.gguf') };
const pico: LoadOptions = { source: { kind: 'url', ...files }, device: 'webgpu', contextLength: 512 };

/** A client and the saboteurs of the workers that it has started. */
function sabotagedClient() {
  const faults: Remote<FaultyService>[] = [];
  const client = new GlanceClient(() => {
    const worker = new Worker(new URL('./fault_worker.ts', import.meta.url), { type: 'module' });
    faults.push(wrap<FaultyService>(worker));
    return worker;
  });
  return { client, faults };
}

let held: Questions;
let request: ChatRequest;
let answer: string;
const { client, faults } = sabotagedClient();

beforeAll(async () => {
  held = await readQuestions();
  const { scene, question } = held.questions[0]!;
  answer = held.questions[0]!.answer;
  request = {
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
  const info = await client.load(pico);
  expect(info.device).toBe('webgpu');
});
afterAll(() => client.close());

type Fault = 'destroyDevice' | 'exhaustMemory' | 'breakRules' | 'end';
const moments: ChatEvent['type'][] = ['vision', 'prefill', 'text'];

describe('a failure in the middle of an answer', () => {
  const cases: [Fault, ChatEvent['type'], string][] = [
    ...moments.map((moment): [Fault, ChatEvent['type'], string] => ['destroyDevice', moment, 'device-lost']),
    ...moments.map((moment): [Fault, ChatEvent['type'], string] => ['breakRules', moment, 'gpu-error']),
    ...moments.map((moment): [Fault, ChatEvent['type'], string] => ['end', moment, 'worker-lost']),
    // Once pictures and prompt are read, nothing more is allocated.
    ['exhaustMemory', 'pictures', 'out-of-memory'],
  ];
  it.each(cases)(
    '%s at the first "%s" ends in %s, and a fresh worker answers next',
    async (fault, moment, code) => {
      const before = faults.length;
      let broken = false;
      const asked = client.chat(request, ({ type }) => {
        if (type !== moment || broken) return;
        broken = true;
        void faults.at(-1)![fault]();
      });
      await expect(asked).rejects.toMatchObject({ name: 'GlanceError', code });
      expect((await client.chat(request)).text).toBe(answer);
      expect(faults.length).toBe(before + 1);
    },
  );
});

describe('memory that there is not', () => {
  /** pico's text file, made for longer contexts. */
  const longText = async () => {
    const file = await readGguf(blobSource(await (await fetch(files.text)).blob(), 'pico'));
    const content = await contentOf(file);
    const metadata = new Map(content.metadata).set('qwen3vl.context_length', uint32(2 ** 24));
    return new Blob([writeGguf({ ...content, metadata })]);
  };

  it.each([
    ['the driver has not', 2 ** 22],
    ['no buffer may have', 2 ** 23],
  ])('for a context that %s ends loading, and a shorter one loads', async (_, contextLength) => {
    const other = sabotagedClient().client;
    const source = { kind: 'file', text: await longText() } as const;
    const load = other.load({ source, device: 'webgpu', contextLength });
    await expect(load).rejects.toMatchObject({ code: 'out-of-memory' });
    await other.load({ source, device: 'webgpu', contextLength: 2 ** 10 });
    const { text } = await other.chat({ messages: [{ role: 'user', content: 'Hello!' }] });
    expect(text).not.toBe('');
    other.close();
  });
});
