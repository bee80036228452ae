/** What a visitor sees and does, in the words of the page. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { repositoryRoot } from '../support/root.ts';

interface SampleEntry {
  file: string;
  alt: string;
  question: string;
  answer: string;
}

/** The samples that come with the site, with the answers that are true. */
export const samples = JSON.parse(
  readFileSync(join(repositoryRoot, 'public/samples/samples.json'), 'utf8'),
) as SampleEntry[];

export interface PictureFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

export interface Case {
  picture: PictureFile;
  question: string;
  answer: string;
}

interface Questions {
  scenes: { offset: number; length: number }[];
  questions: { scene: number; task: string; question: string; truth: string; answer: string }[];
}

const evalFolder = join(repositoryRoot, 'test/fixtures/eval');
const { scenes, questions } = JSON.parse(
  readFileSync(join(evalFolder, 'questions.json'), 'utf8'),
) as Questions;
const sceneBytes = readFileSync(join(evalFolder, 'scenes.bin'));

/** The n-th held-out picture with a question of this task that the model answers rightly. */
export function heldOut(task: string, n = 0): Case {
  const found = questions.filter((entry) => entry.task === task && entry.answer === entry.truth)[n];
  if (found === undefined) throw new Error(`no held-out question ${n} of the task "${task}"`);
  const { offset, length } = scenes[found.scene]!;
  return {
    picture: {
      name: `scene-${found.scene}.png`,
      mimeType: 'image/png',
      buffer: sceneBytes.subarray(offset, offset + length),
    },
    question: found.question,
    answer: found.truth,
  };
}

/** For `addInitScript`: the browser keeps no conversations, as in some private windows. */
export function blockHistory(): void {
  const { open } = IDBFactory.prototype;
  IDBFactory.prototype.open = function (name: string, version?: number) {
    if (name === 'glance-history') throw new DOMException('Blocked.', 'SecurityError');
    return open.call(this, name, version);
  };
}

/** What the browser keeps of conversations by now. @param kind the first part of the records' keys, as in `turn` */
export function keptRecords(page: Page, kind: string): Promise<unknown[]> {
  return page.evaluate(async (kind) => {
    // One that is not there yet must not be made here, where it would lack what it holds.
    if (!(await indexedDB.databases()).some(({ name }) => name === 'glance-history')) return [];
    const result = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const db = await result(indexedDB.open('glance-history'));
    try {
      const records = db.transaction('records').objectStore('records');
      return await result(records.getAll(IDBKeyRange.bound([kind], [kind, []])));
    } finally {
      db.close();
    }
  }, kind);
}

/**
 * Has the page's workers say everything slowly, as on a slow machine: an answer is otherwise there before a person, or
 * a busy machine, has seen it grow.
 *
 * @returns lets them go at their own pace again
 */
export async function slowDown(page: Page, pauseMs: number): Promise<() => Promise<void>> {
  const restores = await Promise.all(
    page.workers().map((worker) =>
      worker.evaluateHandle((pauseMs) => {
        // Asleep, not busy. Shared memory of another kind takes pages that are isolated.
        const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
        const waited = new Int32Array(memory.buffer);
        const { postMessage } = MessagePort.prototype;
        MessagePort.prototype.postMessage = function (...message: [unknown, never]) {
          postMessage.apply(this, message);
          Atomics.wait(waited, 0, 0, pauseMs);
        };
        return () => {
          MessagePort.prototype.postMessage = postMessage;
        };
      }, pauseMs),
    ),
  );
  return async () => {
    for (const restore of restores) await restore.evaluate((restore) => restore());
  };
}

export class Visitor {
  readonly page: Page;
  readonly field: Locator;
  readonly turns: Locator;
  readonly tray: Locator;

  constructor(page: Page) {
    this.page = page;
    this.field = page.getByRole('textbox', { name: 'Question' });
    this.turns = page.getByRole('article');
    this.tray = page.getByRole('list', { name: 'Pictures with this question' });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  sample(question: string): Locator {
    return this.page.getByRole('list', { name: 'Samples' }).getByRole('button', { name: question });
  }

  chip(): Locator {
    return this.button(/pico demo/);
  }

  /** What the model can run on, in the model's panel. */
  runsOn(device: string): Locator {
    return this.page.getByRole('group', { name: 'Runs on' }).getByRole('radio', { name: device });
  }

  /** Picks files as the button does. */
  async pick(...files: PictureFile[]): Promise<void> {
    const chooser = this.page.waitForEvent('filechooser');
    await this.button('Add pictures').click();
    await (await chooser).setFiles(files);
  }

  /** Types and sends. */
  async ask(question: string): Promise<void> {
    await this.field.fill(question);
    await this.field.press('Enter');
    await expect(this.field).toHaveValue('');
  }

  /** Writes down from now on what a screen reader says; the returned function tells it. */
  async listen(): Promise<() => Promise<string[]>> {
    const handle = await this.page.evaluateHandle(() => {
      const region = document.querySelector('glance-app')?.shadowRoot?.querySelector('[role=status]');
      const heard: string[] = [];
      new MutationObserver(() => heard.push(region?.textContent ?? '')).observe(region!, {
        characterData: true,
        childList: true,
        subtree: true,
      });
      return heard;
    });
    return () => handle.jsonValue();
  }

  /** What the last turn says; waits until it is finished. */
  async lastAnswer(): Promise<string> {
    const turn = this.turns.last();
    await expect(turn.getByRole('button', { name: 'Copy', exact: true })).toBeVisible();
    return (await turn.locator('.answer').textContent()) ?? '';
  }

  /** Waits for the last turn to be answered with exactly these words. */
  async expectAnswer(answer: string): Promise<void> {
    const turn = this.turns.last();
    await expect(turn.getByRole('button', { name: 'Copy', exact: true })).toBeVisible();
    await expect(turn.locator('.answer')).toHaveText(answer);
  }
}
