import type { Device } from '../rpc/contract.ts';

/** What a person can ask to compute on. */
export type DeviceChoice = Device | 'auto';

const CHOICES: readonly DeviceChoice[] = ['auto', 'webgpu', 'wasm'];
const STORAGE_KEY = 'glance.device';

const known = (value: string | null): DeviceChoice | null =>
  CHOICES.find((choice) => choice === value) ?? null;

/** The choice in the address (`?device=`), else the one kept from an earlier visit, else `auto`. */
export function chosenDevice(address: URL): DeviceChoice {
  return known(address.searchParams.get('device')) ?? known(stored()) ?? 'auto';
}

/** Keeps a choice for later visits, where the browser lets a page keep anything. */
export function keepDevice(choice: DeviceChoice): void {
  try {
    if (choice === 'auto') localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, choice);
  } catch {
    // The choice holds for this visit.
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
