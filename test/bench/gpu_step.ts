/** Steps of the token loop at the published models' dimensions. */

import { Gpu } from '../../src/engine/webgpu/gpu.ts';
import { KvCachePool } from '../../src/engine/webgpu/kv_cache.ts';
import type { WebgpuRuntime } from '../../src/engine/webgpu/runtime.ts';
import { StepRunner } from '../../src/engine/webgpu/step_runner.ts';
import { TokenLoop } from '../../src/engine/webgpu/token_loop.ts';
import { GpuWeights, type StepWeights } from '../../src/engine/webgpu/weights.ts';
import { type GpuContext, requestGpu } from '../../src/gpu/device.ts';
import type { TextConfig } from '../../src/model/config.ts';
import { GREEDY } from '../../src/model/sampling.ts';
import type { ByteSource } from '../../src/weights/byte_source.ts';
import { F32 } from '../../src/weights/formats/f32.ts';
import { readableFormats, type TensorFormat } from '../../src/weights/formats/index.ts';
import type { GgufFile, GgufTensor } from '../../src/weights/gguf.ts';
import { expectedTextTensors, TOKEN_EMBEDDING, textTensors } from '../../src/weights/tensor_names.ts';
import { publishedModels } from '../make_model/configs.ts';
import { quantMixes, textFormats } from '../make_model/quant_mix.ts';
import { fillWithWeights } from '../make_model/random_weights.ts';
import { tensorBytes } from '../make_model/write.ts';
import { nodeGpu, ownGpu } from '../support/gpu.ts';
import { randomFrom } from '../support/random.ts';
import readWgsl from './read.wgsl?raw';

export interface GpuBenchOptions {
  /** `2b`, `4b`, `8b`. */
  models: readonly string[];
  formats: readonly string[];
  contexts: readonly number[];
  tokens: number;
  /** Null to measure it. */
  gigabytesPerSecond: number | null;
  /** Null for all of the model's. */
  layers: number | null;
  software: boolean;
}

export interface GpuBenchRow {
  model: string;
  format: string;
  layers: number;
  /** Layers whose weights lie on the GPU; the others read the same again. */
  distinctLayers: number;
  context: number;
  msPerToken: number;
  tokensPerSecond: number;
  /** Weights and cache. */
  bytesPerToken: number;
  bandwidthShare: number;
  /** Of this process, which on a software adapter does the GPU's work too. */
  cpuMsPerToken: number;
  submitsPerToken: number;
  dispatchesPerToken: number;
}

export interface GpuBenchResult {
  machine: string;
  software: boolean;
  gigabytesPerSecond: number;
  bandwidthFrom: 'measured' | 'given';
  rows: GpuBenchRow[];
}

/** Distinct weights that no cache of a GPU holds. */
const DISTINCT_BYTES = 2 ** 29;
const FEWEST_DISTINCT = 2;
/** Random bytes that are made; more is the same again. */
const POOL_BYTES = 2 ** 23;
const SEED = 1;

/** @throws Error with one line if a name is unknown, GlanceError of the GPU */
export async function measureGpu(
  options: GpuBenchOptions,
  log: (line: string) => void,
): Promise<GpuBenchResult> {
  const context = (options.software ? null : await requestGpu(ownGpu())) ?? (await requestGpu(nodeGpu()));
  if (!context) throw new Error('Dawn finds no adapter: install a Vulkan driver.');
  const given = options.gigabytesPerSecond;
  const gigabytesPerSecond = given ?? (await readBandwidth(context));
  const rows: GpuBenchRow[] = [];
  for (const model of options.models) {
    const published = publishedModels.get(`qwen3-vl-${model}`);
    if (!published) throw new Error(`There is no model "${model}": 2b, 4b, 8b.`);
    const config = { ...published.text, layerCount: options.layers ?? published.text.layerCount };
    for (const format of options.formats) {
      for (const row of await measureModel(context, config, format, options)) {
        rows.push({
          model,
          ...row,
          bandwidthShare: row.bytesPerToken / row.msPerToken / 1e6 / gigabytesPerSecond,
        });
        log(`${model} ${format} at ${row.context}: ${row.msPerToken.toFixed(2)} ms a token`);
      }
    }
  }
  context.close();
  return {
    machine: context.name,
    software: context.software,
    gigabytesPerSecond,
    bandwidthFrom: given === null ? 'measured' : 'given',
    rows,
  };
}

async function measureModel(
  context: GpuContext,
  config: TextConfig,
  format: string,
  { contexts, tokens }: GpuBenchOptions,
): Promise<Omit<GpuBenchRow, 'model' | 'bandwidthShare'>[]> {
  // The loop needs no graphs.
  const runtime = { ort: {}, createSession: () => Promise.reject() } as unknown as WebgpuRuntime;
  const gpu = new Gpu(context, runtime);
  try {
    const { file, distinctLayers, bytes } = randomModel(config, format);
    const groups = textTensors({ ...config, layerCount: distinctLayers }).layers.flatMap(
      ({ attention: { q, k, v }, mlp: { gate, up } }) => [
        [q, k, v],
        [gate, up],
      ],
    );
    const uploaded = await gpu.guard(
      GpuWeights.upload(
        gpu.ort,
        gpu.kernels,
        gpu.scratch,
        file,
        file.tensors.keys(),
        undefined,
        undefined,
        groups,
      ),
    );
    const runner = await gpu.guard(
      StepRunner.create(gpu, config, repeated(uploaded, distinctLayers), config.vocabSize),
    );
    const caches = new KvCachePool(gpu.memory, config);
    const kvBytes = 8 * config.layerCount * config.kvHeadCount * config.headDim;
    const rows = [];
    for (const length of contexts) {
      const warmUp = Math.min(8, tokens);
      const cache = caches.create(length + warmUp + tokens + 1);
      cache.append(length);
      const limit = warmUp + tokens + 1;
      const drawing = {
        sampling: GREEDY,
        seed: SEED,
        promptIds: new Int32Array(length),
        delta: 0,
        limit,
        withLogits: false,
        speculate: false,
      };
      const alone = new TokenLoop(runner, cache, { ...drawing, limit: 1 }, context.software);
      const start = runner.cost;
      await gpu.guard(alone.next());
      await alone.end();
      const before = runner.cost;
      // The first token of a loop is a draw without a step.
      const drawDispatches = before.dispatches - start.dispatches;
      const loop = new TokenLoop(runner, cache, drawing, context.software);
      for (let i = 0; i <= warmUp; i++) await gpu.guard(loop.next());
      const cpu = process.cpuUsage();
      const startMs = performance.now();
      for (let i = 0; i < tokens; i++) await gpu.guard(loop.next());
      const msPerToken = (performance.now() - startMs) / tokens;
      const { user, system } = process.cpuUsage(cpu);
      await loop.end();
      cache.dispose();
      rows.push({
        format,
        layers: config.layerCount,
        distinctLayers,
        context: length,
        msPerToken,
        tokensPerSecond: 1000 / msPerToken,
        bytesPerToken: bytes + kvBytes * length,
        cpuMsPerToken: (user + system) / 1000 / tokens,
        submitsPerToken: (runner.cost.submits - before.submits) / limit,
        dispatchesPerToken: (runner.cost.dispatches - before.dispatches - drawDispatches) / (limit - 1),
      });
    }
    caches.dispose();
    await gpu.memory.check();
    return rows;
  } finally {
    await gpu.dispose();
  }
}

/** A model whose file is made while it is read. `bytes`: what a token reads of its weights. */
function randomModel(
  config: TextConfig,
  wanted: string,
): { file: GgufFile; distinctLayers: number; bytes: number } {
  const formats = formatsOf(config, wanted);
  const shapes = expectedTextTensors(config);
  const size = (name: string) => tensorBytes(shapes.get(name)!, formats.get(name)!);
  const { head } = textTensors(config).head;
  const layerBytes = [...shapes.keys()]
    .filter((name) => name.startsWith('blk.0.'))
    .reduce((sum, name) => sum + size(name), 0);
  const distinctLayers = Math.min(
    config.layerCount,
    Math.max(FEWEST_DISTINCT, Math.ceil(DISTINCT_BYTES / layerBytes)),
  );
  const tensors = new Map<string, GgufTensor>();
  let bytes = 0;
  let offset = 0;
  for (const [name, shape] of shapes) {
    if (name !== TOKEN_EMBEDDING || name === head) bytes += size(name);
    const layer = /^blk\.(\d+)\./.exec(name)?.[1];
    if (layer !== undefined && Number(layer) >= distinctLayers) continue;
    const format = formats.get(name)!;

    tensors.set(name, { name, shape, format, offset, byteLength: size(name) });
    offset += size(name);
  }
  const source = randomSource([...tensors.values()], offset);
  const file = { source, version: 3, metadata: new Map(), metadataTypes: new Map(), tensors };
  return { file, distinctLayers, bytes };
}

function formatsOf(config: TextConfig, wanted: string): ReadonlyMap<string, TensorFormat> {
  const shapes = expectedTextTensors(config);
  const format = readableFormats.find(({ name }) => name === wanted);
  if (format) return new Map([...shapes].map(([name, shape]) => [name, shape.length > 1 ? format : F32]));
  const mix = quantMixes.get(wanted);
  if (!mix) throw new Error(`There is no format "${wanted}".`);
  return textFormats(shapes, config.layerCount, mix);
}

/** Hands out random weights in the format of the tensor that lies where it is read; vectors are ones. */
function randomSource(tensors: readonly GgufTensor[], size: number): ByteSource {
  const random = randomFrom(SEED);
  const draw = () => Math.floor(random() * 2 ** 32);
  const pools = new Map<string, Uint8Array<ArrayBuffer>>();
  const poolOf = (format: TensorFormat) => {
    let pool = pools.get(format.name);
    if (!pool) {
      pool = new Uint8Array(Math.floor(POOL_BYTES / format.blockBytes) * format.blockBytes);
      // For rows of 2,048 to 12,288.
      fillWithWeights(format, pool, 0.015, draw);
      pools.set(format.name, pool);
    }
    return pool;
  };
  return {
    name: 'random',
    size,
    async read(offset, length) {
      const { format, shape } = tensors.findLast((tensor) => tensor.offset <= offset)!;
      if (shape.length === 1) {
        return new Uint8Array(Float32Array.from({ length: length / 4 }, () => 1).buffer);
      }
      const bytes = new Uint8Array(length);
      const pool = poolOf(format);
      for (let at = 0; at < length; at += pool.length) bytes.set(pool.subarray(0, length - at), at);
      return bytes;
    },
  };
}

/** Weights of which only the first layers are there: the others are these again, in turn. */
function repeated(weights: StepWeights, distinctLayers: number): StepWeights {
  const nameOf = (name: string) =>
    name.replace(/^blk\.(\d+)\./, (_, layer) => `blk.${Number(layer) % distinctLayers}.`);
  return {
    get: (name) => weights.get(nameOf(name)),
    rows: (name) => weights.rows(nameOf(name)),
    together: (names) => weights.together(names.map(nameOf)),
  };
}

/** Gigabytes a second that a kernel reads which does nothing else: the best of a few runs. */
async function readBandwidth({ device, limits, software }: GpuContext): Promise<number> {
  const wanted = software ? 2 ** 26 : 2 ** 30;
  const size = Math.min(wanted, 2 ** Math.floor(Math.log2(limits.maxStorageBufferBindingSize)));
  const repeats = software ? 2 : 16;
  const words = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE });
  const out = device.createBuffer({ size: 4, usage: GPUBufferUsage.STORAGE });
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code: readWgsl }) },
  });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [words, out].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  let best = 0;
  for (let run = 0; run < 6; run++) {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(software ? 64 : 8192);
    pass.end();
    const startMs = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    best = Math.max(best, (size * repeats) / 1e6 / (performance.now() - startMs));
  }
  words.destroy();
  out.destroy();
  return best;
}
