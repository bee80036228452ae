import { expect, test, vi } from 'vitest';
import { requestGpu } from '../../../src/gpu/device.ts';
import { GpuMemory } from '../../../src/gpu/memory.ts';
import { nodeGpu } from '../../support/gpu.ts';
import { describeLife } from '../../support/gpu_life.ts';

describeLife(nodeGpu());

// On other systems the memory of a GPU is not that of this process.
test.runIf(process.platform === 'linux')('released memory is given back, without further work', async () => {
  const context = (await requestGpu(nodeGpu()))!;
  const memory = new GpuMemory(context);
  const rss = () => process.memoryUsage.rss();
  const bytes = new Uint8Array(32 * 1024 * 1024).fill(1);
  const before = rss();
  const buffers = Array.from({ length: 10 }, (_, i) => {
    const buffer = memory.buffer('weights', bytes.length, `weights ${i}`);
    memory.upload(buffer, 0, bytes);
    return buffer;
  });
  await memory.check();
  await context.device.queue.onSubmittedWorkDone();
  const held = rss();
  expect(held - before).toBeGreaterThan(9 * bytes.length);
  for (const buffer of buffers) memory.release(buffer);
  await vi.waitFor(async () => {
    // Lets Dawn look after its work; browsers do so by themselves. Nothing is submitted by it.
    context.device.pushErrorScope('validation');
    await context.device.popErrorScope();
    expect(held - rss()).toBeGreaterThan(8 * bytes.length);
  }, 5000);
  context.close();
});
