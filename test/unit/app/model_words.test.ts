import { expect, test } from 'vitest';
import {
  fitLabel,
  fitWords,
  machineTrouble,
  machineWords,
  spaceWords,
  verifiedWords,
  workWords,
} from '../../../src/app/model_words.ts';
import type { Work } from '../../../src/app/shelf.ts';
import { words } from '../../../src/app/words/index.ts';
import type { TransferProgress } from '../../../src/model/storage.ts';
import type { Fit, Machine } from '../../../src/store/fit.ts';

const need = {
  weightsBytes: 1e9,
  kvBytes: 1e9,
  scratchBytes: 1e9,
  totalBytes: 3e9,
  largestBindingBytes: 168e6,
};
const machine: Machine = {
  gpu: { name: 'NVIDIA Ada', software: false, maxBufferSize: 268e6, maxStorageBufferBindingSize: 134e6 },
  memoryBytes: 4 * 2 ** 30,
  handheld: false,
  availableBytes: 0.9e9,
};
const judged = (verdict: Fit['verdict'], reason: Fit['reason']): Fit => ({
  verdict,
  reason,
  contextLength: 4096,
  need,
});

test('need and fit in plain words, with the reason where a model does not fit', () => {
  const needs = 'Needs about 3.0 GB of GPU memory with 4,096 tokens of context.';
  expect(fitWords(judged('fits', null), machine)).toBe(needs);
  expect(fitWords(judged('tight', 'memory'), machine)).toBe(
    `${needs} This device has 4 GB for everything together.`,
  );
  expect(fitWords(judged('tight', 'memory-unknown'), machine)).toBe(
    `${needs} The browser does not tell how much there is.`,
  );
  expect(fitWords(judged('no', 'buffer-limit'), machine)).toBe(
    'Needs pieces of 168 MB; this graphics processor takes at most 134 MB at once.',
  );
  expect(fitWords(judged('no', 'storage'), machine)).toMatch(/^There is room for 900 MB more/);
  expect(
    [
      judged('fits', null),
      judged('tight', 'memory'),
      judged('tight', 'memory-unknown'),
      judged('no', 'memory'),
    ].map(fitLabel),
  ).toEqual(['Fits', 'Tight', 'May fit', 'Does not fit']);
});

test('the machine, and what is wrong with it', () => {
  expect(machineWords(machine)).toBe('NVIDIA Ada, 4 GB of memory');
  expect(machineWords({ ...machine, memoryBytes: 32 * 2 ** 30 })).toBe('NVIDIA Ada, 32 GB of memory or more');
  expect(machineWords({ ...machine, gpu: null, memoryBytes: null })).toMatch(/^No graphics processor/);
  expect(machineTrouble(machine)).toBeNull();
  expect(machineTrouble({ ...machine, gpu: null })).toMatch(/WebGPU/);
  expect(machineTrouble({ ...machine, gpu: { ...machine.gpu!, software: true } })).toMatch(/CPU/);
  expect(spaceWords({ usedBytes: 1.6e9, availableBytes: 38e9, persisted: true })).toBe(
    '1.6 GB kept on this device, room for 38.0 GB more',
  );
  expect(spaceWords({ usedBytes: null, availableBytes: null, persisted: false })).toMatch(/does not tell/);
});

const progress: TransferProgress = {
  state: 'downloading',
  file: 'a.gguf',
  doneBytes: 310e6,
  totalBytes: 1.55e9,
  bytesPerSecond: 24e6,
  remainingMs: 51_000,
  trouble: null,
  restarted: false,
};
const work = (change: Partial<TransferProgress>, rest: Partial<Work> = {}): Work => ({
  kind: 'download',
  name: 'Model',
  progress: { ...progress, ...change },
  elsewhere: false,
  ...rest,
});

test('progress says stage, bytes, speed, time left and what is in the way', () => {
  expect(workWords(work({}))).toBe('Downloading, 310 MB of 1.6 GB, 24.0 MB/s, about 55 s left');
  expect(workWords(work({ bytesPerSecond: null, remainingMs: null, trouble: 'offline' }))).toBe(
    'Downloading, 310 MB of 1.6 GB, no connection; it goes on when there is one',
  );
  expect(workWords(work({ state: 'paused' }))).toBe('Paused, 310 MB of 1.6 GB');
  expect(workWords(work({ state: 'elsewhere' }))).toMatch(/^Downloading in another tab, 310 MB/);
  expect(workWords(work({ state: 'checking' }, { kind: 'verify' }))).toBe(
    'Checking every byte, 310 MB of 1.6 GB',
  );
  expect(workWords(work({ state: 'asking', totalBytes: 0 }))).toBe('Asking the server');
  expect(workWords({ ...work({}), progress: null })).toBe('Starting');
  expect(workWords({ ...work({}), kind: 'delete' })).toBe('Deleting');
});

test.each([
  [400, 'about 1 s'],
  [9_100, 'about 10 s'],
  [12_000, 'about 15 s'],
  [58_000, 'about 1 min'],
  [61_000, 'about 2 min'],
  [3_600_000, 'about 1 h'],
  [5_000_000, 'about 1 h 24 min'],
])('%i ms left are %s', (ms, said) => {
  expect(words.format.remaining(ms)).toBe(said);
});

test('what a check found', () => {
  const found = (badChunks: number, repairedChunks: number) =>
    verifiedWords({ kind: 'verified', report: { checkedBytes: 1.6e9, badChunks, repairedChunks } });
  expect(found(0, 0)).toBe('1.6 GB checked: every byte is as it should be.');
  expect(found(2, 2)).toBe('1.6 GB checked: 2 parts damaged, 2 downloaded again.');
});
