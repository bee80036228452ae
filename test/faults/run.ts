/**
 * Downloads models from a server that misbehaves into a real browser that dies, and looks at what is left.
 *
 *     npm run faults -- [--json] [--kills 50] [--only PART-OF-A-NAME]
 *
 * Exits with 1 if a row does not end with the complete, verified model or a clear error and an intact store.
 */
import { parseArgs } from 'node:util';
import { finish } from '../support/arguments.ts';
import { killedTabs } from './kills.ts';
import { FaultLab } from './lab.ts';
import { killedLoading, serverGone } from './offline.ts';
import { runRow } from './row.ts';
import { rows } from './table.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    kills: { type: 'string', default: '50' },
    only: { type: 'string', default: '' },
  },
});

const lab = await FaultLab.start();
const faults: { name: string; outcome: string; ok: boolean }[] = [];
try {
  for (const row of [...rows, serverGone, killedLoading(10), killedTabs(Number(values.kills))]) {
    if (!row.name.includes(values.only)) continue;
    const start = performance.now();
    let result: { outcome: string; ok: boolean };
    try {
      result = { outcome: await runRow(lab, row), ok: true };
    } catch (error) {
      result = { outcome: error instanceof Error ? error.message : String(error), ok: false };
    }
    faults.push({ name: row.name, ...result });
    const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(6);
    console.error(`${seconds} s  ${result.ok ? 'ok    ' : 'FAILED'}  ${row.name}: ${result.outcome}`);
  }
} finally {
  await lab.close();
}
finish(
  values.json,
  { faults },
  faults.filter(({ ok }) => !ok).map(({ name, outcome }) => `${name}: ${outcome}`),
);
