/** Token ids against Hugging Face's tokenizers: the Rust reference (fixture) and transformers.js. */
import { readFileSync } from 'node:fs';
import { PreTrainedTokenizer } from '@huggingface/transformers';
import { describe, expect, test } from 'vitest';
import type { GlanceError } from '../../../src/model/errors.ts';
import { Tokenizer, type TokenizerData, TokenType } from '../../../src/model/tokenizer.ts';
import { referenceTokenizerJson } from '../../support/reference_tokenizer.ts';
import { LOOK_ALIKES, variedTexts } from '../../support/texts.ts';
import { trainVocabulary, type Vocabulary } from '../../support/vocabulary.ts';

function dataOf(vocabulary: Vocabulary, changes: Partial<TokenizerData> = {}): TokenizerData {
  return {
    fileName: 'model.gguf',
    model: 'gpt2',
    pre: 'qwen2',
    ...vocabulary,
    bosTokenId: null,
    eosTokenId: vocabulary.tokens.indexOf('<|im_end|>'),
    eotTokenId: null,
    ...changes,
  };
}

const vocabulary = trainVocabulary(variedTexts(2000, 1), 3000);
const tokenizer = new Tokenizer(dataOf(vocabulary));
const texts = [...LOOK_ALIKES, ...variedTexts(2000, 23)];

const specialTokens = new Set([...tokenizer.controlTokens, ...tokenizer.userDefinedTokens]);
const isSpecial = (id: number) => specialTokens.has(tokenizer.tokenText(id));

function decode(ids: readonly number[]): string {
  const bytes = ids.flatMap((id) => [...tokenizer.decodeBytes(id)]);
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
}

describe('ids', () => {
  test('equal those of the Rust reference', () => {
    const path = new URL('../../fixtures/tokenizer/reference.json', import.meta.url);
    const cases = JSON.parse(readFileSync(path, 'utf8')) as { text: string; ids: number[] }[];
    expect(cases.length).toBeGreaterThan(500);
    for (const { text, ids } of cases)
      expect([text, tokenizer.encode(text, { special: 'all' })]).toEqual([text, ids]);
  });

  test('equal those of transformers.js', () => {
    const judge = new PreTrainedTokenizer(referenceTokenizerJson(vocabulary), {});
    for (const text of texts) {
      const ids = judge.encode(text, { add_special_tokens: false });
      expect([text, tokenizer.encode(text, { special: 'all' })]).toEqual([text, ids]);
    }
  });

  test('use the merges: texts of the kind trained on take far fewer tokens than bytes', () => {
    const sample = variedTexts(300, 1);
    const bytes = sample.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const tokens = sample.reduce((sum, text) => sum + tokenizer.encode(text).length, 0);
    expect(tokens).toBeLessThan(bytes / 2);
  });

  // Quadratic time would take half an hour here.
  test('a very long text takes time in proportion', { timeout: 120_000 }, () => {
    for (const unit of ['a', ' ', '\n', '!', '中', 'ab1 ', "'s", '\u0301', ' \n']) {
      const text = unit.repeat(50_000 / unit.length);
      const ids = tokenizer.encode(text);
      expect(ids.reduce((sum, id) => sum + tokenizer.decodeBytes(id).length, 0)).toBe(
        Buffer.byteLength(text),
      );
    }
  });

  test('of nothing are none', () => {
    expect(tokenizer.encode('')).toEqual([]);
    expect(tokenizer.encode('', { special: 'all' })).toEqual([]);
  });

  test('take a lone surrogate for the replacement character, as UTF-8 does', () => {
    expect(tokenizer.encode('a\ud83d b\ude00')).toEqual(tokenizer.encode('a\ufffd b\ufffd'));
    expect(decode(tokenizer.encode('😀\ud83d'))).toBe('😀\ufffd');
  });
});

describe('special tokens', () => {
  const text = '<|im_start|>user\nhi<think>hm</think><|im_end|>';
  const id = (token: string) => tokenizer.idOf(token)!;

  test('none: every text stays text', () => {
    for (const candidate of [...texts, ...vocabulary.tokens.slice(-64)]) {
      const ids = tokenizer.encode(candidate, { special: 'none' });
      expect(ids.some(isSpecial)).toBe(false);
      expect(decode(ids)).toBe(candidate.normalize('NFC'));
    }
    expect(tokenizer.encode(text)).toEqual(tokenizer.encode(text, { special: 'none' }));
  });

  test('user-defined: the model’s own markup, no control token', () => {
    const ids = tokenizer.encode(text, { special: 'user-defined' });
    expect(ids.filter(isSpecial)).toEqual([id('<think>'), id('</think>')]);
    expect(decode(ids)).toBe(text);
  });

  test('all: both', () => {
    expect(tokenizer.encode(text, { special: 'all' }).filter(isSpecial)).toEqual(
      ['<|im_start|>', '<think>', '</think>', '<|im_end|>'].map(id),
    );
  });

  test('where one begins another, the longest wins', () => {
    const tokens = [...vocabulary.tokens, '<tool', '<tool_call>x'];
    const tokenTypes = [...vocabulary.tokenTypes, TokenType.userDefined, TokenType.userDefined];
    const longest = new Tokenizer(dataOf({ ...vocabulary, tokens, tokenTypes }));
    const pieces = longest.split('<tool_call>x<tool_call>y<toolz', 'all').map((piece) => piece.text);
    expect(pieces).toEqual(['<tool_call>x', '<tool_call>', 'y', '<tool', 'z']);
  });

  test('control tokens are told from the model’s own words', () => {
    expect(tokenizer.isControl(id('<|im_start|>'))).toBe(true);
    expect(tokenizer.isControl(id('<think>'))).toBe(false);
    expect(tokenizer.isControl(0)).toBe(false);
  });

  test('end tokens: those of ChatML, and what the file names', () => {
    expect([...tokenizer.endTokenIds]).toEqual([id('<|im_end|>'), id('<|endoftext|>')]);
    expect([...new Tokenizer(dataOf(vocabulary, { eotTokenId: 300 })).endTokenIds]).toContain(300);
    expect(tokenizer.eosToken).toBe('<|im_end|>');
    expect(tokenizer.bosToken).toBe('');
  });

  test('picture tokens', () => {
    expect(tokenizer.visionTokenIds).toEqual({
      visionStart: id('<|vision_start|>'),
      visionEnd: id('<|vision_end|>'),
      imagePad: id('<|image_pad|>'),
      videoPad: id('<|video_pad|>'),
    });
    const textOnly = vocabulary.tokens.map((token) => token.replace('image_pad', 'other'));
    expect(new Tokenizer(dataOf({ ...vocabulary, tokens: textOnly })).visionTokenIds).toBeNull();
  });
});

describe('a token', () => {
  test('of ordinary text stands for bytes, a special one for its name', () => {
    expect(tokenizer.tokenText(tokenizer.encode(' ')[0]!)).toBe('Ġ');
    expect([...tokenizer.decodeBytes(tokenizer.encode(' ')[0]!)]).toEqual([0x20]);
    expect(new TextDecoder().decode(tokenizer.decodeBytes(tokenizer.idOf('<think>')!))).toBe('<think>');
    const bytes = Array.from({ length: 256 }, (_, byte) => byte);
    const all = vocabulary.tokens.slice(0, 256).map((_, i) => tokenizer.decodeBytes(i)[0]);
    expect(all).toEqual(bytes);
  });

  test('outside the vocabulary is an error', () => {
    expect(tokenizer.vocabSize).toBe(vocabulary.tokens.length);
    expect(() => tokenizer.decodeBytes(tokenizer.vocabSize)).toThrow(RangeError);
    expect(() => tokenizer.tokenText(-1)).toThrow(RangeError);
    expect(tokenizer.idOf('no such token')).toBeUndefined();
  });
});

describe('a vocabulary that cannot be used is refused', () => {
  const without = (token: string) =>
    vocabulary.tokens.map((candidate) => (candidate === token ? `${candidate}?` : candidate));
  const [left, right] = vocabulary.merges[5]!.split(' ') as [string, string];

  test.each<[string, Partial<TokenizerData>, string]>([
    ['SentencePiece', { model: 'llama' }, 'tokenizer-unsupported'],
    ['another pre-tokeniser', { pre: 'llama-bpe' }, 'tokenizer-unsupported'],
    ['no pre-tokeniser named', { pre: null }, 'tokenizer-unsupported'],
    ['a byte without token', { tokens: without('Ġ') }, 'file-corrupt'],
    ['a merge without token', { tokens: without(left + right) }, 'file-corrupt'],
    ['a merge of one part', { merges: [...vocabulary.merges, 'Ġ'] }, 'file-corrupt'],
    ['fewer types than tokens', { tokenTypes: [1] }, 'file-corrupt'],
    ['an end token that is not there', { eosTokenId: 1e6 }, 'file-corrupt'],
  ])('%s', (_, changes, code) => {
    let error: GlanceError | undefined;
    try {
      new Tokenizer(dataOf(vocabulary, changes));
    } catch (thrown) {
      error = thrown as GlanceError;
    }
    expect(error?.code).toBe(code);
    expect(error?.message).toContain('model.gguf');
  });
});

test('the libraries are those that transformers.js 4.3.1 itself uses', () => {
  const read = (path: string) =>
    JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')) as {
      version: string;
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
      packages: Record<string, { version: string }>;
    };
  // All that ships is bundled, so that nothing is a dependency of the package.
  const ours = read('package.json').devDependencies;
  const transformers = read('node_modules/@huggingface/transformers/package.json');
  expect(transformers.version).toBe('4.3.1');
  const locked = read('package-lock.json').packages;
  for (const name of ['@huggingface/tokenizers', '@huggingface/jinja', 'onnxruntime-web']) {
    // One copy serves both: npm nests a second one where the ranges cannot meet.
    expect(locked[`node_modules/${name}`]!.version).toBe(ours[name]);
    expect(locked[`node_modules/@huggingface/transformers/node_modules/${name}`]).toBeUndefined();
    expect(transformers.dependencies).toHaveProperty([name]);
  }
});
