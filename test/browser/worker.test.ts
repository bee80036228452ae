import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContentPart } from '../../src/model/chat.ts';
import { GlanceClient } from '../../src/rpc/client.ts';
import type { ChatEvent, LoadProgress, ModelInfo } from '../../src/rpc/contract.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { formatOfType } from '../../src/weights/formats/index.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import {
  contentOf,
  type GgufInput,
  type TypedValue,
  text as textValue,
  uint32,
  writeGguf,
} from '../support/gguf_writer.ts';
import { badPictures } from './pictures.ts';
import { type Question, readQuestions } from './questions.ts';

const startWorker = () =>
  new Worker(new URL('../../workers/inference.ts', import.meta.url), { type: 'module' });
const model = {
  kind: 'url',
  text: new URL('/models/pico/pico-Q8_0.gguf', location.href).href,
  vision: new URL('/models/pico/mmproj-pico-F16.gguf', location.href).href,
} as const;

const client = new GlanceClient(startWorker);
const progress: LoadProgress[] = [];
let info: ModelInfo;
let questions: Question[];
let picture: (scene: number) => Blob;

beforeAll(async () => {
  ({ questions, picture } = await readQuestions());
  info = await client.load({ source: model }, (step) => progress.push(step));
});
afterAll(() => client.close());

const user = (...content: ContentPart[]) => [{ role: 'user', content } as const];
const text = (value: string): ContentPart => ({ type: 'text', text: value });
const image = (value: Blob | ImageBitmap): ContentPart => ({ type: 'image', image: value });

async function expectRightAnswer(): Promise<void> {
  const { scene, question, answer } = questions[0]!;
  const result = await client.chat({ messages: user(image(picture(scene)), text(question)) });
  expect(result.text).toBe(answer);
}

describe('the inference worker', () => {
  it('tells how loading went, in order, and what was loaded', () => {
    expect(info).toMatchObject({ name: 'pico', architecture: 'qwen3vl', device: 'wasm', demo: true });
    const stages = progress.map(({ stage }) => stage).filter((stage, i, all) => stage !== all[i - 1]);
    expect(stages).toEqual(['fetch', 'runtime', 'tokenizer', 'weights', 'warm-up']);
    const fetched = progress.flatMap((step) => (step.stage === 'fetch' ? [step] : []));
    const last = new Map(fetched.map((step) => [step.file, step]));
    expect(new Set(last.keys())).toEqual(
      new Set(['ort-wasm-simd-threaded.wasm', 'pico-Q8_0.gguf', 'mmproj-pico-F16.gguf']),
    );
    for (const { loadedBytes, totalBytes } of last.values()) expect(loadedBytes).toBe(totalBytes);
  });

  it('answers about a picture as the PyTorch model does, token by token', async () => {
    const events: ChatEvent[] = [];
    const { scene, question, answer } = questions[0]!;
    const result = await client.chat({ messages: user(image(picture(scene)), text(question)) }, (event) =>
      events.push(event),
    );
    expect(result.text).toBe(answer);
    expect(result.usage.imageTokens).toBeGreaterThan(0);
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(['pictures', 'vision', 'prefill', 'text']),
    );
    const spoken = events.flatMap((event) => (event.type === 'text' ? [event.text] : []));
    expect(spoken.join('')).toBe(answer);
  });

  it('takes pixels as well as files', async () => {
    const { scene, question, answer } = questions[0]!;
    const bitmap = await createImageBitmap(picture(scene));
    const result = await client.chat({ messages: user(image(bitmap), text(question)) });
    expect(result.text).toBe(answer);
  });

  it('answers a second question about an earlier picture', async () => {
    const { scene } = questions[0]!;
    const about = questions.filter((q) => q.scene === scene);
    const [first, second] = [about[0]!, about.find(({ task }) => task === 'how many')!];
    const result = await client.chat({
      messages: [
        ...user(image(picture(scene)), text(first.question)),
        { role: 'assistant', content: first.answer },
        { role: 'user', content: second.question },
      ],
    });
    expect(result.text).toBe(second.answer);
  });

  it('stops in the middle of an answer and answers the next question', async () => {
    const controller = new AbortController();
    const asked = client.chat(
      {
        messages: user(image(picture(questions[0]!.scene)), text('Describe the image.')),
        // It does not end by itself before it hears of the stop.
        logitBias: [[300, 100]],
      },
      (event) => event.type === 'text' && controller.abort(),
      controller.signal,
    );
    expect((await asked).finishReason).toBe('abort');
    await expectRightAnswer();
  });

  it.each(badPictures)('refuses %s with %s, and answers the next question', async (_, code, make) => {
    const asked = client.chat({ messages: user(image(await make()), text('What?')) });
    await expect(asked).rejects.toMatchObject({ name: 'GlanceError', code });
    await expectRightAnswer();
  });
});

describe('bad model files', () => {
  const header = new Uint8Array([0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0]);
  const download = async (url: string) => (await fetch(url)).blob();
  /** pico's text file with something changed. */
  const changed = async (change: (file: GgufInput) => GgufInput) => {
    const file = await readGguf(blobSource(await download(model.text), 'pico'));
    return new Blob([writeGguf(change(await contentOf(file)))]);
  };
  const withMetadata = (key: string, value: TypedValue | null) =>
    changed((file) => {
      const metadata = new Map(file.metadata);
      if (value === null) metadata.delete(key);
      else metadata.set(key, value);
      return { ...file, metadata };
    });
  const IQ4_NL = formatOfType(20);

  const cases: [string, () => Promise<Blob>][] = [
    ['file-not-gguf', async () => new Blob(['<!doctype html><title>404</title>'])],
    ['file-truncated', async () => new Blob([header])],
    ['file-truncated', async () => (await download(model.text)).slice(0, 100_000)],
    ['file-truncated', async () => (await download(model.text)).slice(0, -1)],
    ['file-unsupported-version', async () => new Blob([header.with(4, 9), new Uint8Array(64)])],
    ['file-corrupt', () => withMetadata('general.alignment', uint32(24))],
    ['model-wrong-architecture', () => download(model.vision)],
    ['model-wrong-architecture', () => withMetadata('general.architecture', textValue('llama'))],
    ['model-missing-metadata', () => withMetadata('qwen3vl.block_count', null)],
    ['model-missing-tensor', () => changed((file) => ({ ...file, tensors: file.tensors.slice(0, -1) }))],
    [
      'model-unsupported-format',
      () =>
        changed((file) => ({
          ...file,
          tensors: file.tensors.map((tensor) =>
            tensor.name === 'token_embd.weight'
              ? { ...tensor, format: IQ4_NL, data: new Uint8Array((704 * 128 * 18) / 32) }
              : tensor,
          ),
        })),
    ],
    ['tokenizer-unsupported', () => withMetadata('tokenizer.ggml.pre', textValue('llama-bpe'))],
    ['template-invalid', () => withMetadata('tokenizer.chat_template', textValue('{% if %}'))],
  ];
  const other = new GlanceClient(startWorker);
  afterAll(() => other.close());
  it.each(cases)('%s, and the right file loads next', async (code, makeFile) => {
    const file = new File([await makeFile()], 'mine.gguf');
    // Without a model, the first time without a worker, too.
    await other.unload();
    const message = code.startsWith('template') ? /template/ : /mine\.gguf/;
    await expect(other.load({ source: { kind: 'file', text: file } })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    await other.load({ source: model });
    const { scene, question, answer } = questions[0]!;
    const result = await other.chat({ messages: user(image(picture(scene)), text(question)) });
    expect(result.text).toBe(answer);
  });

  it('leave the model that was loaded before in its place', async () => {
    const bad = { kind: 'file', text: new Blob(['no model']) } as const;
    await expect(client.load({ source: bad })).rejects.toMatchObject({ code: 'file-not-gguf' });
    await expectRightAnswer();
  });

  it('stop the download of the rest', async () => {
    const other = new GlanceClient(startWorker);
    const source = { ...model, text: new URL('/models/none.gguf', location.href).href };
    await expect(other.load({ source })).rejects.toMatchObject({ code: 'file-unreachable' });
    await other.load({ source: model });
    other.close();
  });

  it('model-mismatched-pair: a vision file of another size', async () => {
    const other = new GlanceClient(startWorker);
    const wider = await changed((file) => ({
      metadata: new Map(file.metadata).set('qwen3vl.n_deepstack_layers', uint32(2)),
      tensors: file.tensors,
    }));
    const source = { kind: 'file', text: wider, vision: await download(model.vision) } as const;
    await expect(other.load({ source })).rejects.toMatchObject({ code: 'model-mismatched-pair' });
    other.close();
  });

  it('file-unreachable names the file and says what to do', async () => {
    const missing = { kind: 'url', text: new URL('/models/none.gguf', location.href).href } as const;
    await expect(new GlanceClient(startWorker).load({ source: missing })).rejects.toMatchObject({
      code: 'file-unreachable',
      message: expect.stringContaining('none.gguf'),
    });
  });
});

describe('a lost worker', () => {
  it('ends the request with an error, and the next one starts a fresh worker and loads again', async () => {
    const workers: Worker[] = [];
    const fragile = new GlanceClient(() => {
      workers.push(startWorker());
      return workers.at(-1)!;
    });
    await fragile.load({ source: model });
    const { scene, question, answer } = questions[0]!;
    const request = { messages: user(image(picture(scene)), text(question)) };
    const asked = fragile.chat(request, () =>
      workers[0]!.dispatchEvent(new ErrorEvent('error', { message: 'gone' })),
    );
    await expect(asked).rejects.toMatchObject({ code: 'worker-lost' });
    expect((await fragile.chat(request)).text).toBe(answer);
    expect(workers.length).toBe(2);
    fragile.close();
  });

  it('loads what was asked for last', async () => {
    const other = new GlanceClient(startWorker);
    const first = other.load({ source: { kind: 'url', text: model.text } });
    const second = other.load({ source: model });
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
    expect((await second).vision).not.toBeNull();
    const { scene, question, answer } = questions[0]!;
    const result = await other.chat({ messages: user(image(picture(scene)), text(question)) });
    expect(result.text).toBe(answer);
    other.close();
  });

  it('is not left with a model that was unloaded while it loaded', async () => {
    const other = new GlanceClient(startWorker);
    const loading = other.load({ source: model });
    const refused = expect(loading).rejects.toMatchObject({ code: 'aborted' });
    await other.unload();
    await refused;
    await expect(other.chat({ messages: user(text('Hello!')) })).rejects.toMatchObject({ code: 'no-model' });
    other.close();
  });

  it('refuses an address that is none', async () => {
    const source = { kind: 'url', text: 'pico.gguf' } as const;
    await expect(new GlanceClient(startWorker).load({ source })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });

  it('stops loading on request', async () => {
    const controller = new AbortController();
    const loading = new GlanceClient(startWorker).load(
      { source: model },
      () => controller.abort(),
      controller.signal,
    );
    await expect(loading).rejects.toMatchObject({ code: 'aborted' });
  });
});
