import { expect, test } from '@playwright/test';
import { samples, Visitor } from './visitor.ts';

const [sample] = samples;

const GPU = 'Graphics processor (GPU)';
const CPU = 'Processor (CPU)';
/** A software adapter takes its time to compile and check the kernels. */
const FIRST_LOAD = { timeout: 60_000 };

test('the model moves to another device, the conversation goes on, and the next visit remembers', async ({
  page,
  context,
}) => {
  test.slow();
  const visitor = new Visitor(page);
  await page.goto('./');
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  await visitor.field.fill('How many shapes');
  await visitor.chip().click();
  const panel = page.getByRole('dialog', { name: 'pico, a demo model' });
  await expect(panel.getByText('CPU (WebAssembly)')).toBeVisible();
  await expect(visitor.runsOn('Automatic')).toBeChecked();

  // By keyboard, as in any group of radio buttons.
  await visitor.runsOn('Automatic').focus();
  await page.keyboard.press('ArrowDown');
  await expect(panel.getByText('SwiftShader')).toBeVisible(FIRST_LOAD);
  await expect(visitor.runsOn(GPU)).toBeChecked();
  await expect(visitor.runsOn(GPU)).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();

  await expect(visitor.field).toHaveValue('How many shapes');
  await visitor.expectAnswer(sample!.answer);
  await visitor.ask('How many shapes are there?');
  await expect(visitor.turns).toHaveCount(2);
  expect(await visitor.lastAnswer()).not.toBe('');

  const next = new Visitor(await context.newPage());
  await next.page.goto('./');
  // Said while the model is loaded: nobody waits for the kernels to be compiled once more.
  await next.button(/Loading model|pico demo/).click();
  await expect(next.runsOn(GPU)).toBeChecked();
});

test('a question that is waiting is answered on the device that is chosen meanwhile', async ({ page }) => {
  const visitor = new Visitor(page);
  await page.route('**/*.gguf', () => {});
  await page.goto('./?device=webgpu');
  await visitor.sample(sample!.question).click();
  await expect(visitor.turns).toHaveCount(1);
  await page.unroute('**/*.gguf');
  await visitor.button(/Loading model/).click();
  await visitor.runsOn(CPU).check();
  await visitor.expectAnswer(sample!.answer);
  await expect(visitor.turns).toHaveCount(1);
  await expect(visitor.chip()).toContainText('CPU');
});

test('the address decides until something else is chosen on the page', async ({ page }) => {
  const visitor = new Visitor(page);
  // What was chosen at an earlier visit.
  await page.addInitScript(() => {
    if (localStorage.getItem('glance-device') === null) localStorage.setItem('glance-device', 'webgpu');
  });
  await page.goto('./?device=wasm#top');
  await expect(visitor.chip()).toContainText('CPU');
  await visitor.chip().click();
  await expect(visitor.runsOn(CPU)).toBeChecked();
  await expect(page.getByRole('dialog', { name: 'pico, a demo model' })).toContainText(
    /Memory held\s*\d[\d.]* MB/,
  );
  await visitor.runsOn('Automatic').check();
  await expect(visitor.chip()).toContainText('CPU');
  await expect.poll(() => new URL(page.url()).search).toBe('');
  expect(new URL(page.url()).hash).toBe('#top');
  await expect.poll(() => page.evaluate(() => localStorage.getItem('glance-device'))).toBe('auto');
});
