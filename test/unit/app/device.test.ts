import { expect, test } from 'vitest';
import { chosenDevice, keepDevice } from '../../../src/app/device.ts';

const page = (search: string) => new URL(`https://host.example/glance/index.html${search}`);

/** A storage that holds one thing. */
function storageWith(value: string | null) {
  return {
    value,
    getItem() {
      return this.value;
    },
    setItem(_key: string, value: string) {
      this.value = value;
    },
  };
}

test.each([
  ['', null, 'auto'],
  ['', 'wasm', 'wasm'],
  ['', 'toaster', 'auto'],
  ['?device=webgpu', 'wasm', 'webgpu'],
  ['?device=auto', 'wasm', 'auto'],
  ['?device=toaster', 'wasm', 'wasm'],
  ['?lang=en&device=wasm', null, 'wasm'],
] as const)('the address "%s" with "%s" kept from before means %s', (search, kept, device) => {
  expect(chosenDevice(page(search), storageWith(kept))).toBe(device);
});

test('without storage the address alone counts', () => {
  expect(chosenDevice(page(''), null)).toBe('auto');
  expect(chosenDevice(page('?device=wasm'), null)).toBe('wasm');
});

test('a choice is kept, and takes its contradiction out of the address', () => {
  const storage = storageWith('wasm');
  const address = keepDevice('webgpu', page('?lang=en&device=wasm#top'), storage);
  expect(address.href).toBe('https://host.example/glance/index.html?lang=en#top');
  expect(chosenDevice(address, storage)).toBe('webgpu');
});

test('a full storage is no failure', () => {
  const setItem = () => {
    throw new DOMException('Full', 'QuotaExceededError');
  };
  expect(keepDevice('wasm', page('?device=webgpu'), { setItem }).search).toBe('');
});
