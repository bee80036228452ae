import { expect, test } from '@playwright/test';
import { pdfOf } from '../support/pdf.ts';
import { heldOut, Visitor } from './visitor.ts';

// What the service worker does is not the subject here: to keep the whole site takes as long as to start the page.
test.use({ serviceWorkers: 'block' });

const document = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/pdf', buffer });

test('documents: pages become pictures and are asked about; what cannot be read is said', async ({
  page,
}) => {
  // Many steps, one after the other.
  test.slow();
  const visitor = new Visitor(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('./');
  await test.step('a document that cannot be read says so', async () => {
    for (const [name, buffer, words] of [
      ['locked.pdf', pdfOf([{ text: 'x' }], { locked: true }), 'locked by a password'],
      ['damaged.pdf', Buffer.from('%PDF-1.4 and nothing more'), 'no PDF, or it is damaged'],
      ['empty.pdf', Buffer.alloc(0), 'no PDF, or it is damaged'],
    ] as const) {
      await visitor.pick(document(name, buffer));
      const card = page.getByRole('alert').filter({ hasText: `This document could not be added: ${name}` });
      await expect(card).toBeVisible();
      await expect(card).toContainText(words);
      await expect(visitor.tray).toHaveCount(0);
    }
  });
  await page.setViewportSize({ width: 1280, height: 800 });
  await test.step('text in a font that is not in the document is drawn', async () => {
    await visitor.pick(document('two.pdf', pdfOf([{ text: '' }, { text: 'Hamburgefonts' }])));
    const pages = visitor.tray.getByRole('img');
    await expect(pages).toHaveCount(2);
    await expect(pages.nth(1)).toHaveAttribute('alt', 'two.pdf, page 2');
    const darkPixels = (index: number) =>
      pages.nth(index).evaluate(async (image: HTMLImageElement) => {
        const bitmap = await createImageBitmap(await (await fetch(image.src)).blob());
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
        context.drawImage(bitmap, 0, 0);
        const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
        let dark = 0;
        for (let at = 0; at < data.length; at += 4) if (data[at]! < 128) dark++;
        return dark;
      });
    expect(await darkPixels(0)).toBe(0);
    expect(await darkPixels(1)).toBeGreaterThan(5000);
  });
  for (let left = 2; left > 0; left--)
    await visitor
      .button(/^Remove two\.pdf/)
      .first()
      .click();
  await test.step('the pages of a document become pictures, and are asked about', async () => {
    const { picture, question, answer } = heldOut('shape of a colour');
    await visitor.pick(document('scene.pdf', pdfOf([{ png: picture.buffer }])));
    await expect(visitor.tray.getByRole('img', { name: 'scene.pdf' })).toBeVisible();
    await visitor.ask(question);
    await visitor.expectAnswer(answer);
  });
  await visitor.button('New conversation').click();
  await test.step('of a long document the first pages come, and that is said', async () => {
    const pages = Array.from({ length: 18 }, (_, index) => ({ text: String(index + 1) }));
    await visitor.pick(document('long.pdf', pdfOf(pages)));
    await expect(page.getByText('Not all pages were added: long.pdf')).toBeVisible();
    await expect(page.getByText('The first 16 of 18 pages are here.').first()).toBeVisible();
    await expect(visitor.tray.getByRole('img')).toHaveCount(16);
  });
});
