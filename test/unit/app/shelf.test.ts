import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ModelShelf, type ShelfClient } from '../../../src/app/shelf.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import type { StoredModel, StoreMessage, TransferProgress } from '../../../src/model/storage.ts';
import type { Machine } from '../../../src/store/fit.ts';

const progress = (state: TransferProgress['state'], doneBytes = 1): TransferProgress => ({
  state,
  file: 'a.gguf',
  doneBytes,
  totalBytes: 10,
  bytesPerSecond: null,
  remainingMs: null,
  trouble: null,
  restarted: false,
});

const stored = (id: string, change: Partial<StoredModel> = {}): StoredModel => ({
  id,
  name: `Model ${id}`,
  text: id,
  vision: null,
  files: [],
  outline: null,
  complete: true,
  paused: false,
  sizeBytes: 10,
  storedBytes: 10,
  addedAt: 0,
  lastUsedAt: 0,
  ...change,
});

const machine: Machine = { gpu: null, memoryBytes: null, handheld: false, availableBytes: 5 };

function setUp() {
  let hear: (message: StoreMessage) => void = () => {};
  const downloads: {
    tell: (progress: TransferProgress) => void;
    end: (error?: GlanceError) => void;
    signal: AbortSignal;
  }[] = [];
  const client = {
    download: vi.fn((_model: unknown, tell: unknown, signal: unknown) => {
      return new Promise<StoredModel>((resolve, reject) => {
        const end = (error?: GlanceError) => (error ? reject(error) : resolve(stored('a')));
        downloads.push({ tell: tell as never, end, signal: signal as AbortSignal });
      });
    }),
    import: vi.fn(async () => stored('local:1')),
    inspect: vi.fn(),
    list: vi.fn(),
    verify: vi.fn(async () => ({ checkedBytes: 10, badChunks: 2, repairedChunks: 2 })),
    pause: vi.fn(async () => {}),
    resume: vi.fn(async () => {}),
    stop: vi.fn(async () => {}),
    models: vi.fn(async (): Promise<StoredModel[]> => []),
    delete: vi.fn(async () => {}),
    exportFile: vi.fn(async () => new Blob()),
    watch: vi.fn((listener: (message: StoreMessage) => void) => {
      hear = listener;
      return () => {};
    }),
  } satisfies ShelfClient;
  const space = { availableBytes: 5, usedBytes: 1, persisted: false };
  const shelf = new ModelShelf(client, 'https://models.example/', async () => ({ machine, space }));
  return { client, shelf, downloads, say: (message: StoreMessage) => hear(message) };
}

const settled = () => vi.advanceTimersByTimeAsync(0);
const request = { id: 'a', name: 'Model a', text: 'https://models.example/a.gguf' };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('navigator', { storage: undefined });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a download shows its progress, then that it is here', async () => {
  const { shelf, downloads, client } = setUp();
  await shelf.open();
  expect(shelf.state).toMatchObject({ models: [], machine: { gpu: null } });
  const done = shelf.download(request);
  expect(shelf.state.work.get('a')).toMatchObject({ kind: 'download', progress: null, elsewhere: false });
  downloads[0]!.tell(progress('downloading', 4));
  expect(shelf.state.work.get('a')?.progress?.doneBytes).toBe(4);
  client.models.mockResolvedValue([stored('a')]);
  downloads[0]!.end();
  await done;
  expect(shelf.state.work.size).toBe(0);
  expect(shelf.state.models).toHaveLength(1);
  expect(shelf.state.announcement).toBe('Model a is on this device');
  // Asked for twice, it runs once.
  void shelf.download(request);
  void shelf.download(request);
  expect(client.download).toHaveBeenCalledTimes(2);
});

test('failure stays with the model until something else is done with it; stopping is none', async () => {
  const { shelf, downloads, client } = setUp();
  const done = shelf.download(request);
  downloads[0]!.end(new GlanceError('storage-full', 'Full.'));
  await done;
  expect(shelf.state.outcomes.get('a')).toMatchObject({ kind: 'failed', error: { code: 'storage-full' } });
  const again = shelf.download(request);
  expect(shelf.state.outcomes.size).toBe(0);
  await shelf.cancel('a');
  expect(client.stop).toHaveBeenCalledWith('a');
  expect(downloads[1]!.signal.aborted).toBe(true);
  downloads[1]!.end(new GlanceError('aborted', 'Stopped.'));
  await again;
  expect(shelf.state.outcomes.size).toBe(0);
});

test('what other tabs do is seen, until they fall silent', async () => {
  const { shelf, say, client } = setUp();
  await shelf.open();
  const message = (state: TransferProgress['state']): StoreMessage => ({
    type: 'progress',
    model: 'a',
    key: 'a',
    fileDoneBytes: 1,
    progress: progress(state),
  });
  say(message('downloading'));
  expect(shelf.state.work.get('a')).toMatchObject({ elsewhere: true });
  await vi.advanceTimersByTimeAsync(3000);
  say(message('downloading'));
  await vi.advanceTimersByTimeAsync(3000);
  expect(shelf.state.work.size).toBe(1);
  await vi.advanceTimersByTimeAsync(1500);
  expect(shelf.state.work.size).toBe(0);
  client.models.mockResolvedValue([stored('b')]);
  say({ type: 'models' });
  await settled();
  expect(shelf.state.models?.map(({ id }) => id)).toEqual(['b']);
});

test('a pending download is resumed, a cut one asked for anew at its addresses', async () => {
  const { shelf, client, downloads } = setUp();
  const cut = stored('Qwen/m@main/m.gguf', {
    text: 'Qwen/m@main/m.gguf',
    vision: 'https://files.example/mmproj.gguf',
    complete: false,
  });
  void shelf.resume(cut);
  expect(client.download.mock.calls[0]![0]).toEqual({
    id: cut.id,
    name: cut.name,
    text: 'https://models.example/Qwen/m/resolve/main/m.gguf',
    vision: 'https://files.example/mmproj.gguf',
  });
  void shelf.resume(cut);
  expect(client.resume).toHaveBeenCalledWith(cut.id);
  expect(downloads).toHaveLength(1);
  expect(shelf.downloadOf(stored('local:1/a.gguf'))).toBeNull();
  const known = { key: 'x', name: 'x', url: 'https://a.example/x.gguf' } as StoredModel['files'][number];
  expect(shelf.downloadOf(stored('x', { files: [known] }))?.text).toBe('https://a.example/x.gguf');
});

test('a deletion waits for the worker that had the files', async () => {
  const { shelf, client } = setUp();
  const busy = new GlanceError('model-in-use', 'In use.');
  client.delete.mockRejectedValueOnce(busy).mockRejectedValueOnce(busy);
  const gone = shelf.delete(stored('a'));
  await vi.advanceTimersByTimeAsync(1000);
  expect(await gone).toBe(true);
  expect(client.delete).toHaveBeenCalledTimes(3);
  client.delete.mockRejectedValue(busy);
  const kept = shelf.delete(stored('a'));
  await vi.advanceTimersByTimeAsync(5000);
  expect(await kept).toBe(false);
  expect(shelf.state.outcomes.get('a')).toMatchObject({ during: 'delete' });
});

test('a check says what it found; only complete models are found for the next visit', async () => {
  const { shelf, client } = setUp();
  await shelf.verify(stored('a'));
  expect(shelf.state.outcomes.get('a')).toMatchObject({ kind: 'verified', report: { badChunks: 2 } });
  expect(shelf.state.announcement).toBe('Model a was repaired');
  client.models.mockResolvedValue([stored('a'), stored('b', { complete: false })]);
  expect((await shelf.find('a'))?.id).toBe('a');
  expect(await shelf.find('b')).toBeNull();
  client.models.mockRejectedValue(new GlanceError('storage-unavailable', 'No.'));
  await shelf.open();
  expect(shelf.state).toMatchObject({ models: [], error: { code: 'storage-unavailable' } });
});

test('files of this device become a model under their name', async () => {
  const { shelf, client } = setUp();
  const files = ['mmproj-m.gguf', 'm-Q8_0.gguf'].map((name) => new File(['x'], name));
  await shelf.importFiles(files);
  const [[model]] = client.import.mock.calls as unknown as [[unknown]];
  expect(model).toMatchObject({ name: 'm-Q8_0', text: [files[1]], vision: files[0] });
  await expect(shelf.importFiles([new File([''], 'a.txt')])).rejects.toMatchObject({ code: 'file-not-gguf' });
});
