import type * as XGrammar from '@mlc-ai/web-xgrammar';
import { bytesOfAlphabetText } from '../../model/byte_alphabet.ts';
import type { Tokenizer } from '../../model/tokenizer.ts';
import { formatsUnreachable } from './unreachable.ts';
import { isNeverInUtf8 } from './utf8.ts';

/** XGrammar's API: its WebAssembly is inside the module. */
export type XGrammarLibrary = Pick<
  typeof XGrammar,
  'Grammar' | 'GrammarCompiler' | 'GrammarMatcher' | 'TokenizerInfo'
>;

/** @throws GlanceError `file-unreachable` if it cannot be loaded */
export async function loadXGrammar(): Promise<XGrammarLibrary> {
  try {
    const module: Partial<XGrammarLibrary> & { default?: XGrammarLibrary } = await import(
      '@mlc-ai/web-xgrammar'
    );
    // It is a script in an old form, which bundlers make a module of in different ways, and browsers a global.
    const { xgrammar } = globalThis as { xgrammar?: XGrammarLibrary };
    const library = module.Grammar ? (module as XGrammarLibrary) : (module.default ?? xgrammar);
    if (library === undefined) throw new Error('the module is empty');
    return library;
  } catch (cause) {
    throw formatsUnreachable(cause);
  }
}

/**
 * The texts of tokens as XGrammar wants them, in the byte alphabet. Tokens that are no part of a text are empty,
 * which it never allows: marks, control tokens, padding, and bytes that UTF-8 does not have.
 */
export function vocabularyTexts(tokenizer: Tokenizer): string[] {
  return Array.from({ length: tokenizer.vocabSize }, (_, id) => {
    if (!tokenizer.isOrdinary(id)) return '';
    const text = tokenizer.tokenText(id);
    const bytes = bytesOfAlphabetText(text);
    return bytes === null || bytes.some(isNeverInUtf8) ? '' : text;
  });
}

interface KnownVocabulary {
  fingerprint: string;
  info: Promise<XGrammar.TokenizerInfo>;
}

/**
 * The vocabulary that was asked for last. The library never frees the texts it was given, so that a model that is
 * loaded again, or another with the same vocabulary, should not hand them over again.
 */
let known: KnownVocabulary | null = null;

/** What XGrammar has to know of a vocabulary; it takes some 0.4 s for Qwen's. */
export function tokenizerInfo(
  library: XGrammarLibrary,
  tokenizer: Tokenizer,
): Promise<XGrammar.TokenizerInfo> {
  const texts = vocabularyTexts(tokenizer);
  const ends = [...tokenizer.endTokenIds];
  const fingerprint = `${ends.join()} ${texts.length} ${hash(texts)}`;
  if (known?.fingerprint === fingerprint) return known.info;
  known?.info.then((info) => info.dispose()).catch(() => {});
  const info = library.TokenizerInfo.createTokenizerInfo(texts, 'byte_level', false, texts.length, ends);
  known = { fingerprint, info };
  info.catch(() => {
    known = null;
  });
  return info;
}

/** Two 32-bit FNV-1a hashes of different beginnings. */
function hash(texts: readonly string[]): string {
  let [a, b] = [0x811c9dc5, 0x1234567];
  for (const text of texts) {
    for (let i = 0; i <= text.length; i++) {
      const unit = i < text.length ? text.charCodeAt(i) : 0xffff;
      a = Math.imul(a ^ unit, 0x01000193);
      b = Math.imul(b ^ unit, 0x01000193);
    }
  }
  return `${(a >>> 0).toString(16)} ${(b >>> 0).toString(16)}`;
}
