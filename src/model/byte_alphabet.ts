/**
 * GPT-2's byte alphabet: every byte has a printable character, so that a vocabulary over bytes can be
 * written as text. Bytes that are printable in Latin-1 stand for themselves, the rest follow from U+0100
 * in order (`bytes_to_unicode` in GPT-2's encoder).
 */
function buildAlphabet(): string[] {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}

/** The character of each byte. */
export const BYTE_TO_CHARACTER: readonly string[] = buildAlphabet();

const characterToByte = new Map(BYTE_TO_CHARACTER.map((character, byte) => [character, byte]));

/** The bytes that a text in the byte alphabet stands for; null if it holds any other character. */
export function bytesOfAlphabetText(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const byte = characterToByte.get(text[i]!);
    if (byte === undefined) return null;
    bytes[i] = byte;
  }
  return bytes;
}
