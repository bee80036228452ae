/** Reading kept files by ranges. */
import { GlanceError, throwIfAborted } from '../model/errors.ts';
import { type BytePieces, type ByteSource, truncatedError } from '../weights/byte_source.ts';
import { joinParts, partNames } from '../weights/gguf_split.ts';
import { FilesDb } from './files_db.ts';
import { damagedError } from './integrity.ts';
import { holdLock, useLock } from './locks.ts';
import { isComplete } from './manifest.ts';
import { ModelsDb } from './models_db.ts';
import { blobPieces } from './stream_bytes.ts';

/** The files of a kept model, open for reading; nobody deletes them until `release` is called. */
export interface OpenStored {
  text: ByteSource;
  vision?: ByteSource;
  release: () => void;
}

/**
 * Opens a kept model and notes that it was used.
 *
 * @param text key of the text file, or of any part of a split one
 * @param vision key of the vision file
 * @throws GlanceError `model-not-stored`, `storage-damaged`, `storage-unavailable`, `aborted`
 */
export async function openStored(
  text: string,
  vision: string | undefined,
  signal?: AbortSignal,
  stores: { files: FilesDb; models: ModelsDb } = { files: new FilesDb(), models: new ModelsDb() },
): Promise<OpenStored> {
  const textKeys = partNames(text) ?? [text];
  const keys = vision === undefined ? textKeys : [...textKeys, vision];
  const held: (() => void)[] = [];
  const release = () => {
    for (const end of held.splice(0)) end();
  };
  try {
    for (const key of keys) held.push(await holdLock(useLock(key), 'shared', signal));
    const sources: ByteSource[] = [];
    for (const key of keys) sources.push(await storedSource(stores.files, key));
    await noteUse(stores.models, textKeys[0]!);
    const visionSource = vision === undefined ? undefined : sources.pop();
    return { text: joinParts(sources), ...(visionSource && { vision: visionSource }), release };
  } catch (error) {
    release();
    throw error;
  }
}

async function noteUse(models: ModelsDb, textKey: string): Promise<void> {
  for (const { id, text } of await models.all()) {
    // A disk too full for a date is no reason not to read.
    if (text[0] === textKey) await models.change(id, { lastUsedAt: Date.now() }).catch(() => {});
  }
}

/**
 * A kept file as a source of ranges. Only the bytes that are asked for are read.
 *
 * @throws GlanceError `model-not-stored` if the file is not here or not complete, `storage-unavailable`;
 * its reading may throw `storage-damaged`
 */
export async function storedSource(files: FilesDb, key: string): Promise<ByteSource> {
  const manifest = await files.manifest(key);
  if (manifest === null || !isComplete(manifest)) {
    const name = manifest?.name ?? key;
    throw new GlanceError(
      'model-not-stored',
      manifest === null
        ? `${name} is not on this device. Download it first.`
        : `${name} is not complete on this device. Finish its download first.`,
      { details: { file: name } },
    );
  }
  const { name, sizeBytes, chunkBytes } = manifest;
  // Handles only: the browser keeps their bytes on the disk.
  const blobs = new Map<number, Promise<Blob | null>>();
  const chunk = async (index: number): Promise<Blob> => {
    const known = blobs.get(index) ?? files.chunk(manifest, index);
    blobs.set(index, known);
    const blob = await known;
    if (blob === null) throw damagedError(name);
    return blob;
  };
  async function* pieces(offset: number, length: number, signal?: AbortSignal): BytePieces {
    throwIfAborted(signal);
    if (offset + length > sizeBytes) throw truncatedError(name, offset + length, sizeBytes);
    for (let at = 0; at < length; ) {
      const index = Math.floor((offset + at) / chunkBytes);
      const start = offset + at - index * chunkBytes;
      const count = Math.min(chunkBytes - start, length - at);
      const blob = await chunk(index);
      try {
        yield* blobPieces(blob.slice(start, start + count), signal);
      } catch (cause) {
        throwIfAborted(signal);
        throw damagedError(name, cause);
      }
      at += count;
    }
  }
  return {
    name,
    size: sizeBytes,
    async read(offset, length, signal) {
      const bytes = new Uint8Array(length);
      let at = 0;
      for await (const piece of pieces(offset, length, signal)) {
        bytes.set(piece, at);
        at += piece.length;
      }
      return bytes;
    },
    pieces,
    blobs: () =>
      Promise.all(Array.from({ length: Math.ceil(sizeBytes / chunkBytes) }, (_, index) => chunk(index))),
  };
}
