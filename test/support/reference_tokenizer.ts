/** The tokenizer.json that Qwen publishes, over a vocabulary of ours: what reference tokenizers are built from. */
import { TokenType } from '../../src/model/tokenizer.ts';
import type { Vocabulary } from './vocabulary.ts';

/** As published for Qwen2 to Qwen3-VL, in Oniguruma's syntax. */
const PUBLISHED_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

export function referenceTokenizerJson({ tokens, tokenTypes, merges }: Vocabulary) {
  const added = tokens.flatMap((content, id) => {
    const type = tokenTypes[id];
    if (type !== TokenType.control && type !== TokenType.userDefined) return [];
    const special = type === TokenType.control;
    return [{ id, content, special, single_word: false, lstrip: false, rstrip: false, normalized: false }];
  });
  const ordinary = tokens.flatMap((token, id) =>
    tokenTypes[id] === TokenType.normal ? [[token, id] as const] : [],
  );
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: PUBLISHED_PATTERN }, behavior: 'Isolated', invert: false },
        byteLevel,
      ],
    },
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(ordinary),
      merges: merges.map((merge) => merge.split(' ')),
    },
  };
}
