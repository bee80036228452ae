import type { FaultLab } from './lab.ts';
import type { Row } from './table.ts';

/** Runs one row in a fresh tab against a hub that has forgotten everything; leaves nothing in the store. */
export async function runRow(lab: FaultLab, row: Row): Promise<string> {
  lab.hub.faults.set([]);
  lab.hub.clearLog();
  const tab = await lab.open();
  try {
    return await row.run(lab, tab);
  } finally {
    lab.hub.faults.set([]);
    await tab.page.close().catch(() => {});
    await lab.lift();
    const cleaner = await lab.open();
    for (const { id } of await cleaner.call('models')) await cleaner.call('delete', id);
    await cleaner.page.close();
  }
}
