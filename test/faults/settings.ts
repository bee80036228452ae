import type { DownloadSettings } from '../../src/store/download.ts';

/** Small chunks and short waits, so that a file of a few megabytes meets everything that a large one does. */
export const FAULT_SETTINGS: DownloadSettings = {
  chunkBytes: 64 * 1024,
  connections: 4,
  retry: { baseMs: 20, maxMs: 200, attempts: 5, stallMs: 1500 },
};

/** On this BroadcastChannel the store worker is told how many bytes `navigator.storage.estimate` leaves. */
export const ESTIMATE_CHANNEL = 'fault-estimate';
