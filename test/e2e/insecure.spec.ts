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
    await visitor.button('New conversation').click();
    await visitor.pick(picture);
    await visitor.ask(question);
    await visitor.expectAnswer(answer);
  } finally {
    await server.close();
  }
});
