/** Our token ids against llama.cpp's, in Chromium; and how long a vocabulary of Qwen's size takes to load. */
import { describe, expect, test } from 'vitest';
import { Tokenizer } from '../../src/model/tokenizer.ts';
import { blobSource, fetchBlob } from '../../src/weights/byte_source.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import { readTokenizerData } from '../../src/weights/tokenizer_data.ts';
import { LlamaCpp, MAX_EMBED_TOKENS } from '../support/llama_cpp_tokens.ts';
import { isLong } from '../support/long.ts';
import { writeSyntheticText } from '../support/synthetic_model.ts';
import { LOOK_ALIKES, variedTexts } from '../support/texts.ts';
import { largeVocabulary, trainVocabulary, type Vocabulary } from '../support/vocabulary.ts';

async function tokenizerOf(blob: Blob): Promise<Tokenizer> {
  return new Tokenizer(readTokenizerData(await readGguf(blobSource(blob, 'model.gguf'))));
}

interface Case {
  text: string;
  ids: number[];
}

/** Whether llama.cpp finds no difference between our ids and its own for the same texts. */
async function agrees(judge: LlamaCpp, cases: readonly Case[]): Promise<boolean> {
  // llama.cpp leaves out the tokenizer's NFC step, so the judge is given what that step yields. It acts on
  // each stretch between special tokens; these are ASCII, so on the whole it does the same.
  const byText = await judge.embed(cases.flatMap(({ text }) => [text.normalize('NFC'), SEPARATOR]));
  const byIds = await judge.embed(cases.flatMap(({ ids }) => [...ids, SEPARATOR]));
  return byText.join() === byIds.join();
}

/** Stands between the texts of a sequence; any token will do. */
const SEPARATOR = 0;

/** Texts for which llama.cpp's ids are not ours. */
async function disagreements(judge: LlamaCpp, tokenizer: Tokenizer): Promise<Case[]> {
  const found: Case[] = [];
  let group: Case[] = [];
  const settle = async () => {
    if (group.length > 0 && !(await agrees(judge, group))) {
      for (const case_ of group) if (!(await agrees(judge, [case_]))) found.push(case_);
    }
    group = [];
  };
  let tokens = 0;
  for (const text of texts) {
    const ids = tokenizer.encode(text, { special: 'all' });
    if (tokens + ids.length > GROUP_TOKENS) {
      await settle();
      tokens = 0;
    }
    group.push({ text, ids });
    tokens += ids.length + 1;
  }
  await settle();
  return found;
}

/** The judge must notice one wrong id, and two that changed places, in a short sequence and in a full one. */
async function expectSharpJudge(judge: LlamaCpp, tokenizer: Tokenizer): Promise<void> {
  const long = tokenizer.encode('three of five circles are red, '.repeat(200)).slice(0, GROUP_TOKENS);
  for (const ids of [tokenizer.encode('red and blue'), long]) {
    const middle = ids.length >> 1;
    const wrong = ids.with(middle, ids[middle]! ^ 1);
    const swapped = ids.with(middle, ids[middle + 1]!).with(middle + 1, ids[middle]!);
    expect(swapped).not.toEqual(ids);
    const right = (await judge.embed(ids)).join();
    expect((await judge.embed(ids)).join()).toBe(right);
    expect((await judge.embed(wrong)).join()).not.toBe(right);
    expect((await judge.embed(swapped)).join()).not.toBe(right);
  }
}

const GROUP_TOKENS = 400;
const TEXTS = isLong ? 2000 : 300;
const texts = [
  ...LOOK_ALIKES,
  ...variedTexts(TEXTS - LOOK_ALIKES.length, 7).map((text) => text.slice(0, MAX_EMBED_TOKENS / 4)),
];

/** The demo model's own vocabulary, taken from its file. */
async function picoVocabulary(): Promise<Vocabulary> {
  const blob = await fetchBlob('/models/pico/pico-Q8_0.gguf');
  const data = readTokenizerData(await readGguf(blobSource(blob, 'pico-Q8_0.gguf')));
  return { tokens: [...data.tokens], tokenTypes: [...data.tokenTypes!], merges: [...data.merges] };
}

describe(`ids equal those of llama.cpp on ${TEXTS} texts`, () => {
  test.each([
    ['of the demo model', picoVocabulary],
    ['trained on many scripts', async () => trainVocabulary(variedTexts(2000, 1), 3000)],
  ])('with the vocabulary %s', { timeout: 300_000 }, async (_, vocabulary) => {
    expect(texts.length).toBe(TEXTS);
    // A network of one small layer: the judge's work is to tell sequences apart.
    const config = {
      layerCount: 1,
      hiddenSize: 32,
      headCount: 1,
      ffnSize: 32,
      contextLength: MAX_EMBED_TOKENS,
    };
    const blob = new Blob([writeSyntheticText(await vocabulary(), { config })]);
    const tokenizer = await tokenizerOf(blob);
    const judge = await LlamaCpp.load(blob);
    try {
      await expectSharpJudge(judge, tokenizer);
      expect(await disagreements(judge, tokenizer)).toEqual([]);
    } finally {
      await judge.close();
    }
  });
});

test('a vocabulary of 151,936 tokens loads and tokenises', { timeout: 120_000 }, async () => {
  const file = new Blob([writeSyntheticText(largeVocabulary(3), { config: { hiddenSize: 32 } })]);
  const started = performance.now();
  const header = await readGguf(blobSource(file, 'large.gguf'));
  const headerMs = performance.now() - started;
  const tokenizer = new Tokenizer(readTokenizerData(header));
  const totalMs = performance.now() - started;
  console.info(`151,936 tokens: header ${headerMs.toFixed(0)} ms, with tokenizer ${totalMs.toFixed(0)} ms`);
  expect(tokenizer.vocabSize).toBe(151_936);
  const decoder = new TextDecoder();
  for (const text of texts.slice(0, 200)) {
    const bytes = tokenizer.encode(text).flatMap((id) => [...tokenizer.decodeBytes(id)]);
    expect(decoder.decode(new Uint8Array(bytes))).toBe(text.normalize('NFC').replace(/^\ufeff/, ''));
  }
});
