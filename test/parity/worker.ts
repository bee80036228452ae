/** The model under judgement, in a worker as on the site. */
import { expose } from 'comlink';
import { preparePicture } from '../../src/image/prepare.ts';
import type { Device } from '../../src/model/request.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { Backends } from '../../workers/backends.ts';
import { type FixtureCase, type Fixtures, picturesOf } from './fixtures.ts';
import { compareWithPytorch, type PytorchVerdict, type Subject } from './pytorch.ts';
import { loadSubject } from './subject.ts';

export interface JudgedModel {
  /** Loads a pair of files in place of the one before. */
  load(
    text: Blob,
    vision: Blob,
    device: Device,
    pictures: Map<string, Blob>,
    fixtures: Fixtures,
  ): Promise<void>;
  /** See `compareWithPytorch`. */
  judge(cases: readonly FixtureCase[]): Promise<PytorchVerdict>;
  /**
   * Prefills a case's prompt and then takes the given tokens one at a time, as when answering.
   *
   * @param stepSizes how many tokens to take at a time instead; the last number holds for all further steps
   * @returns logits before each of the tokens, [tokens, vocabulary]
   */
  follow(
    fixture: Pick<FixtureCase, 'messages'>,
    tokenIds: number[],
    stepSizes?: readonly number[],
  ): Promise<{ promptTokens: number; logits: Float32Array }>;
}

const backends = new Backends();
let subject: (Subject & { dispose(): Promise<void> }) | null = null;
let fixtures: Fixtures;

const model: JudgedModel = {
  async load(text, vision, device, pictures, given) {
    await subject?.dispose();
    fixtures = given;
    const loaded = await loadSubject({
      text: blobSource(text, 'text'),
      vision: blobSource(vision, 'vision'),
      backend: await (await backends.start(device, () => {})).started,
      preparePicture: (name, options) =>
        preparePicture(pictures.get(name)!, { ...options, maxPixels: given.file.maxPixels }),
    });
    subject = { ...loaded, dispose: () => loaded.engine.dispose() };
  },

  judge(cases) {
    return compareWithPytorch(fixtures, subject!, cases);
  },

  async follow(fixture, tokenIds, stepSizes = [1]) {
    const { executor, preparePicture: prepare, buildPrompt } = subject!;
    const pictures = await Promise.all(picturesOf(fixture.messages).map((name) => prepare(name)));
    const prompt = buildPrompt(
      fixture.messages,
      pictures.map(({ gridThw }) => gridThw),
    );
    const features = [];
    for (const { pixelValues, gridThw } of pictures) {
      features.push(await executor.encodePicture(pixelValues, gridThw));
    }
    const promptTokens = prompt.tokenIds.length;
    const cache = executor.createCache(promptTokens + tokenIds.length);
    const { vocabSize } = fixtures.file;
    const logits = new Float32Array(tokenIds.length * vocabSize);
    const prefilled = await executor.forward(cache, {
      tokenIds: prompt.tokenIds,
      positions: prompt.positions,
      pictures: features.map((picture, index) => ({
        start: prompt.pictureStarts[index]!,
        features: picture,
      })),
      logits: 'last',
    });
    logits.set(prefilled);
    const fed = Int32Array.from(tokenIds.slice(0, -1));
    for (let at = 0, step = 0; at < fed.length; step++) {
      const count = Math.min(stepSizes[Math.min(step, stepSizes.length - 1)] ?? 1, fed.length - at);
      const first = promptTokens + at + prompt.delta;
      const next = await executor.forward(cache, {
        tokenIds: fed.subarray(at, at + count),
        positions: Int32Array.from({ length: 3 * count }, (_, i) => first + (i % count)),
        pictures: [],
        logits: 'all',
      });
      logits.set(next, (at + 1) * vocabSize);
      at += count;
    }
    cache.dispose();
    for (const picture of features) picture.dispose();
    return { promptTokens, logits };
  },
};

expose(model);
