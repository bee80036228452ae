import type { Device } from '../rpc/contract.ts';

/** What the reader wants the model to run on. */
export type DeviceChoice = Device | 'auto';

/** All choices, in the order in which the page offers them. */
export const DEVICE_CHOICES: readonly DeviceChoice[] = ['auto', 'webgpu', 'wasm'];

const PARAMETER = 'device';
const KEY = 'glance-device';

/**
 * What the model is to run on: as the address asks (`?device=webgpu`, `?device=wasm`), else as was chosen on
 * this page before, else `auto`.
 *
 * @param storage null where the browser keeps nothing for this page.
 */
export function chosenDevice(address: URL, storage: Pick<Storage, 'getItem'> | null): DeviceChoice {
  return (
    knownChoice(address.searchParams.get(PARAMETER)) ?? knownChoice(storage?.getItem(KEY) ?? null) ?? 'auto'
  );
}

/**
 * Remembers a choice for the next visit.
 *
 * @returns the address to go on with: one that asked for a device would overrule the choice
 */
export function keepDevice(
  choice: DeviceChoice,
  address: URL,
  storage: Pick<Storage, 'setItem'> | null,
): URL {
  try {
    storage?.setItem(KEY, choice);
  } catch {
    // A full storage: the choice holds for this visit only.
  }
  const kept = new URL(address);
  kept.searchParams.delete(PARAMETER);
  return kept;
}

/** The page's storage; null where the browser refuses it, as some do with all cookies blocked. */
export function pageStorage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

function knownChoice(word: string | null): DeviceChoice | null {
  return DEVICE_CHOICES.find((choice) => choice === word) ?? null;
}
