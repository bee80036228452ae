/** What the browser keeps for this page beside conversations and models: choices, and copies of its files. */
import { isCacheOf } from '../../offline/routes.ts';

/** All of the page's keys begin so. Other pages of the origin may keep things of their own. */
const PREFIX = 'glance-';

type KeptStorage = Pick<Storage, 'length' | 'key' | 'getItem' | 'removeItem'>;

function ownKeys(storage: KeptStorage): string[] {
  const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at));
  return keys.filter((key): key is string => key?.startsWith(PREFIX) === true);
}

/** In bytes; browsers keep two for each character. */
export function keptSettingsBytes(storage: KeptStorage | null): number {
  if (storage === null) return 0;
  return ownKeys(storage).reduce(
    (sum, key) => sum + 2 * (key.length + (storage.getItem(key)?.length ?? 0)),
    0,
  );
}

/** Forgets all choices, those that have no place in the settings included. */
export function forgetSettings(storage: KeptStorage | null): void {
  if (storage === null) return;
  for (const key of ownKeys(storage)) storage.removeItem(key);
}

/**
 * Deletes what a site keeps for visits without a connection, and what other programs have shared with it.
 *
 * @param site address of its folder; other copies of Glance on the origin keep theirs
 */
export async function forgetCopies(
  kept: Pick<CacheStorage, 'keys' | 'delete'> | undefined,
  site: string,
): Promise<void> {
  const names = (await kept?.keys()) ?? [];
  await Promise.all(names.filter((name) => isCacheOf(name, site)).map((name) => kept?.delete(name)));
}
