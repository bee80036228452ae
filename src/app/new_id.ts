const ALPHABET = 'abcdefghijklmnopqrstuvwxyz012345';

/**
 * A name that nothing else has, on no other page either: 120 random bits as 24 letters and digits.
 * `crypto.randomUUID` is missing on pages without TLS.
 */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return Array.from(bytes, (byte) => ALPHABET[byte & 31]).join('');
}
