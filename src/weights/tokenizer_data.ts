import type { TokenizerData } from '../model/tokenizer.ts';
import type { GgufFile } from './gguf.ts';
import { fileError } from './gguf_types.ts';
import {
  optionalNumber,
  optionalNumbers,
  optionalString,
  requireString,
  requireStrings,
} from './metadata.ts';
import { TOKEN_EMBEDDING } from './tensor_names.ts';

/**
 * The vocabulary in a text model's metadata, as the tokenizer wants it.
 * @throws GlanceError `model-missing-metadata`, `model-missing-tensor` if there are more tokens than
 * embedding rows, since such a token could be asked for but not looked up
 */
export function readTokenizerData(file: GgufFile): TokenizerData {
  const tokens = requireStrings(file, 'tokenizer.ggml.tokens');
  const rows = file.tensors.get(TOKEN_EMBEDDING)?.shape[0];
  if (rows !== undefined && tokens.length > rows) {
    throw fileError(
      'model-missing-tensor',
      file.source,
      `${file.source.name} has ${tokens.length} tokens, but embeddings for ${rows}. Choose another file of the model.`,
      { tokens: tokens.length, rows },
    );
  }
  return {
    fileName: file.source.name,
    model: requireString(file, 'tokenizer.ggml.model'),
    pre: optionalString(file, 'tokenizer.ggml.pre'),
    tokens,
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
