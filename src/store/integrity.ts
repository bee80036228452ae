/** Comparing what is kept with the hashes that were written down when it came. */
import { GlanceError, throwIfAborted } from '../model/errors.ts';
import type { FilesDb } from './files_db.ts';
import type { Manifest } from './manifest.ts';
import { createHasher, sha256Hex } from './sha256.ts';
import { readInto } from './stream_bytes.ts';

export interface IntegrityReport {
  /** Chunks that should be stored and are missing, of the wrong size, unreadable, or changed. */
  bad: number[];
  /** Of the whole file; null if a chunk is bad or not stored, or if it was not asked for. */
  sha256: string | null;
}

/**
 * Re-reads every stored chunk of a file.
 *
 * @param whole also hash the file as a whole
 * @throws GlanceError `storage-unavailable`, `aborted`
 */
export async function checkChunks(
  files: FilesDb,
  manifest: Manifest,
  {
    whole = false,
    signal,
    onBytes,
  }: { whole?: boolean; signal?: AbortSignal; onBytes?: (bytes: number) => void },
): Promise<IntegrityReport> {
  const bad: number[] = [];
  const hasher = whole ? await createHasher() : null;
  const buffer = new Uint8Array(Math.min(manifest.chunkBytes, manifest.sizeBytes));
  let complete = true;
  for (const [index, { sha256, stored }] of manifest.chunks.entries()) {
    throwIfAborted(signal);
    if (!stored) {
      complete = false;
      continue;
    }
    const bytes = await readChunk(files, manifest, index, buffer);
    if (bytes === null || (await sha256Hex(bytes)) !== sha256) {
      bad.push(index);
      continue;
    }
    if (complete && bad.length === 0) hasher?.update(bytes);
    onBytes?.(bytes.length);
  }
  return { bad, sha256: complete && bad.length === 0 && hasher !== null ? hasher.hex() : null };
}

/** Null if the chunk is not there or its bytes can no longer be read. */
async function readChunk(
  files: FilesDb,
  manifest: Manifest,
  index: number,
  buffer: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const blob = await files.chunk(manifest, index);
  if (blob === null) return null;
  try {
    await readInto(blob, buffer);
    return buffer.subarray(0, blob.size);
  } catch {
    return null;
  }
}

/** The error of a kept file whose bytes are gone or unreadable. */
export function damagedError(name: string, cause?: unknown): GlanceError {
  return new GlanceError(
    'storage-damaged',
    `A part of ${name} can no longer be read from this device. Check the model: only what is damaged is downloaded again.`,
    { cause, details: { file: name } },
  );
}
