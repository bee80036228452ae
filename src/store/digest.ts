/** SHA-256 of a whole file, read back from where it is kept, in order, while the rest is still coming. */
import { throwIfAborted } from '../model/errors.ts';
import type { Condition } from './condition.ts';
import type { FilesDb } from './files_db.ts';
import { damagedError } from './integrity.ts';
import type { DigestState, Manifest } from './manifest.ts';
import { createHasher, type Hasher } from './sha256.ts';
import { visitBlob } from './stream_bytes.ts';

/** The state is written down after so many chunks at the latest, so that a crash costs little of it. */
const SAVE_INTERVAL = 8;

/**
 * Hashes a file's chunks as they are stored.
 *
 * @param latest the manifest as it is now
 * @param arrivals notified after each chunk
 * @returns 64 hexadecimal digits; null if the file was deleted or begun anew meanwhile
 * @throws GlanceError `storage-damaged` if a stored chunk cannot be read back, `storage-unavailable`, `aborted`
 */
export async function digestFile(
  files: FilesDb,
  latest: () => Manifest,
  arrivals: Condition,
  signal: AbortSignal,
): Promise<string | null> {
  const { digest, chunks } = latest();
  const { hasher, first } = await continued(digest);
  for (let index = first; index < chunks.length; index++) {
    await arrivals.until(() => latest().chunks[index]!.stored, signal);
    const blob = await files.chunk(latest(), index);
    if (blob === null) throw damagedError(latest().name);
    try {
      await visitBlob(blob, (bytes) => hasher.update(bytes), signal);
    } catch (cause) {
      throwIfAborted(signal);
      throw damagedError(latest().name, cause);
    }
    const done = index + 1;
    const waits = done < chunks.length && !latest().chunks[done]!.stored;
    if (done < chunks.length && (waits || done % SAVE_INTERVAL === 0)) {
      const state = { chunks: done, state: hasher.save() };
      if ((await files.update(latest(), { digest: state })) === null) return null;
    }
  }
  return hasher.hex();
}

/** A hasher that goes on where it was put aside; from the start if it was put aside by another version. */
async function continued(digest: DigestState | null): Promise<{ hasher: Hasher; first: number }> {
  if (digest === null) return { hasher: await createHasher(), first: 0 };
  try {
    return { hasher: await createHasher(digest.state), first: digest.chunks };
  } catch {
    return { hasher: await createHasher(), first: 0 };
  }
}
