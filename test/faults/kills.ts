import assert from 'node:assert/strict';
import { randomFrom } from '../support/random.ts';
import { chunksServed, expectComplete, expectIntact } from './checks.ts';
import type { FaultLab } from './lab.ts';
import { FAULT_SETTINGS } from './settings.ts';
import type { Row } from './table.ts';

const FILE_BYTES = 6_000_000;

/**
 * Tabs that end at random moments of a download: closed, or with their process crashed. What one has stored
 * the next must not fetch again, but for the chunk that each connection was at.
 *
 * @param count how many tabs are killed
 */
export const killedTabs = (count: number): Row => ({
  name: `a tab is killed at a random moment, ${count} times`,
  short: true,
  async run(lab: FaultLab, tab) {
    const random = randomFrom(5);
    let kills = 0;
    let files = 0;
    let most = 0;
    while (kills < count) {
      const { url, path, file } = lab.publish(FILE_BYTES);
      files += 1;
      const before = new Set<number>();
      for (let complete = false; !complete && kills < count; ) {
        lab.hub.clearLog();
        lab.hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 500_000 } }]);
        const victim = await lab.open();
        await victim.call('begin', { id: url, text: url });
        await victim.page.waitForTimeout(random() * 500);
        await victim.kill(random() < 0.5 ? 'close' : 'crash');
        kills += 1;
        const now = [...chunksServed(lab.hub.served, path).keys()];
        const again = now.filter((chunk) => before.has(chunk)).length;
        assert(again <= FAULT_SETTINGS.connections, `${again} chunks were fetched twice after kill ${kills}`);
        most = Math.max(most, again);
        for (const chunk of now) before.add(chunk);
        const model = (await tab.call('models')).find(({ id }) => id === url);
        complete = model?.complete ?? false;
        if (kills % 5 === 0) await expectIntact(tab);
      }
      lab.hub.faults.set([]);
      lab.hub.clearLog();
      await expectComplete(tab, await tab.download({ id: url, text: url }), file);
      const again = [...chunksServed(lab.hub.served, path).keys()].filter((chunk) => before.has(chunk));
      assert(
        again.length <= FAULT_SETTINGS.connections,
        `${again.length} chunks were fetched twice at the end`,
      );
      assert((await tab.call('delete', url)).ok);
    }
    return `complete and verified each time (${files} files); at most ${most} chunks fetched twice`;
  },
});
