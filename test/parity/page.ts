import { type Remote, wrap } from 'comlink';
import type { Device } from '../../src/model/request.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import { dequantizedTwin } from '../support/gguf_writer.ts';
import { offer } from '../support/offer.ts';
import { argmax, type Comparison, logSoftmax, noComparison } from './comparison.ts';
import type { ParityAnswer, ParityRequest, ParityResult } from './contract.ts';
import type { FixtureCase, FixtureFile, Fixtures } from './fixtures.ts';
import { LlamaJudge } from './llama.ts';
import type { JudgedModel } from './worker.ts';

/** Tokens that llama.cpp adds to each prompt; pico's own answers are about as long. */
const TOKENS_PER_CASE = 12;

interface Pair {
  text: Blob;
  vision: Blob;
}

offer(async ({ device, positions }: ParityRequest): Promise<ParityAnswer> => {
  const fixtures = await fetchFixtures();
  const pictures = await fetchPictures(fixtures.file);
  const shipped: Pair = {
    text: await fetchBlob('/models/pico/pico-Q8_0.gguf'),
    vision: await fetchBlob('/models/pico/mmproj-pico-F16.gguf'),
  };
  const f32: Pair = { text: await twin(shipped.text), vision: await twin(shipped.vision) };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('error', (event) => {
    throw new Error(`The worker failed: ${event.message}`);
  });
  const model = wrap<JudgedModel>(worker);
  const answer: ParityAnswer = { results: [], mismatches: [] };

  for (const [pair, suffix] of [
    [shipped, ' (as shipped)'],
    [f32, ''],
  ] as const) {
    await model.load(pair.text, pair.vision, device, pictures, fixtures);
    const { comparisons, mismatches, unlike } = await model.judge();
    for (const [what, comparison] of Object.entries(comparisons)) {
      answer.results.push(result('pytorch', device, `${what}${suffix}`, comparison));
    }
    answer.mismatches.push(...mismatches.map((mismatch) => `${mismatch}${suffix}`));
    // Dequantising on load and dequantising beforehand are the same arithmetic.
    if (device === 'wasm') {
      answer.mismatches.push(...unlike.map((name) => `${name}: F32 weights give other numbers`));
    }
  }

  const cases = spread(fixtures.file.cases, Math.ceil(positions / TOKENS_PER_CASE));
  const perCase = Math.max(TOKENS_PER_CASE, Math.ceil(positions / cases.length));
  const tokens = await judgeByLlama(f32, model, cases, pictures, perCase, answer.mismatches);
  answer.results.push(result('llama.cpp', device, 'tokens', tokens));
  return answer;
});

/** Compares what llama.cpp generates with what Glance finds likeliest at the same places. */
async function judgeByLlama(
  pair: Pair,
  model: Remote<JudgedModel>,
  cases: readonly FixtureCase[],
  pictures: Map<string, Blob>,
  tokensPerCase: number,
  mismatches: string[],
): Promise<Comparison> {
  const judge = await LlamaJudge.load(pair.text, pair.vision);
  console.log(`llama.cpp ${judge.version}, ${cases.length} conversations of ${tokensPerCase} tokens`);
  const total = noComparison();
  for (const fixture of cases) {
    const { promptTokens, steps } = await judge.generate(fixture.messages, pictures, tokensPerCase);
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
  await judge.dispose();
  return total;
}

function result(
  judge: ParityResult['judge'],
  device: Device,
  what: string,
  { maxAbs, agreeing, positions }: Comparison,
): ParityResult {
  return { judge, device, what, maxAbs, agreement: agreeing / positions, positions };
}

/** At most `count` items, evenly from first to last. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (count >= items.length) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!);
}

async function twin(file: Blob): Promise<Blob> {
  return new Blob([await dequantizedTwin(await readGguf(blobSource(file, 'shipped')))]);
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
