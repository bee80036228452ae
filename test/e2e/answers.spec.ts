import { expect, test } from '@playwright/test';
import { heldOut, samples, slowDown, Visitor } from './visitor.ts';

test('a first visitor presses a sample and has the right answer; so are those of the other samples', async ({
  page,
}) => {
  const visitor = new Visitor(page);
  const [sample, ...others] = samples;
  await page.goto('./');
  await expect(page.getByText('Runs on this device. Nothing is uploaded.')).toBeVisible();
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  await expect(page.getByText('Answered by pico, a demo model.')).toBeVisible();
  for (const { question, answer } of others) {
    await visitor.button('New conversation').click();
    await visitor.sample(question).click();
    await visitor.expectAnswer(answer);
  }
});

test('a picked picture: question, answer, and a second question about it', async ({ page }) => {
  const visitor = new Visitor(page);
  const { picture, question, answer } = heldOut('shape of a colour');
  await page.goto('./');
  await visitor.pick(picture);
  await expect(visitor.tray.getByRole('img', { name: picture.name })).toBeVisible();
  await expect(visitor.tray.getByText(/^\d+ tokens$/)).toBeVisible();
  await visitor.ask(question);
  await visitor.expectAnswer(answer);
  await expect(visitor.tray).toBeHidden();
  await expect(visitor.field).toHaveValue('');
  await visitor.ask('Describe the image.');
  await expect(visitor.turns).toHaveCount(2);
  // A first answer about a picture of one's own says who gave it; the next ones do not repeat it.
  await expect(page.getByText('Answered by pico, a demo model.')).toHaveCount(1);
  // The second answer is about the same picture: it names the shape that the first one named.
  const [, shape] = /a (\w+)\.$/.exec(answer)!;
  expect(await visitor.lastAnswer()).toContain(shape!);
});

test('pictures that are dropped, pasted, drawn by the page, several at once, and from the camera', async ({
  page,
  context,
}) => {
  // Many steps, one after the other.
  test.slow();
  const visitor = new Visitor(page);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('./');
  await test.step('a dropped picture', async () => {
    const { picture, question, answer } = heldOut('how many');
    const transfer = await page.evaluateHandle(
      ({ name, type, bytes }) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], name, { type }));
        return data;
      },
      { name: picture.name, type: picture.mimeType, bytes: [...picture.buffer] },
    );
    await page.dispatchEvent('glance-app', 'dragenter', { dataTransfer: transfer });
    await expect(page.getByText('Drop to add the picture')).toBeVisible();
    await page.dispatchEvent('glance-app', 'drop', { dataTransfer: transfer });
    await expect(page.getByText('Drop to add the picture')).toBeHidden();
    await visitor.ask(question);
    await visitor.expectAnswer(answer);
  });
  await visitor.button('New conversation').click();
  await test.step('a picture pasted from the clipboard, and pasted words', async () => {
    const { picture, question, answer } = heldOut('colour of the text');
    await visitor.field.focus();
    await page.evaluate(
      async (bytes) => {
        const png = new Blob([new Uint8Array(bytes)], { type: 'image/png' });
        await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
      },
      [...picture.buffer],
    );
    await page.keyboard.press('Control+V');
    await expect(visitor.tray.getByRole('img')).toHaveCount(1);
    await page.evaluate((text) => navigator.clipboard.writeText(text), question);
    await page.keyboard.press('Control+V');
    await expect(visitor.field).toHaveValue(question);
    await page.keyboard.press('Enter');
    await visitor.expectAnswer(answer);
  });
  await visitor.button('New conversation').click();
  await test.step('an SVG, which only the page can draw', async () => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">
      <rect width="128" height="128" fill="#fff"/><path d="M64 44 42 88h44z" fill="#dc2828"/></svg>`;
    await visitor.pick({ name: 'drawing.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(svg) });
    await visitor.ask('What shape is red?');
    await visitor.expectAnswer('The red shape is a triangle.');
  });
  await visitor.button('New conversation').click();
  await test.step('several pictures: costs, removal, and a question about the one that stays', async () => {
    const first = heldOut('describe', 0);
    const second = heldOut('describe', 1);
    await visitor.pick(first.picture, second.picture);
    await expect(visitor.tray.getByRole('img')).toHaveCount(2);
    await expect(page.getByText(/^2 pictures: \d+ of [\d,]+ free tokens$/)).toBeVisible();
    await visitor.ask('Describe the image.');
    await expect(visitor.button('Copy')).toBeVisible();
    await expect(
      visitor.turns.first().getByRole('list', { name: 'Pictures' }).getByRole('listitem'),
    ).toHaveCount(2);
    await visitor.button('Edit').click();
    await expect(visitor.field).toHaveValue('Describe the image.');
    await visitor.button(`Remove ${first.picture.name}`).click();
    await expect(visitor.button(`Remove ${second.picture.name}`)).toBeFocused();
    await visitor.ask(second.question);
    await visitor.expectAnswer(second.answer);
  });
  await visitor.button('New conversation').click();
  await test.step('a picture from the camera', async () => {
    await visitor.button('Take a picture').click();
    const dialog = page.getByRole('dialog', { name: 'Camera' });
    await expect(dialog).toBeVisible();
    await expect
      .poll(() => dialog.locator('video').evaluate((video: HTMLVideoElement) => video.videoWidth))
      .toBeGreaterThan(0);
    await dialog.getByRole('button', { name: 'Take picture' }).click();
    await expect(dialog).toBeHidden();
    await expect(visitor.tray.getByRole('img', { name: 'Camera picture.jpg' })).toBeVisible();
    await expect(visitor.field).toBeFocused();
  });
});

test('stopping in mid-answer keeps what was said, and the next question is answered', async ({ page }) => {
  const visitor = new Visitor(page);
  const { picture, question, answer } = heldOut('describe');
  const next = heldOut('how many');
  await page.goto('./');
  await expect(visitor.chip()).toBeVisible();
  const speedUp = await slowDown(page, 100);
  await visitor.pick(picture);
  // Presses Escape in the same frame in which the first words show: a person's reaction would be too late.
  await page.evaluate(() => {
    const stopAtFirstWord = () => {
      const turn = document.querySelector('glance-app')?.shadowRoot?.querySelector('glance-turn');
      if (turn?.shadowRoot?.querySelector('glance-answer[growing]')) {
        dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
      } else requestAnimationFrame(stopAtFirstWord);
    };
    stopAtFirstWord();
  });
  await visitor.ask(question);
  await expect(page.getByText('Stopped.', { exact: true })).toBeVisible();
  const said = await visitor.lastAnswer();
  expect(said.length).toBeGreaterThan(0);
  expect(said.length).toBeLessThan(answer.length);
  expect(answer.startsWith(said)).toBe(true);
  await speedUp();
  await visitor.button('New conversation').click();
  await visitor.pick(next.picture);
  await visitor.ask(next.question);
  await visitor.expectAnswer(next.answer);
});

test('a question asked before the model is here waits with progress and is answered', async ({ page }) => {
  const visitor = new Visitor(page);
  const [sample] = samples;
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/*.gguf', async (route) => {
    await released;
    await route.continue();
  });
  await page.goto('./');
  await visitor.sample(sample!.question).click();
  await expect(visitor.turns.last().getByText(/^Loading the model/)).toBeVisible();
  await expect(visitor.button('Stop')).toBeVisible();
  release();
  await visitor.expectAnswer(sample!.answer);
});
