import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { repositoryRoot } from '../support/root.ts';
import { heldOut, samples, Visitor } from './visitor.ts';

// What the service worker does is not the subject here: to keep the whole site takes as long as to start the page.
test.use({ serviceWorkers: 'block' });

test('the keyboard alone is enough', async ({ page, context }) => {
  const visitor = new Visitor(page);
  const last = samples.at(-1)!;
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('./');
  await expect(visitor.field).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(visitor.sample(last.question)).toBeFocused();
  await page.keyboard.press('Enter');
  await visitor.expectAnswer(last.answer);
  await expect(visitor.field).toBeFocused();

  await page.keyboard.type('How many');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('shapes are there?');
  await expect(visitor.field).toHaveValue('How many\nshapes are there?');
  await page.keyboard.press('Enter');
  await expect(visitor.turns).toHaveCount(2);
  await expect(visitor.turns.last().getByRole('button', { name: 'Copy', exact: true })).toBeVisible();

  // Back from the field to the last answer's buttons: Speed, Edit, Try again, Copy.
  for (let i = 0; i < 4; i++) await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(visitor.turns.last().getByRole('button', { name: 'Copied' })).toBeFocused();
  const said = await visitor.turns.last().locator('.answer').textContent();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(said);

  await visitor.field.focus();
  await page.keyboard.press('Tab');
  await expect(visitor.button('Add pictures')).toBeFocused();
  // The camera, the screen, the tasks.
  for (let i = 0; i < 4; i++) await page.keyboard.press('Tab');
  await expect(visitor.chip()).toBeFocused();
  await page.keyboard.press('Enter');
  const panel = page.getByRole('dialog', { name: 'pico, a demo model' });
  await expect(panel).toBeVisible();
  await expect(panel.getByText('CPU (WebAssembly)')).toBeVisible();
  await expect(panel.getByText('Qwen3-VL')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();
  await expect(visitor.chip()).toBeFocused();
});

test('what is no picture, or a damaged one, is said, and the next question works; a new conversation can be undone', async ({
  page,
}) => {
  // Many steps, one after the other.
  test.slow();
  const visitor = new Visitor(page);
  await page.goto('./');
  await test.step('an Enter that ends the composition of an input method does not send', async () => {
    await visitor.field.fill('图中有什么');
    await visitor.field.dispatchEvent('keydown', { key: 'Enter', isComposing: true });
    await visitor.field.dispatchEvent('keydown', { key: 'Enter', keyCode: 229 });
    await expect(visitor.field).toHaveValue('图中有什么');
    await expect(visitor.turns).toHaveCount(0);
  });
  await test.step('a file that is no picture: a card says so, and the next question works', async () => {
    const { picture, question, answer } = heldOut('how many', 1);
    await visitor.field.fill(question);
    await visitor.pick({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('No picture.') });
    const card = page.getByRole('alert');
    await expect(card).toContainText('This file is not a usable picture: notes.txt');
    await expect(card).toContainText('Choose another one');
    await card.getByText('Details', { exact: true }).click();
    await expect(card.getByText('code: picture-unreadable')).toBeVisible();
    await expect(visitor.field).toHaveValue(question);
    await card.getByRole('button', { name: 'Dismiss' }).click();
    await expect(card).toBeHidden();
    await visitor.pick(picture);
    await visitor.field.press('Enter');
    await visitor.expectAnswer(answer);
  });
  await visitor.button('New conversation').click();
  await test.step('a damaged picture: the question stays, can be edited, and the next one works', async () => {
    const { picture, question, answer } = heldOut('how many', 2);
    const whole = readFileSync(join(repositoryRoot, 'public/samples/shapes.png'));
    await visitor.pick({ name: 'cut.png', mimeType: 'image/png', buffer: whole.subarray(0, 2000) });
    await visitor.ask(question);
    const card = visitor.turns.last().getByRole('alert');
    await expect(card).toContainText('This file is not a usable picture');
    await expect(card.getByRole('button', { name: 'Try again' })).toBeHidden();
    await expect(card.locator('pre')).toContainText('code: picture-unreadable');
    await visitor.turns.last().getByRole('button', { name: 'Edit question' }).click();
    await expect(visitor.field).toHaveValue(question);
    await visitor.button('Remove cut.png').click();
    await visitor.pick(picture);
    await visitor.field.press('Enter');
    await visitor.expectAnswer(answer);
    await expect(visitor.turns).toHaveCount(1);
  });
  await visitor.button('New conversation').click();
  await test.step('a new conversation can be undone', async () => {
    const [sample] = samples;
    await visitor.sample(sample!.question).click();
    await visitor.expectAnswer(sample!.answer);
    await visitor.button('New conversation').click();
    await expect(visitor.turns).toHaveCount(0);
    await visitor.button('Bring back the last conversation').click();
    await visitor.expectAnswer(sample!.answer);
    await expect(visitor.field).toBeFocused();
  });
});

test('small screens: everything fits and works, and who scrolled up is left in peace', async ({ page }) => {
  // Many steps, one after the other.
  test.slow();
  const visitor = new Visitor(page);
  await page.goto('./');
  await test.step('everything fits and works at 320 and 390 px', async () => {
    const sample = samples[1]!;
    for (const width of [320, 390]) {
      await page.setViewportSize({ width, height: 740 });
      await expect(visitor.chip()).toBeVisible();
      await visitor.sample(sample.question).click();
      await visitor.expectAnswer(sample.answer);
      await expect(visitor.turns.last().locator('.answer')).toBeInViewport();
      await expect(visitor.field).toBeInViewport({ ratio: 1 });
      await expect(visitor.button('Send')).toBeInViewport({ ratio: 1 });
      await visitor.chip().click();
      await expect(page.getByRole('dialog', { name: 'pico, a demo model' })).toBeInViewport({ ratio: 1 });
      await page.keyboard.press('Escape');
      const overflow = await page.evaluate(() => {
        const outside: string[] = [];
        const visit = (root: Document | ShadowRoot) => {
          for (const element of root.querySelectorAll('*')) {
            const { left, right, width } = element.getBoundingClientRect();
            const hidden = element.closest('.visually-hidden') !== null;
            if (width > 0 && !hidden && (left < -1 || right > innerWidth + 1))
              outside.push(element.localName);
            if (element.shadowRoot) visit(element.shadowRoot);
          }
        };
        visit(document);
        return outside;
      });
      expect(overflow).toEqual([]);
      await visitor.button('New conversation').click();
    }
  });
  await test.step('a reader who scrolled up is left in peace and can go to the latest answer', async () => {
    const [sample] = samples;
    await page.setViewportSize({ width: 390, height: 560 });
    await visitor.sample(sample!.question).click();
    await visitor.expectAnswer(sample!.answer);
    await visitor.ask('How many shapes are there?');
    await expect(visitor.turns.last().getByRole('button', { name: 'Copy', exact: true })).toBeInViewport();
    const transcript = page.getByRole('region', { name: 'Conversation' });
    await transcript.evaluate((element) => element.scrollTo(0, 0));
    const toLatest = visitor.button('Go to the latest answer');
    await expect(toLatest).toBeVisible();
    await visitor.turns.first().getByRole('button', { name: 'Speed' }).click();
    await expect(visitor.turns.first().getByText('tokens/s').first()).toBeVisible();
    expect(await transcript.evaluate((element) => element.scrollTop)).toBe(0);
    await toLatest.click();
    await expect(visitor.turns.last().locator('.answer')).toBeInViewport();
    await expect(toLatest).toBeHidden();
  });
});

test('a model that cannot be reached: the question stays, and trying again answers it', async ({ page }) => {
  const visitor = new Visitor(page);
  const [sample] = samples;
  await page.route('**/*.gguf', (route) => route.fulfill({ status: 404, body: 'Not found' }));
  await page.goto('./');
  await visitor.sample(sample!.question).click();
  const card = visitor.turns.last().getByRole('alert');
  await expect(card).toContainText('A file could not be loaded');
  await expect(visitor.button('No model')).toBeVisible();
  await page.unroute('**/*.gguf');
  await visitor.turns.last().getByRole('button', { name: 'Try again' }).click();
  await visitor.expectAnswer(sample!.answer);
});

test('a screen reader hears that the model is ready, then each answer once, at its end', async ({
  page,
  context,
}) => {
  const visitor = new Visitor(page);
  const [sample] = samples;
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('./');
  await expect(page.getByRole('status')).toHaveText('The model is ready');
  const heard = await visitor.listen();
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  expect(await heard()).toEqual(['Working on the answer', `Answer: ${sample!.answer}`]);
  await visitor.button('Copy').click();
  await expect(page.getByRole('status')).toHaveText('Copied');
});
