/** Loads kept models, in a worker as on the site. */
import { expose } from 'comlink';
import { Engine } from '../../../src/engine/engine.ts';
import { openModel } from '../../../src/engine/open_model.ts';
import { DEFAULT_CROSSING_TOKENS, type VerdictStore } from '../../../src/engine/webgpu/self_check.ts';
import { requestGpu } from '../../../src/gpu/device.ts';
import { gpuFormats } from '../../../src/gpu/formats/index.ts';
import { GpuMemory } from '../../../src/gpu/memory.ts';
import { uploadMatrices } from '../../../src/gpu/upload.ts';
import { toGlanceError } from '../../../src/model/errors.ts';
import { GREEDY } from '../../../src/model/sampling.ts';
import { type OpenStored, openStored } from '../../../src/store/source.ts';
import { RangeReader } from '../../../src/weights/byte_source.ts';
import { readGguf } from '../../../src/weights/gguf.ts';
import { Backends } from '../../../workers/backends.ts';
import type { Outcome } from '../../faults/contract.ts';
import { randomTokens } from '../../support/models.ts';
import type { KeptModel, LoadPageApi } from './contract.ts';

const SLICE_BYTES = 32 * 1024 * 1024;

const backends = new Backends();
let engine: Engine | null = null;

/** Milliseconds spent in `planes` so far. */
let reorderMs = 0;
for (const format of gpuFormats) {
  const { planes } = format;
  Object.assign(format, {
    planes: (...args: Parameters<typeof planes>) => {
      const start = performance.now();
      const made = planes(...args);
      reorderMs += performance.now() - start;
      return made;
    },
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

/** Opens a kept model for as long as the work takes. */
async function withFiles<T>(
  { text, vision }: KeptModel,
  work: (files: OpenStored) => Promise<T>,
): Promise<T> {
  const files = await openStored(text, vision ?? undefined);
  try {
    return await work(files);
  } finally {
    files.release();
  }
}

const sourcesOf = ({ text, vision }: OpenStored) => (vision ? [text, vision] : [text]);

const api: LoadPageApi = {
  readRaw: (model) =>
    outcome(() =>
      withFiles(model, async (files) => {
        const buffer = new Uint8Array(SLICE_BYTES);
        const start = performance.now();
        for (const source of sourcesOf(files)) {
          const reader = new RangeReader(source);
          for (let at = 0; at < source.size; at += SLICE_BYTES) {
            await reader.readInto(at, buffer.subarray(0, Math.min(SLICE_BYTES, source.size - at)));
          }
        }
        return performance.now() - start;
      }),
    ),

  upload: (model) =>
    outcome(() =>
      withFiles(model, async (files) => {
        const context = (await requestGpu())!;
        const memory = new GpuMemory(context);
        try {
          const headers = await Promise.all(sourcesOf(files).map((source) => readGguf(source)));
          let bytes = 0;
          reorderMs = 0;
          const start = performance.now();
          for (const file of headers) {
            const matrices = [...file.tensors.values()].map((tensor) => [tensor]);
            for await (const { tensor } of uploadMatrices(memory, file, matrices)) bytes += tensor.byteLength;
          }
          await context.device.queue.onSubmittedWorkDone();
          return { bytes, loadMs: performance.now() - start, reorderMs };
        } finally {
          memory.dispose();
          context.close();
        }
      }),
    ),

  start: (model, { contextLength, selfCheck }) =>
    outcome(async () => {
      const backend = await (await backends.start('webgpu', () => {})).started;
      // The files stay open as long as the engine, which is as long as the page.
      const start = performance.now();
      const files = await openStored(model.text, model.vision ?? undefined);
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
