/** Files that no model needs. */
import type { FilesDb } from './files_db.ts';
import { locksAreShared, useLock, withFreeLock, writeLock } from './locks.ts';
import { filesOf, type ModelsDb } from './models_db.ts';

/** Keys of the files of all models, or of all others than one. */
export async function neededFiles(models: ModelsDb, exceptId?: string): Promise<Set<string>> {
  return new Set((await models.all()).filter(({ id }) => id !== exceptId).flatMap(filesOf));
}

/** Deletes those of the files that no model needs, of all or of all others than one. The caller holds their locks. */
export async function sweep(
  files: FilesDb,
  models: ModelsDb,
  keys: readonly string[],
  exceptId?: string,
): Promise<void> {
  const needed = await neededFiles(models, exceptId);
  for (const key of keys) if (!needed.has(key)) await files.delete(key);
}

/**
 * Deletes what is left of imports that were cut off together with their tab: nobody could see or delete it. Files that
 * some tab writes or has loaded stay.
 *
 * @throws GlanceError `storage-unavailable`
 */
export async function tidy(files: FilesDb, models: ModelsDb): Promise<void> {
  if (!locksAreShared()) return;
  const needed = await neededFiles(models);
  for (const { key } of await files.manifests()) {
    if (needed.has(key)) continue;
    const sweepIt = () => sweep(files, models, [key]);
    await withFreeLock(writeLock(key), 'exclusive', () => withFreeLock(useLock(key), 'exclusive', sweepIt));
  }
}
