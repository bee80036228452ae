import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import type { ContentPart } from '../../../src/model/chat.ts';
import type { ChatEvent, ChatRequest } from '../../../src/model/request.ts';
import { GREEDY } from '../../../src/model/sampling.ts';
import { parityPicture, picoFiles } from '../../support/pico.ts';

vi.mock('../../../src/image/decode.ts', () => import('../../support/node_decode.ts'));
vi.mock(import('../../../src/image/patchify.ts'), async (original) => {
  const { patchify } = await original();
  return {
    patchify: (rgb, width, height, options) => {
      steps.push(['cut', (width * height) / options.patchSize ** 2]);
      return patchify(rgb, width, height, options);
    },
  };
});

let engine: Engine;
let pictures: ContentPart[];
/** What was done with pictures since the test began, in order; a picture is named by its patches. */
const steps: [what: 'cut' | 'encode' | 'encoded', patches: number][] = [];

beforeAll(async () => {
  engine = await Engine.load({ ...(await picoFiles()), contextLength: 512 });
  const { executor } = engine;
  const encode = executor.encodePicture.bind(executor);
  executor.encodePicture = async (pixelValues, [t, h, w], ...more) => {
    steps.push(['encode', t * h * w]);
    const features = await encode(pixelValues, [t, h, w], ...more);
    steps.push(['encoded', t * h * w]);
    return features;
  };
  pictures = await Promise.all(
    ['shapes-128x96.png', 'shapes-160x64.png', 'waves-96x96.png'].map(async (name) => ({
      type: 'image' as const,
      image: await parityPicture(name),
    })),
  );
});
afterAll(() => engine.dispose());
beforeEach(() => {
  steps.length = 0;
});

async function ask(content: ContentPart[]): Promise<void> {
  await engine.chat({ messages: [{ role: 'user', content }], sampling: GREEDY, maxTokens: 2 });
}

describe('the patches of pictures', () => {
  it('are made of one picture at a time, right before it is encoded', async () => {
    await ask(pictures);
    expect(steps).toEqual(
      [48, 40, 36].flatMap((patches) => [
        ['cut', patches],
        ['encode', patches],
        ['encoded', patches],
      ]),
    );
  });

  it('are not made again of pictures whose features are known', async () => {
    await ask([...pictures, { type: 'text', text: 'How many shapes are there?' }]);
    await ask(pictures.toReversed());
    expect(steps).toEqual([]);
  });
});

describe('the pictures of turns that are left out', () => {
  it('are counted by their headers and not decoded', async () => {
    const messages = [...pictures, ...pictures, ...pictures].flatMap((picture): ChatRequest['messages'] => [
      { role: 'user', content: [picture, { type: 'text', text: 'Describe the image. '.repeat(12) }] },
      { role: 'assistant', content: 'Yes.' },
    ]);
    messages.push({ role: 'user', content: 'How many shapes are there?' });
    const decoded: number[] = [];
    const onEvent = (event: ChatEvent) => {
      if (event.type === 'pictures' && event.done === event.total) decoded.push(event.total);
    };
    const more = { sampling: GREEDY, maxTokens: 2, overflow: 'drop-oldest' } as const;
    const { droppedMessages, usage } = await engine.chat({ messages, ...more }, onEvent);
    expect(droppedMessages).toBeGreaterThan(2);
    const kept = messages.slice(droppedMessages);
    expect(decoded).toEqual([(kept.length - 1) / 2]);
    const again = await engine.chat({ messages: kept, sampling: GREEDY, maxTokens: 2 });
    expect(again.usage.promptTokens).toBe(usage.promptTokens);
    // One turn more would not have fitted.
    const longer = messages.slice(droppedMessages! - 2);
    const { droppedMessages: dropped } = await engine.chat({ messages: longer, ...more });
    expect(dropped).toBe(2);
  });
});
