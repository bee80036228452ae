import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { chromiumFlags, findChromium } from '../support/chromium.ts';
import { repositoryRoot } from '../support/root.ts';
import { serveFolders } from '../support/server.ts';
import { heldOut, samples, Visitor } from './visitor.ts';

// A name that is not this machine's own: browsers give such pages less than those of 127.0.0.1.
test.use({
  launchOptions: {
    executablePath: findChromium(),
    args: [...chromiumFlags, '--no-proxy-server', '--host-resolver-rules=MAP glance.test 127.0.0.1'],
  },
});

test('a page without TLS answers, takes pictures and copies', async ({ page }) => {
  const visitor = new Visitor(page);
  const [sample] = samples;
  const { picture, question, answer } = heldOut('how many');
  const server = await serveFolders({ '/': join(repositoryRoot, 'dist') });
  try {
    await page.goto(`http://glance.test:${new URL(server.url).port}/index.html`);
    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    await visitor.sample(sample!.question).click();
    await visitor.expectAnswer(sample!.answer);
    await visitor.button('Copy').click();
    await expect(visitor.button('Copied')).toBeVisible();
    // What such a page lacks is said, with the way out.
    await visitor.button('Settings').click();
    await page.getByRole('tab', { name: 'Model and device' }).click();
    const secure = page.getByRole('link', { name: 'Open it over https' });
    await expect(secure).toHaveAttribute('href', /^https:\/\/glance\.test/);
    await page.keyboard.press('Escape');
    await visitor.button('New conversation').click();
    await visitor.pick(picture);
    await visitor.ask(question);
    await visitor.expectAnswer(answer);
  } finally {
    await server.close();
  }
});

test('a page without TLS has no WebGPU: choosing it says so, and the way back answers', async ({ page }) => {
  const visitor = new Visitor(page);
  const [sample] = samples;
  const server = await serveFolders({ '/': join(repositoryRoot, 'dist') });
  try {
    await page.goto(`http://glance.test:${new URL(server.url).port}/index.html`);
    await visitor.chip().click();
    await visitor.runsOn('Graphics processor (GPU)').check();
    const panel = page.getByRole('dialog', { name: 'The model is not loaded' });
    await expect(panel).toContainText('This browser offers no WebGPU here');
    await page.keyboard.press('Escape');
    const notice = page.getByRole('alert');
    await expect(notice).toContainText('The model could not be loaded');
    await expect(notice).toContainText('or choose the CPU');

    await visitor.sample(sample!.question).click();
    const card = visitor.turns.last().getByRole('alert');
    await expect(card).toContainText('The graphics processor cannot be used');
    await expect(page.getByRole('alert')).toHaveCount(1);
    await visitor.turns.last().getByRole('button', { name: 'Choose automatically' }).click();
    await visitor.expectAnswer(sample!.answer);
    await expect(page.getByRole('alert')).toHaveCount(0);
    await expect(visitor.field).toBeFocused();
    await visitor.chip().click();
    await expect(visitor.runsOn('Automatic')).toBeChecked();
  } finally {
    await server.close();
  }
});
