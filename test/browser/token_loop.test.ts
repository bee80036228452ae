/** The token loop on our kernels: rows that run together, and tokens drawn ahead of those who wait for them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/engine/backend.ts';
import type { Drawing, Executor, KvCache } from '../../src/engine/executor.ts';
import { WebgpuExecutor } from '../../src/engine/webgpu/executor.ts';
import { GREEDY } from '../../src/model/sampling.ts';
import { F16 } from '../../src/weights/formats/f16.ts';
import { Q4_K } from '../../src/weights/formats/q4_k.ts';
import { Q6_K } from '../../src/weights/formats/q6_k.ts';
import { Q8_0 } from '../../src/weights/formats/q8_0.ts';
import { Backends } from '../../workers/backends.ts';
import { openRandom, randomTokens, type Shape } from '../support/models.ts';

type Webgpu = Extract<Backend, { device: 'webgpu' }>;
let gpu: Webgpu;

beforeAll(async () => {
  gpu = (await (await new Backends().start('webgpu', () => {})).started) as Webgpu;
});
afterAll(() => gpu.gpu.close());

async function executorOf(shape: Shape): Promise<WebgpuExecutor> {
  return WebgpuExecutor.create(gpu.gpu, gpu.runtime, await openRandom(shape));
}

/** Appends text tokens to the cache. */
function forward(
  executor: Executor,
  cache: KvCache,
  tokenIds: Int32Array,
  logits: 'none' | 'held' | 'last' | 'all',
): Promise<Float32Array> {
  const positions = Int32Array.from(
    { length: 3 * tokenIds.length },
    (_, i) => cache.length + (i % tokenIds.length),
  );
  return executor.forward(cache, { tokenIds, positions, pictures: [], logits });
}

describe('tokens that run together', () => {
  const shapes: [string, Shape][] = [
    ['heads of 32, F16', { text: { headCount: 3, kvHeadCount: 1 }, formats: F16 }],
    [
      'heads of 64, Q8_0',
      {
        text: { hiddenSize: 96, headCount: 6, kvHeadCount: 2, headDim: 64, mropeSections: [12, 10, 10] },
        formats: Q8_0,
      },
    ],
    [
      'heads of 128, Q4_K and Q6_K in turn',
      {
        text: { hiddenSize: 256, headDim: 128, mropeSections: [24, 20, 20], ffnSize: 512 },
        formats: [Q6_K, Q4_K],
      },
    ],
  ];
  it.each(shapes)('give the same bits in any cut: %s', async (_, shape) => {
    const executor = await executorOf(shape);
    // The tokens lie on both sides of where attention splits its keys, at 64 and 128.
    const context = randomTokens(117, 1);
    const tokens = randomTokens(20);
    const results: Uint32Array[] = [];
    for (const cut of [[20], new Array<number>(20).fill(1), [3, 1, 7, 2, 5, 2], [4, 8, 6, 2], [12, 8]]) {
      const cache = executor.createCache(160);
      for (let from = 0; from < context.length; from += 39) {
        await forward(executor, cache, context.subarray(from, from + 39), 'none');
      }
      const logits: number[] = [];
      let from = 0;
      for (const count of cut) {
        for (const value of await forward(executor, cache, tokens.subarray(from, from + count), 'all')) {
          logits.push(value);
        }
        from += count;
      }
      results.push(new Uint32Array(Float32Array.from(logits).buffer));
      cache.dispose();
    }
    const differences = results.map((bits) =>
      bits.reduce((sum, b, i) => sum + Number(b !== results[0]![i]), 0),
    );
    expect(differences).toEqual([0, 0, 0, 0, 0]);
    expect(new Set(results[0]).size).toBeGreaterThan(results[0]!.length / 2);
    await executor.dispose();
  });
});
