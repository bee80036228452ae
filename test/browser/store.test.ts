/** What is kept in IndexedDB, in the browser that keeps it. */
import { createStore, promisifyRequest } from 'idb-keyval';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ModelImport, StoredModel, TransferProgress } from '../../src/model/storage.ts';
import { GlanceClient } from '../../src/rpc/client.ts';
import { StoreClient } from '../../src/rpc/store_client.ts';
import { FilesDb } from '../../src/store/files_db.ts';
import { holdLock, useLock, writeLock } from '../../src/store/locks.ts';
import { createManifest, isComplete } from '../../src/store/manifest.ts';
import { ModelsDb } from '../../src/store/models_db.ts';
import { createHasher, sha256Hex } from '../../src/store/sha256.ts';
import { openStored, storedSource } from '../../src/store/source.ts';
import { ModelStore } from '../../src/store/store.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import { splitGguf } from '../support/gguf_split.ts';
import { contentOf } from '../support/gguf_writer.ts';
import { readQuestions } from './questions.ts';

const CHUNK = 64 * 1024;
const store = new ModelStore({ chunkBytes: CHUNK });
const files = new FilesDb();
const never = new AbortController().signal;
const silent = () => {};
const url = (name: string) => new URL(`/models/pico/${name}`, location.href).href;
const TEXT = url('pico-Q8_0.gguf');
const VISION = url('mmproj-pico-F16.gguf');

let text: File;
let vision: File;

beforeAll(async () => {
  const fetched = async (from: string, name: string) => new File([await (await fetch(from)).blob()], name);
  text = await fetched(TEXT, 'pico-Q8_0.gguf');
  vision = await fetched(VISION, 'mmproj-pico-F16.gguf');
});

afterEach(async () => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  for (const { id } of await store.models()) await store.delete(id);
  expect(await files.manifests()).toEqual([]);
});

const download = (id: string, change = {}): Promise<StoredModel> =>
  store.download({ id, text: TEXT, vision: VISION, ...change }, silent, never);
const importModel = (model: ModelImport): Promise<StoredModel> => store.import(model, silent, never);
const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

describe('the chunks of a file', () => {
  const manifest = () =>
    createManifest(
      { key: 'k', name: 'k.gguf', url: null },
      { sizeBytes: 25, etag: null, sha256: null },
      10,
      'first',
    );
  const put = (generation: string, index: number) =>
    files.putChunk({ ...manifest(), generation }, index, new Blob(['x'.repeat(10)]), `hash ${index}`);

  afterEach(() => files.delete('k'));

  it('are kept with their hashes, and forgotten with their file', async () => {
    await files.create(manifest());
    expect((await put('first', 1))?.chunks[1]).toEqual({ sha256: 'hash 1', stored: true });
    expect((await files.manifest('k'))?.chunks.map(({ stored }) => stored)).toEqual([false, true, false]);
    expect(await (await files.chunk(manifest(), 1))?.text()).toBe('xxxxxxxxxx');
    expect(await files.chunk(manifest(), 0)).toBeNull();
    await files.delete('k');
    expect(await files.manifest('k')).toBeNull();
    expect(await files.chunk(manifest(), 1)).toBeNull();
  });

  it('of an earlier beginning never get among those of a later one', async () => {
    await files.create(manifest());
    await put('first', 0);
    await files.create({ ...manifest(), generation: 'second' });
    expect(await put('first', 1)).toBeNull();
    expect(await files.dropChunks(manifest(), [0])).toBeNull();
    expect(await files.update(manifest(), { sha256: 'x' })).toBeNull();
    expect(await files.chunk(manifest(), 0)).toBeNull();
    expect((await files.manifest('k'))?.chunks.some(({ stored }) => stored)).toBe(false);
  });

  it('of the wrong size count as missing', async () => {
    await files.create(manifest());
    await files.putChunk(manifest(), 2, new Blob(['123456']), 'h');
    expect(await files.chunk(manifest(), 2)).toBeNull();
  });

  it('do not mix with those of a file whose key begins alike', async () => {
    await files.create(manifest());
    await files.create({ ...manifest(), key: 'k2' });
    await put('first', 0);
    await files.delete('k2');
    expect((await files.manifest('k'))?.chunks[0]?.stored).toBe(true);
    expect(await files.chunk(manifest(), 0)).not.toBeNull();
  });
});

describe('a kept file', () => {
  it('is read by ranges, within chunks and across them', async () => {
    const model = await download('pico');
    const source = await storedSource(files, model.text);
    expect([source.size, source.name]).toEqual([text.size, 'pico-Q8_0.gguf']);
    const all = await bytesOf(text);
    const ranges = [
      [0, 4],
      [CHUNK - 1, 2],
      [CHUNK, CHUNK],
      [CHUNK * 2 - 7, CHUNK * 3 + 11],
      [text.size - 5, 5],
      [text.size, 0],
      [0, text.size],
    ] as const;
    for (const [offset, length] of ranges) {
      const bytes = await source.read(offset, length);
      expect(bytes.length).toBe(length);
      // By hand: the comparison of values takes seconds for so many bytes.
      expect(
        bytes.every((byte, i) => byte === all[offset + i]),
        `${offset}+${length}`,
      ).toBe(true);
    }
    await expect(source.read(text.size - 5, 6)).rejects.toMatchObject({ code: 'file-truncated' });
    await expect(source.read(0, 6, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });

  it('that is not here, or not all of it, is not opened', async () => {
    await expect(openStored('none', undefined)).rejects.toMatchObject({ code: 'model-not-stored' });
    const model = await download('pico');
    await files.dropChunks((await files.manifest(model.text))!, [1]);
    await expect(openStored(model.text, undefined)).rejects.toMatchObject({
      code: 'model-not-stored',
      message: expect.stringContaining('not complete'),
    });
  });

  it('whose bytes were lost says so when they are read', async () => {
    const model = await download('pico');
    const source = await storedSource(files, model.text);
    await files.dropChunks((await files.manifest(model.text))!, [1]);
    expect(await source.read(0, 10)).toHaveLength(10);
    await expect(source.read(CHUNK, 10)).rejects.toMatchObject({ code: 'storage-damaged' });
  });

  it('is saved as the file that it was', async () => {
    const model = await download('pico');
    const blob = await store.exportFile(model.text);
    expect(await sha256Hex(await bytesOf(blob))).toBe(await sha256Hex(await bytesOf(text)));
    await expect(store.exportFile('none')).rejects.toMatchObject({ code: 'model-not-stored' });
  });
});

describe('a browser that keeps nothing', () => {
  it.each<[string, unknown]>([
    [
      'forbids it',
      {
        open: () => {
          throw new DOMException('no', 'SecurityError');
        },
      },
    ],
    ['has no database', undefined],
  ])('says so if it %s', async (_, indexedDB) => {
    vi.stubGlobal('indexedDB', indexedDB);
    await expect(new FilesDb('other').manifests()).rejects.toMatchObject({
      code: 'storage-unavailable',
      message: expect.stringContaining('Allow storage'),
    });
  });
});

describe('the hash of a whole file', () => {
  const unhashed = async (digest: { chunks: number; state: Uint8Array } | null) => {
    const model = await download('pico', { vision: undefined });
    const manifest = (await files.manifest(model.text))!;
    await files.update(manifest, { sha256: null, digest });
    return { model, sha256: manifest.sha256 };
  };

  it('goes on where it stopped', async () => {
    // Of other bytes than the file's, so that it shows whether they were read again.
    const all = await bytesOf(text);
    all.fill(0, 0, 3 * CHUNK);
    const hasher = await createHasher();
    hasher.update(all.subarray(0, 3 * CHUNK));
    const { model } = await unhashed({ chunks: 3, state: hasher.save() });
    expect((await store.models())[0]?.complete).toBe(false);
    await download('pico', { vision: undefined });
    expect((await files.manifest(model.text))?.sha256).toBe(await sha256Hex(all));
  });

  it('has chunks that were lost meanwhile fetched again', async () => {
    const { model, sha256 } = await unhashed(null);
    const { generation } = (await files.manifest(model.text))!;
    // Behind the store's back: it is still said to be stored.
    await createStore('glance-files', 'files')('readwrite', (objects) =>
      promisifyRequest(objects.delete(['chunk', model.text, generation, 5])),
    );
    const asked = vi.spyOn(globalThis, 'fetch');
    expect((await download('pico', { vision: undefined })).complete).toBe(true);
    expect((await files.manifest(model.text))?.sha256).toBe(sha256);
    const ranges = asked.mock.calls.map(([, init]) => new Headers(init?.headers).get('range'));
    expect(ranges.filter((range) => range !== 'bytes=0-0')).toEqual([`bytes=${5 * CHUNK}-${6 * CHUNK - 1}`]);
  });

  it('begins anew if what it stopped with is of no use', async () => {
    const { model, sha256 } = await unhashed({ chunks: 3, state: new Uint8Array(7) });
    await download('pico', { vision: undefined });
    expect((await files.manifest(model.text))?.sha256).toBe(sha256);
  });
});

describe('models', () => {
  it('are listed with their sizes, latest used first', async () => {
    const first = await download('first', { vision: undefined, name: 'The first' });
    expect(first).toMatchObject({
      name: 'The first',
      complete: true,
      sizeBytes: text.size,
      storedBytes: text.size,
      vision: null,
    });
    const second = await download('second');
    expect(second.sizeBytes).toBe(text.size + vision.size);
    expect(second.name).toBe('pico-Q8_0.gguf');
    const opened = await openStored(first.text, undefined);
    opened.release();
    // Both have the same text file, so both were used; what comes first does not matter then.
    const ids = (await store.models()).map(({ id }) => id);
    expect(ids.toSorted()).toEqual(['first', 'second']);
    const used = (await store.models()).map(({ lastUsedAt, addedAt }) => lastUsedAt > addedAt);
    expect(used).toEqual([true, true]);
  });

  it('share files, which stay until the last model is deleted', async () => {
    await download('with vision');
    await download('text only', { vision: undefined });
    await store.delete('with vision');
    expect((await files.manifests()).map(({ name }) => name)).toEqual(['pico-Q8_0.gguf']);
    await store.delete('text only');
    expect(await files.manifests()).toEqual([]);
  });

  it('in use are not deleted', async () => {
    const model = await download('pico');
    const { release } = await openStored(model.text, model.vision ?? undefined);
    await expect(store.delete('pico')).rejects.toMatchObject({ code: 'model-in-use' });
    expect((await store.models())[0]?.complete).toBe(true);
    release();
    await store.delete('pico');
    expect(await store.models()).toEqual([]);
  });

  it('that are being downloaded are stopped and deleted', async () => {
    const slow = new ModelStore({ chunkBytes: 4096, connections: 1 });
    let stopped: Promise<unknown> = Promise.resolve();
    await new Promise<void>((resolve, reject) => {
      const onProgress = ({ doneBytes }: TransferProgress) => doneBytes > 0 && resolve();
      stopped = slow.download({ id: 'pico', text: TEXT, vision: VISION }, onProgress, never);
      stopped.catch(reject);
    });
    await store.delete('pico');
    expect(await files.manifests()).toEqual([]);
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  });

  it('that are deleted while something about them is written down stay deleted', async () => {
    const models = new ModelsDb();
    const model = await download('pico');
    const record = (await models.get(model.id))!;
    for (let i = 0; i < 10; i++) {
      await models.put(record);
      await Promise.all([models.change('pico', { paused: true }), models.delete('pico')]);
      expect(await models.all()).toEqual([]);
    }
    await models.put(record);
  });

  it('come with advice on space', async () => {
    await download('pico');
    const advice = await store.advise(1e15);
    expect(advice).toMatchObject({ fits: false, neededBytes: 1e15, suggestion: [] });
    expect(await store.advise(1)).toMatchObject({ fits: true, suggestion: [] });
  });

  it('are downloaded twice at once without being written twice', async () => {
    const [one, two] = await Promise.all([download('one'), download('two')]);
    expect([one.complete, two.complete]).toEqual([true, true]);
    expect(await files.manifests()).toHaveLength(2);
  });
});

describe('the outline of a model', () => {
  it('is known before the download and the same afterwards', async () => {
    const { sizeBytes, outline } = await store.inspect({ text: TEXT, vision: VISION }, never);
    expect(sizeBytes).toBe(text.size + vision.size);
    expect(outline).toMatchObject({
      license: 'apache-2.0',
      dimensions: { text: { contextLength: 4096 }, vision: { patchSize: 16 } },
    });
    const model = await download('pico');
    expect(model.outline).toEqual(outline);
    const alone = await store.inspect({ text: TEXT }, never);
    expect(alone.outline.dimensions).toEqual({ ...outline.dimensions, vision: null });
    expect(alone.outline.parameterCount).toBeLessThan(outline.parameterCount);
    expect((await importModel({ text, vision })).outline).toEqual(outline);
  });

  it('that was told ahead serves until the files are here', async () => {
    const { outline } = await store.inspect({ text: TEXT }, never);
    const told = { ...outline, license: 'as the server said' };
    const stop = new AbortController();
    const slow = new ModelStore({ chunkBytes: 4096, connections: 1 });
    const onProgress = ({ doneBytes }: TransferProgress) => doneBytes > 0 && stop.abort();
    await expect(
      slow.download({ id: 'pico', text: TEXT, outline: told }, onProgress, stop.signal),
    ).rejects.toMatchObject({ code: 'aborted' });
    expect((await store.models())[0]).toMatchObject({ complete: false, outline: told });
    await download('pico', { vision: undefined });
    expect((await store.models())[0]).toMatchObject({ complete: true, outline });
  });

  it('tells how large it is while its second file has not begun', async () => {
    const told = await store.inspect({ text: TEXT, vision: VISION }, never);
    const slow = new ModelStore({ chunkBytes: 4096, connections: 1 });
    const begin = async (id: string, ahead: object) => {
      const stop = new AbortController();
      const onProgress = ({ doneBytes }: TransferProgress) => doneBytes > 0 && stop.abort();
      const request = { id, text: TEXT, vision: VISION, ...ahead };
      await expect(slow.download(request, onProgress, stop.signal)).rejects.toThrow();
      return (await store.models()).find((model) => model.id === id)!;
    };
    const known = await begin('known', told);
    expect(known).toMatchObject({ complete: false, sizeBytes: text.size + vision.size });
    expect(known.files).toHaveLength(1);
    expect((await begin('unknown', {})).sizeBytes).toBeNull();
  });

  it('of files that Glance cannot run is a refusal before they are fetched or copied', async () => {
    const inspect = (change: object) => store.inspect({ text: TEXT, vision: VISION, ...change }, never);
    await expect(inspect({ vision: TEXT })).rejects.toMatchObject({ code: 'model-wrong-architecture' });
    await expect(inspect({ text: VISION })).rejects.toMatchObject({ code: 'model-wrong-architecture' });
    await expect(inspect({ text: url('none.gguf') })).rejects.toMatchObject({ code: 'file-unreachable' });
    await expect(importModel({ text: vision })).rejects.toMatchObject({ code: 'model-wrong-architecture' });
    expect(await files.manifests()).toEqual([]);
    // One that is kept all the same, by whoever did not ask, has none.
    expect((await download('odd', { text: VISION, vision: undefined })).outline).toBeNull();
  });
});

describe('a model from files of this device', () => {
  it('is copied, checked and kept', async () => {
    const heard: TransferProgress[] = [];
    const model = await store.import({ name: 'Mine', text, vision }, (step) => heard.push(step), never);
    expect(model).toMatchObject({ name: 'Mine', complete: true, sizeBytes: text.size + vision.size });
    expect(model.files.map(({ url: from, sha256 }) => [from, sha256?.length])).toEqual([
      [null, 64],
      [null, 64],
    ]);
    const manifest = (await files.manifest(model.text))!;
    expect(manifest.sha256).toBe(await sha256Hex(await bytesOf(text)));
    expect(heard.at(-1)).toMatchObject({ state: 'done', doneBytes: text.size + vision.size });
    // It cannot be repaired, and says so.
    await files.dropChunks(manifest, [0]);
    await expect(store.verify(model.id, silent, never)).rejects.toMatchObject({ code: 'storage-damaged' });
  });

  it('that has an address is repaired from there', async () => {
    const model = await importModel({ text, urls: { text: TEXT } });
    const manifest = (await files.manifest(model.text))!;
    await files.dropChunks(manifest, [0, 2]);
    const report = await store.verify(model.id, silent, never);
    expect(report).toMatchObject({ badChunks: 2, repairedChunks: 2 });
    expect(isComplete((await files.manifest(model.text))!)).toBe(true);
  });

  it.each<[string, () => Promise<Blob>, string]>([
    ['no GGUF file', async () => new Blob(['<!doctype html>']), 'file-not-gguf'],
    ['a file that breaks off', async () => text.slice(0, text.size - 1), 'file-truncated'],
  ])('is refused if it is %s, and nothing is kept', async (_, make, code) => {
    const bad = new File([await make()], 'bad.gguf');
    await expect(importModel({ text, vision: bad })).rejects.toMatchObject({ code });
    expect(await store.models()).toEqual([]);
  });

  it('of which part is here already needs room for the rest only, and keeps nothing if there is none', async () => {
    const room = (bytes: number) =>
      vi.spyOn(navigator.storage, 'estimate').mockResolvedValue({ usage: 0, quota: bytes });
    room(text.size - 1);
    await expect(importModel({ text, urls: { text: TEXT }, name: 'Small' })).rejects.toMatchObject({
      code: 'storage-full',
      message: expect.stringMatching(/^Small needs .*Nothing of it was kept/),
    });
    expect(await files.manifests()).toEqual([]);
    room(text.size * 2);
    await importModel({ text, urls: { text: TEXT }, name: 'Small' });
    room(vision.size * 1.1);
    const model = await importModel({ text, vision, urls: { text: TEXT, vision: VISION }, id: 'both' });
    expect(model.complete).toBe(true);
  });

  it('that meets a full disk in the middle says what could go, and that nothing is kept', async () => {
    await download('pico', { name: 'An old model' });
    const real = IDBObjectStore.prototype.put;
    let left = 4;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
      left -= 1;
      if (left < 0) throw new DOMException('full', 'QuotaExceededError');
      return real.apply(this, args);
    });
    await expect(importModel({ text, name: 'Mine' })).rejects.toMatchObject({
      code: 'storage-full',
      message: expect.stringMatching(/^Mine needs .*Nothing of it was kept\. Deleting An old model would/),
    });
    vi.restoreAllMocks();
    expect(await files.manifests()).toHaveLength(2);
  });

  it('whose tab ended before it was copied leaves nothing once a store is opened', async () => {
    const begun = (key: string) =>
      createManifest({ key, name: key, url: null }, { sizeBytes: 25, etag: null, sha256: null }, 10, 'first');
    const kept = await download('pico');
    await files.create(begun('local:lost/model.gguf'));
    await files.putChunk(begun('local:lost/model.gguf'), 0, new Blob(['x'.repeat(10)]), 'hash');
    // Another tab writes this one just now.
    await files.create(begun('local:other/model.gguf'));
    const end = await holdLock(writeLock('local:other/model.gguf'), 'exclusive');
    // And this one is loaded, though its model is no more.
    await files.create(begun('local:loaded/model.gguf'));
    const unload = await holdLock(useLock('local:loaded/model.gguf'), 'shared');
    const keys = async () => (await files.manifests()).map(({ key }) => key).toSorted();
    await store.tidy();
    const busy = ['local:loaded/model.gguf', 'local:other/model.gguf'];
    expect(await keys()).toEqual([...kept.files.map(({ key }) => key), ...busy].toSorted());
    expect(await files.chunk(begun('local:lost/model.gguf'), 0)).toBeNull();
    end();
    unload();
    const worker = new URL('../../workers/store.ts', import.meta.url);
    const client = new StoreClient(() => new Worker(worker, { type: 'module' }));
    await client.models();
    await vi.waitFor(async () => expect(await keys()).toEqual(kept.files.map(({ key }) => key).toSorted()));
    client.close();
  });

  it('in parts loads and answers', async () => {
    const whole = await readGguf(blobSource(text, text.name));
    const parts = splitGguf(await contentOf(whole), 3).map(({ name, bytes }) => new File([bytes], name));
    const model = await importModel({ text: parts.toReversed(), vision });
    expect(model.files).toHaveLength(4);
    expect(model.name).toBe('model.gguf');
    const client = new GlanceClient(
      () => new Worker(new URL('../../workers/inference.ts', import.meta.url), { type: 'module' }),
    );
    const source = { kind: 'stored', text: model.text, vision: model.vision! } as const;
    await client.load({ source, device: 'wasm' });
    const { questions, picture } = await readQuestions();
    const { scene, question, answer } = questions[0]!;
    const image = { type: 'image', image: picture(scene) } as const;
    const asked = client.chat({
      messages: [{ role: 'user', content: [image, { type: 'text', text: question }] }],
    });
    expect((await asked).text).toBe(answer);
    // As long as it is loaded it cannot be deleted.
    await expect(store.delete(model.id)).rejects.toMatchObject({ code: 'model-in-use' });
    await client.unload();
    await store.delete(model.id);
    // The parts as picked files load without being kept.
    await client.load({ source: { kind: 'file', text: parts, vision }, device: 'wasm' });
    client.close();
  });
});

it('a worker that ends without a word ends what was asked of it, and the next one answers', async () => {
  const addresses = [
    new URL('./mortal_store_worker.ts', import.meta.url),
    new URL('../../workers/store.ts', import.meta.url),
  ];
  const client = new StoreClient(() => new Worker(addresses.shift()!, { type: 'module' }));
  await expect(client.models()).rejects.toMatchObject({ code: 'worker-lost' });
  expect(await client.models()).toEqual([]);
  expect(addresses).toEqual([]);
  client.close();
});

it('a page without TLS keeps models, too', async () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const { userAgent, onLine } = navigator;
  vi.stubGlobal('navigator', { userAgent, onLine });
  const [one, two] = await Promise.all([download('one'), download('two')]);
  expect([one.complete, two.complete]).toEqual([true, true]);
  const { release } = await openStored(one.text, undefined);
  await expect(store.delete('one')).resolves.toBeUndefined();
  await expect(store.delete('two')).rejects.toMatchObject({ code: 'model-in-use' });
  release();
});
