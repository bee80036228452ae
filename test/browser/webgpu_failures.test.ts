/** What goes wrong with a GPU or its worker in the middle of an answer; the next question always works. */
import { type Remote, wrap } from 'comlink';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContentPart } from '../../src/model/chat.ts';
import { GlanceClient } from '../../src/rpc/client.ts';
import type { ChatEvent, ChatRequest, LoadOptions } from '../../src/rpc/contract.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import { contentOf, uint32, writeGguf } from '../support/gguf_writer.ts';
import { isLong } from '../support/long.ts';
import type { Fault, FaultyService } from './fault_worker.ts';
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
const { client, faults } = sabotagedClient();

/** A held-out question, by its place in the file. */
function ask(index: number): ChatRequest {
  const { scene, question } = held.questions[index]!;
  const content: ContentPart[] = [
    { type: 'image', image: held.picture(scene) },
    { type: 'text', text: question },
  ];
  return { messages: [{ role: 'user', content }] };
}

/** Without a picture a fresh GPU has half as much to compile. */
const plain: ChatRequest = { messages: [{ role: 'user', content: 'What is this?' }], maxTokens: 12 };
let plainAnswer: string;

beforeAll(async () => {
  held = await readQuestions();
  const info = await client.load(pico);
  expect(info.device).toBe('webgpu');
  plainAnswer = (await client.chat(plain)).text;
  expect(plainAnswer).not.toBe('');
}, 120_000);
afterAll(() => client.close());

describe('a failure in the middle of an answer', () => {
  const moreCases: [Fault, ChatEvent['type'], string][] = [
    ['destroyDevice', 'vision', 'device-lost'],
    ['destroyDevice', 'prefill', 'device-lost'],
    // Briefly in self_check.test.ts, where the engine finds it out; a worker follows in shared_failures.test.ts.
    ['breakRules', 'prefill', 'gpu-error'],
  ];
  const cases: [Fault, ChatEvent['type'], string][] = [
    // Once pictures and prompt are read, nothing more is allocated.
    ['exhaustMemory', 'pictures', 'out-of-memory'],
    ['destroyDevice', 'text', 'device-lost'],
    ['end', 'text', 'worker-lost'],
    // Each case takes a worker that compiles everything anew.
    ...(isLong ? moreCases : []),
  ];
  it.each(cases)(
    '%s at the first "%s" ends in %s, and a fresh worker answers next',
    { timeout: 180_000 },
    async (fault, moment, code) => {
      const first = moment === 'pictures' || moment === 'vision' ? ask(0) : plain;
      const before = faults.length;
      await faults.at(-1)!.setTrap(fault, moment);
      await expect(client.chat(first)).rejects.toMatchObject({ name: 'GlanceError', code });
      expect((await client.chat(plain)).text).toBe(plainAnswer);
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

  it('for weights ends loading in words, and the next load works', { timeout: 180_000 }, async () => {
    const { client, faults } = sabotagedClient();
    const load = client.load(pico);
    // Files are fetched first.
    void faults[0]!.exhaustMemory();
    await expect(load).rejects.toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(/no memory for .* MB more.*smaller model/),
      details: { buffer: expect.stringContaining('token_embd'), category: 'weights' },
    });
    await client.load(pico);
    expect((await client.chat(plain)).text).toBe(plainAnswer);
    expect(faults).toHaveLength(2);
    client.close();
  });

  it('for a context ends loading, and a shorter one loads', { timeout: 180_000 }, async () => {
    const source = { kind: 'file', text: await longText() } as const;
    // The driver has no memory for the one; no buffer may be as large as the other.
    for (const contextLength of isLong ? [2 ** 22, 2 ** 23] : [2 ** 23]) {
      const load = client.load({ source, device: 'webgpu', contextLength });
      await expect(load).rejects.toMatchObject({ code: 'out-of-memory' });
    }
    await client.load({ source, device: 'webgpu', contextLength: 2 ** 10 });
    const { text } = await client.chat({ messages: [{ role: 'user', content: 'Hello!' }] });
    expect(text).not.toBe('');
  });
});
