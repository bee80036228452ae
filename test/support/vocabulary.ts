/** Byte-level BPE vocabularies made for tests: trained ones, where merges matter, and large ones. */
import { BYTE_TO_CHARACTER } from '../../src/model/byte_alphabet.ts';
import { TokenType } from '../../src/model/tokenizer.ts';
import { randomFrom } from './random.ts';

/** The parts of a vocabulary as a GGUF file stores them. */
export interface Vocabulary {
  tokens: string[];
  tokenTypes: number[];
  merges: string[];
}

/** Qwen's special tokens as llama.cpp's converter types them. */
const SPECIAL_TOKENS: readonly (readonly [string, number])[] = [
  ['<|endoftext|>', TokenType.control],
  ['<|im_start|>', TokenType.control],
  ['<|im_end|>', TokenType.control],
  ['<|vision_start|>', TokenType.control],
  ['<|vision_end|>', TokenType.control],
  ['<|vision_pad|>', TokenType.control],
  ['<|image_pad|>', TokenType.control],
  ['<|video_pad|>', TokenType.control],
  ['<tool_call>', TokenType.userDefined],
  ['</tool_call>', TokenType.userDefined],
  ['<tool_response>', TokenType.userDefined],
  ['</tool_response>', TokenType.userDefined],
  ['<think>', TokenType.userDefined],
  ['</think>', TokenType.userDefined],
];

function assemble(ordinary: readonly string[], merges: string[]): Vocabulary {
  const tokens = [...ordinary, ...SPECIAL_TOKENS.map(([token]) => token)];
  const tokenTypes = [...ordinary.map(() => TokenType.normal), ...SPECIAL_TOKENS.map(([, type]) => type)];
  // Published vocabularies are padded to a round size with tokens that nothing produces.
  while (tokens.length % 64 !== 0) {
    tokens.push(`[PAD${tokens.length}]`);
    tokenTypes.push(TokenType.unused);
  }
  return { tokens, tokenTypes, merges };
}

/** The vocabulary with those of Qwen's special tokens that it lacks, in the places of padding. */
export function withSpecialTokens({
  tokens,
  tokenTypes,
  merges,
}: {
  readonly [part in keyof Vocabulary]: readonly Vocabulary[part][number][];
}): Vocabulary {
  const filled: Vocabulary = { tokens: [...tokens], tokenTypes: [...tokenTypes], merges: [...merges] };
  for (const [token, type] of SPECIAL_TOKENS) {
    if (tokens.includes(token)) continue;
    const padding = filled.tokenTypes.indexOf(TokenType.unused);
    const id = padding === -1 ? filled.tokens.length : padding;
    filled.tokens[id] = token;
    filled.tokenTypes[id] = type;
  }
  return filled;
}

/** Qwen2's pre-tokeniser as a plain JavaScript pattern, to train with. */
export function splitLikeQwen(text: string): string[] {
  const pattern =
    /'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
  return text.match(pattern) ?? [];
}

/**
 * Learns `mergeCount` merges by byte-pair encoding (Sennrich et al. 2016): again and again the most
 * frequent pair of neighbours becomes a token.
 * Merges never cross the pre-tokeniser's borders.
 */
export function trainVocabulary(texts: readonly string[], mergeCount: number): Vocabulary {
  const counts = new Map<string, number>();
  const encoder = new TextEncoder();
  for (const text of texts) {
    for (const piece of splitLikeQwen(text.normalize('NFC'))) {
      const letters = Array.from(encoder.encode(piece), (byte) => BYTE_TO_CHARACTER[byte]).join('');
      counts.set(letters, (counts.get(letters) ?? 0) + 1);
    }
  }
  const words = [...counts].map(([letters, count]) => ({ parts: [...letters], count }));
  const pairCounts = new Map<string, number>();
  const pairWords = new Map<string, Set<number>>();
  const tally = (index: number, sign: 1 | -1) => {
    const { parts, count } = words[index]!;
    for (let i = 0; i + 1 < parts.length; i++) {
      const pair = `${parts[i]} ${parts[i + 1]}`;
      pairCounts.set(pair, (pairCounts.get(pair) ?? 0) + sign * count);
      if (sign === 1) {
        const indices = pairWords.get(pair) ?? new Set();
        pairWords.set(pair, indices.add(index));
      }
    }
  };
  words.forEach((_, index) => {
    tally(index, 1);
  });

  const tokens = new Set(BYTE_TO_CHARACTER);
  const merges: string[] = [];
  while (merges.length < mergeCount) {
    let best = '';
    let bestCount = 1;
    for (const [pair, count] of pairCounts) {
      if (count > bestCount || (count === bestCount && count > 1 && pair < best)) {
        best = pair;
        bestCount = count;
      }
    }
    if (best === '') break;
    const [left, right] = best.split(' ') as [string, string];
    merges.push(best);
    tokens.add(left + right);
    for (const index of pairWords.get(best) ?? []) {
      tally(index, -1);
      const word = words[index]!;
      const parts: string[] = [];
      for (let i = 0; i < word.parts.length; i++) {
        if (word.parts[i] === left && word.parts[i + 1] === right) {
          parts.push(left + right);
          i++;
        } else {
          parts.push(word.parts[i]!);
        }
      }
      word.parts = parts;
      tally(index, 1);
    }
    pairCounts.delete(best);
    pairWords.delete(best);
  }
  return assemble([...tokens], merges);
}

/**
 * A vocabulary of Qwen's size: 151,387 merges, each of two tokens that exist already, 151,936 tokens. Its
 * merges are random, so it serves for measuring, not for texts.
 */
export function largeVocabulary(seed: number): Vocabulary {
  const random = randomFrom(seed);
  const tokens = [...BYTE_TO_CHARACTER];
  const known = new Set(tokens);
  const merges: string[] = [];
  while (merges.length < 151_387) {
    const left = tokens[Math.floor(random() * tokens.length)]!;
    const right = tokens[Math.floor(random() ** 2 * Math.min(tokens.length, 20_000))]!;
    const token = left + right;
    if (token.length > 16 || known.has(token)) continue;
    known.add(token);
    tokens.push(token);
    merges.push(`${left} ${right}`);
  }
  const vocabulary = assemble(tokens, merges);
  for (let id = vocabulary.tokens.length; id < 151_936; id++) {
    vocabulary.tokens.push(`[PAD${id}]`);
    vocabulary.tokenTypes.push(TokenType.unused);
  }
  return vocabulary;
}
