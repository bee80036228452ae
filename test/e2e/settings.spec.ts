import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { samples, Visitor } from './visitor.ts';

// What the service worker does is not the subject here: to keep the whole site takes as long as to start the page.
test.use({ serviceWorkers: 'block' });

const [sample] = samples;

/** What the visitor does in the settings. */
class Settings {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get dialog() {
    return this.page.getByRole('dialog', { name: 'Settings', exact: true });
  }

  /** By the key, as on any platform but Apple's. */
  async open(tab: string): Promise<void> {
    await this.page.keyboard.press('Control+,');
    await this.dialog.getByRole('tab', { name: tab, exact: true }).click();
  }

  async close(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await expect(this.dialog).toBeHidden();
  }

  field(name: string) {
    return this.dialog.getByRole('textbox', { name, exact: true });
  }

  async set(name: string, value: string): Promise<void> {
    await this.field(name).fill(value);
    await this.field(name).blur();
  }
}

/** A number of the figures under the last answer, as "Seed" or "Reading the question". */
async function figure(visitor: Visitor, name: string): Promise<string> {
  const turn = visitor.turns.last();
  const button = turn.getByRole('button', { name: 'Speed' });
  if ((await button.getAttribute('aria-expanded')) !== 'true') await button.click();
  const row = turn.locator('dl > div').filter({ has: visitor.page.locator(`dt:text-is("${name}")`) });
  return (await row.locator('dd').textContent()) ?? '';
}

const promptTokens = async (visitor: Visitor) =>
  Number(/([\d,]+) token/.exec(await figure(visitor, 'Reading the question'))?.[1]?.replace(',', ''));

async function tryAgain(visitor: Visitor, version: number): Promise<string> {
  await visitor.turns.last().getByRole('button', { name: 'Try again' }).click();
  await expect(visitor.turns.last()).toContainText(`${version} of ${version}`);
  return visitor.lastAnswer();
}

/** pico was never asked anything so, and is not sure of its answers any more. */
const NONSENSE = 'Sing a song about a blue cat and a red dog, zebra quartz, in one word.';

test('what is set reaches the model, is told under the answer, and is there after a reload', async ({
  page,
}) => {
  const visitor = new Visitor(page);
  const settings = new Settings(page);
  await page.goto('./');
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  const before = await promptTokens(visitor);
  expect(await figure(visitor, 'System prompt')).toBe('none');
  expect(await figure(visitor, 'Drawn with')).toBe('Temperature 0');

  await settings.open('Answers');
  await settings.set('System prompt', NONSENSE);
  await settings.set('Temperature', '2');
  await settings.set('Seed', '7');
  // What cannot be is said at once, and is not kept.
  await settings.set('Top-p', '1.5');
  await expect(settings.dialog.getByRole('alert').filter({ hasText: 'A number from 0 to 1' })).toBeVisible();
  await settings.dialog.getByRole('button', { name: 'Reset: Top-p' }).click();
  await expect(settings.field('Top-p')).toHaveValue('');
  await settings.close();
  await expect(visitor.field).toBeFocused();

  const first = await tryAgain(visitor, 2);
  expect(await promptTokens(visitor)).toBeGreaterThan(before + 5);
  expect(await figure(visitor, 'Seed')).toBe('7');
  expect(await figure(visitor, 'Drawn with')).toBe('Temperature 2');
  expect(await figure(visitor, 'System prompt')).toBe(NONSENSE);
  // The same seed says the same again, another one something else.
  expect(await tryAgain(visitor, 3)).toBe(first);
  await settings.open('Answers');
  await settings.set('Seed', '8');
  await settings.close();
  expect(await tryAgain(visitor, 4)).not.toBe(first);
  expect(await figure(visitor, 'Seed')).toBe('8');

  await page.reload();
  await settings.open('Answers');
  await expect(settings.field('Temperature')).toHaveValue('2');
  await expect(settings.field('System prompt')).toHaveValue(NONSENSE);
  await settings.dialog.getByLabel('Preset').selectOption('Greedy: always the likeliest word');
  await expect(settings.field('Temperature')).toHaveValue('0');
  await settings.set('Longest answer', '2');
  await settings.close();
  // An earlier answer still tells what it was asked with.
  expect(await figure(visitor, 'Seed')).toBe('8');
  await tryAgain(visitor, 5);
  await expect(visitor.turns.last()).toContainText('longest answer reached, 2 tokens as set');
  await settings.open('Answers');
  await settings.dialog.getByRole('button', { name: 'Reset to what is recommended' }).click();
  await settings.set('System prompt', '');
  await settings.close();
  await tryAgain(visitor, 6);
  await visitor.expectAnswer(sample!.answer);
});

test.describe('with the service worker, of which everything is deleted, too', () => {
  test.use({ serviceWorkers: 'allow' });

  test('a conversation has settings of its own, also in its export; what is kept is told, and goes', async ({
    page,
    context,
  }) => {
    // Four loads of the page and of the model.
    test.slow();
    const visitor = new Visitor(page);
    const settings = new Settings(page);
    await page.goto('./');
    await visitor.sample(sample!.question).click();
    await visitor.expectAnswer(sample!.answer);
    const other = await context.newPage();
    await other.goto(page.url());
    await expect(other.getByRole('article')).toHaveCount(1);
    await settings.open('Answers');
    await settings.dialog.getByRole('radio', { name: 'This conversation' }).check();
    await settings.dialog.getByRole('checkbox', { name: 'A system prompt of its own' }).check();
    await settings.set('System prompt', 'Only here.');
    await settings.close();
    const noteText = 'This conversation has settings of its own. Open the settings';
    await expect(other.getByRole('button', { name: noteText })).toBeVisible();
    await other.close();
    await tryAgain(visitor, 2);
    expect(await figure(visitor, 'System prompt')).toBe('Only here.');

    await page.reload();
    const note = visitor.button(noteText);
    await note.click();
    await expect(settings.dialog.getByRole('radio', { name: 'This conversation' })).toBeChecked();
    await expect(settings.field('System prompt')).toHaveValue('Only here.');
    await settings.close();
    await visitor.button('New conversation').click();
    await expect(note).toHaveCount(0);
    await visitor.field.fill('Not sent');

    await settings.open('Data');
    await expect(settings.dialog).toContainText(/1 conversation with pictures, [\d.]+ kB/);
    await expect(settings.dialog).toContainText(/1 question not sent yet/);
    const download = page.waitForEvent('download');
    await settings.dialog.getByRole('button', { name: 'Save all' }).click();
    const file = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
    const [conversation] = file.conversations;
    expect(conversation.settings).toEqual({ systemPrompt: 'Only here.' });
    const [one, two] = conversation.turns.toSorted(
      (a: { askedAt: number }, b: { askedAt: number }) => a.askedAt - b.askedAt,
    );
    expect([one.asked.systemPrompt, two.asked.systemPrompt]).toEqual(['', 'Only here.']);
    expect(two.answer.result.usage.promptTokens).toBeGreaterThan(one.answer.result.usage.promptTokens);

    // Asked first, kept, then done; the keyboard is enough.
    const remove = settings.dialog.getByRole('button', { name: 'Delete: Conversations' });
    await remove.focus();
    await page.keyboard.press('Enter');
    await expect(settings.dialog.getByRole('button', { name: 'Keep' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(remove).toBeFocused();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(settings.dialog).toContainText('All conversations are deleted');
    await expect(remove).toBeDisabled();
    await settings.dialog.getByRole('button', { name: 'Delete: Drafts' }).click();
    await settings.dialog.getByRole('group').getByRole('button', { name: 'Delete' }).click();
    await expect(settings.dialog).toContainText('The drafts are deleted');
    await settings.close();
    await expect(visitor.field).toHaveValue('');
    await expect(page.getByRole('link', { name: sample!.question })).toHaveCount(0);

    await visitor.ask('What is here?');
    await visitor.lastAnswer();
    await settings.open('Data');
    await settings.dialog.getByRole('button', { name: 'Delete everything' }).click();
    const reloaded = page.waitForEvent('load');
    await settings.dialog.getByRole('group').getByRole('button', { name: 'Delete everything' }).click();
    await reloaded;
    await expect(visitor.sample(sample!.question)).toBeVisible();
    await expect(visitor.turns).toHaveCount(0);
    const kept = await page.evaluate(async () => {
      const request = indexedDB.open('glance-history');
      const db = await new Promise<IDBDatabase>((resolve) => {
        request.onsuccess = () => resolve(request.result);
      });
      if (!db.objectStoreNames.contains('records')) return [];
      const keys = db.transaction('records').objectStore('records').getAllKeys();
      await new Promise((resolve) => {
        keys.onsuccess = resolve;
      });
      db.close();
      return keys.result;
    });
    expect(kept).toEqual([]);
  });
});

test('theme, language and keys, in this tab and the other, from the first paint on', async ({
  page,
  context,
}) => {
  const visitor = new Visitor(page);
  const settings = new Settings(page);
  const other = await context.newPage();
  await other.goto('./');
  await page.goto('./');
  const ground = (tab: Page) =>
    tab.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground(page);
  await settings.open('General');
  await settings.dialog.getByLabel('Theme').selectOption('Dark');
  await expect.poll(() => ground(page)).not.toBe(light);
  const dark = await ground(page);
  await expect.poll(() => ground(other)).toBe(dark);
  await settings.dialog.getByLabel('Language').selectOption('zh');
  await expect(page.getByRole('dialog', { name: '设置', exact: true })).toBeVisible();
  await expect(other.getByRole('button', { name: '设置', exact: true })).toBeVisible();
  await page.getByRole('dialog').getByLabel('语言').selectOption('en');
  await settings.close();

  // Without any of the page's code.
  await other.route('**/assets/*.js', () => {});
  await other.reload({ waitUntil: 'domcontentloaded' });
  await expect(other.getByText('Glance is starting')).toBeVisible();
  await other.waitForFunction(() => performance.getEntriesByType('paint').length > 0);
  expect(await ground(other)).toBe(dark);
  await other.close();

  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await visitor.field.fill('');
  await page.keyboard.type('?/');
  await expect(visitor.field).toHaveValue('?/');
  await visitor.button('Settings').focus();
  await page.keyboard.press('?');
  await expect(sheet).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(sheet).toBeHidden();
  await visitor.button('Settings').focus();
  await page.keyboard.press('/');
  await expect(visitor.field).toBeFocused();

  await settings.open('General');
  await settings.dialog.getByRole('checkbox', { name: 'Single-key shortcuts' }).uncheck();
  await settings.close();
  await visitor.button('Settings').focus();
  await page.keyboard.press('?');
  await page.keyboard.press('Control+Shift+O');
  await expect(visitor.field).toBeFocused();
  await expect(sheet).toBeHidden();
});

test('where the page cannot run it says what to do, and none of it is fetched', async ({ context }) => {
  const old = await context.newPage();
  const fetched: string[] = [];
  old.on('request', (request) => fetched.push(new URL(request.url()).pathname));
  await old.addInitScript(() => {
    const { validate } = WebAssembly;
    // A browser without instructions of 128 bits.
    WebAssembly.validate = (module) => (module as Uint8Array).length > 40 && validate(module);
  });
  await old.goto('./');
  await expect(old.getByRole('heading', { name: 'Glance cannot run in this browser' })).toBeVisible();
  await expect(old.getByText('Firefox from 125 on')).toBeVisible();
  expect(fetched.filter((path) => path.endsWith('.js'))).toEqual(['/start.js']);
  await old.close();

  const page = await context.newPage();
  await page.addInitScript(() => {
    Object.defineProperty(window, 'indexedDB', { value: undefined });
  });
  await page.goto('./');
  const visitor = new Visitor(page);
  await visitor.button('Go on without keeping anything').click();
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
});
