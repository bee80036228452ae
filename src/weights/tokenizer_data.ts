import type { TokenizerData } from '../model/tokenizer.ts';
import type { GgufFile } from './gguf.ts';
import {
  optionalNumber,
  optionalNumbers,
  optionalString,
  requireString,
  requireStrings,
} from './metadata.ts';

/**
 * The vocabulary in a text model's metadata, as the tokenizer wants it.
 * @throws GlanceError `model-missing-metadata`
 */
export function readTokenizerData(file: GgufFile): TokenizerData {
  return {
    fileName: file.source.name,
    model: requireString(file, 'tokenizer.ggml.model'),
    pre: optionalString(file, 'tokenizer.ggml.pre'),
    tokens: requireStrings(file, 'tokenizer.ggml.tokens'),
    tokenTypes: optionalNumbers(file, 'tokenizer.ggml.token_type'),
    merges: requireStrings(file, 'tokenizer.ggml.merges'),
    bosTokenId: optionalNumber(file, 'tokenizer.ggml.bos_token_id'),
    eosTokenId: optionalNumber(file, 'tokenizer.ggml.eos_token_id'),
    eotTokenId: optionalNumber(file, 'tokenizer.ggml.eot_token_id'),
  };
}

/**
 * The chat template in a text model's metadata (Jinja).
 * @throws GlanceError `model-missing-metadata`
 */
export function readChatTemplate(file: GgufFile): string {
  return requireString(file, 'tokenizer.chat_template');
}
