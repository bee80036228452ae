/** Loads kept models, in a worker as on the site. */
import { expose } from 'comlink';
import { Engine } from '../../../src/engine/engine.ts';
import { openModel } from '../../../src/engine/open_model.ts';
import { DEFAULT_CROSSING_TOKENS, type VerdictStore } from '../../../src/engine/webgpu/self_check.ts';
import { requestGpu } from '../../../src/gpu/device.ts';
import { type GpuFormat, gpuFormats } from '../../../src/gpu/formats/index.ts';
import { GpuMemory } from '../../../src/gpu/memory.ts';
import { largestPlane, matrixShape } from '../../../src/gpu/tensor.ts';
import { uploadMatrices } from '../../../src/gpu/upload.ts';
import { toGlanceError } from '../../../src/model/errors.ts';
import { GREEDY } from '../../../src/model/sampling.ts';
import { type ByteSource, RangeReader } from '../../../src/weights/byte_source.ts';
import { type GgufFile, readGguf } from '../../../src/weights/gguf.ts';
import { Backends } from '../../../workers/backends.ts';
import { type OpenFiles, openFiles } from '../../../workers/files.ts';
import type { Outcome } from '../../faults/contract.ts';
import { randomTokens } from '../../support/models.ts';
import type { KeptModel, LoadPageApi } from './contract.ts';

/** As much as the engine reads and writes at once. */
const SLICE_BYTES = 8 * 1024 * 1024;
/** What the adapter frees late is not to count in what is measured next. */
const PAUSE_MS = 200;

const backends = new Backends();
let engine: Engine | null = null;

/** Milliseconds spent on splitting blocks so far. */
let reorderMs = 0;
/** Whether blocks are split; else planes get the bytes as they are. */
let inOrder = true;
for (const format of gpuFormats) {
  const { planes } = format;
  if (format.file.blockSize === 1) continue;
  Object.assign(format, {
    planes: (...args: Parameters<typeof planes>) => {
      const start = performance.now();
      const made = inOrder ? planes(...args) : cut(format, args[0], args[1], args[2]);
      reorderMs += performance.now() - start;
      return made;
    },
  });
}

/** Planes of the right sizes, without moving a byte. */
function cut(format: GpuFormat, bytes: Uint8Array<ArrayBuffer>, rows: number, rowLength: number) {
  let end = 0;
  return format.planeRowBytes(rowLength).map((rowBytes) => {
    const start = end;
    end += rowBytes * rows;
    return bytes.subarray(start, end);
  });
}

/** What a check that went well leaves. */
const checkedBefore: VerdictStore = {
  get: async () => ({ ok: true, reason: null, crossingTokens: DEFAULT_CROSSING_TOKENS, at: Date.now() }),
  set: async () => {},
};
const neverChecked: VerdictStore = { get: async () => undefined, set: async () => {} };

async function outcome<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (thrown) {
    const { code, message, details } = toGlanceError(thrown);
    return { ok: false, code, message, details };
  }
}

const open = ({ text, vision }: KeptModel): Promise<OpenFiles> =>
  openFiles({ kind: 'stored', text, ...(vision && { vision }) }, () => {}, new AbortController().signal);

/** Opens a kept model for as long as the work takes. */
async function withFiles<T>(model: KeptModel, work: (files: OpenFiles) => Promise<T>): Promise<T> {
  const files = await open(model);
  try {
    return await work(files);
  } finally {
    files.release();
  }
}

const sourcesOf = ({ text, vision }: OpenFiles) => (vision ? [text, vision] : [text]);

let opened: Promise<GpuMemory> | null = null;
const gpuMemory = () => {
  opened ??= requestGpu().then((context) => new GpuMemory(context!));
  return opened;
};

/** Milliseconds until the GPU has done all that `work` asks of it; frees what it made. */
async function timed(memory: GpuMemory, work: () => Promise<void>): Promise<number> {
  const { queue } = memory.context.device;
  try {
    const start = performance.now();
    await work();
    await memory.check();
    await queue.onSubmittedWorkDone();
    return performance.now() - start;
  } finally {
    memory.dispose();
    await queue.onSubmittedWorkDone();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Nothing but what the browser offers: each stored Blob as a whole, one after the other. */
async function readPlainly(sources: readonly ByteSource[]): Promise<number> {
  const start = performance.now();
  for (const source of sources) {
    for (const blob of await source.blobs!()) free(await blob.arrayBuffer());
  }
  return performance.now() - start;
}

/** At once, not when the garbage collector comes by: the peak of memory is to be that of loading. */
function free(buffer: ArrayBuffer): void {
  // ES2024, which the site itself does not ask for.
  (buffer as ArrayBuffer & { transfer(byteLength: number): ArrayBuffer }).transfer(0);
}

/** By Glance's own reader, into memory that is used again and again. */
async function read(sources: readonly ByteSource[]): Promise<number> {
  const buffer = new Uint8Array(SLICE_BYTES);
  const start = performance.now();
  for (const source of sources) {
    const reader = new RangeReader(source);
    for (let at = 0; at < source.size; at += SLICE_BYTES) {
      await reader.readInto(at, buffer.subarray(0, Math.min(SLICE_BYTES, source.size - at)));
    }
  }
  return performance.now() - start;
}

const load = (memory: GpuMemory, files: readonly GgufFile[]) =>
  timed(memory, async () => {
    for (const file of files) {
      const matrices = [...file.tensors.values()].map((tensor) => [tensor]);
      // They are freed together in the end.
      for await (const _ of uploadMatrices(memory, file, matrices));
    }
  });

const write = (memory: GpuMemory, files: readonly GgufFile[], hot: Uint8Array<ArrayBuffer>) =>
  timed(memory, async () => {
    const limit = largestPlane(memory);
    for (const file of files) {
      for (const tensor of file.tensors.values()) {
        const { format, rows, rowLength } = matrixShape(file, tensor);
        for (const rowBytes of format.planeRowBytes(rowLength)) {
          for (let left = rows * rowBytes; left > 0; left -= limit) {
            const size = Math.min(left, limit);
            const buffer = memory.buffer('weights', size, tensor.name);
            for (let at = 0; at < size; at += hot.length) {
              memory.upload(buffer, at, hot.subarray(0, Math.min(hot.length, size - at)));
              await memory.throttle();
            }
          }
        }
      }
    }
  });

const api: LoadPageApi = {
  adapter: async () => {
    const { name, limits } = (await gpuMemory()).context;
    const { maxBufferSize, maxStorageBufferBindingSize } = limits;
    return { name, maxBufferSize, maxStorageBufferBindingSize };
  },

  round: (model) =>
    outcome(() =>
      withFiles(model, async (kept) => {
        const sources = sourcesOf(kept);
        const memory = await gpuMemory();
        const files = await Promise.all(sources.map((source) => readGguf(source)));
        const tensors = files.flatMap((file) => [...file.tensors.values()]);
        const tensorBytes = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
        reorderMs = 0;
        const loadMs = await load(memory, files);
        const round = { tensorBytes, loadMs, reorderMs };
        inOrder = false;
        const unorderedLoadMs = await load(memory, files);
        inOrder = true;
        const readMs = await read(sources);
        const uploadOnlyMs = await write(memory, files, new Uint8Array(SLICE_BYTES).fill(1));
        const plainReadMs = await readPlainly(sources);
        return { ...round, unorderedLoadMs, readMs, uploadOnlyMs, plainReadMs };
      }),
    ),

  start: (model, { contextLength, selfCheck }) =>
    outcome(async () => {
      const backend = await (await backends.start('webgpu', () => {})).started;
      // The files stay open as long as the engine, which is as long as the page.
      const start = performance.now();
      const files = await open(model);
      const opened = await openModel(files.text, files.vision);
      const verdicts = selfCheck ? neverChecked : checkedBefore;
      engine = await Engine.start(opened, { backend, contextLength, verdicts });
      return performance.now() - start;
    }),

  firstToken: (promptTokens) =>
    outcome(async () => {
      const { executor } = engine!;
      const promptIds = randomTokens(promptTokens);
      const start = performance.now();
      const cache = executor.createCache(promptTokens + 1);
      await executor.forward(cache, {
        tokenIds: promptIds,
        positions: Int32Array.from({ length: 3 * promptTokens }, (_, i) => i % promptTokens),
        pictures: [],
        logits: 'held',
      });
      const drawing = { sampling: GREEDY, seed: 0, promptIds, delta: 0, limit: 1 };
      const tokens = executor.draw(cache, { ...drawing, withLogits: false, speculate: false });
      const { id } = await tokens.next();
      const ms = performance.now() - start;
      await tokens.end();
      cache.dispose();
      return { ms, id };
    }),
};

expose(api);
