import { createStore, promisifyRequest } from 'idb-keyval';
import { toGlanceError } from '../../src/model/errors.ts';
import type { StoredModel, TransferProgress } from '../../src/model/storage.ts';
import { GlanceClient } from '../../src/rpc/client.ts';
import { StoreClient } from '../../src/rpc/store_client.ts';
import { FilesDb } from '../../src/store/files_db.ts';
import { checkChunks } from '../../src/store/integrity.ts';
import { createHasher } from '../../src/store/sha256.ts';
import { storedSource } from '../../src/store/source.ts';
import { RangeReader } from '../../src/weights/byte_source.ts';
import type { FaultPageApi, Outcome } from './contract.ts';

/** With `?real` the store as it is published, else one with settings for faults. */
const store = new StoreClient(() =>
  location.search === '?real'
    ? new Worker(new URL('../../workers/store.ts', import.meta.url), { type: 'module' })
    : new Worker(new URL('./store_worker.ts', import.meta.url), { type: 'module' }),
);
const files = new FilesDb();
const raw = createStore('glance-files', 'files');

/** As the engine reads weights. */
const SLICE_BYTES = 32 * 1024 * 1024;

let running: Promise<Outcome<StoredModel>> | null = null;
let heard: TransferProgress[] = [];

async function outcome<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work };
  } catch (thrown) {
    const { code, message, details } = toGlanceError(thrown);
    return { ok: false, code, message, details };
  }
}

const inferenceClient = () =>
  new GlanceClient(
    () => new Worker(new URL('../../workers/inference.ts', import.meta.url), { type: 'module' }),
  );

let loadedShare = 0;

const keysOf = (range: IDBKeyRange): Promise<IDBValidKey[]> =>
  raw('readonly', (objects) => promisifyRequest(objects.getAllKeys(range)));

const api: FaultPageApi = {
  begin(model) {
    heard = [];
    running = outcome(store.download(model, (progress) => heard.push(progress)));
  },
  ended: () => running ?? Promise.reject(new Error('nothing was begun')),
  heard: () => heard,
  pause: (id) => store.pause(id),
  resume: (id) => store.resume(id),
  models: () => store.models(),
  verify: (id) => outcome(store.verify(id)),
  delete: async (id) => outcome(store.delete(id).then(() => null)),
  async sha256(key) {
    const hasher = await createHasher();
    const blob = await store.exportFile(key);
    for await (const bytes of blob.stream()) hasher.update(bytes);
    return hasher.hex();
  },
  async readAll(key) {
    const source = await storedSource(files, key);
    const buffer = new Uint8Array(SLICE_BYTES);
    const reader = new RangeReader(source);
    const start = performance.now();
    for (let at = 0; at < source.size; at += SLICE_BYTES) {
      await reader.readInto(at, buffer.subarray(0, Math.min(SLICE_BYTES, source.size - at)));
    }
    return performance.now() - start;
  },
  async damage(key, chunk, how) {
    const manifest = (await files.manifest(key))!;
    const at = ['chunk', key, manifest.generation, chunk];
    const blob = (await files.chunk(manifest, chunk))!;
    const bytes = new Uint8Array(await blob.arrayBuffer());
    bytes[bytes.length >> 1]! ^= 0x10;
    await raw('readwrite', (objects) => {
      if (how === 'delete') objects.delete(at);
      else objects.put(new Blob([bytes]), at);
      return promisifyRequest(objects.transaction);
    });
  },
  async complaints() {
    const found: string[] = [];
    const expected = new Set<string>();
    for (const manifest of await files.manifests()) {
      const { key, generation, chunks } = manifest;
      const { bad } = await checkChunks(files, manifest, {});
      if (bad.length > 0)
        found.push(`${key}: chunks ${bad.join(', ')} are said to be stored and are not right`);
      for (const [index, { stored }] of chunks.entries()) {
        if (stored) expected.add(JSON.stringify(['chunk', key, generation, index]));
      }
    }
    for (const key of await keysOf(IDBKeyRange.bound(['chunk'], ['chunk', []]))) {
      if (!expected.has(JSON.stringify(key))) found.push(`${JSON.stringify(key)} belongs to nothing`);
    }
    const known = new Set((await store.models()).flatMap((model) => model.files.map(({ key }) => key)));
    for (const { key } of await files.manifests()) {
      if (!known.has(key)) found.push(`${key} belongs to no model`);
    }
    return found;
  },
  beginLoading(text, vision, device) {
    void inferenceClient().load({ source: { kind: 'stored', text, vision }, device }, (progress) => {
      if (progress.stage === 'weights') loadedShare = progress.done / progress.total;
    });
  },
  loadedShare: () => loadedShare,
  async answer(text, vision, picture, question) {
    const client = inferenceClient();
    const ask = async () => {
      await client.load({ source: { kind: 'stored', text, vision }, device: 'wasm' });
      const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
      const image = new Blob([bytes], { type: 'image/png' });
      const content = [{ type: 'image', image } as const, { type: 'text', text: question } as const];
      return (await client.chat({ messages: [{ role: 'user', content }] })).text;
    };
    const answered = await outcome(ask());
    client.close();
    return answered;
  },
};

globalThis.faultPage = api;
