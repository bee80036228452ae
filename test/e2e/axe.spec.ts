import { expect, type Page, test } from '@playwright/test';
import { seedHistory } from '../support/seed_history.ts';
import { expectAccessible } from './axe.ts';
import { playScript } from './scripted.ts';
import { heldOut, samples, Visitor } from './visitor.ts';

// A page that a service worker serves asks it for the engine, where no test can step in.
// Without motion there are no half-faded words, either.
test.use({ serviceWorkers: 'block', contextOptions: { reducedMotion: 'reduce' } });

const [sample] = samples;

/** All that an answer can consist of. */
const MARKDOWN = `## Result

A **bold**, *slanted*, ~~struck~~ word and \`code\`, [a link](https://example.org/), $x^2$.

1. One
2. Two
   - [x] done
   - [ ] open

| Item | Price |
|------|------:|
| Tea  |  2.40 |

\`\`\`js
const total = 2.4;
\`\`\`

> Quoted.

$$\\sum_{i=1}^n i$$

\`\`\`json
[{"bbox_2d": [100, 100, 500, 500], "label": "tea"}, {"point_2d": [700, 300], "label": "spoon"}]
\`\`\`

---
Done.`;

test('the first screen, a sample’s answer, the panel, the models and the list of conversations', async ({
  page,
}) => {
  // Each look at the whole page takes seconds.
  test.slow();
  const visitor = new Visitor(page);
  await page.goto('./');
  await expect(visitor.sample(sample!.question)).toBeVisible();
  await expect(visitor.chip()).toBeVisible();
  await expectAccessible(page, 'welcome');
  await visitor.chip().click();
  await expect(page.getByRole('dialog', { name: 'pico, a demo model' })).toBeVisible();
  await expectAccessible(page, 'the model’s panel');
  await page.getByRole('button', { name: 'Choose another model' }).click();
  const models = page.getByRole('dialog', { name: 'Models' });
  await expect(models.getByRole('heading', { name: /Qwen3-VL 2B/ }).first()).toBeVisible();
  await expectAccessible(page, 'models');
  await page.keyboard.press('Escape');
  await expect(models).toBeHidden();
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  await visitor.button('Speed').click();
  await expectAccessible(page, 'answered, with figures');
  await visitor.button('Edit').click();
  await expectAccessible(page, 'editing a question');
  await page.keyboard.press('Escape');
  await page.evaluate(seedHistory, { count: 12, now: Date.now(), side: 64 });
  await page.reload();
  await expect(page.getByRole('searchbox')).toBeVisible();
  await page
    .getByRole('button', { name: /^More about/ })
    .nth(2)
    .click();
  await expect(page.getByRole('menuitem', { name: 'Delete' })).toBeVisible();
  await expectAccessible(page, 'the list of conversations, with a menu');
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(visitor.button('Undo')).toBeVisible();
  await page.getByRole('searchbox').fill('triangle 3');
  await expect(page.locator('mark').first()).toBeVisible();
  await expectAccessible(page, 'found in the list, one deleted');
});

test('thinking, answering, answered, failed; pictures in the tray, on the stage and magnified', async ({
  page,
}) => {
  // Each look at the whole page takes seconds.
  test.slow();
  const visitor = new Visitor(page);
  const { picture } = heldOut('how many');
  await playScript(page, {
    answers: [
      { reasoning: 'I look at the picture. '.repeat(40), text: MARKDOWN, tokensPerSecond: 40, held: true },
      { text: MARKDOWN },
      { text: 'It begins', error: { code: 'out-of-memory', message: 'The memory is full.' } },
    ],
  });
  await page.goto('./');
  await expect(visitor.button(/^scripted/)).toBeVisible();
  await visitor.pick(picture, { ...picture, name: 'second.png' });
  await expect(visitor.tray.getByRole('img')).toHaveCount(2);
  await visitor.field.fill('What is there?');
  await expectAccessible(page, 'pictures in the tray, a question typed');
  await visitor.button(`Edit ${picture.name}`).click();
  const editor = page.getByRole('dialog', { name: 'Edit pictures' });
  await expect(editor.getByRole('button', { name: 'Turn right' })).toBeVisible();
  await expectAccessible(page, 'editing pictures');
  await editor.getByRole('button', { name: 'Done' }).click();
  await expect(editor).toBeHidden();
  await visitor.button('Tasks').click();
  await expect(page.getByRole('menu')).toBeVisible();
  await expectAccessible(page, 'ready-made tasks');
  await page.keyboard.press('Escape');
  await visitor.button('Send').click();
  const thought = visitor.turns.last().getByRole('button', { name: /^Thinking/ });
  await thought.click();
  await expect(page.getByRole('group', { name: 'Progress of the answer' })).toContainText('tokens');
  await expectAccessible(page, 'thinking, the thought open');
  await expect(visitor.turns.last().getByRole('heading', { name: 'Result' })).toBeVisible();
  await expectAccessible(page, 'answering');
  await visitor.button('Stop').click();
  await expect(visitor.turns.last()).toContainText('Stopped.');
  await expectAccessible(page, 'stopped');
  await visitor.ask('And now?');
  await expect(visitor.turns.last().locator('math').first()).toBeVisible();
  await expect(visitor.turns.last().getByRole('list', { name: 'Places on the picture' })).toBeVisible();
  await expectAccessible(page, 'answered, with everything that answers consist of');
  await visitor.ask('Once more');
  await expect(visitor.turns.last().getByRole('alert')).toContainText('Out of memory');
  await expectAccessible(page, 'an error card');
  await page.getByRole('figure').getByRole('button').first().click();
  await expectAccessible(page, 'a picture magnified');
});

async function main(page: Page, words: { settings: string; close?: string }) {
  await page.getByRole('button', { name: words.settings, exact: true }).click();
  const dialog = page.getByRole('dialog', { name: words.settings, exact: true });
  const tabs = dialog.getByRole('tab');
  // The view is fetched when it is first wanted.
  await expect(tabs).toHaveCount(4);
  for (const tab of await tabs.all()) {
    await tab.click();
    await expectAccessible(page, `settings, ${await tab.textContent()}`);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
}

test('settings in the dark, and the keys', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto('./');
  await expect(new Visitor(page).chip()).toBeVisible();
  await expectAccessible(page, 'welcome, dark');
  await main(page, { settings: 'Settings' });
  await page.getByRole('button', { name: 'Settings', exact: true }).focus();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await expectAccessible(page, 'the list of keys');
});

test('what is missing where the page cannot run', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, 'WebAssembly', { value: undefined });
  });
  await page.goto('./');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expectAccessible(page, 'not supported');
});

test.describe('in Chinese, in the dark, on a phone', () => {
  test.use({
    locale: 'zh-CN',
    colorScheme: 'dark',
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });

  test('the main path', async ({ page }) => {
    // Each look at the whole page takes seconds.
    test.slow();
    await page.goto('./');
    const button = (name: string | RegExp) => page.getByRole('button', { name });
    await expect(button(/^pico/)).toBeVisible();
    await expect(page.getByRole('list', { name: '示例' }).getByRole('button').first()).toBeVisible();
    await expectAccessible(page, 'welcome');
    await page.getByRole('list', { name: '示例' }).getByRole('button').first().tap();
    await expect(page.locator('.answer')).toHaveText(sample!.answer);
    await expectAccessible(page, 'answered');
    await main(page, { settings: '设置' });
  });
});
