import { type Remote, wrap } from 'comlink';
import type { Device } from '../../src/model/request.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { F32 } from '../../src/weights/formats/f32.ts';
import type { TensorFormat } from '../../src/weights/formats/index.ts';
import { Q4_0 } from '../../src/weights/formats/q4_0.ts';
import { Q8_0 } from '../../src/weights/formats/q8_0.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import { requantizedTwin } from '../support/gguf_writer.ts';
import { offer } from '../support/offer.ts';
import {
  argmax,
  type Comparison,
  compareRows,
  largestDifference,
  logSoftmax,
  merge,
  noComparison,
} from './comparison.ts';
import {
  type ParityAnswer,
  type ParityRequest,
  type ParityResult,
  POSITIONS_PER_FORMAT,
} from './contract.ts';
import type { FixtureCase, FixtureFile, Fixtures } from './fixtures.ts';
import { isAscii, legibleTwin } from './legible.ts';
import { type LlamaAnswer, LlamaJudge } from './llama.ts';
import { close, type PytorchVerdict, sameToken } from './pytorch.ts';
import type { JudgedModel } from './worker.ts';

/** Tokens that llama.cpp adds to each prompt; pico's own answers are about as long. */
const TOKENS_PER_CASE = 12;

/** Of the likeliest tokens, how many llama.cpp tells; fewer where it could not name all of them. */
const TOP_TOKENS = 20;
const TOP_TOKENS_BEYOND_ASCII = 8;

/** Conversations for each further format of the weights. */
const CASES_PER_FORMAT = 8;

interface Pair {
  text: Blob;
  vision: Blob;
}

offer(async (request: ParityRequest): Promise<ParityAnswer> => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('error', (event) => {
    throw new Error(`The worker failed: ${event.message}`);
  });
  try {
    return await judge(request, wrap<JudgedModel>(worker));
  } finally {
    worker.terminate();
  }
});

async function judge(
  { device, positions, conversations, formats }: ParityRequest,
  model: Remote<JudgedModel>,
): Promise<ParityAnswer> {
  const fixtures = await fetchFixtures();
  const pictures = await fetchPictures(fixtures.file);
  const shipped: Pair = {
    text: await fetchBlob('/models/pico/pico-Q8_0.gguf'),
    vision: await fetchBlob('/models/pico/mmproj-pico-F16.gguf'),
  };
  const f32 = await twin(shipped, F32);
  const load = (pair: Pair, on: Device) => model.load(pair.text, pair.vision, on, pictures, fixtures);
  const answer: ParityAnswer = { results: [], mismatches: [] };
  const add = (judge: ParityResult['judge'], what: string, { maxAbs, agreeing, positions }: Comparison) => {
    answer.results.push({ judge, device, what, maxAbs, agreement: agreeing / positions, positions });
  };
  const all = fixtures.file.cases;

  let before: PytorchVerdict['numbers'] | null = null;
  for (const [pair, suffix] of [
    [shipped, ' (as shipped)'],
    [f32, ''],
  ] as const) {
    await load(pair, device);
    // On the GPU, weights that are not F32 have the CPU path as their judge too.
    const most = pair === shipped && device === 'webgpu' ? CASES_PER_FORMAT : conversations;
    const { comparisons, mismatches, numbers } = await model.judge(
      spread(all, Math.min(most, conversations)),
    );
    for (const [what, comparison] of Object.entries(comparisons)) {
      add('pytorch', `${what}${suffix}`, comparison);
    }
    answer.mismatches.push(...mismatches.map((mismatch) => `${mismatch}${suffix}`));
    // Dequantising on load and dequantising beforehand are the same arithmetic.
    if (device === 'wasm' && before) answer.mismatches.push(...unlike(before, numbers));
    before = numbers;
  }
  add('llama.cpp', 'tokens', await judgeByLlama(f32, model, all, pictures, positions, answer.mismatches));
  if (device === 'wasm') return answer;

  const cases = spread(all, Math.min(conversations, CASES_PER_FORMAT));
  for (const name of formats) {
    const format = { Q8_0, Q4_0 }[name];
    const quantized = await twin(shipped, format);
    const plain = await twin(quantized, F32);
    await load(plain, 'wasm');
    const theirs = await model.judge(cases);
    await load(quantized, device);
    const ours = await model.judge(cases);
    for (const [what, comparison] of compareNumbers(ours.numbers, theirs.numbers, fixtures.file)) {
      add('wasm', `${what} (${format.name})`, comparison);
    }
    const few = Math.min(positions, POSITIONS_PER_FORMAT);
    const tokens = await judgeByLlama(plain, model, all, pictures, few, answer.mismatches);
    add('llama.cpp', `tokens (${format.name})`, tokens);
  }
  return answer;
}

/** What is not the same to the last bit. */
function unlike(a: PytorchVerdict['numbers'], b: PytorchVerdict['numbers']): string[] {
  return [...a].flatMap(([name, values]) =>
    largestDifference(values, b.get(name) ?? new Float32Array(0)) === 0
      ? []
      : [`${name}: F32 weights give other numbers`],
  );
}

/** Compares one run's numbers with another's, by what they are. */
function compareNumbers(
  ours: PytorchVerdict['numbers'],
  theirs: PytorchVerdict['numbers'],
  { vocabSize, hiddenSize }: FixtureFile,
): Map<string, Comparison> {
  const comparisons = new Map<string, Comparison>();
  for (const [name, expected] of theirs) {
    const what = name.split(' of ', 1)[0]!;
    const actual = ours.get(name) ?? new Float32Array(0);
    const comparison =
      what === 'logits'
        ? compareRows(actual, expected, vocabSize, sameToken)
        : compareRows(actual, expected, hiddenSize, close);
    const total = comparisons.get(what) ?? noComparison();
    merge(total, comparison);
    comparisons.set(what, total);
  }
  return comparisons;
}

/** Compares what llama.cpp generates with what Glance finds likeliest at the same places. */
async function judgeByLlama(
  pair: Pair,
  model: Remote<JudgedModel>,
  all: readonly FixtureCase[],
  pictures: Map<string, Blob>,
  positions: number,
  mismatches: string[],
): Promise<Comparison> {
  const cases = spread(all, Math.ceil(positions / TOKENS_PER_CASE));
  const tokensPerCase = Math.max(TOKENS_PER_CASE, Math.ceil(positions / cases.length));
  const total = noComparison();
  const answers = new Map<FixtureCase, LlamaAnswer>();
  for (const ascii of [true, false]) {
    const own = cases.filter(({ messages }) => isAscii(messages) === ascii);
    if (own.length === 0) continue;
    const judge = await LlamaJudge.load(ascii ? await legibleTwin(pair.text) : pair.text, pair.vision);
    console.log(`llama.cpp ${judge.version}, ${own.length} conversations of ${tokensPerCase} tokens`);
    const topTokens = ascii ? TOP_TOKENS : TOP_TOKENS_BEYOND_ASCII;
    for (const fixture of own) {
      const answer = await judge.generate(fixture.messages, pictures, tokensPerCase, { topTokens });
      answers.set(fixture, answer);
    }
    await judge.dispose();
  }
  for (const [fixture, { promptTokens, steps }] of answers) {
    const ours = await model.follow(
      fixture,
      steps.map(({ id }) => id),
    );
    if (ours.promptTokens !== promptTokens) {
      mismatches.push(`${fixture.name}: ${ours.promptTokens} prompt tokens, llama.cpp has ${promptTokens}`);
    }
    const vocabSize = ours.logits.length / steps.length;
    for (const [index, { top }] of steps.entries()) {
      const logits = ours.logits.subarray(index * vocabSize, (index + 1) * vocabSize);
      const logProbabilities = logSoftmax(logits);
      for (const { id, logprob } of top) {
        total.maxAbs = Math.max(total.maxAbs, Math.abs(logProbabilities[id]! - logprob));
      }
      total.positions += 1;
      if (argmax(logits) === top[0]!.id) total.agreeing += 1;
      else console.log(`${fixture.name}, token ${index}: ${argmax(logits)}, llama.cpp says ${top[0]!.id}`);
    }
  }
  return total;
}

/** At most `count` items, evenly from first to last. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (count >= items.length) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!);
}

/** The same model in another format. */
async function twin({ text, vision }: Pair, format: TensorFormat): Promise<Pair> {
  const rewrite = async (file: Blob) =>
    new Blob([await requantizedTwin(await readGguf(blobSource(file, 'shipped')), format)]);
  return { text: await rewrite(text), vision: await rewrite(vision) };
}

async function fetchFixtures(): Promise<Fixtures> {
  const file: FixtureFile = JSON.parse(await (await fetchBlob('/fixtures/parity/cases.json')).text());
  return { file, arrays: await (await fetchBlob('/fixtures/parity/cases.bin')).arrayBuffer() };
}

async function fetchPictures(file: FixtureFile): Promise<Map<string, Blob>> {
  const names = Object.keys(file.pictures);
  const files = await Promise.all(names.map((name) => fetchBlob(`/fixtures/parity/pictures/${name}`)));
  return new Map(names.map((name, index) => [name, files[index]!]));
}

async function fetchBlob(path: string): Promise<Blob> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.blob();
}
