/**
 * Measures the store with its real settings: a large file from a server on this machine into IndexedDB, with
 * a tab that is killed in the middle, a check of all bytes, and reading by ranges.
 *
 *     npm run bench:store -- [--bytes 2000000000] [--json]
 *
 * Last line: `{"bytes", "downloadMBps", "verifyMBps", "readMBps", "peakHeapBytes": {"download", "verify", "read"}, "refetchedBytes"}`.
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { FaultLab } from '../faults/lab.ts';
import { finish } from '../support/arguments.ts';
import { watchHeaps } from '../support/worker_heap.ts';

const { values } = parseArgs({
  options: { bytes: { type: 'string', default: '2000000000' }, json: { type: 'boolean', default: false } },
});
const bytes = Number(values.bytes);
const lab = await FaultLab.start({ realSettings: true, patienceMs: 30 * 60_000 });
try {
  const { url, path, file } = lab.publish(bytes);
  // Before the clock starts: the server makes the hash that it publishes.
  const expected = await file.sha256();
  const model = { id: 'large', text: url };

  const victim = await lab.open();
  await victim.call('begin', model);
  await victim.until(bytes * 0.3);
  await victim.kill('crash');
  const tab = await lab.open();
  const heaps = await watchHeaps(tab.page);
  const before = (await tab.call('models'))[0]!.storedBytes;
  const start = performance.now();
  const outcome = await tab.download(model);
  const downloadMs = performance.now() - start;
  const peakHeapBytes = { download: heaps.peakBytes(), verify: 0, read: 0 };
  assert(outcome.ok && outcome.value.files[0]!.sha256 === expected, JSON.stringify(outcome));
  const sentBytes = lab.hub.served
    .filter((range) => range.path === path)
    .reduce((sum, range) => sum + range.sentBytes, 0);

  const verifyStart = performance.now();
  const report = await tab.call('verify', 'large');
  const verifyMs = performance.now() - verifyStart;
  peakHeapBytes.verify = heaps.peakBytes();
  assert(report.ok && report.value.badChunks === 0, JSON.stringify(report));

  const readMs = await tab.call('readAll', outcome.value.text);
  peakHeapBytes.read = heaps.peakBytes();
  await heaps.end();
  const rate = (count: number, ms: number) => Math.round(count / 1000 / ms);
  const answer = {
    bytes,
    downloadMBps: rate(bytes - before, downloadMs),
    verifyMBps: rate(bytes, verifyMs),
    readMBps: rate(bytes, readMs),
    peakHeapBytes,
    refetchedBytes: sentBytes - bytes,
  };
  if (!values.json) console.log(answer);
  finish(values.json, answer, []);
} finally {
  await lab.close();
}
