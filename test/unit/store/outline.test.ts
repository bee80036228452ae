/** What is learned of a model from servers that behave and servers that do not. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { nameOfKey } from '../../../src/store/hub.ts';
import { inspectRemote, readOutline } from '../../../src/store/outline.ts';
import { bytesSource } from '../../../src/weights/byte_source.ts';
import { readGguf } from '../../../src/weights/gguf.ts';
import { bytesFile } from '../../hub/files.ts';
import { TestHub } from '../../hub/hub.ts';
import { splitGguf } from '../../support/gguf_split.ts';
import { contentOf } from '../../support/gguf_writer.ts';
import { repositoryRoot } from '../../support/root.ts';

const folder = join(repositoryRoot, 'public/models/pico');
const policy = { baseMs: 1, maxMs: 2, attempts: 9, stallMs: 5000 };
const TEXT = 'someone/pico-GGUF/main/pico-Q8_0.gguf';
const VISION = 'someone/pico-GGUF/main/mmproj-pico-F16.gguf';
const never = new AbortController().signal;

let hub: TestHub;
let text: Uint8Array<ArrayBuffer>;
let vision: Uint8Array<ArrayBuffer>;

const bytesOf = async (name: string) => new Uint8Array(await readFile(join(folder, name)));

beforeAll(async () => {
  // Which Node.js has from version 21 on.
  vi.stubGlobal('navigator', { onLine: true });
  hub = await TestHub.start();
  [text, vision] = [await bytesOf('pico-Q8_0.gguf'), await bytesOf('mmproj-pico-F16.gguf')];
  hub.add(TEXT, bytesFile(text));
  hub.add(VISION, bytesFile(vision));
});
afterEach(() => {
  hub.faults.set([]);
  hub.clearLog();
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await hub.close();
});

const file = (url: string) => ({ key: url, name: nameOfKey(url), url });
const inspect = (texts: readonly string[], seeing: string | null, signal = never) =>
  inspectRemote(texts.map(file), seeing === null ? null : file(seeing), policy, signal);
const whole = () => readOutline(bytesSource(text, 'text.gguf'), bytesSource(vision, 'vision.gguf'));
const sentBytes = () => hub.served.reduce((sum, served) => sum + served.sentBytes, 0);

test('a hub and a plain server tell what the files tell, with few bytes', async () => {
  const expected = { sizeBytes: text.length + vision.length, outline: await whole() };
  expect(expected.outline.parameterCount).toBeGreaterThan(2e6);
  expect(await inspect([hub.urlOf(TEXT)], hub.urlOf(VISION))).toEqual(expected);
  expect(sentBytes()).toBeLessThan(200_000);
  expect(await inspect([hub.plainUrlOf(TEXT)], hub.plainUrlOf(VISION))).toEqual(expected);
});

test('of a split model the first part tells, and all parts count', async () => {
  const parts = splitGguf(await contentOf(await readGguf(bytesSource(text, 'text.gguf'))), 3);
  const urls = parts.map(({ name, bytes }) => {
    const path = `someone/split-GGUF/main/${name}`;
    hub.add(path, bytesFile(bytes));
    return hub.urlOf(path);
  });
  const { sizeBytes, outline } = await inspect(urls, hub.urlOf(VISION));
  expect(sizeBytes).toBe(parts.reduce((sum, { bytes }) => sum + bytes.length, 0) + vision.length);
  expect(outline).toEqual(await whole());
});

test('servers without ranges, without headers, and those that are busy at first, tell it too', async () => {
  const { dimensions } = await whole();
  for (const fault of [{ kind: 'ignore-range' }, { kind: 'hide-headers' }] as const) {
    hub.faults.set([{ fault }]);
    const told = await inspect([hub.urlOf(TEXT)], hub.urlOf(VISION));
    expect(told.outline.dimensions).toEqual(dimensions);
  }
  hub.faults.set([{ fault: { kind: 'status', status: 503 }, times: 2 }]);
  expect((await inspect([hub.urlOf(TEXT)], null)).outline.dimensions.vision).toBeNull();
});

test('what is not to be had, or not to be run, is said', async () => {
  const asked = (fault: Parameters<typeof hub.faults.set>[0][number]['fault']) => {
    hub.faults.set([{ fault }]);
    return inspect([hub.urlOf(TEXT)], null);
  };
  await expect(asked({ kind: 'status', status: 503 })).rejects.toMatchObject({ code: 'download-failed' });
  await expect(asked({ kind: 'cut', afterBytes: 100 })).rejects.toMatchObject({ code: 'download-failed' });
  await expect(asked({ kind: 'wrong-total', deltaBytes: 5 })).rejects.toMatchObject({
    code: 'download-changed',
  });
  await expect(asked({ kind: 'web-page' })).rejects.toMatchObject({ code: 'file-unreachable' });
  hub.faults.set([]);
  const wrong = inspect([hub.urlOf(VISION)], null);
  await expect(wrong).rejects.toMatchObject({ code: 'model-wrong-architecture' });
  const missing = inspect([hub.urlOf(TEXT).replace('pico-Q8_0', 'none')], null);
  await expect(missing).rejects.toMatchObject({ code: 'file-unreachable' });
  await expect(inspect([hub.urlOf(TEXT)], null, AbortSignal.abort())).rejects.toMatchObject({
    code: 'aborted',
  });
});
