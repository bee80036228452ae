import { expect, test } from 'vitest';
import { shownAnswer, stepShare } from '../../../src/app/answering.ts';
import { Downloads, fileNames } from '../../../src/app/loading.ts';
import { answerAnnouncement, errorTitle, loadingWords, stepWords } from '../../../src/app/phrases.ts';
import { tokenCost } from '../../../src/app/pictures.ts';
import { tokensPerSecond } from '../../../src/app/speed.ts';
import { formatBytes, formatCount, formatDuration, words } from '../../../src/app/words/index.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [959_296, '959 kB'],
  [999_600, '1.0 MB'],
  [2_696_288, '2.7 MB'],
  [17_920_000, '17.9 MB'],
  [149_960_000, '150 MB'],
  [5_030_000_000, '5.0 GB'],
])('%d bytes are %s', (bytes, said) => {
  expect(formatBytes(bytes)).toBe(said);
});

test.each([
  [84.6, '85 ms'],
  [999.6, '1 s'],
  [1430, '1.4 s'],
  [7000, '7 s'],
  [59_960, '1 min'],
  [125_000, '2 min 5 s'],
])('%d ms are %s', (ms, said) => {
  expect(formatDuration(ms)).toBe(said);
});

test('counts are grouped, and large ones rounded', () => {
  expect(formatCount(4096)).toBe('4,096');
  expect(formatCount(2_190_000)).toBe('2.2 million');
  expect(formatCount(4_000_000_000)).toBe('4 billion');
  expect(words.common.tokens(1)).toBe('1 token');
  expect(words.common.tokens(64)).toBe('64 tokens');
});

test('steps say what is done and how far', () => {
  expect(stepWords({ type: 'prefill', doneTokens: 40, totalTokens: 120 })).toBe(
    'Reading the question, 40 of 120 tokens',
  );
  expect(stepShare({ type: 'prefill', doneTokens: 40, totalTokens: 120 })).toBeCloseTo(1 / 3);
  expect(stepWords({ type: 'pictures', done: 1, total: 3 })).toBe('Preparing pictures, 2 of 3');
  expect(stepWords({ type: 'pictures', done: 3, total: 3 })).toBe('Preparing pictures, 3 of 3');
  expect(stepShare(null)).toBeNull();
});

test('the speed leaves out the first token, whose time is the prompt’s', () => {
  const usage = {
    promptTokens: 30,
    cachedTokens: 0,
    imageTokens: 16,
    completionTokens: 9,
    reasoningTokens: 0,
  };
  const timings = { picturesMs: 0, visionMs: 0, prefillMs: 0, firstTokenMs: 0, decodeMs: 100 };
  const speculation = { draftedSteps: 0, draftedTokens: 0, acceptedTokens: 0 };
  const result = { text: '', finishReason: 'stop' as const, usage, speculation, timings };
  expect(tokensPerSecond(result)).toBeCloseTo(80);
  expect(
    tokensPerSecond({ ...result, usage: { ...usage, completionTokens: 1, reasoningTokens: 0 } }),
  ).toBeNull();
});

test('downloads are added up, with a total once all files are known and an estimate once there is a rate', () => {
  let now = 0;
  const source = {
    kind: 'url' as const,
    text: 'https://host.example/a/text%20file.gguf',
    vision: 'https://host.example/a/vision.gguf?x=1',
  };
  expect(fileNames(source)).toEqual(['text file.gguf', 'vision.gguf']);
  const downloads = new Downloads(fileNames(source), () => now);
  const engine = downloads.add({ stage: 'fetch', file: 'engine.wasm', loadedBytes: 6e6, totalBytes: 6e6 });
  expect(engine).toMatchObject({ loadedBytes: 6e6, totalBytes: null, share: null });
  expect(loadingWords(engine)).toBe('Loading the model and its engine, 6.0 MB so far');
  downloads.add({ stage: 'fetch', file: 'text file.gguf', loadedBytes: 0, totalBytes: 1e6 });
  now = 3000;
  const later = downloads.add({ stage: 'fetch', file: 'vision.gguf', loadedBytes: 1e6, totalBytes: 3e6 });
  expect(later).toMatchObject({ loadedBytes: 7e6, totalBytes: 10e6, share: 0.7 });
  expect(later.remainingMs).toBeCloseTo((3000 * 3) / 7);
  expect(loadingWords(later)).toBe('Loading the model and its engine, 7.0 MB of 10.0 MB, about 2 s left');
  expect(downloads.add({ stage: 'weights', done: 1, total: 4 })).toMatchObject({
    share: 0.25,
    remainingMs: null,
  });
});

test('while one file’s length is unknown, the others have a share and all have bytes', () => {
  const downloads = new Downloads(['a'], () => 0);
  const engine = { stage: 'fetch' as const, file: 'engine.wasm', loadedBytes: 2e6, totalBytes: null };
  expect(downloads.add(engine)).toMatchObject({ totalBytes: null, share: null });
  const both = downloads.add({ stage: 'fetch', file: 'a', loadedBytes: 1e6, totalBytes: 4e6 });
  expect(both).toMatchObject({ loadedBytes: 3e6, totalBytes: null, share: 0.25, remainingMs: null });
  expect(loadingWords(both)).toBe('Loading the model and its engine, 3.0 MB so far');
  // Those of known length are here and the bytes go on growing: no full bar meanwhile.
  expect(downloads.add({ stage: 'fetch', file: 'a', loadedBytes: 4e6, totalBytes: 4e6 }).share).toBeNull();
  const ended = downloads.add({ ...engine, loadedBytes: 6e6, totalBytes: 6e6 });
  expect(ended).toMatchObject({ loadedBytes: 10e6, totalBytes: 10e6, share: 1 });
});

test('a picture costs one token for each merged patch of its resized area', () => {
  const vision = {
    minPixels: 9216,
    maxPixels: 65_536,
    defaultMaxPixels: 16_384,
    patchSize: 16,
    mergeSize: 2,
  };
  const input = new Blob();
  expect(tokenCost({ input, width: 1024, height: 1024 }, vision)).toBe(16);
  expect(tokenCost({ input, width: 96, height: 128 }, vision)).toBe(12);
  expect(tokenCost({ input, width: 1000, height: 1 }, vision)).toBeNull();
  expect(tokenCost(null, vision)).toBeNull();
  expect(tokenCost({ input, width: 96, height: 128 }, null)).toBeNull();
});

test('an answer is shown and said without the space that it begins with', () => {
  expect(shownAnswer('\n A star. ')).toBe('A star. ');
  expect(answerAnnouncement(' A star.', false)).toBe('Answer: A star.');
});

test('titles and announcements', () => {
  expect(errorTitle('picture-too-long')).toBe('This picture cannot be used');
  expect(errorTitle('picture-unreadable')).toBe('This file is not a usable picture');
  expect(errorTitle('file-unreachable')).toBe('A file could not be loaded');
  expect(errorTitle('file-truncated')).toBe('This model file cannot be used');
  expect(errorTitle('model-mismatched-pair')).toBe('This model cannot be used');
  expect(errorTitle('model-has-no-vision')).toBe('This model cannot see pictures');
  expect(errorTitle('worker-lost')).toBe('The engine stopped');
  expect(answerAnnouncement('A star.', false)).toBe('Answer: A star.');
  expect(answerAnnouncement('', true)).toBe('Stopped');
  expect(answerAnnouncement(' \n', false)).toBe('The model gave an empty answer');
});
