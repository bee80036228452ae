import { expect, test } from 'vitest';
import { offerFailedWords, offerWords } from '../../../src/app/model_words.ts';
import { declineOffer, missingBytes, offerDeclined, offerOf } from '../../../src/app/offer.ts';
import type { ShelfState } from '../../../src/app/shelf.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import type { StoredFile, StoredModel } from '../../../src/model/storage.ts';
import { catalogue, downloadBytes, downloadOf } from '../../../src/store/catalogue.ts';
import type { Machine } from '../../../src/store/fit.ts';

const GIB = 2 ** 30;
const HUB = 'https://models.example/';
const laptop: Machine = {
  gpu: { name: 'GPU', software: false, maxBufferSize: 4 * GIB, maxStorageBufferBindingSize: 4 * GIB - 4 },
  memoryBytes: 16 * GIB,
  handheld: false,
  availableBytes: 100e9,
};
const unknown: ShelfState = {
  models: null,
  error: null,
  machine: null,
  space: null,
  hub: HUB,
  work: new Map(),
  outcomes: new Map(),
  announcement: '',
};
const known: ShelfState = { ...unknown, models: [], machine: laptop };

const entry = (id: string) => catalogue.find((candidate) => candidate.id === id)!;
const idOf = (id: string) => downloadOf(entry(id), entry(id).texts[0]!, HUB).id;
const kept = (id: string, change: Partial<StoredModel> = {}): StoredModel => ({
  id: idOf(id),
  name: id,
  text: idOf(id),
  vision: 'vision',
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
const words = (shelf: ShelfState) => offerWords(offerOf(shelf)!);

test('nothing is offered before the machine is known, nor where nothing runs', () => {
  expect(offerOf(unknown)).toBeNull();
  expect(offerOf({ ...known, models: null })).toBeNull();
  expect(offerOf({ ...known, machine: { ...laptop, gpu: null } })).toBeNull();
});

test('the model for this machine is offered with size and time', () => {
  expect(offerOf(known)?.entry.id).toBe('qwen3-vl-4b-instruct');
  expect(words(known)).toBe(
    'Qwen3-VL 4B Instruct sees photos and fits this device: 3.0 GB, about 8 min at 50 Mbit/s.',
  );
  const tight = { ...known, machine: { ...laptop, memoryBytes: 4 * GIB } };
  expect(words(tight)).toMatch(/^Qwen3-VL 2B Instruct sees photos and just fits: /);
  const silent = { ...known, machine: { ...laptop, memoryBytes: null, handheld: true } };
  expect(words(silent)).toMatch(/^Qwen3-VL 2B Instruct sees photos and may fit this device: /);
});

test('what has begun goes on, what failed says so', () => {
  const id = idOf('qwen3-vl-4b-instruct');
  const begun = kept('qwen3-vl-4b-instruct', { complete: false, storedBytes: 1_951_255_968 });
  const shelf = { ...known, models: [begun] };
  expect(words(shelf)).toContain('1.0 GB to go, about 3 min');
  const work = { kind: 'download', name: '', progress: null, elsewhere: false } as const;
  expect(offerOf({ ...shelf, work: new Map([[id, work]]) })?.work).toBe(work);
  const error = new GlanceError('download-failed', 'It failed.');
  const outcomes = new Map([[id, { kind: 'failed', during: 'download', error } as const]]);
  const failed = offerOf({ ...shelf, outcomes })!;
  expect(failed.failed).toBe(true);
  expect(offerFailedWords(failed)).toBe(
    'The download of Qwen3-VL 4B Instruct could not be finished. What has come is kept.',
  );
});

test('a model that is here already is offered first, if it sees pictures', () => {
  const shelf = { ...known, models: [kept('qwen3-0.6b'), kept('qwen3-vl-2b-thinking')] };
  expect(offerOf(shelf)?.entry.id).toBe('qwen3-vl-2b-thinking');
  expect(words(shelf)).toBe('Qwen3-VL 2B Thinking is on this device. It sees photos.');
  expect(offerOf({ ...known, models: [kept('qwen3-0.6b')] })?.entry.id).toBe('qwen3-vl-4b-instruct');
});

test('what another quantisation has of the mmproj file is not downloaded again', () => {
  const model = entry('qwen3-vl-4b-instruct');
  const [small, large] = model.texts;
  const all = downloadBytes(model, large!);
  expect(missingBytes(known, model, large!)).toBe(all);
  const eye = {
    key: 'Qwen/Qwen3-VL-4B-Instruct-GGUF@main/mmproj-Qwen3VL-4B-Instruct-Q8_0.gguf',
    storedBytes: model.vision!.bytes,
  } as StoredFile;
  const shelf = { ...known, models: [kept('qwen3-vl-4b-instruct', { files: [eye] })] };
  expect(missingBytes(shelf, model, large!)).toBe(large!.bytes);
  expect(missingBytes(shelf, model, small!)).toBe(0);
  const other = entry('qwen3-vl-2b-instruct');
  expect(missingBytes(shelf, other, other.texts[0]!)).toBe(downloadBytes(other, other.texts[0]!));
  const text = entry('qwen3-4b');
  expect(missingBytes(shelf, text, text.texts[0]!)).toBe(text.texts[0]!.bytes);
});

test('an offer that was put away stays away', () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  expect(offerDeclined(storage)).toBe(false);
  declineOffer(storage);
  expect(offerDeclined(storage)).toBe(true);
  expect(offerDeclined(null)).toBe(false);
});
