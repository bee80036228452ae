/** Taking a file of this device's disk into the store. */
import { GlanceError, throwIfAborted } from '../model/errors.ts';
import { blobSource } from '../weights/byte_source.ts';
import { readGgufPart } from '../weights/gguf.ts';
import { type FilesDb, storageError } from './files_db.ts';
import { chunkRange, createManifest, isComplete, type Manifest } from './manifest.ts';
import { createHasher, randomName, sha256Hex } from './sha256.ts';
import { readInto } from './stream_bytes.ts';

export interface FileToImport {
  key: string;
  name: string;
  /** From where it can be repaired; null if nobody knows. */
  url: string | null;
  blob: Blob;
  /** The hash that is published under its address; null if none is or it could not be asked. */
  publishedSha256: string | null;
}

/**
 * Copies a GGUF file into the store, hashing as it goes.
 *
 * @returns the manifest of the complete file
 * @throws GlanceError `file-*` if it is no sound GGUF file, `download-corrupt` if it is not the published
 * one, `storage-full`, `storage-unavailable`, `aborted`. Nothing of the file is kept then.
 */
export async function importFile(
  files: FilesDb,
  { key, name, url, blob, publishedSha256 }: FileToImport,
  chunkBytes: number,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Manifest> {
  const source = blobSource(blob, name);
  await readGgufPart(source, signal);
  const remote = { sizeBytes: blob.size, etag: null, sha256: publishedSha256 };
  const manifest = createManifest({ key, name, url }, remote, chunkBytes, randomName());
  await files.create(manifest);
  try {
    const hasher = await createHasher();
    const buffer = new Uint8Array(Math.min(chunkBytes, blob.size));
    for (const index of manifest.chunks.keys()) {
      const { start, length } = chunkRange(manifest, index);
      const bytes = buffer.subarray(0, length);
      await readPart(blob.slice(start, start + length), bytes, name, signal);
      hasher.update(bytes);
      const kept = await files.putChunk(manifest, index, new Blob([bytes]), await sha256Hex(bytes));
      if (kept === null) throw new GlanceError('aborted', 'Stopped: the file was deleted.');
      onBytes(length);
      throwIfAborted(signal);
    }
    const sha256 = hasher.hex();
    if (publishedSha256 !== null && publishedSha256 !== sha256) {
      throw new GlanceError(
        'download-corrupt',
        `This ${name} is not the file that is published under that name: it is damaged or another version. Download it instead.`,
        { details: { file: name, kept: false } },
      );
    }
    const complete = await files.update(manifest, { sha256 });
    if (complete === null || !isComplete(complete))
      throw new GlanceError('aborted', 'Stopped: the file was deleted.');
    return complete;
  } catch (error) {
    await files.delete(key).catch(() => {});
    throw error instanceof GlanceError ? error : storageError(error);
  }
}

async function readPart(part: Blob, target: Uint8Array, name: string, signal: AbortSignal): Promise<void> {
  try {
    await readInto(part, target, signal);
  } catch (cause) {
    throwIfAborted(signal);
    throw new GlanceError(
      'file-unreachable',
      `${name} can no longer be read; it may have been moved, changed or deleted. Choose it again.`,
      { cause, details: { file: name } },
    );
  }
}
