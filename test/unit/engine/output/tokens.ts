/** A vocabulary of single bytes and Qwen's special tokens, to spell model output with. */
import { Tokenizer } from '../../../../src/model/tokenizer.ts';
import { trainVocabulary } from '../../../support/vocabulary.ts';

const vocabulary = trainVocabulary([], 0);

export const tokenizer = tokenizerOf(vocabulary);

/** The same without tokens for thoughts and calls. */
export const withoutMarks = tokenizerOf({
  ...vocabulary,
  tokens: vocabulary.tokens.map((token, id) => (vocabulary.tokenTypes[id] === 4 ? `[${id}]` : token)),
});

function tokenizerOf({ tokens, tokenTypes, merges }: typeof vocabulary): Tokenizer {
  return new Tokenizer({
    fileName: 'model.gguf',
    model: 'gpt2',
    pre: 'qwen2',
    tokens,
    tokenTypes,
    merges,
    bosTokenId: null,
    eosTokenId: tokens.indexOf('<|im_end|>'),
    eotTokenId: null,
  });
}

/** Tokens of a text in which marks are marks. */
export function idsOf(text: string): number[] {
  return tokenizer.encode(text, { special: 'user-defined' });
}
