/** What the test hub serves: files in memory, files on disk, and files that exist only as a formula. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

/** A file that can be read in any order. */
export interface HubFile {
  readonly size: number;
  /** The bytes [start, end). */
  read(start: number, end: number): Promise<Buffer>;
  /** Of the whole file, 64 hexadecimal digits; computed when first asked for. */
  sha256(): Promise<string>;
}

const PIECE_BYTES = 1 << 20;

/** Hashes a file from its start, once. */
function lazySha256(size: number, read: HubFile['read']): () => Promise<string> {
  let known: Promise<string> | null = null;
  const compute = async () => {
    const hash = createHash('sha256');
    for (let at = 0; at < size; at += PIECE_BYTES) {
      hash.update(await read(at, Math.min(size, at + PIECE_BYTES)));
    }
    return hash.digest('hex');
  };
  return () => {
    known ??= compute();
    return known;
  };
}

export function bytesFile(bytes: Uint8Array): HubFile {
  const read = async (start: number, end: number) => Buffer.from(bytes.subarray(start, end));
  return { size: bytes.length, read, sha256: lazySha256(bytes.length, read) };
}

/** A file on disk; it stays open until the process ends. */
export async function diskFile(path: string): Promise<HubFile> {
  const handle: FileHandle = await open(path);
  const { size } = await handle.stat();
  const read = async (start: number, end: number) => {
    const buffer = Buffer.allocUnsafe(end - start);
    await handle.read(buffer, 0, buffer.length, start);
    return buffer;
  };
  return { size, read, sha256: lazySha256(size, read) };
}

/**
 * A file of any size that takes no space: its 32-bit word number i is a hash of i and the seed (the finaliser
 * of MurmurHash3 over a Weyl sequence).
 */
export function syntheticFile(size: number, seed: number): HubFile {
  const read = async (start: number, end: number) => {
    const firstWord = Math.floor(start / 4);
    const words = new Uint32Array(Math.ceil(end / 4) - firstWord);
    for (let i = 0; i < words.length; i++) {
      let h = (Math.imul(firstWord + i, 0x9e3779b9) + seed) >>> 0;
      h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      words[i] = h ^ (h >>> 16);
    }
    const skip = start - firstWord * 4;
    return Buffer.from(words.buffer, skip, end - start);
  };
  return { size, read, sha256: lazySha256(size, read) };
}
