/** Machines and a hub for the models' view: what the browser tells the page, put in place by init scripts. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesFile } from '../hub/files.ts';
import type { TestHub } from '../hub/hub.ts';
import { repositoryRoot } from '../support/root.ts';

export interface PretendedMachine {
  vendor: string;
  architecture: string;
  maxBufferSize: number;
  maxStorageBufferBindingSize: number;
  deviceMemory: number;
  /** Bytes. */
  quota: number;
}

export const largeMachine: PretendedMachine = {
  vendor: 'nvidia',
  architecture: 'ada',
  maxBufferSize: 4 * 2 ** 30,
  maxStorageBufferBindingSize: 4 * 2 ** 30 - 4,
  deviceMemory: 32,
  quota: 200e9,
};

export const smallMachine: PretendedMachine = {
  vendor: 'intel',
  architecture: 'gen-9',
  maxBufferSize: 256 * 2 ** 20,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  deviceMemory: 4,
  quota: 2.2e9,
};

/** An init script: the page, not its workers, is told of this machine. */
export function pretendMachine(machine: PretendedMachine): void {
  const { vendor, architecture, maxBufferSize, maxStorageBufferBindingSize } = machine;
  const adapter = {
    info: { vendor, architecture, device: '', description: '', isFallbackAdapter: false },
    limits: { maxBufferSize, maxStorageBufferBindingSize },
    features: new Set(),
  };
  const gpu = { requestAdapter: async () => adapter };
  Object.defineProperty(Navigator.prototype, 'gpu', { get: () => gpu, configurable: true });
  Object.defineProperty(Navigator.prototype, 'deviceMemory', {
    get: () => machine.deviceMemory,
    configurable: true,
  });
  const { storage } = navigator;
  const estimate = storage.estimate.bind(storage);
  storage.estimate = async () => ({ ...(await estimate()), quota: machine.quota });
}

/** An init script: models come from this hub. */
export function visitHub(url: string): void {
  localStorage.setItem('glance-hub', url);
}

export const PICO_PATHS = {
  text: 'Qwen/Qwen3-VL-2B-Instruct-GGUF/main/Qwen3VL-2B-Instruct-Q4_K_M.gguf',
  vision: 'Qwen/Qwen3-VL-2B-Instruct-GGUF/main/mmproj-Qwen3VL-2B-Instruct-Q8_0.gguf',
};

/** Publishes pico's files under the names of Qwen3-VL 2B: the catalogue's own way, a few megabytes. */
export async function publishPico(hub: TestHub): Promise<void> {
  const folder = join(repositoryRoot, 'public/models/pico');
  hub.add(PICO_PATHS.text, bytesFile(await readFile(join(folder, 'pico-Q8_0.gguf'))));
  hub.add(PICO_PATHS.vision, bytesFile(await readFile(join(folder, 'mmproj-pico-F16.gguf'))));
}
