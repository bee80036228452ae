import { DEFAULT_HUB } from '../store/hub.ts';

const KEY = 'glance-hub';

/** The hub that this build was made for: `VITE_MODEL_HUB`, or Hugging Face's. */
export const BUILT_HUB: string = withSlash(import.meta.env.VITE_MODEL_HUB || DEFAULT_HUB);

/**
 * Where models are downloaded from: as chosen on this page before, else as built.
 *
 * @param storage null where the browser keeps nothing for this page.
 * @returns an address with a trailing slash
 */
export function chosenHub(storage: Pick<Storage, 'getItem'> | null): string {
  const kept = storage?.getItem(KEY) ?? null;
  return kept !== null && /^https?:\/\//.test(kept) && URL.canParse(kept) ? withSlash(kept) : BUILT_HUB;
}

/** Remembers where models are downloaded from; the built one is not written down, so that it can change. */
export function keepHub(base: string, storage: Pick<Storage, 'setItem' | 'removeItem'> | null): void {
  try {
    if (base === BUILT_HUB) storage?.removeItem(KEY);
    else storage?.setItem(KEY, base);
  } catch {
    // A full storage: the choice holds for this visit only.
  }
}

/** An address may be relative, for files that lie beside the site. */
function withSlash(address: string): string {
  const absolute = typeof document === 'undefined' ? address : new URL(address, document.baseURI).href;
  return absolute.endsWith('/') ? absolute : `${absolute}/`;
}
