import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFile } from '../hub/files.ts';
import { repositoryRoot } from '../support/root.ts';
import { expectIntact } from './checks.ts';
import type { Row } from './table.ts';

interface QuestionsFile {
  scenes: { offset: number; length: number }[];
  questions: { scene: number; question: string; truth: string; answer: string }[];
}

/** A model that was downloaded loads, and answers, without its server. */
export const serverGone: Row = {
  name: 'the server is gone after completion',
  short: true,
  async run(lab, tab) {
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
    return 'loads from the store and answers';
  },
};
