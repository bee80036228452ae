import type { Device } from '../rpc/contract.ts';

const CHOICES: readonly (Device | 'auto')[] = ['auto', 'webgpu', 'wasm'];

/** What the address asks to compute on (`?device=webgpu`, `?device=wasm`), else `auto`. */
export function chosenDevice(address: URL): Device | 'auto' {
  const wanted = address.searchParams.get('device');
  return CHOICES.find((choice) => choice === wanted) ?? 'auto';
}
