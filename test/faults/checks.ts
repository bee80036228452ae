import assert from 'node:assert/strict';
import type { StoredModel, TransferProgress } from '../../src/model/storage.ts';
import type { HubFile } from '../hub/files.ts';
import type { ServedRange, TestHub } from '../hub/hub.ts';
import type { Outcome } from './contract.ts';
import type { Tab } from './lab.ts';
import { FAULT_SETTINGS } from './settings.ts';

/** The model is here as a whole, is read back byte for byte, and the store is sound. */
export async function expectComplete(
  tab: Tab,
  outcome: Outcome<StoredModel>,
  file: HubFile,
): Promise<StoredModel> {
  assert(outcome.ok, `the download failed: ${JSON.stringify(outcome)}`);
  const model = outcome.value;
  assert(model.complete, 'the model is said to be incomplete');
  assert.equal(model.storedBytes, file.size);
  assert.equal(await tab.call('sha256', model.text), await file.sha256());
  await expectIntact(tab);
  const steps = await tab.call('heard');
  expectHonest(steps);
  assert.equal(steps.at(-1)?.state, 'done');
  return model;
}

/** It ended with this error, in words, and the store is sound. */
export async function expectRefused(tab: Tab, outcome: Outcome<unknown>, code: string): Promise<string> {
  assert(!outcome.ok, 'it succeeded');
  assert.equal(outcome.code, code, outcome.message);
  assert(outcome.message.length > 40, `"${outcome.message}" says too little`);
  await expectIntact(tab);
  return `${code}: ${outcome.message}`;
}

export async function expectIntact(tab: Tab): Promise<void> {
  assert.deepEqual(await tab.call('complaints'), []);
}

/** Nothing of the model is kept but its name. */
export async function expectNothingKept(tab: Tab, id: string): Promise<void> {
  const model = (await tab.call('models')).find((candidate) => candidate.id === id);
  assert.equal(model?.storedBytes ?? 0, 0, 'bytes were kept');
}

/** Progress never says more than there is. */
function expectHonest(steps: readonly TransferProgress[]): void {
  for (const { doneBytes, totalBytes, remainingMs } of steps) {
    assert(doneBytes >= 0 && doneBytes <= totalBytes, `${doneBytes} of ${totalBytes} bytes`);
    assert(remainingMs === null || remainingMs >= 0);
  }
}

/** Chunks of which a byte was sent, with how many answers each. */
export function chunksServed(served: readonly ServedRange[], path: string): Map<number, number> {
  const counts = new Map<number, number>();
  for (const range of served) {
    if (range.path !== path || range.sentBytes === 0 || range.end - range.start <= 1) continue;
    const first = Math.floor(range.start / FAULT_SETTINGS.chunkBytes);
    const last = Math.floor((range.start + range.sentBytes - 1) / FAULT_SETTINGS.chunkBytes);
    for (let chunk = first; chunk <= last; chunk++) counts.set(chunk, (counts.get(chunk) ?? 0) + 1);
  }
  return counts;
}

/** Bytes of a file that were sent. */
export function bytesServed(hub: TestHub, path: string): number {
  return hub.served.filter((range) => range.path === path).reduce((sum, { sentBytes }) => sum + sentBytes, 0);
}
