import { test } from '@playwright/test';
import { killedTabs } from '../faults/kills.ts';
import { FaultLab } from '../faults/lab.ts';
import { killedLoading, serverGone } from '../faults/offline.ts';
import { runRow } from '../faults/row.ts';
import { rows } from '../faults/table.ts';

// The whole table is `npm run faults`; these are the rows that break first.
test.describe.configure({ mode: 'serial', timeout: 120_000 });

const isLong = process.env.VITE_GLANCE_LONG_TESTS === '1';
let lab: FaultLab | undefined;

test.beforeAll(async () => {
  // A page is built.
  test.setTimeout(180_000);
  lab = await FaultLab.start();
});
test.afterAll(() => lab?.close());

for (const row of [...rows, serverGone, killedLoading(isLong ? 3 : 2), killedTabs(isLong ? 8 : 4)]) {
  if (!row.short) continue;
  test(`a model's download: ${row.name}`, async () => {
    await runRow(lab!, row);
  });
}
