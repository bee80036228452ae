import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, type Request, test } from '@playwright/test';
import { heldOut, type PictureFile, samples, Visitor } from './visitor.ts';

// What the service worker does is not the subject here: to keep the whole site takes as long as to start the page.
test.use({ serviceWorkers: 'block' });

const badFiles = (count: number): PictureFile[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `file${i}.txt`,
    mimeType: 'text/plain',
    buffer: Buffer.from('No picture.'),
  }));

test('what is no picture leaves the composer and its pictures: many files, small screens, a folder', async ({
  page,
}) => {
  // Many steps, one after the other.
  test.slow();
  const visitor = new Visitor(page);
  await page.goto('./');
  await test.step('twelve files that are no pictures are one notice, and the composer stays', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await visitor.pick(...badFiles(12));
    const alert = page.getByRole('alert');
    await expect(alert).toHaveCount(1);
    await expect(alert).toContainText(
      /^\s*12 files are not pictures: file\d+\.txt, file\d+\.txt and 10 more/,
    );
    await expect(visitor.button('Send')).toBeInViewport({ ratio: 1 });
    await alert.getByRole('button', { name: 'Dismiss' }).click();
  });
  await test.step('bad files and a full tray leave Send on small screens', async () => {
    const [sample] = samples;
    const { picture } = heldOut('how many');
    for (const [width, height] of [
      [390, 844],
      [640, 400],
      [320, 256],
    ] as const) {
      await page.setViewportSize({ width, height });
      await visitor.sample(sample!.question).click();
      await visitor.expectAnswer(sample!.answer);
      await visitor.pick(picture, { ...picture, name: 'second.png' });
      await expect(visitor.tray.getByRole('img')).toHaveCount(2);
      await expect(visitor.button('Send')).toBeInViewport({ ratio: 1 });
      // One by one: each drop has a notice of its own.
      for (let i = 0; i < 3; i++) await visitor.pick(...badFiles(2));
      await expect(page.getByRole('alert')).toHaveCount(3);
      if (height > 300) await expect(visitor.button('Send')).toBeInViewport({ ratio: 1 });
      // Where even that is too high, the page can be scrolled to it, as a person would.
      await page.locator('main').hover();
      await page.mouse.wheel(0, 1000);
      await visitor.field.fill('Where?');
      await expect(visitor.button('Send')).toBeInViewport({ ratio: 1 });
      await visitor.button('Send').click();
      await expect(page.getByRole('alert')).toHaveCount(0);
      await visitor.button('New conversation').click();
    }
  });
  await page.setViewportSize({ width: 1280, height: 800 });
  await test.step('a dropped folder is not taken for a picture', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'glance-'));
    const folder = join(scratch, 'holiday');
    const { picture } = heldOut('how many');
    try {
      await mkdir(folder);
      await writeFile(join(scratch, picture.name), picture.buffer);
      const devtools = await page.context().newCDPSession(page);
      const data = { items: [], files: [folder, join(scratch, picture.name)], dragOperationsMask: 1 };
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
        await devtools.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
      }
      await expect(page.getByRole('alert')).toContainText('A folder cannot be added: holiday');
      await expect(page.getByRole('alert')).toContainText('add the pictures inside it');
      await expect(visitor.tray.getByRole('img', { name: picture.name })).toBeVisible();
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
});

test('the camera: a double click leaves none on, and a refused one is called a camera', async ({ page }) => {
  const visitor = new Visitor(page);
  await page.addInitScript(() => {
    const streams: MediaStream[] = [];
    Object.assign(globalThis, { streams });
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const stream = await open(constraints);
      streams.push(stream);
      return stream;
    };
  });
  await page.goto('./');
  await test.step('a double click on the camera leaves no camera on', async () => {
    await visitor.button('Take a picture').dblclick();
    const dialog = page.getByRole('dialog', { name: 'Camera' });
    await expect(dialog).toBeVisible();
    // A second stream would have come by now.
    await page.waitForTimeout(500);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(dialog).toBeHidden();
    const tracks = () =>
      page.evaluate(() =>
        (globalThis as unknown as { streams: MediaStream[] }).streams.flatMap((stream) =>
          stream.getTracks().map(({ readyState }) => readyState),
        ),
      );
    // The dialog says that it is closed a moment after it is.
    await expect.poll(tracks).toEqual(['ended']);
    // It opens again.
    await visitor.button('Take a picture').click();
    await expect(dialog).toBeVisible();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(dialog).toBeHidden();
  });
  await test.step('a refused camera is called a camera', async () => {
    await page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));
    });
    await visitor.button('Take a picture').click();
    await expect(page.getByRole('alert')).toContainText('The camera cannot be used');
    await expect(page.getByRole('alert')).toContainText('Allow it in the address bar');
  });
});

async function failModelOnce(page: Page): Promise<void> {
  await page.route('**/*.gguf', (route) => route.fulfill({ status: 503, body: 'Busy' }));
  await page.goto('./');
  await expect(page.getByRole('alert')).toContainText('The model could not be loaded');
  await page.unroute('**/*.gguf');
}

test('a model that fails to load says so in place, and is loaded again from there', async ({ page }) => {
  const visitor = new Visitor(page);
  await failModelOnce(page);
  await visitor.button('Load again').click();
  await expect(visitor.chip()).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(visitor.field).toBeFocused();
});

test('the model panel loads a failed model again', async ({ page }) => {
  const visitor = new Visitor(page);
  await failModelOnce(page);
  await visitor.button('No model').click();
  const panel = page.getByRole('dialog', { name: 'The model is not loaded' });
  await panel.getByRole('button', { name: 'Load again' }).click();
  await expect(visitor.chip()).toBeVisible();
});

test('a question that waits for a model that fails has the only card about it', async ({ page }) => {
  const visitor = new Visitor(page);
  const [sample] = samples;
  await failModelOnce(page);
  await page.route('**/*.gguf', (route) => route.fulfill({ status: 503, body: 'Busy' }));
  await visitor.sample(sample!.question).click();
  await expect(visitor.turns.last().getByRole('alert')).toContainText('A file could not be loaded');
  await expect(page.getByRole('alert')).toHaveCount(1);
});

test.describe('with the service worker', () => {
  test.use({ serviceWorkers: 'allow' });

  test('once the model is ready, a first picture needs no connection', async ({ page, context }) => {
    const visitor = new Visitor(page);
    const { picture, question, answer } = heldOut('how many', 1);
    // The network may have been idle before, while the model was made ready.
    const fetching = new Set<Request>();
    page.on('request', (request) => fetching.add(request));
    page.on('requestfinished', (request) => fetching.delete(request));
    page.on('requestfailed', (request) => fetching.delete(request));
    await page.goto('./');
    await expect(visitor.chip()).toBeVisible();
    await page.waitForFunction(() => customElements.get('glance-turn') !== undefined);
    await expect.poll(() => [...fetching].map((request) => request.url())).toEqual([]);
    await context.setOffline(true);
    await visitor.pick(picture);
    await visitor.ask(question);
    await visitor.expectAnswer(answer);
  });
});

test('a part of the page that is missing is named, and the picture can be added later', async ({ page }) => {
  const visitor = new Visitor(page);
  const { picture } = heldOut('how many');
  await page.route(/decode-[^/]*\.js$/, (route) => route.abort());
  await page.goto('./');
  await visitor.pick(picture);
  await expect(page.getByRole('alert')).toContainText(`This picture could not be added: ${picture.name}`);
  await expect(page.getByRole('alert')).toContainText('A part of Glance could not be loaded.');
  await page.unroute(/decode-[^/]*\.js$/);
  await visitor.pick(picture);
  await expect(visitor.tray.getByRole('img')).toHaveCount(1);
});

test('more than the model can hold: the way out is to edit or to begin anew', async ({ page }) => {
  const visitor = new Visitor(page);
  await page.goto('./');
  await expect(visitor.chip()).toBeVisible();
  await visitor.ask('word '.repeat(6000));
  const card = visitor.turns.last().getByRole('alert');
  await expect(card).toContainText('This is more than the model can hold at once');
  await expect(card).toContainText(/takes \d{1,2},\d{3} tokens/);
  const turn = visitor.turns.last();
  await expect(turn.getByRole('button', { name: 'Try again' })).toBeHidden();
  await expect(turn.getByRole('button', { name: 'Edit question' })).toHaveClass('filled-button');
  // The question is too long to be read whole: it is folded.
  const height = () =>
    turn
      .getByRole('heading')
      .first()
      .evaluate((element) => element.clientHeight);
  expect(await height()).toBeLessThan(8 * 24 + 2);
  await turn.getByRole('button', { name: 'Show all' }).click();
  expect(await height()).toBeGreaterThan(1000);
  await turn.getByRole('button', { name: 'New conversation' }).click();
  await expect(visitor.turns).toHaveCount(0);
});

test('a conversation that became too long goes on without its oldest turns, and says so', async ({
  page,
}) => {
  // Long prompts take a CPU a while.
  test.slow();
  const visitor = new Visitor(page);
  await page.goto('./');
  const overflow = page.getByText('This is more than the model can hold at once');
  /** Waits for the first words, which are enough. */
  const stopAnswer = async () => {
    await expect(visitor.turns.last().locator('.answer').or(overflow)).toBeVisible({ timeout: 60_000 });
    const stop = visitor.button('Stop');
    // It may end by itself meanwhile.
    if (await stop.isVisible()) await stop.click({ timeout: 2000 }).catch(() => {});
    // Until it has ended nothing else is taken.
    await expect(stop).toBeHidden();
  };
  // A token each: two such questions are more than the 4,096 that the model holds, but one is not.
  const long = 'red '.repeat(2060);
  await visitor.ask(long);
  await expect(visitor.turns).toHaveCount(1);
  await stopAnswer();
  await expect(overflow).toBeHidden();
  await visitor.ask(long);
  await expect(visitor.turns).toHaveCount(2);
  await expect(overflow).toBeVisible();
  await visitor.button('Leave out the oldest').click();
  await stopAnswer();
  await expect(page.getByText(/oldest messages left out/)).toBeVisible();
  // Having been told once, Glance does not ask again.
  await visitor.ask('Hello!');
  await stopAnswer();
  await expect(overflow).toBeHidden();
});
