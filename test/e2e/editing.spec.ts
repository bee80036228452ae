import { expect, test } from '@playwright/test';
import { blockHistory, heldOut, samples, Visitor } from './visitor.ts';

// What the service worker does is not the subject here: to keep the whole site takes as long as to start the page.
test.use({ serviceWorkers: 'block' });

const [sample] = samples;

test('editing loses nothing: Escape leaves it, sending asks beside the old question', async ({ page }) => {
  const visitor = new Visitor(page);
  const next = samples[1]!;
  await page.goto('./');
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  await visitor.field.fill('Half a th');
  await visitor.button('Edit').click();
  await expect(visitor.field).toBeFocused();
  await expect(visitor.field).toHaveValue(sample!.question);
  await expect(page.getByText('Editing the question', { exact: true })).toBeVisible();
  await expect(visitor.turns.last().locator('.answer')).toHaveText(sample!.answer);

  await visitor.field.fill('Something else');
  await page.keyboard.press('Escape');
  await visitor.expectAnswer(sample!.answer);
  await expect(visitor.field).toHaveValue('Half a th');
  await expect(visitor.turns.last().getByRole('heading')).toHaveText(sample!.question);

  await visitor.button('Edit').click();
  await visitor.button('Cancel').click();
  await expect(visitor.field).toHaveValue('Half a th');
  await expect(visitor.field).toBeFocused();

  await visitor.button('Edit').click();
  await visitor.field.fill(next.question);
  await visitor.field.press('Enter');
  await expect(visitor.turns.last().getByRole('heading')).toHaveText(next.question);
  await visitor.expectAnswer('There are three shapes.');
  await expect(visitor.turns).toHaveCount(1);
  await expect(visitor.field).toHaveValue('Half a th');
  await expect(page.getByRole('group', { name: 'Versions of this question' })).toHaveText('2 of 2');
});

test('asking again and stopping before a word brings the earlier answer back', async ({ page }) => {
  const visitor = new Visitor(page);
  await page.goto('./');
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  // Stops in the frame in which the earlier answer is gone: a person's reaction might be too late.
  await page.evaluate(() => {
    const stopAtOnce = () => {
      const turn = document.querySelector('glance-app')?.shadowRoot?.querySelector('glance-turn');
      if (turn?.shadowRoot?.querySelector('glance-progress')) {
        dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
      } else requestAnimationFrame(stopAtOnce);
    };
    stopAtOnce();
  });
  await visitor.button('Try again').click();
  await expect(visitor.turns.last().locator('glance-progress')).toHaveCount(0);
  await visitor.expectAnswer(sample!.answer);
  await expect(page.getByText('Stopped.', { exact: true })).toBeHidden();
});

test('where nothing is kept, leaving asks first once there is something to lose', async ({ page }) => {
  await page.addInitScript(blockHistory);
  const visitor = new Visitor(page);
  const asked: string[] = [];
  page.on('dialog', async (dialog) => {
    asked.push(dialog.type());
    await dialog.accept();
  });
  await page.goto('./');
  await visitor.field.click();
  await page.reload();
  expect(asked).toEqual([]);
  await visitor.pick(heldOut('how many').picture);
  await expect(visitor.tray.getByRole('img')).toHaveCount(1);
  await page.reload();
  expect(asked).toEqual(['beforeunload']);
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  await page.reload();
  expect(asked).toEqual(['beforeunload', 'beforeunload']);
});

test('a file that was copied in a file manager is pasted as a picture, copied text as text', async ({
  page,
}) => {
  const visitor = new Visitor(page);
  const { picture } = heldOut('how many');
  const paste = (texts: Record<string, string>) =>
    visitor.field.evaluate(
      (field, { texts, name, bytes }) => {
        const clipboardData = new DataTransfer();
        for (const [type, text] of Object.entries(texts)) clipboardData.setData(type, text);
        clipboardData.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/png' }));
        const init = { clipboardData, bubbles: true, composed: true, cancelable: true };
        return !field.dispatchEvent(new ClipboardEvent('paste', init));
      },
      { texts, name: picture.name, bytes: [...picture.buffer] },
    );
  await page.goto('./');
  expect(await paste({ 'text/plain': 'abc', 'text/html': '<b>abc</b>' })).toBe(false);
  expect(await paste({ 'text/plain': picture.name })).toBe(true);
  await expect(visitor.tray.getByRole('img')).toHaveCount(1);
});

test('below the width of the stage a picture can be enlarged', async ({ page }) => {
  const visitor = new Visitor(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('./');
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  const picture = visitor.button('Enlarge Sample: shapes');
  await picture.click();
  const viewer = page.getByRole('dialog', { name: 'Sample: shapes' });
  const image = viewer.getByRole('img', { name: 'Sample: shapes' });
  await expect(image).toBeInViewport({ ratio: 1 });
  const width = () => image.evaluate((element) => element.clientWidth);
  const fitting = await width();
  await viewer.getByRole('button', { name: 'Zoom in' }).click();
  await viewer.getByRole('button', { name: 'Zoom in' }).click();
  expect(await width()).toBeGreaterThan(2 * fitting);
  await page.keyboard.press('0');
  expect(await width()).toBe(fitting);
  await expect(viewer.locator('[aria-live]')).toHaveText(/^Shown at \d+%$/);
  await page.keyboard.press('Escape');
  await expect(viewer).toBeHidden();
  await expect(picture).toBeFocused();
});
