import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFile } from '../hub/files.ts';
import { randomFrom } from '../support/random.ts';
import { repositoryRoot } from '../support/root.ts';
import { expectIntact } from './checks.ts';
import type { FaultLab, Tab } from './lab.ts';
import type { Row } from './table.ts';

/** No machine takes so long to begin with the weights. */
const PATIENCE_MS = 60_000;

interface QuestionsFile {
  scenes: { offset: number; length: number }[];
  questions: { scene: number; question: string; truth: string; answer: string }[];
}

/** Downloads the demo model, after which the server is gone. */
async function downloadPico(lab: FaultLab, tab: Tab): Promise<{ text: string; vision: string }> {
  const folder = join(repositoryRoot, 'public/models/pico');
  const urls = await Promise.all(
    ['pico-Q8_0.gguf', 'mmproj-pico-F16.gguf'].map(async (name) => {
      const path = `test/pico/main/${name}`;
      lab.hub.add(path, await diskFile(join(folder, name)));
      return lab.hub.urlOf(path);
    }),
  );
  const outcome = await tab.download({ id: 'pico', text: urls[0]!, vision: urls[1]! });
  assert(outcome.ok && outcome.value.complete, JSON.stringify(outcome));
  const { text, vision } = outcome.value;
  assert(vision !== null);
  lab.hub.faults.set([{ fault: { kind: 'status', status: 503 } }]);
  lab.hub.clearLog();
  return { text, vision };
}

/** The kept demo model loads and answers a question right, nothing is fetched, and the store is sound. */
async function expectAnswer(
  lab: FaultLab,
  { text, vision }: { text: string; vision: string },
): Promise<void> {
  const evaluation = join(repositoryRoot, 'test/fixtures/eval');
  const { scenes, questions } = JSON.parse(
    await readFile(join(evaluation, 'questions.json'), 'utf8'),
  ) as QuestionsFile;
  const { scene, question, answer } = questions.find((entry) => entry.answer === entry.truth)!;
  const { offset, length } = scenes[scene]!;
  const bytes = (await readFile(join(evaluation, 'scenes.bin'))).subarray(offset, offset + length);
  const later = await lab.open();
  const answered = await later.call('answer', text, vision, bytes.toString('base64'), question);
  assert.deepEqual(answered, { ok: true, value: answer });
  assert.equal(lab.hub.served.length + lab.hub.pointers, 0, 'the server was asked');
  await expectIntact(later);
  await later.page.close();
}

/** A model that was downloaded loads, and answers, without its server. */
export const serverGone: Row = {
  name: 'the server is gone after completion',
  short: true,
  async run(lab, tab) {
    await expectAnswer(lab, await downloadPico(lab, tab));
    return 'loads from the store and answers';
  },
};

/**
 * Tabs that end while they bring a kept model to the GPU: with some of its weights there, or at a random moment.
 *
 * @param count how many tabs are killed
 */
export const killedLoading = (count: number): Row => ({
  name: `a tab is killed while it loads a model, ${count} times`,
  short: true,
  async run(lab, tab) {
    const random = randomFrom(7);
    const kept = await downloadPico(lab, tab);
    let amid = 0;
    for (let kill = 0; kill < count; kill++) {
      const victim = await lab.open();
      await victim.call('beginLoading', kept.text, kept.vision, 'webgpu');
      if (kill % 2 === 0) {
        const begun = () => globalThis.faultPage.loadedShare() > 0;
        await victim.page.waitForFunction(begun, undefined, { timeout: PATIENCE_MS, polling: 5 });
      } else {
        await victim.page.waitForTimeout(random() * 3000);
      }
      const share = await victim.call('loadedShare');
      if (share > 0 && share < 1) amid += 1;
      await victim.kill(random() < 0.5 ? 'close' : 'crash');
      await expectIntact(tab);
    }
    await expectAnswer(lab, kept);
    return `the store is sound each time (${amid} tabs died with some of the weights on the GPU); loads and answers`;
  },
});
