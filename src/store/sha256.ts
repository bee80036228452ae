/** SHA-256 of chunks, and of whole files bit by bit. */
import { createSHA256 } from 'hash-wasm';

/** Hashes a message that comes in pieces, and can be put aside in between. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** 64 hexadecimal digits; the hasher is of no use afterwards. */
  hex(): string;
  /** What {@link createHasher} goes on from. */
  save(): Uint8Array;
}

/** @param state from an earlier hasher's `save`, to go on where it stood */
export async function createHasher(state?: Uint8Array): Promise<Hasher> {
  const hash = await createSHA256();
  if (state) hash.load(state);
  else hash.init();
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => hash.digest('hex'),
    save: () => hash.save(),
  };
}

/** SHA-256 of bytes in memory, 64 hexadecimal digits. Pages without TLS have no `crypto.subtle`. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  if (subtle !== undefined) {
    return Array.from(new Uint8Array(await subtle.digest('SHA-256', bytes)), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('');
  }
  const hasher = await createHasher();
  hasher.update(bytes);
  return hasher.hex();
}

/** 128 random bits as text; pages without TLS have no `crypto.randomUUID`. */
export function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) =>
    word.toString(16).padStart(8, '0'),
  ).join('');
}
