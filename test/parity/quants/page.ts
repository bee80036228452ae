import { wrap } from 'comlink';
import { readableFormats } from '../../../src/weights/formats/index.ts';
import { readGguf } from '../../../src/weights/gguf.ts';
import { readChatTemplate } from '../../../src/weights/tokenizer_data.ts';
import { differingRows } from '../../support/llama_cpp_rows.ts';
import { picoFiles, vocabulary } from '../../support/models.ts';
import { offer } from '../../support/offer.ts';
import { argmax, logSoftmax } from '../comparison.ts';
import type { Fixtures } from '../fixtures.ts';
import { type LlamaAnswer, LlamaJudge } from '../llama.ts';
import type { JudgedModel } from '../worker.ts';
import type { QuantAnswer, QuantPart, QuantRequest } from './contract.ts';
import { conversations, pictureNames } from './conversations.ts';
import { DivergenceSum, divergence } from './distance.ts';
import { drawable, f32Twin, formatsOf, type Pair, writeModel } from './models.ts';

/** Tokens that the engine takes at a time: its kernels are compiled for one row, for a few, and for eight. */
const STEP_SIZES = [1, 1, 1, 3, 8];

const PARTS: readonly QuantPart[] = ['text', 'vision'];

const started = new Worker(new URL('../worker.ts', import.meta.url), { type: 'module' });
started.addEventListener('error', (event) => {
  throw new Error(`The worker failed: ${event.message}`);
});
const engine = wrap<JudgedModel>(started);

const noFixtures: Fixtures = {
  file: {
    vocabSize: vocabulary.tokens.length,
    hiddenSize: 0,
    maxPixels: 65_536,
    pictures: {},
    cases: [],
  },
  arrays: new ArrayBuffer(0),
};

offer(async ({ quant, device, positions }: QuantRequest): Promise<QuantAnswer> => {
  const pair = writeModel(quant, readChatTemplate(await readGguf((await picoFiles()).text)));
  const twin = await f32Twin(pair);
  const pictures = await fetchPictures();
  const answer: QuantAnswer = { results: [], mismatches: [] };

  const start = performance.now();
  const note = (what: string) =>
    console.log(`${quant}: ${what} after ${((performance.now() - start) / 1000).toFixed(1)} s`);

  // llama.cpp draws with the twin's weights; then its quantised run is led along the same tokens.
  const drawn = await continueAll(twin, pictures, positions);
  const led = await continueAll(pair, pictures, positions, drawn);

  note('llama.cpp has answered');

  await engine.load(pair.text, pair.vision, device, pictures, noFixtures);
  const dequantizedEqual = await isDequantizedAlike(quant);
  note('the engine is ready');
  for (const part of PARTS) {
    const [ours, llamas] = [new DivergenceSum(), new DivergenceSum()];
    const tokens = new Set<number>();
    for (const [index, conversation] of conversations[part].entries()) {
      const { promptTokens, steps } = drawn[part][index]!;
      const ids = steps.map(({ id }) => id);
      const followed = await engine.follow(conversation, ids, STEP_SIZES);
      if (followed.promptTokens !== promptTokens) {
        answer.mismatches.push(
          `${quant}, ${conversation.name}: ${followed.promptTokens} prompt tokens, llama.cpp has ${promptTokens}`,
        );
      }
      const vocabSize = followed.logits.length / steps.length;
      for (const [step, { id, top }] of steps.entries()) {
        tokens.add(id);
        const logits = followed.logits.subarray(step * vocabSize, (step + 1) * vocabSize);
        const logProbabilities = logSoftmax(logits);
        ours.add(
          divergence(top, (token) => logProbabilities[token]!),
          argmax(logits) === top[0]!.id,
        );
        const other = led[part][index]!.steps[step]!;
        if (other.id !== id) {
          answer.mismatches.push(`${quant}, ${conversation.name}: llama.cpp was not led to token ${step}`);
        }
        const told = new Map(other.top.map(({ id, logprob }) => [id, logprob]));
        llamas.add(
          divergence(top, (token) => told.get(token) ?? Number.NaN),
          other.top[0]!.id === top[0]!.id,
        );
      }
    }
    answer.results.push({
      quant,
      part,
      device,
      dequantizedEqual,
      meanKL: ours.mean,
      maxKL: ours.max,
      agreement: ours.agreement,
      positions: ours.positions,
      distinct: tokens.size,
      llamaMeanKL: llamas.mean,
      llamaAgreement: llamas.agreement,
    });
  }
  note('all is compared');
  return answer;
});

type Answers = Record<QuantPart, LlamaAnswer[]>;

/**
 * Has llama.cpp continue all conversations.
 *
 * @param along answers whose tokens it must give again
 */
async function continueAll(
  { text, vision }: Pair,
  pictures: ReadonlyMap<string, Blob>,
  positions: number,
  along?: Answers,
): Promise<Answers> {
  const judge = await LlamaJudge.load(text, vision);
  const answers: Answers = { text: [], vision: [] };
  try {
    for (const part of PARTS) {
      const tokens = Math.ceil(positions / conversations[part].length);
      for (const [index, { messages }] of conversations[part].entries()) {
        const ids = along?.[part][index]?.steps.map(({ id }) => id);
        const how = ids === undefined ? { seed: index + 1 } : { follow: String.fromCharCode(...ids) };
        const options = { topTokens: drawable.length, ...how };
        answers[part].push(await judge.generate(messages, pictures, tokens, options));
      }
    }
  } finally {
    await judge.dispose();
  }
  return answers;
}

/** By the format's name, what was found out so far. */
const dequantizedAlike = new Map<string, boolean>();

/** Whether llama.cpp makes the same numbers as we of every format that the model has. */
async function isDequantizedAlike(quant: string): Promise<boolean> {
  const { names } = formatsOf(quant);
  for (const name of names) {
    if (dequantizedAlike.has(name)) continue;
    const format = readableFormats.find((candidate) => candidate.name === name)!;
    const { different, misread } = await differingRows(format);
    dequantizedAlike.set(name, different.join() === misread.join());
  }
  return names.every((name) => dequantizedAlike.get(name));
}

async function fetchPictures(): Promise<Map<string, Blob>> {
  const fetched = pictureNames.map(async (name) => {
    const response = await fetch(`/fixtures/parity/pictures/${name}`);
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
    return [name, await response.blob()] as const;
  });
  return new Map(await Promise.all(fetched));
}
