import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import type { DecoderInput } from '../../../src/engine/executor.ts';
import { preparePicture } from '../../../src/image/prepare.ts';
import { largestDifference } from '../../parity/comparison.ts';
import { type Fixtures, picturesOf } from '../../parity/fixtures.ts';
import { compareWithPytorch, type PytorchVerdict, type Subject, TOLERANCE } from '../../parity/pytorch.ts';
import { loadSubject } from '../../parity/subject.ts';
import { parityFixtures, parityPicture, picoFiles } from '../../support/pico.ts';

vi.mock('../../../src/image/decode.ts', () => import('../../support/node_decode.ts'));

/** What float32 leaves; the judge in Chromium may be ten times as far off on other devices. */
const CLOSE = TOLERANCE / 10;

/** One of each kind; `npm run parity` compares them all, in Chromium. */
const CASES = [
  'text: three turns',
  'text: many scripts',
  'one picture: wide',
  'one picture: waves',
  'two pictures: sizes that differ',
  'one picture: in the second turn',
];

let fixtures: Fixtures;
let subject: Subject & { engine: Engine };
let verdict: PytorchVerdict;

const caseNamed = (name: string) => fixtures.file.cases.find((fixture) => fixture.name === name)!;

beforeAll(async () => {
  fixtures = await parityFixtures();
  subject = await loadSubject({
    ...(await picoFiles()),
    preparePicture: async (name, options) =>
      preparePicture(await parityPicture(name), { ...options, maxPixels: fixtures.file.maxPixels }),
  });
  verdict = await compareWithPytorch(fixtures, subject, CASES.map(caseNamed));
});
afterAll(() => subject.engine.dispose());

describe('beside the PyTorch model', () => {
  it('patches, tokens and positions are the same', () => {
    expect(verdict.mismatches).toEqual([]);
  });

  it.each(['vision', 'deepstack0', 'deepstack1', 'deepstack2', 'logits'])(
    '%s are as close as float32 allows',
    (what) => {
      const { maxAbs, agreeing, positions } = verdict.comparisons[what]!;
      expect(positions).toBeGreaterThan(40);
      expect(maxAbs).toBeLessThanOrEqual(CLOSE);
      expect(agreeing).toBe(positions);
    },
  );
});

describe('however a prompt is cut into runs', () => {
  it.each([
    ['inside a picture', [24, 1000]],
    ['inside both pictures', [10, 30, 1000]],
    ['at every token', Array.from({ length: 1000 }, (_, i) => i + 1)],
  ])('the logits stay the same: %s', async (_, ends) => {
    const { executor } = subject;
    const { messages, rows, name } = caseNamed('two pictures: sizes that differ');
    const pictures = await Promise.all(picturesOf(messages).map((file) => subject.preparePicture(file)));
    const features = await Promise.all(
      pictures.map(({ pixelValues, gridThw }) => executor.encodePicture(pixelValues, gridThw)),
    );
    const prompt = subject.buildPrompt(
      messages,
      pictures.map(({ gridThw }) => gridThw),
    );
    const length = prompt.tokenIds.length;
    const { vocabSize } = fixtures.file;
    const cache = executor.createCache(length);
    const logits = new Float32Array(length * vocabSize);
    for (let from = 0; from < length; ) {
      const to = Math.min(length, ends.find((end) => end > from)!);
      const input: DecoderInput = {
        tokenIds: prompt.tokenIds.slice(from, to),
        positions: Int32Array.from(
          [0, 1, 2].flatMap((axis) => [...prompt.positions.slice(axis * length + from, axis * length + to)]),
        ),
        pictures: features.map((picture, i) => ({
          start: prompt.pictureStarts[i]! - from,
          features: picture,
        })),
        logits: 'all',
      };
      logits.set(await executor.forward(cache, input), from * vocabSize);
      from = to;
    }
    expect(cache.length).toBe(length);
    const kept = verdict.numbers.get(`logits of ${name}`)!;
    for (const [index, row] of rows.entries()) {
      const [ours, whole] = [
        logits.subarray(row * vocabSize, (row + 1) * vocabSize),
        kept.subarray(index * vocabSize, (index + 1) * vocabSize),
      ];
      expect(largestDifference(ours, whole)).toBeLessThanOrEqual(CLOSE);
    }
    cache.dispose();
  });

  it('the last row is the same when only it is wanted', async () => {
    const { executor } = subject;
    const { tokenIds, positions } = caseNamed('text: three turns');
    const input = {
      tokenIds: Int32Array.from(tokenIds),
      positions: Int32Array.from(positions.flat()),
      pictures: [],
    };
    const run = async (logits: 'last' | 'all') => {
      const cache = executor.createCache(tokenIds.length);
      return executor.forward(cache, { ...input, logits });
    };
    const [last, all] = [await run('last'), await run('all')];
    expect(last.length).toBe(fixtures.file.vocabSize);
    expect(largestDifference(last, all.subarray(-last.length))).toBeLessThanOrEqual(CLOSE);
  });

  it('a cache that was cut back continues as if the rest had never been', async () => {
    const { executor } = subject;
    const { tokenIds, positions } = caseNamed('text: three turns');
    const [length, kept] = [tokenIds.length, 20];
    const stretch = (from: number, to: number): DecoderInput => ({
      tokenIds: Int32Array.from(tokenIds.slice(from, to)),
      positions: Int32Array.from(positions.flatMap((axis) => axis.slice(from, to))),
      pictures: [],
      logits: 'last',
    });
    const cache = executor.createCache(length);
    const whole = await executor.forward(cache, stretch(0, length));
    cache.truncate(kept);
    expect(cache.length).toBe(kept);
    const again = await executor.forward(cache, stretch(kept, length));
    expect(largestDifference(again, whole)).toBeLessThanOrEqual(CLOSE);
  });
});
