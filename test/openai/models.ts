import { blobSource } from '../../src/weights/byte_source.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import { readTokenizerData } from '../../src/weights/tokenizer_data.ts';
import instruct from '../fixtures/templates/qwen3-vl-instruct.jinja?raw';
import thinking from '../fixtures/templates/qwen3-vl-thinking.jinja?raw';
import { contentOf, list, text, writeGguf } from '../support/gguf_writer.ts';
import { withSpecialTokens } from '../support/vocabulary.ts';

/** Published chat templates of Qwen3-VL, both of which know tools; the second always thinks. */
const TEMPLATES = { instruct, thinking } as const;

/**
 * pico's text file with a published chat template, and the special tokens that it needs in places of padding. It was
 * trained on neither, so what it says there is arbitrary, but always the same.
 */
export async function picoWithTemplate(pico: Blob, template: keyof typeof TEMPLATES): Promise<File> {
  const file = await readGguf(blobSource(pico, 'pico'));
  const { tokens, tokenTypes } = withSpecialTokens(vocabularyOf(readTokenizerData(file)));
  const content = await contentOf(file);
  const metadata = new Map(content.metadata)
    .set('general.name', text(`pico ${template}`))
    .set('tokenizer.ggml.tokens', list('string', tokens))
    .set('tokenizer.ggml.token_type', list('int32', tokenTypes))
    .set('tokenizer.chat_template', text(TEMPLATES[template]));
  return new File([writeGguf({ ...content, metadata })], `pico-${template}.gguf`);
}

function vocabularyOf({ tokens, tokenTypes, merges }: ReturnType<typeof readTokenizerData>) {
  return { tokens: [...tokens], tokenTypes: [...tokenTypes!], merges: [...merges] };
}
