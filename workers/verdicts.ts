import { createStore, get, set, type UseStore } from 'idb-keyval';
import type { KernelVerdict, VerdictStore } from '../src/engine/webgpu/self_check.ts';

let store: UseStore | null = null;
const open = (): UseStore => {
  store ??= createStore('glance-kernels', 'verdicts');
  return store;
};

/**
 * Remembers in IndexedDB how Glance's kernels did on this machine's graphics processors. Without IndexedDB the
 * check is run at every load.
 */
export const storedVerdicts: VerdictStore = {
  get: (key) => get<KernelVerdict>(browserKey(key), open()).catch(() => undefined),
  set: (key, verdict) => set(browserKey(key), verdict, open()).catch(() => {}),
};

/** A new browser has other drivers and another compiler. */
function browserKey(key: string): string {
  return `${navigator.userAgent} ${key}`;
}
