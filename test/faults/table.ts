/** Everything that may go wrong with a download, and what must come of it. */
import assert from 'node:assert/strict';
import type { FaultRule } from '../hub/faults.ts';
import { syntheticFile } from '../hub/files.ts';
import {
  bytesServed,
  chunksServed,
  expectComplete,
  expectIntact,
  expectNothingKept,
  expectRefused,
} from './checks.ts';
import type { FaultLab, Tab } from './lab.ts';
import { FAULT_SETTINGS } from './settings.ts';

export interface Row {
  name: string;
  /** Part of `npm test`. */
  short?: boolean;
  /** @returns what came of it, in a few words; throws if it is not what must come of it */
  run(lab: FaultLab, tab: Tab): Promise<string>;
}

const { chunkBytes, connections } = FAULT_SETTINGS;
const COMPLETE = 'complete and verified';

/** A download that must succeed in spite of what the server does. */
const survives = (name: string, rules: readonly FaultRule[], options: { short?: boolean } = {}): Row => ({
  name,
  ...options,
  async run(lab, tab) {
    const { url, file } = lab.publish();
    lab.hub.faults.set(rules);
    await expectComplete(tab, await tab.download({ text: url }), file);
    return COMPLETE;
  },
});

/** A download that must fail in words, and succeed once the server behaves. */
const recovers = (
  name: string,
  rules: readonly FaultRule[],
  code: string,
  { kept, short = false }: { kept: boolean; short?: boolean },
): Row => ({
  name,
  short,
  async run(lab, tab) {
    const { url, file } = lab.publish();
    lab.hub.faults.set(rules);
    const failed = await tab.download({ id: url, text: url });
    const words = await expectRefused(tab, failed, code);
    if (!kept) await expectNothingKept(tab, url);
    lab.hub.faults.set([]);
    await expectComplete(tab, await tab.download({ id: url, text: url }), file);
    return `${words} Then, with a sound server: ${COMPLETE}`;
  },
});

export const rows: readonly Row[] = [
  {
    name: 'nothing wrong',
    short: true,
    async run(lab, tab) {
      const { url, path, file } = lab.publish();
      await expectComplete(tab, await tab.download({ text: url }), file);
      const counts = chunksServed(lab.hub.served, path);
      assert.equal(counts.size, Math.ceil(file.size / chunkBytes));
      assert.deepEqual([...new Set(counts.values())], [1]);
      assert.equal(bytesServed(lab.hub, path), file.size);
      // Once it is here, nothing is asked any more.
      lab.hub.clearLog();
      await expectComplete(tab, await tab.download({ text: url }), file);
      assert.equal(lab.hub.pointers + lab.hub.served.length, 0);
      return COMPLETE;
    },
  },
  {
    name: 'a plain server without hashes',
    async run(lab, tab) {
      const { plainUrl, file } = lab.publish();
      const model = await expectComplete(tab, await tab.download({ text: plainUrl }), file);
      assert.equal(model.files[0]!.published, false);
      return COMPLETE;
    },
  },
  {
    name: 'headers that pages may not read',
    async run(lab, tab) {
      const { plainUrl, file } = lab.publish();
      lab.hub.faults.set([{ fault: { kind: 'hide-headers' } }]);
      await expectComplete(tab, await tab.download({ text: plainUrl }), file);
      return COMPLETE;
    },
  },
  {
    name: 'headers that pages may not read, and HEAD is refused',
    async run(lab, tab) {
      const { plainUrl, file } = lab.publish();
      lab.hub.faults.set([{ fault: { kind: 'hide-headers' } }, { fault: { kind: 'no-head' } }]);
      await expectComplete(tab, await tab.download({ text: plainUrl }), file);
      return COMPLETE;
    },
  },
  {
    name: 'a mirror without pointers, which says so to its own site only',
    short: true,
    async run(lab, tab) {
      const { url, file } = lab.publish();
      lab.hub.faults.set([{ fault: { kind: 'no-pointer' } }]);
      const model = await expectComplete(tab, await tab.download({ text: url }), file);
      assert.equal(model.files[0]!.published, false);
      return COMPLETE;
    },
  },
  {
    name: 'a server that lets no other site read its files',
    async run(lab, tab) {
      const { url, plainUrl } = lab.publish();
      lab.hub.faults.set([{ fault: { kind: 'no-cors' } }, { fault: { kind: 'no-pointer' } }]);
      for (const text of [url, plainUrl]) {
        const words = await expectRefused(tab, await tab.download({ id: text, text }), 'download-failed');
        assert.match(words, /does not let other sites read its files/);
        await expectNothingKept(tab, text);
      }
      return 'said so';
    },
  },
  {
    name: 'an empty file',
    async run(lab, tab) {
      const { url, plainUrl } = lab.publish(0);
      for (const text of [url, plainUrl]) {
        const words = await expectRefused(tab, await tab.download({ id: text, text }), 'file-unreachable');
        assert.match(words, /is empty on its server/);
      }
      return 'said so';
    },
  },
  {
    name: 'every connection is cut after 20,000 bytes',
    short: true,
    async run(lab, tab) {
      const { url, path, file } = lab.publish(2_000_000);
      lab.hub.faults.set([{ fault: { kind: 'cut', afterBytes: 20_000 } }]);
      await expectComplete(tab, await tab.download({ text: url }), file);
      const twice = bytesServed(lab.hub, path) - file.size;
      // What was in a connection when it was cut may be lost.
      assert(twice < file.size / 2, `${twice} bytes were sent again`);
      return COMPLETE;
    },
  },
  survives('connections stall', [{ fault: { kind: 'stall', afterBytes: 30_000 }, times: 3 }]),
  recovers('every connection stalls', [{ fault: { kind: 'stall', afterBytes: 0 } }], 'download-failed', {
    kept: true,
  }),
  survives('503 four times', [{ fault: { kind: 'status', status: 503 }, times: 4 }]),
  recovers('503 always', [{ fault: { kind: 'status', status: 503 } }], 'download-failed', { kept: true }),
  survives('429 with Retry-After: 1', [
    { fault: { kind: 'status', status: 429, retryAfter: '1' }, times: 3 },
  ]),
  recovers('404', [{ fault: { kind: 'status', status: 404 } }], 'file-unreachable', { kept: true }),
  recovers('a web page instead of the file', [{ fault: { kind: 'web-page' } }], 'file-unreachable', {
    kept: true,
  }),
  survives('Range is ignored', [{ fault: { kind: 'ignore-range' } }], { short: true }),
  survives('Range is ignored, and the connection is cut', [
    { fault: { kind: 'ignore-range' } },
    { fault: { kind: 'cut', afterBytes: 1_500_000 }, times: 2 },
  ]),
  recovers(
    'bytes are flipped on the way',
    [{ fault: { kind: 'flip', offset: 1_234_567 } }],
    'download-corrupt',
    {
      kept: false,
      short: true,
    },
  ),
  survives('each answer has another ETag, same bytes', [
    { fault: { kind: 'etag', value: '"one"' }, times: 5 },
    { fault: { kind: 'etag', value: '"two"' }, times: 20 },
    { fault: { kind: 'etag', value: '"three"' } },
  ]),
  recovers(
    'the file is longer than published',
    [{ fault: { kind: 'wrong-total', deltaBytes: 100 } }],
    'download-corrupt',
    {
      kept: false,
    },
  ),
  recovers(
    'the file is shorter than published',
    [{ fault: { kind: 'wrong-total', deltaBytes: -100 } }],
    'download-corrupt',
    {
      kept: false,
    },
  ),
  recovers('answers end early', [{ fault: { kind: 'short-body', missingBytes: 100 } }], 'download-failed', {
    kept: true,
  }),
  survives('answers are shorter than what was asked for', [{ fault: { kind: 'cap', bytes: 10_000 } }]),
  {
    name: 'answers do not end',
    short: true,
    async run(lab, tab) {
      const { url, path, file } = lab.publish();
      lab.hub.faults.set([{ fault: { kind: 'endless' }, times: 3 }]);
      await expectComplete(tab, await tab.download({ text: url }), file);
      assert.deepEqual([...new Set(chunksServed(lab.hub.served, path).values())], [1]);
      assert.equal((await tab.call('heard')).at(-1)?.restarted, false);
      return `nothing was fetched twice: ${COMPLETE}`;
    },
  },
  {
    name: 'one answer among parts is the whole file',
    async run(lab, tab) {
      const { url, path, file } = lab.publish();
      lab.hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 400_000 } }]);
      await tab.call('begin', { text: url });
      await tab.until(1_000_000);
      lab.hub.faults.set([{ fault: { kind: 'ignore-range' }, times: 1 }]);
      await expectComplete(tab, await tab.call('ended'), file);
      const whole = lab.hub.served.filter((range) => range.path === path && range.status === 200);
      assert.equal(whole.length, 1, 'parts were given up');
      return `the other connections went on: ${COMPLETE}`;
    },
  },
  {
    name: 'a server sends parts no longer',
    async run(lab, tab) {
      const { url, file } = lab.publish();
      lab.hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 400_000 } }]);
      await tab.call('begin', { text: url });
      await tab.until(1_000_000);
      lab.hub.faults.set([{ fault: { kind: 'ignore-range' } }]);
      await expectComplete(tab, await tab.call('ended'), file);
      return `went on with the whole: ${COMPLETE}`;
    },
  },
  {
    name: 'a file of one chunk, Range is ignored, and the connection is cut',
    async run(lab, tab) {
      const { url, file } = lab.publish(60_000);
      lab.hub.faults.set([
        { fault: { kind: 'ignore-range' } },
        { fault: { kind: 'cut', afterBytes: 20_000 }, times: 2 },
      ]);
      await expectComplete(tab, await tab.download({ text: url }), file);
      return COMPLETE;
    },
  },
  {
    name: 'the server does not answer when a download goes on',
    async run(lab, tab) {
      const { url, file } = lab.publish();
      lab.hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 400_000 } }]);
      const first = await lab.open();
      await first.call('begin', { id: url, text: url });
      await first.until(1_000_000);
      await first.kill('crash');
      lab.hub.faults.set([{ fault: { kind: 'no-cors' } }, { fault: { kind: 'no-pointer' } }]);
      const words = await expectRefused(tab, await tab.download({ id: url, text: url }), 'download-failed');
      assert.doesNotMatch(words, /other sites/, 'it sent its files before');
      lab.hub.faults.set([]);
      await expectComplete(tab, await tab.download({ id: url, text: url }), file);
      return `${words} Then, with a sound server: ${COMPLETE}`;
    },
  },
  survives('a slow server', [{ fault: { kind: 'slow', bytesPerSecond: 400_000 } }]),
  {
    name: 'all connections are dropped in the middle, three times',
    async run(lab, tab) {
      const { url, file } = lab.publish();
      lab.hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 400_000 } }]);
      await tab.call('begin', { text: url });
      for (const share of [0.2, 0.4, 0.6]) {
        await tab.until(share * file.size);
        lab.hub.dropConnections();
      }
      await expectComplete(tab, await tab.call('ended'), file);
      return COMPLETE;
    },
  },
  ...[true, false].map(
    (atHub): Row => ({
      name: `the file changes on ${atHub ? 'the hub' : 'a plain server'} in the middle`,
      short: atHub,
      async run(lab, tab) {
        const { url, plainUrl, path } = lab.publish();
        lab.hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 400_000 } }]);
        await tab.call('begin', { text: atHub ? url : plainUrl });
        await tab.until(1_000_000);
        // Of the same size: only the hash, or the ETag, tells.
        const changed = syntheticFile(4_000_000, 4711);
        lab.hub.add(path, changed);
        lab.hub.faults.set([]);
        await expectComplete(tab, await tab.call('ended'), changed);
        assert.equal((await tab.call('heard')).at(-1)?.restarted, true);
        return `said so, began anew: ${COMPLETE}`;
      },
    }),
  ),
  {
    name: 'pause and resume',
    async run(lab, tab) {
      const { url, path, file } = lab.publish();
      lab.hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 300_000 } }]);
      await tab.call('begin', { id: 'paused', text: url });
      await tab.until(1_000_000);
      await tab.call('pause', 'paused');
      await tab.page.waitForFunction(() => globalThis.faultPage.heard().at(-1)?.state === 'paused');
      const before = bytesServed(lab.hub, path);
      await tab.page.waitForTimeout(500);
      assert.equal(bytesServed(lab.hub, path), before, 'bytes came during the pause');
      assert.equal((await tab.call('models')).find(({ id }) => id === 'paused')?.paused, true);
      await tab.call('resume', 'paused');
      await expectComplete(tab, await tab.call('ended'), file);
      const twice = bytesServed(lab.hub, path) - file.size;
      assert(twice <= connections * chunkBytes, `${twice} bytes were sent again`);
      return COMPLETE;
    },
  },
  {
    name: 'no room from the start',
    short: true,
    async run(lab) {
      const tab = await lab.openWithEstimate(2_500_000);
      const old = lab.publish(1_000_000);
      const oldOne = await tab.download({ id: 'old', name: 'An old model', text: old.url });
      await expectComplete(tab, oldOne, old.file);
      const { url, path, file } = lab.publish(3_000_000);
      const words = await expectRefused(tab, await tab.download({ id: 'new', text: url }), 'storage-full');
      assert.match(words, /Deleting An old model would/);
      assert.equal(bytesServed(lab.hub, path), 0, 'bytes were fetched in vain');
      assert((await tab.call('delete', 'old')).ok);
      await tab.page.close();
      const roomy = await lab.openWithEstimate(5_000_000);
      await expectComplete(roomy, await roomy.download({ id: 'new', text: url }), file);
      await roomy.page.close();
      return `${words} Then, with room: ${COMPLETE}`;
    },
  },
  {
    name: 'no room in the middle, which the browser did not foretell',
    async run(lab) {
      const tab = await lab.openWithRoom(2_500_000);
      const { url, path, file } = lab.publish();
      const words = await expectRefused(tab, await tab.download({ id: 'big', text: url }), 'storage-full');
      const [model] = await tab.call('models');
      assert(model!.storedBytes > 1_000_000, `${model!.storedBytes} bytes were kept`);
      lab.hub.clearLog();
      await lab.lift();
      const roomy = await lab.open();
      await expectComplete(roomy, await roomy.download({ id: 'big', text: url }), file);
      assert.equal(bytesServed(lab.hub, path), file.size - model!.storedBytes);
      return `${words} Then, with room: ${COMPLETE}`;
    },
  },
  {
    name: 'two tabs at once',
    short: true,
    async run(lab, tab) {
      const { url, path, file } = lab.publish();
      lab.hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 500_000 } }]);
      const second = await lab.open();
      await tab.call('begin', { text: url });
      await tab.until(200_000);
      await second.call('begin', { text: url });
      // The second tab sees the first one's progress.
      await second.until(1_500_000);
      assert.equal((await second.call('heard')).at(-1)?.state, 'elsewhere');
      await expectComplete(tab, await tab.call('ended'), file);
      await expectComplete(second, await second.call('ended'), file);
      assert.deepEqual([...new Set(chunksServed(lab.hub.served, path).values())], [1]);
      await second.page.close();
      return `each byte fetched once: ${COMPLETE} in both`;
    },
  },
  {
    name: 'two tabs, and the one at work is killed',
    async run(lab, tab) {
      const { url, path, file } = lab.publish();
      lab.hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 400_000 } }]);
      const first = await lab.open();
      await first.call('begin', { text: url });
      await first.until(200_000);
      await tab.call('begin', { text: url });
      await tab.until(1_000_000);
      await first.kill('crash');
      await expectComplete(tab, await tab.call('ended'), file);
      const twice = [...chunksServed(lab.hub.served, path).values()].filter((count) => count > 1).length;
      assert(twice <= connections, `${twice} chunks were fetched twice`);
      return `the other went on: ${COMPLETE}`;
    },
  },
  ...(['delete', 'flip'] as const).map(
    (how): Row => ({
      name: how === 'delete' ? 'a chunk is gone from the store' : 'a bit of a stored chunk is flipped',
      short: how === 'flip',
      async run(lab, tab) {
        const { url, path, file } = lab.publish();
        const model = await expectComplete(tab, await tab.download({ text: url }), file);
        await tab.call('damage', model.text, 17, how);
        lab.hub.clearLog();
        const report = await tab.call('verify', model.id);
        assert(report.ok, JSON.stringify(report));
        assert.deepEqual([report.value.badChunks, report.value.repairedChunks], [1, 1]);
        assert.deepEqual([...chunksServed(lab.hub.served, path)], [[17, 1]], 'only this chunk is fetched');
        assert.equal(await tab.call('sha256', model.text), await file.sha256());
        await expectIntact(tab);
        return 'found and repaired, nothing else fetched';
      },
    }),
  ),
  {
    name: 'a stored chunk is damaged, and a plain server has the same file with another ETag',
    async run(lab, tab) {
      const { plainUrl, path, file } = lab.publish();
      const model = await expectComplete(tab, await tab.download({ text: plainUrl }), file);
      await tab.call('damage', model.text, 17, 'flip');
      lab.hub.add(path, file);
      lab.hub.clearLog();
      const report = await tab.call('verify', model.id);
      assert(report.ok, JSON.stringify(report));
      assert.deepEqual([report.value.badChunks, report.value.repairedChunks], [1, 1]);
      assert.deepEqual([...chunksServed(lab.hub.served, path)], [[17, 1]], 'only this chunk is fetched');
      assert.equal(await tab.call('sha256', model.text), await file.sha256());
      await expectIntact(tab);
      return 'repaired, nothing else fetched';
    },
  },
  ...[true, false].map(
    (atHub): Row => ({
      name: `a stored chunk is damaged, and ${atHub ? 'the hub' : 'a plain server'} has another version`,
      async run(lab, tab) {
        const { url, plainUrl, path, file } = lab.publish();
        const text = atHub ? url : plainUrl;
        const model = await expectComplete(tab, await tab.download({ text }), file);
        await tab.call('damage', model.text, 17, 'flip');
        const changed = syntheticFile(4_000_000, 4711);
        lab.hub.add(path, changed);
        const words = await expectRefused(tab, await tab.call('verify', model.id), 'download-changed');
        const now = (await tab.call('models')).find(({ id }) => id === model.id);
        assert.equal(now?.storedBytes, file.size - chunkBytes, 'sound chunks were thrown away');
        await expectComplete(tab, await tab.download({ text }), changed);
        return `${words} Then, with the download: ${COMPLETE}`;
      },
    }),
  ),
  {
    name: 'a stored chunk is damaged, and the hub sends wrong bytes for it',
    async run(lab, tab) {
      const { url, file } = lab.publish();
      const model = await expectComplete(tab, await tab.download({ text: url }), file);
      await tab.call('damage', model.text, 17, 'flip');
      lab.hub.faults.set([{ fault: { kind: 'flip', offset: 17.5 * chunkBytes } }]);
      const words = await expectRefused(tab, await tab.call('verify', model.id), 'download-corrupt');
      const now = (await tab.call('models')).find(({ id }) => id === model.id);
      assert.equal(now?.storedBytes, file.size - chunkBytes, 'sound chunks were thrown away');
      await expectRefused(tab, await tab.download({ text: url }), 'download-corrupt');
      const later = (await tab.call('models')).find(({ id }) => id === model.id);
      assert.equal(later?.storedBytes, file.size - chunkBytes, 'sound chunks were thrown away');
      lab.hub.faults.set([]);
      await expectComplete(tab, await tab.download({ text: url }), file);
      return `${words} Then, with a sound server: ${COMPLETE}`;
    },
  },
  {
    name: 'a stored chunk is damaged and the server is gone',
    async run(lab, tab) {
      const { url, file } = lab.publish();
      const model = await expectComplete(tab, await tab.download({ text: url }), file);
      await tab.call('damage', model.text, 3, 'flip');
      lab.hub.faults.set([{ fault: { kind: 'status', status: 503 } }]);
      const words = await expectRefused(tab, await tab.call('verify', model.id), 'download-failed');
      const [now] = (await tab.call('models')).filter(({ id }) => id === model.id);
      assert.deepEqual([now?.complete, now?.storedBytes], [false, file.size - chunkBytes]);
      lab.hub.faults.set([]);
      await expectComplete(tab, await tab.download({ text: url }), file);
      return `${words} Then, with a sound server: ${COMPLETE}`;
    },
  },
  {
    name: 'the browser crashes, three times',
    async run(lab, tab) {
      const { url, path, file } = lab.publish();
      lab.hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 300_000 } }]);
      let current = tab;
      const before = new Set<number>();
      for (const share of [0.2, 0.4, 0.6]) {
        lab.hub.clearLog();
        await current.call('begin', { text: url });
        await current.until(share * file.size);
        await lab.crashBrowser(current);
        const now = [...chunksServed(lab.hub.served, path).keys()];
        const again = now.filter((chunk) => before.has(chunk));
        assert(again.length <= connections, `${again.length} chunks were fetched twice`);
        for (const chunk of now) before.add(chunk);
        current = await lab.open();
        await expectIntact(current);
      }
      lab.hub.faults.set([]);
      await expectComplete(current, await current.download({ text: url }), file);
      return COMPLETE;
    },
  },
];
