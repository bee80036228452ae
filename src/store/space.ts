/** Room on this device: what the browser allows, and which models could make some. */
import { GlanceError } from '../model/errors.ts';
import type { SpaceAdvice, StorageSpace } from '../model/storage.ts';

/** A model as far as making room goes. */
export interface Removable {
  id: string;
  name: string;
  /** What deleting it would free. */
  bytes: number;
  lastUsedAt: number;
}

/** IndexedDB needs a little more than the bytes themselves. */
const OVERHEAD = 1.02;

/** What the browser says; it is an estimate by name and by nature. */
export async function storageSpace(): Promise<StorageSpace> {
  const { storage } = navigator as { storage?: StorageManager };
  const [estimate, persisted] = await Promise.all([
    storage?.estimate().catch(() => null) ?? null,
    storage?.persisted().catch(() => false) ?? false,
  ]);
  const { quota, usage } = estimate ?? {};
  return {
    availableBytes: quota === undefined || usage === undefined ? null : Math.max(0, quota - usage),
    usedBytes: usage ?? null,
    persisted,
  };
}

/** Whether so many bytes fit, and what could go if they do not: least recently used first, no more than needed. */
export function adviseOnSpace(
  neededBytes: number,
  space: StorageSpace,
  models: readonly Removable[],
): SpaceAdvice {
  const shortBytes = space.availableBytes === null ? 0 : neededBytes * OVERHEAD - space.availableBytes;
  const suggestion: Removable[] = [];
  let freed = 0;
  for (const model of [...models].sort((a, b) => a.lastUsedAt - b.lastUsedAt)) {
    if (freed >= shortBytes) break;
    if (model.bytes === 0) continue;
    suggestion.push(model);
    freed += model.bytes;
  }
  return {
    ...space,
    neededBytes,
    fits: shortBytes <= 0,
    suggestion: freed >= shortBytes ? suggestion : [],
  };
}

/**
 * The error that says what is short and what could be freed.
 *
 * @param options `keeps`: whether what has come so far is kept
 */
export function noSpaceError(
  name: string,
  advice: SpaceAdvice,
  { keeps = true, cause }: { keeps?: boolean; cause?: unknown } = {},
): GlanceError {
  const { neededBytes, availableBytes, suggestion } = advice;
  const names = suggestion.map((model) => model.name).join(', ');
  const way =
    suggestion.length > 0
      ? `Deleting ${names} would make enough room.`
      : 'Free space on the disk, or choose a smaller model.';
  const ids = suggestion.map(({ id }) => id).join(' ');
  return new GlanceError(
    'storage-full',
    `${name} needs ${gigabytes(neededBytes)} more, but ${availableBytes ? `this browser lets this site keep only ${gigabytes(availableBytes)}` : 'there is no room left for this site on this device'}. ${keeps ? 'What has come so far is kept' : 'Nothing of it was kept'}. ${way}`,
    { cause, details: { neededBytes, availableBytes, suggestion: ids, kept: keeps } },
  );
}

/** Whether the disk was full before anybody had said what could go. */
export function isUnforeseen(error: unknown): boolean {
  return error instanceof GlanceError && error.code === 'storage-full' && !('suggestion' in error.details);
}

function gigabytes(bytes: number): string {
  return bytes >= 1e8 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
