/** A vocabulary that llama.cpp can tell of in JSON, which holds no bytes that are not UTF-8 by themselves. */
import { bytesOfAlphabetText } from '../../src/model/byte_alphabet.ts';
import { blobSource } from '../../src/weights/byte_source.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import { contentOf, writeGguf } from '../support/gguf_writer.ts';
import type { FixtureMessage } from './fixtures.ts';

const TOKENS = 'tokenizer.ggml.tokens';
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether a token, written in the byte alphabet or as a special one, is text by itself. */
export function isText(token: string): boolean {
  const bytes = bytesOfAlphabetText(token);
  // Special tokens are kept as text.
  if (bytes === null) return true;
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The tokens, with another name for each that is no text: its bytes in hexadecimal. Ids stay. */
export function legibleTokens(tokens: readonly string[]): string[] {
  const taken = new Set(tokens);
  return tokens.map((token) => {
    if (isText(token)) return token;
    const hex = Array.from(bytesOfAlphabetText(token)!, (byte) => byte.toString(16).padStart(2, '0'));
    const name = `[bytes_${hex.join('_')}]`;
    if (taken.has(name)) throw new Error(`The vocabulary has a token ${name} already.`);
    return name;
  });
}

/**
 * The same model with {@link legibleTokens}. It reads {@link isAscii} conversations as the original does: ASCII is made
 * of other tokens than those with new names.
 */
export async function legibleTwin(text: Blob): Promise<Blob> {
  const content = await contentOf(await readGguf(blobSource(text, 'text')));
  const tokens = content.metadata.get(TOKENS)!;
  const metadata = new Map(content.metadata).set(TOKENS, {
    type: tokens.type,
    value: legibleTokens(tokens.value as readonly string[]),
  });
  return new Blob([writeGguf({ ...content, metadata })]);
}

/** Whether all text of a conversation is ASCII. */
export const isAscii = (messages: readonly FixtureMessage[]): boolean =>
  // JSON writes ASCII's control characters in others.
  /^[ -~]*$/.test(JSON.stringify(messages));
