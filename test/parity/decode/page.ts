import type { Backend } from '../../../src/engine/backend.ts';
import { WebgpuExecutor } from '../../../src/engine/webgpu/executor.ts';
import { preparePicture } from '../../../src/image/prepare.ts';
import { Backends } from '../../../workers/backends.ts';
import { openRandom, picoFiles, randomTokens } from '../../support/models.ts';
import { offer } from '../../support/offer.ts';
import type { FixtureFile } from '../fixtures.ts';
import { picturesOf } from '../fixtures.ts';
import { loadSubject } from '../subject.ts';
import { compareDecoding, type DecodeComparison } from './compare.ts';
import type { DecodeRequest, DecodeResult } from './contract.ts';
import { randomModels } from './models.ts';

type Webgpu = Extract<Backend, { device: 'webgpu' }>;

/** Of the random models; not a multiple of the rows that run together. */
const PROMPT_TOKENS = 45;

offer(async ({ tokens }: DecodeRequest): Promise<DecodeResult[]> => {
  const backend = (await (await new Backends().start('webgpu', () => {})).started) as Webgpu;
  const results: DecodeResult[] = [];
  const add = (model: string, comparison: DecodeComparison) => {
    console.log(`${model}: ${comparison.equal} of ${tokens} tokens`);
    results.push({ model, ...comparison });
  };
  add('pico, Q8_0, with a picture', await judgePico(backend, tokens));
  for (const [name, shape] of randomModels) {
    const executor = await WebgpuExecutor.create(backend.gpu, backend.runtime, await openRandom(shape));
    const tokenIds = randomTokens(PROMPT_TOKENS);
    const positions = Int32Array.from({ length: 3 * PROMPT_TOKENS }, (_, i) => i % PROMPT_TOKENS);
    add(name, await compareDecoding(executor, { tokenIds, positions, delta: 0, pictures: [] }, tokens));
    await executor.dispose();
  }
  return results;
});

async function judgePico(backend: Webgpu, tokens: number): Promise<DecodeComparison> {
  const file: FixtureFile = await (await fetch('/fixtures/parity/cases.json')).json();
  const fixture = file.cases.find(({ messages }) => picturesOf(messages).length > 0)!;
  const subject = await loadSubject({
    ...(await picoFiles()),
    backend,
    preparePicture: async (name, options) => {
      const picture = await (await fetch(`/fixtures/parity/pictures/${name}`)).blob();
      return preparePicture(picture, { ...options, maxPixels: file.maxPixels });
    },
  });
  const { engine, buildPrompt } = subject;
  const executor = engine.executor as WebgpuExecutor;
  const encoded = [];
  for (const name of picturesOf(fixture.messages)) {
    const { pixelValues, gridThw } = await subject.preparePicture(name);
    encoded.push({ gridThw, features: await executor.encodePicture(pixelValues, gridThw) });
  }
  const prompt = buildPrompt(
    fixture.messages,
    encoded.map(({ gridThw }) => gridThw),
  );
  const pictures = encoded.map(({ features }, i) => ({ start: prompt.pictureStarts[i]!, features }));
  const comparison = await compareDecoding(executor, { ...prompt, pictures }, tokens);
  for (const { features } of encoded) features.dispose();
  await engine.dispose();
  return comparison;
}
