/** Glance's own contenders, in a worker as on the site. */
import { expose } from 'comlink';
import type { Executor, KvCache } from '../../src/engine/executor.ts';
import { openModel } from '../../src/engine/open_model.ts';
import { WasmExecutor } from '../../src/engine/wasm/executor.ts';
import { WasmKvCache } from '../../src/engine/wasm/kv_cache.ts';
import { WebgpuExecutor } from '../../src/engine/webgpu/executor.ts';
import { WebgpuKvCache } from '../../src/engine/webgpu/kv_cache.ts';
import type { KernelVerdict } from '../../src/engine/webgpu/self_check.ts';
import type { TextConfig } from '../../src/model/config.ts';
import type { Device } from '../../src/model/request.ts';
import { GREEDY } from '../../src/model/sampling.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { Backends } from '../../workers/backends.ts';
import {
  type Contender,
  type CopyAnswer,
  type DecodeRequest,
  type DecodeSample,
  type LoadAnswer,
  STRETCH,
} from './contract.ts';

export interface BenchWorker {
  load(file: Blob, most: number): Promise<Omit<LoadAnswer, 'wllamaVersion'>>;
  decode(request: DecodeRequest): Promise<DecodeSample>;
  prefill(contender: Contender, length: number): Promise<number>;
  copy(speculate: boolean, tokens: number): Promise<CopyAnswer>;
}

/** Tokens of the document that is copied. */
const DOCUMENT_TOKENS = 600;

const backends = new Backends();

interface Loaded {
  config: TextConfig;
  gpu: WebgpuExecutor;
  cpu: WasmExecutor;
  gpuCache: KvCache;
  cpuCache: KvCache;
  /** Of drawing alone. */
  drawDispatches: number;
  /** Makes a cache hold tokens that nothing has computed: all zeros, which takes as long to read as others. */
  fill(device: Device, length: number): KvCache;
}

let loaded: Loaded | null = null;

const worker: BenchWorker = {
  async load(file, most) {
    if (loaded) {
      loaded.gpuCache.dispose();
      await loaded.gpu.dispose();
      await loaded.cpu.dispose();
    }
    const opened = await openModel(blobSource(file, 'model'), undefined);
    const onGpu = await (await backends.start('webgpu', () => {})).started;
    const onCpu = await (await backends.start('wasm', () => {})).started;
    if (onGpu.device !== 'webgpu' || onCpu.device !== 'wasm') throw new Error('A device is missing.');
    const gpu = await WebgpuExecutor.create(onGpu.gpu, onGpu.runtime, opened);
    const cpu = await WasmExecutor.create(onCpu.runtime, opened);
    // As when a model is loaded: this also finds which prompts our kernels read.
    const verdicts = new Map<string, KernelVerdict>();
    await gpu.checkKernels({
      get: async (key) => verdicts.get(key),
      set: async (key, verdict) => void verdicts.set(key, verdict),
    });
    if (!gpu.kernels.ok) throw new Error(`Our kernels fail the self-check: ${gpu.kernels.reason}`);
    const { config } = opened.text;
    const { kvHeadCount, headDim, layerCount } = config;
    const [gpuCache, cpuCache] = [gpu.createCache(most), cpu.createCache(most)];
    const fill = (device: Device, length: number): KvCache => {
      if (device === 'webgpu') {
        if (!(gpuCache instanceof WebgpuKvCache)) throw new Error('The cache is not on the GPU.');
        gpuCache.truncate(0);
        gpuCache.append(length);
        return gpuCache;
      }
      if (!(cpuCache instanceof WasmKvCache)) throw new Error('The cache is not on the CPU.');
      const zeros = () =>
        new onCpu.runtime.ort.Tensor('float32', new Float32Array(kvHeadCount * length * headDim), [
          1,
          kvHeadCount,
          length,
          headDim,
        ]);
      cpuCache.replace(
        Array.from({ length: layerCount }, () => ({ keys: zeros(), values: zeros() })),
        length,
      );
      return cpuCache;
    };
    await gpu.forward(fill('webgpu', 0), stretchOf([1], 0));
    const before = gpu.cost.dispatches;
    const source = gpu.draw(gpuCache, drawing(1, 1, false));
    await source.next();
    await source.end();
    const drawDispatches = gpu.cost.dispatches - before;
    loaded = { config, gpu, cpu, gpuCache, cpuCache, drawDispatches, fill };
    return {
      gpuName: gpu.deviceName,
      dispatchesPerLayer: gpu.cost.dispatchesPerLayer,
      crossingTokens: gpu.kernels.crossingTokens,
    };
  },

  async decode({ contender, context, tokens, marks }) {
    const { gpu, fill, executor, drawDispatches } = chosen(contender);
    const cache = fill(contender.device, context - 1);
    await executor.forward(cache, stretchOf([1], context - 1));
    const before = gpu.cost;
    const source = executor.draw(cache, drawing(context, tokens + 1, false));
    // Drawn from what the prompt left: no run of the network.
    await source.next();
    if (marks) {
      performance.mark(marks.begin);
      await newTask();
    }
    const size = contender.engine === 'glance' ? STRETCH : 1;
    const msPerToken: number[] = [];
    for (let done = 0; done < tokens; ) {
      const count = Math.min(size, tokens - done);
      const startMs = performance.now();
      for (let i = 0; i < count; i++) await source.next();
      msPerToken.push((performance.now() - startMs) / count);
      done += count;
    }
    if (marks) {
      await newTask();
      performance.mark(marks.end);
    }
    await source.end();
    const [submits, dispatches] = [
      gpu.cost.submits - before.submits,
      gpu.cost.dispatches - before.dispatches,
    ];
    const ours = contender.engine === 'glance';
    return {
      tokens,
      msPerToken,
      // The first token's draw has a submit of its own.
      submitsPerToken: ours ? submits / (tokens + 1) : null,
      dispatchesPerToken: ours ? (dispatches - drawDispatches) / tokens : null,
      gpuBytes: contender.device === 'webgpu' ? gpu.memory().bytes : null,
    };
  },

  async prefill(contender, length) {
    const { config, fill, executor } = chosen(contender);
    const cache = fill(contender.device, 0);
    const ids = Array.from({ length }, (_, i) => (i * 7919 + 13) % config.vocabSize);
    const startMs = performance.now();
    await executor.forward(cache, stretchOf(ids, 0));
    const source = executor.draw(cache, drawing(length, 1, false));
    await source.next();
    const elapsedMs = performance.now() - startMs;
    await source.end();
    return elapsedMs;
  },

  async copy(speculate, tokens) {
    const { executor, fill } = chosen({ engine: 'glance', device: 'webgpu' });
    // The model says the next number; the document counts, and is begun anew.
    const document = Int32Array.from({ length: DOCUMENT_TOKENS + 1 }, (_, i) => 100 + (i % DOCUMENT_TOKENS));
    const cache = fill('webgpu', DOCUMENT_TOKENS);
    await executor.forward(cache, stretchOf([document.at(-1)!], DOCUMENT_TOKENS));
    const source = executor.draw(cache, {
      ...drawing(document.length, tokens + 1, speculate),
      promptIds: document,
    });
    const ids = [(await source.next()).id];
    const startMs = performance.now();
    for (let i = 0; i < tokens; i++) ids.push((await source.next()).id);
    const msPerToken = (performance.now() - startMs) / tokens;
    return { tokens, msPerToken, ids, ...(await source.end()) };
  },
};

function chosen({ engine, device }: Contender): Loaded & { executor: Executor } {
  if (!loaded) throw new Error('No model is loaded.');
  loaded.gpu.path = engine === 'glance' ? 'kernels' : 'graphs';
  return { ...loaded, executor: device === 'webgpu' ? loaded.gpu : loaded.cpu };
}

const stretchOf = (ids: readonly number[], past: number) => ({
  tokenIds: Int32Array.from(ids),
  positions: Int32Array.from({ length: 3 * ids.length }, (_, i) => past + (i % ids.length)),
  pictures: [],
  logits: 'held' as const,
});

const drawing = (promptLength: number, limit: number, speculate: boolean) => ({
  sampling: GREEDY,
  seed: 1,
  promptIds: new Int32Array(promptLength),
  delta: 0,
  limit,
  withLogits: false,
  speculate,
});

/** Tasks are traced whole, so what is measured begins with one of its own. */
const newTask = () => new Promise<void>((resolve) => setTimeout(resolve));

expose(worker);
