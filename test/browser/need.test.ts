/** What the catalogue says that a model needs, beside what the engine really holds. */
import { expect, test } from 'vitest';
import { GlanceClient } from '../../src/rpc/client.ts';
import type { DeviceMemory } from '../../src/rpc/contract.ts';
import { kvBytesPerToken, memoryNeed } from '../../src/store/need.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import { readTextConfig, readVisionConfig } from '../../src/weights/model_config.ts';

const CONTEXT = 2048;
const URLS = {
  text: new URL('/models/pico/pico-Q8_0.gguf', location.href).href,
  vision: new URL('/models/pico/mmproj-pico-F16.gguf', location.href).href,
};

async function header(url: string) {
  const blob = await (await fetch(url)).blob();
  return { file: await readGguf(blobSource(blob, url)), bytes: blob.size };
}

test('the need of the catalogue covers what is held after a picture and a prompt', async () => {
  const [text, vision] = await Promise.all([header(URLS.text), header(URLS.vision)]);
  const dimensions = { text: readTextConfig(text.file), vision: readVisionConfig(vision.file) };
  const need = memoryNeed(dimensions, text.bytes + vision.bytes, CONTEXT);
  const client = new GlanceClient(
    () => new Worker(new URL('../../workers/inference.ts', import.meta.url), { type: 'module' }),
  );
  try {
    await client.load({ source: { kind: 'url', ...URLS }, device: 'webgpu', contextLength: CONTEXT });
    const picture = await createPicture();
    await client.chat({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', image: picture },
            { type: 'text', text: `What is it? ${'Tell me about the shapes. '.repeat(8)}` },
          ],
        },
      ],
      maxTokens: 4,
    });
    const { byCategory } = (await client.memory()) as DeviceMemory;
    expect(byCategory.kv!.bytes).toBe(kvBytesPerToken(dimensions) * CONTEXT);
    expect(need.kvBytes).toBe(byCategory.kv!.bytes);
    expect(byCategory.weights!.bytes).toBeLessThan(1.05 * need.weightsBytes);
    expect(byCategory.weights!.bytes).toBeGreaterThan(0.5 * need.weightsBytes);
    const other = byCategory.scratch!.bytes + byCategory.features!.bytes + byCategory.staging!.bytes;
    expect(other).toBeLessThan(need.scratchBytes);
  } finally {
    client.close();
  }
});

async function createPicture(): Promise<Blob> {
  const canvas = new OffscreenCanvas(64, 64);
  const context = canvas.getContext('2d')!;
  context.fillStyle = 'red';
  context.fillRect(10, 10, 40, 40);
  return canvas.convertToBlob();
}
