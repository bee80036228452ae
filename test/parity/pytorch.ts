/**
 * Compares an executor's numbers with those of the PyTorch model: vision features, DeepStack features and
 * logits. Runs wherever an executor runs, so that Vitest (Node) and the judge in Chromium share it.
 */
import type { Executor, VisionFeatures } from '../../src/engine/executor.ts';
import {
  argmax,
  type Comparison,
  compareRows,
  largestDifference,
  merge,
  noComparison,
} from './comparison.ts';
import { type FixtureCase, type FixtureMessage, type Fixtures, picturesOf } from './fixtures.ts';

/** Largest difference from PyTorch's numbers that passes; both compute in float32, in other orders. */
export const TOLERANCE = 1e-3;

/** Features agree if they differ by no more than the tolerance. */
export const close = (a: Float32Array, b: Float32Array): boolean => largestDifference(a, b) <= TOLERANCE;
/** Logits agree if the likeliest token is the same. */
export const sameToken = (a: Float32Array, b: Float32Array): boolean => argmax(a) === argmax(b);

export type Grid = readonly [number, number, number];

/** Everything of Glance that is under judgement. */
export interface Subject {
  executor: Executor;
  /** A fixture's picture as patches [P, 1536] and its grid. */
  preparePicture(name: string): Promise<{ pixelValues: Float32Array; gridThw: Grid }>;
  /** Template, tokens and positions of a conversation whose pictures have these grids. */
  buildPrompt(messages: readonly FixtureMessage[], grids: readonly Grid[]): PromptUnderTest;
}

export interface PromptUnderTest {
  tokenIds: Int32Array;
  /** [3, N] */
  positions: Int32Array;
  delta: number;
  pictureStarts: readonly number[];
}

export interface PytorchVerdict {
  /** By what was compared: `vision`, `deepstack0..2`, `logits`. */
  comparisons: Record<string, Comparison>;
  /** What must be equal and is not: patches, token ids, positions. */
  mismatches: string[];
  /** Our numbers by picture or case, to compare two sets of weights bit by bit. */
  numbers: Map<string, Float32Array>;
}

/** @param cases those to run; default: all */
export async function compareWithPytorch(
  fixtures: Fixtures,
  subject: Subject,
  cases: readonly FixtureCase[] = fixtures.file.cases,
): Promise<PytorchVerdict> {
  const verdict: PytorchVerdict = { comparisons: {}, mismatches: [], numbers: new Map() };
  const encoded = new Map<string, { features: VisionFeatures; gridThw: Grid }>();
  for (const name of new Set(cases.flatMap(({ messages }) => picturesOf(messages)))) {
    encoded.set(name, await judgePicture(fixtures, subject, name, verdict));
  }
  for (const fixture of cases) {
    const pictures = picturesOf(fixture.messages).map((name) => encoded.get(name)!);
    await judgeCase(fixtures, subject, fixture, pictures, verdict);
  }
  for (const { features } of encoded.values()) features.dispose();
  return verdict;
}

async function judgePicture(
  { file, arrays }: Fixtures,
  { executor, preparePicture }: Subject,
  name: string,
  { comparisons, mismatches, numbers }: PytorchVerdict,
): Promise<{ features: VisionFeatures; gridThw: Grid }> {
  const expected = file.pictures[name]!;
  const { pixelValues, gridThw } = await preparePicture(name);
  if (gridThw.join() !== expected.gridThw.join()) {
    mismatches.push(`${name}: grid ${gridThw.join(' x ')} instead of ${expected.gridThw.join(' x ')}`);
  }
  if (expected.pixelValues !== undefined) {
    const theirs = new Float32Array(arrays, expected.pixelValues, pixelValues.length);
    const difference = largestDifference(pixelValues, theirs);
    if (difference !== 0) mismatches.push(`${name}: patches differ by up to ${difference}`);
  }
  const features = await executor.encodePicture(pixelValues, gridThw);
  const { merged, deepstack } = await executor.readFeatures(features);
  if (deepstack.length !== expected.deepstack.length) {
    mismatches.push(`${name}: ${deepstack.length} DeepStack levels instead of ${expected.deepstack.length}`);
  }
  const [t, h, w] = expected.gridThw;
  const length = ((t * h * w) / 4) * file.hiddenSize;
  const judge = (what: string, ours: Float32Array, offset: number) => {
    const theirs = new Float32Array(arrays, offset, length);
    merge(entry(comparisons, what), compareRows(ours, theirs, file.hiddenSize, close));
    numbers.set(`${what} of ${name}`, ours);
  };
  judge('vision', merged, expected.vision);
  for (const [level, offset] of expected.deepstack.entries()) {
    judge(`deepstack${level}`, deepstack[level] ?? new Float32Array(0), offset);
  }
  return { features, gridThw };
}

async function judgeCase(
  { file, arrays }: Fixtures,
  { executor, buildPrompt }: Subject,
  fixture: FixtureCase,
  pictures: readonly { features: VisionFeatures; gridThw: Grid }[],
  { comparisons, mismatches, numbers }: PytorchVerdict,
): Promise<void> {
  const prompt = buildPrompt(
    fixture.messages,
    pictures.map(({ gridThw }) => gridThw),
  );
  const { tokenIds, positions, delta, pictureStarts } = prompt;
  if (tokenIds.join() !== fixture.tokenIds.join()) mismatches.push(`${fixture.name}: token ids differ`);
  if (positions.join() !== fixture.positions.flat().join())
    mismatches.push(`${fixture.name}: positions differ`);
  if (delta !== fixture.delta) mismatches.push(`${fixture.name}: delta ${delta} instead of ${fixture.delta}`);

  const cache = executor.createCache(tokenIds.length);
  const logits = await executor.forward(cache, {
    tokenIds,
    positions,
    pictures: pictures.map(({ features }, index) => ({ start: pictureStarts[index]!, features })),
    logits: 'all',
  });
  cache.dispose();
  const ours = gatherRows(logits, fixture.rows, file.vocabSize);
  const theirs = new Float32Array(arrays, fixture.logits, fixture.rows.length * file.vocabSize);
  merge(entry(comparisons, 'logits'), compareRows(ours, theirs, file.vocabSize, sameToken));
  numbers.set(`logits of ${fixture.name}`, ours);
}

function entry(comparisons: Record<string, Comparison>, what: string): Comparison {
  comparisons[what] ??= noComparison();
  return comparisons[what];
}

function gatherRows(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) {
    out.set(values.subarray(row * width, (row + 1) * width), index * width);
  }
  return out;
}
