import { expect, test } from 'vitest';
import { catalogue } from '../../../src/store/catalogue.ts';
import {
  contextSteps,
  fitOfEntry,
  fitOfOutline,
  type Machine,
  nextSmaller,
  recommend,
  shorterContext,
} from '../../../src/store/fit.ts';
import { kvBytesPerToken, memoryNeed } from '../../../src/store/need.ts';

const GIB = 2 ** 30;

/** A laptop with 16 GiB and a GPU of the common sort. */
const laptop: Machine = {
  gpu: { name: 'GPU', software: false, maxBufferSize: 4 * GIB, maxStorageBufferBindingSize: 4 * GIB - 4 },
  memoryBytes: 16 * GIB,
  handheld: false,
  availableBytes: 100e9,
};
const workstation: Machine = { ...laptop, memoryBytes: 32 * GIB };
/** The least that WebGPU demands of an adapter. */
const smallest = { maxBufferSize: 256 * 2 ** 20, maxStorageBufferBindingSize: 128 * 2 ** 20 };
const small: Machine = {
  ...laptop,
  gpu: { name: 'GPU', software: false, ...smallest },
  memoryBytes: 4 * GIB,
};

const entry = (id: string) => catalogue.find((candidate) => candidate.id === id)!;
const judge = (id: string, machine: Machine, quantization = 0) =>
  fitOfEntry(entry(id), entry(id).texts[quantization]!, machine);
const verdicts = (machine: Machine) =>
  ['2b', '4b', '8b'].map((size) => {
    const { verdict, reason } = judge(`qwen3-vl-${size}-instruct`, machine);
    return [verdict, reason];
  });

test('a token in the cache takes what the design says', () => {
  expect(kvBytesPerToken(entry('qwen3-vl-2b-instruct').dimensions)).toBe(229_376);
  expect(kvBytesPerToken(entry('qwen3-vl-8b-instruct').dimensions)).toBe(294_912);
});

test('need is weights, cache and scratch, of which a prompt wants a whole layer of 8B in float32', () => {
  const { dimensions } = entry('qwen3-vl-8b-instruct');
  const need = memoryNeed(dimensions, 5_780_074_528, 4096);
  expect(need.weightsBytes).toBe(5_780_074_528);
  expect(need.kvBytes).toBe(4096 * 294_912);
  const layer = 4 * 4096 * (3 * 12_288 + 2 * 4096 + 2 * 1024);
  expect(need.scratchBytes).toBeGreaterThan(layer);
  expect(need.totalBytes).toBe(need.weightsBytes + need.kvBytes + need.scratchBytes);
  // A matrix of the MLP.
  expect(need.largestBindingBytes).toBe(4 * 4096 * 12_288);
  expect(memoryNeed(dimensions, 0, 8192).scratchBytes).toBe(need.scratchBytes);
});

test('more memory: more models, more context, a larger recommendation', () => {
  expect(verdicts(small)).toEqual([
    ['tight', 'memory'],
    ['no', 'memory'],
    ['no', 'buffer-limit'],
  ]);
  expect(verdicts(laptop)).toEqual([
    ['fits', null],
    ['fits', null],
    ['tight', 'memory'],
  ]);
  expect(verdicts(workstation)).toEqual([
    ['fits', null],
    ['fits', null],
    ['fits', null],
  ]);
  expect(judge('qwen3-vl-2b-instruct', small).contextLength).toBe(4096);
  expect(judge('qwen3-vl-2b-instruct', workstation).contextLength).toBe(8192);
  expect(recommend(catalogue, small)?.id).toBe('qwen3-vl-2b-instruct');
  expect(recommend(catalogue, laptop)?.id).toBe('qwen3-vl-4b-instruct');
  expect(recommend(catalogue, workstation)?.id).toBe('qwen3-vl-8b-instruct');
});

test('what the proposed context takes is within the easy share, or the shortest is proposed', () => {
  for (const { id, texts } of catalogue) {
    for (const index of texts.keys()) {
      const { verdict, contextLength, need } = judge(id, laptop, index);
      if (verdict === 'fits') expect(need.totalBytes, id).toBeLessThanOrEqual(0.4 * 16 * GIB);
      if (verdict === 'tight') expect(contextLength, id).toBeLessThanOrEqual(4096);
    }
  }
});

test('a context that was chosen is kept, and judged', () => {
  const { texts } = entry('qwen3-vl-2b-instruct');
  const at = (contextLength: number) =>
    fitOfEntry(entry('qwen3-vl-2b-instruct'), texts[0]!, laptop, { contextLength });
  expect(at(2048)).toMatchObject({ verdict: 'fits', contextLength: 2048 });
  expect(at(32_768)).toMatchObject({ verdict: 'tight', reason: 'memory', contextLength: 32_768 });
  // Qwen3's own limit.
  expect(judge('qwen3-0.6b', workstation).contextLength).toBeLessThanOrEqual(40_960);
});

test('without a real GPU nothing of the catalogue runs', () => {
  expect(verdicts({ ...laptop, gpu: null }).every(([, reason]) => reason === 'no-gpu')).toBe(true);
  const software = { ...laptop, gpu: { ...laptop.gpu!, software: true } };
  expect(verdicts(software).every(([, reason]) => reason === 'software-gpu')).toBe(true);
  expect(recommend(catalogue, software)).toBeNull();
});

test('pieces that cannot be split must be bound at once', () => {
  const gpu = { ...laptop.gpu!, maxStorageBufferBindingSize: 128 * 2 ** 20 };
  expect(verdicts({ ...laptop, gpu })).toEqual([
    ['fits', null],
    ['fits', null],
    ['no', 'buffer-limit'],
  ]);
});

test('a browser that tells less than there may be never rules a model out', () => {
  for (const memoryBytes of [null, 8 * GIB]) {
    const machine = { ...laptop, memoryBytes };
    expect(judge('qwen3-vl-2b-instruct', machine).verdict).toBe('fits');
    expect(judge('qwen3-vl-8b-instruct', machine, 1)).toMatchObject({
      verdict: 'tight',
      reason: 'memory-unknown',
    });
  }
});

test('a phone is judged more strictly', () => {
  const phone = { ...laptop, memoryBytes: 8 * GIB, handheld: true };
  expect(verdicts(phone)).toEqual([
    ['tight', 'memory'],
    ['no', 'memory'],
    ['no', 'memory'],
  ]);
  expect(judge('qwen3-0.6b', phone).verdict).toBe('fits');
});

test('what is here already needs no storage', () => {
  const full = { ...laptop, availableBytes: 1e9 };
  const model = entry('qwen3-vl-2b-instruct');
  const at = (missingBytes: number) => fitOfEntry(model, model.texts[0]!, full, { missingBytes });
  expect(at(1.5e9)).toMatchObject({ verdict: 'no', reason: 'storage' });
  expect(at(0.5e9).verdict).toBe('fits');
  expect(recommend(catalogue, full)).toBeNull();
  expect(recommend(catalogue, full, () => 0)?.id).toBe('qwen3-vl-4b-instruct');
  expect(fitOfEntry(model, model.texts[0]!, { ...full, availableBytes: null }).verdict).toBe('fits');
});

test('after running out of memory: half the context, fewer bits, a smaller model, nothing', () => {
  const large = entry('qwen3-vl-4b-instruct');
  const next = (id: string, index: number, tokens: number) =>
    nextSmaller(catalogue, entry(id), entry(id).texts[index]!, tokens);
  expect(next('qwen3-vl-4b-instruct', 1, 8192)).toEqual({ kind: 'context', contextLength: 4096 });
  expect(next('qwen3-vl-4b-instruct', 1, 3000)).toEqual({ kind: 'context', contextLength: 2048 });
  expect(next('qwen3-vl-4b-instruct', 1, 2048)).toEqual({
    kind: 'model',
    entry: large,
    file: large.texts[0],
  });
  expect(next('qwen3-vl-4b-instruct', 0, 2048)).toMatchObject({
    kind: 'model',
    entry: { id: 'qwen3-vl-2b-instruct' },
  });
  expect(next('qwen3-vl-2b-thinking', 0, 2048)).toBeNull();
});

test('a model of no catalogue is judged by its outline as one of the catalogue is', () => {
  const { dimensions, parameterCount, texts, vision } = entry('qwen3-vl-4b-instruct');
  const outline = { dimensions, parameterCount, license: null };
  const sizeBytes = texts[0]!.bytes + vision!.bytes;
  for (const machine of [laptop, workstation, small, { ...laptop, gpu: null }]) {
    expect(fitOfOutline(outline, sizeBytes, machine)).toEqual(judge('qwen3-vl-4b-instruct', machine));
  }
  expect(fitOfOutline(outline, sizeBytes, laptop, { contextLength: 2048 }).contextLength).toBe(2048);
  expect(fitOfOutline(outline, sizeBytes, { ...laptop, availableBytes: 1e9 }).reason).toBe('storage');
});

test('a small model runs without a graphics processor, in float32, if there is room for it', () => {
  const { dimensions } = entry('qwen3-0.6b');
  const tiny = { dimensions, parameterCount: 2 ** 28, license: null };
  const machine = { ...laptop, gpu: null };
  const fit = fitOfOutline(tiny, 3e8, machine);
  expect(fit).toMatchObject({ verdict: 'tight', reason: 'cpu', contextLength: 8192 });
  expect(fit.need.weightsBytes).toBe(2 ** 30);
  expect(fit.need.totalBytes).toBe(2 ** 30 + fit.need.kvBytes + fit.need.scratchBytes);
  expect(fitOfOutline(tiny, 3e8, { ...laptop, gpu: { ...laptop.gpu!, software: true } }).reason).toBe('cpu');
  expect(fitOfOutline({ ...tiny, parameterCount: 2 ** 28 + 1 }, 3e8, machine).reason).toBe('no-gpu');
  const full = { ...machine, availableBytes: 1e8 };
  expect(fitOfOutline(tiny, 3e8, full)).toMatchObject({ verdict: 'no', reason: 'storage' });
  expect(fitOfOutline(tiny, 3e8, full, { missingBytes: 0 }).reason).toBe('cpu');
});

test('no more context than the model holds is offered', () => {
  const { dimensions } = entry('qwen3-0.6b');
  const holding = (contextLength: number) => ({ ...dimensions, text: { ...dimensions.text, contextLength } });
  expect(contextSteps(holding(40_960))).toEqual([2048, 4096, 8192, 16_384, 32_768]);
  expect(contextSteps(holding(5000))).toEqual([2048, 4096]);
  expect(contextSteps(holding(512))).toEqual([512]);
  const outline = { dimensions: holding(512), parameterCount: 1e6, license: null };
  expect(fitOfOutline(outline, 1e6, laptop)).toMatchObject({ verdict: 'fits', contextLength: 512 });
  expect([8192, 3000, 2048, 512].map((tokens) => shorterContext(tokens))).toEqual([
    { kind: 'context', contextLength: 4096 },
    { kind: 'context', contextLength: 2048 },
    null,
    null,
  ]);
});
