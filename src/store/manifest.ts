/**
 * What is known of a kept file. A file lies in chunks of equal size (the last may be shorter); each has its
 * SHA-256, written down in the same transaction as its bytes. Pure: every function returns a new manifest.
 */
import { assert } from '../model/errors.ts';

export interface Chunk {
  /** Hexadecimal; null until the chunk has come once. It outlives the bytes, so that a repair can be judged. */
  readonly sha256: string | null;
  readonly stored: boolean;
}

/** The SHA-256 of the whole file, as far as it has been computed: over the first `chunks` chunks. */
export interface DigestState {
  readonly chunks: number;
  /** What the hasher wants back to go on. */
  readonly state: Uint8Array;
}

export interface Manifest {
  readonly key: string;
  readonly name: string;
  /** Null for an imported file without an address. */
  readonly url: string | null;
  /** Differs for every beginning, so that bytes of an earlier version can never get among the later's. */
  readonly generation: string;
  readonly sizeBytes: number;
  readonly etag: string | null;
  /** The hash that the server publishes; null if it publishes none. */
  readonly publishedSha256: string | null;
  readonly chunkBytes: number;
  readonly chunks: readonly Chunk[];
  readonly digest: DigestState | null;
  /** Of the whole file, once all of it has been hashed and found right. */
  readonly sha256: string | null;
}

/** What a server says of a file before its bytes. */
export interface RemoteFile {
  readonly sizeBytes: number;
  /** Null where the server has none or does not let pages read it. */
  readonly etag: string | null;
  readonly sha256: string | null;
}

export function createManifest(
  file: { key: string; name: string; url: string | null },
  remote: RemoteFile,
  chunkBytes: number,
  generation: string,
): Manifest {
  assert(chunkBytes > 0 && remote.sizeBytes > 0, 'chunks and files have a size');
  const chunks = Array.from({ length: Math.ceil(remote.sizeBytes / chunkBytes) }, () => EMPTY);
  return {
    ...file,
    generation,
    sizeBytes: remote.sizeBytes,
    etag: remote.etag,
    publishedSha256: remote.sha256,
    chunkBytes,
    chunks,
    digest: null,
    sha256: null,
  };
}

const EMPTY: Chunk = { sha256: null, stored: false };

/** Where a chunk lies in its file. */
export function chunkRange(manifest: Manifest, index: number): { start: number; length: number } {
  const start = index * manifest.chunkBytes;
  return { start, length: Math.min(manifest.chunkBytes, manifest.sizeBytes - start) };
}

/** Chunks that are yet to come, in order. */
export function missingChunks(manifest: Manifest): number[] {
  return manifest.chunks.flatMap(({ stored }, index) => (stored ? [] : [index]));
}

export function storedBytes(manifest: Manifest): number {
  return manifest.chunks.reduce(
    (sum, { stored }, index) => sum + (stored ? chunkRange(manifest, index).length : 0),
    0,
  );
}

/** Everything is here, and right as a whole. */
export function isComplete(manifest: Manifest): boolean {
  return manifest.sha256 !== null && manifest.chunks.every(({ stored }) => stored);
}

/** With a chunk that has come. */
export function withChunk(manifest: Manifest, index: number, sha256: string): Manifest {
  return { ...manifest, chunks: manifest.chunks.with(index, { sha256, stored: true }) };
}

/** Without the bytes of some chunks; their hashes stay. */
export function withoutChunks(manifest: Manifest, indices: readonly number[]): Manifest {
  const chunks = [...manifest.chunks];
  for (const index of indices) chunks[index] = { ...chunks[index]!, stored: false };
  return { ...manifest, chunks };
}

/**
 * Whether what is stored belongs to the file that the server has now. A published hash decides where there
 * is one. Of a file that was whole once, each chunk's own hash will decide. Else ETags do, if both are known: without
 * hashes nothing else would tell.
 */
export function isSameFile(manifest: Manifest, remote: RemoteFile): boolean {
  if (manifest.sizeBytes !== remote.sizeBytes) return false;
  const known = manifest.publishedSha256 ?? manifest.sha256;
  if (known !== null && remote.sha256 !== null) return known === remote.sha256;
  if (manifest.sha256 !== null) return true;
  return manifest.etag === null || remote.etag === null || manifest.etag === remote.etag;
}
