import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { repositoryRoot } from '../support/root.ts';
import { expectAccessible } from './axe.ts';
import { heldOut, samples, Visitor } from './visitor.ts';

// What the service worker does is not the subject here: to keep the whole site takes as long as to start the page.
test.use({ serviceWorkers: 'block' });

const pico = readFileSync(join(repositoryRoot, 'public/models/pico/pico-Q8_0.gguf'));

/** Whether the demo model names this task among those that it knows. */
const knows = (task: string) => pico.includes(`${task}=`);

test('ready-made tasks: pressed beside a picture, chosen from the menu, only what the model can do', async ({
  page,
}) => {
  const visitor = new Visitor(page);
  const { picture, answer } = heldOut('describe');
  await page.goto('./');
  await expect(visitor.chip()).toBeVisible();
  await expect(visitor.button('Tasks')).toBeHidden();
  await visitor.pick(picture);
  const chips = page.getByRole('list', { name: 'Ready-made tasks' }).getByRole('button');
  const known = ['describe', 'read', 'find', 'point', 'table', 'chart', 'document'].filter(knows);
  await expect(chips).toHaveCount(known.length);
  await expect(visitor.button('Table to CSV')).toBeHidden();
  await expectAccessible(page, 'tasks beside a picture');
  await visitor.button('Describe').click();
  await expect(page.getByRole('heading', { name: 'Describe the image.' })).toBeVisible();
  await visitor.expectAnswer(answer);

  // By keyboard, about the picture that is there already; words that stand in the field are not sent.
  await visitor.field.fill('Be brief.');
  await visitor.button('Tasks').press('Enter');
  await expectAccessible(page, 'the menu of tasks');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(visitor.field).toHaveValue('Be brief.\nWhat does the text say?');
  await expect(visitor.field).toBeFocused();
  await expect(visitor.turns).toHaveCount(1);
});

test('find: what is named is asked for in the model’s form, and its boxes are drawn', async ({ page }) => {
  const visitor = new Visitor(page);
  const sample = samples.find(({ file }) => file === 'shapes.png')!;
  await page.goto('./');
  await expect(visitor.chip()).toBeVisible();
  await visitor.pick({
    name: 'shapes.png',
    mimeType: 'image/png',
    buffer: readFileSync(join(repositoryRoot, 'public/samples', sample.file)),
  });
  await visitor.button('Find…').click();
  await expect(visitor.field).toBeFocused();
  await expect(visitor.field).toHaveAttribute('placeholder', /^For example/);
  // Escape leaves the task and keeps the words.
  await expectAccessible(page, 'a task that waits for a word');
  await page.keyboard.type('red triangle');
  await page.keyboard.press('Escape');
  await expect(visitor.field).toHaveValue('red triangle');
  await visitor.button('Find…').click();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Locate the red triangle.' })).toBeVisible();
  const place = visitor.turns.last().getByRole('list', { name: 'Places on the picture' }).getByRole('button');
  await expect(place).toHaveCount(1);
  const mark = page.locator('glance-stage glance-marks .mark');
  await expect(mark).toHaveCount(1);
  // Where the triangle is: the lower middle of the picture.
  const [box, picture] = [
    (await mark.boundingBox())!,
    (await page.locator('glance-stage .view img').boundingBox())!,
  ];
  const centre = [
    (box.x + box.width / 2 - picture.x) / picture.width,
    (box.y + box.height / 2 - picture.y) / picture.height,
  ];
  expect(Math.abs(centre[0]! - 0.49)).toBeLessThan(0.15);
  expect(Math.abs(centre[1]! - 0.7)).toBeLessThan(0.15);
  await place.hover();
  await expect(mark).toHaveClass(/active/);
});

test('a picture of the screen: one frame, then the capture ends; who declines is left in peace', async ({
  page,
}) => {
  const visitor = new Visitor(page);
  await page.addInitScript(() => {
    const { mediaDevices } = navigator;
    const streams: MediaStream[] = [];
    Object.assign(globalThis, { streams, refusal: null });
    mediaDevices.getDisplayMedia = async () => {
      const { refusal } = globalThis as unknown as { refusal: DOMException | null };
      if (refusal !== null) throw refusal;
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [160, 90];
      const context = canvas.getContext('2d')!;
      const paint = () => {
        context.fillStyle = '#2850dc';
        context.fillRect(0, 0, 160, 90);
        requestAnimationFrame(paint);
      };
      paint();
      const stream = canvas.captureStream(10);
      streams.push(stream);
      return stream;
    };
  });
  await page.goto('./');
  await visitor.button('Capture the screen').click();
  const picture = visitor.tray.getByRole('img', { name: 'Screen picture.png' });
  await expect(picture).toBeVisible();
  await expect
    .poll(() => picture.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]))
    .toEqual([160, 90]);
  const states = () =>
    page.evaluate(() => {
      const { streams } = globalThis as unknown as { streams: MediaStream[] };
      return streams.flatMap((stream) => stream.getTracks().map(({ readyState }) => readyState));
    });
  expect(await states()).toEqual(['ended']);

  const refuse = (message: string) =>
    page.evaluate((text) => {
      Object.assign(globalThis, { refusal: new DOMException(text, 'NotAllowedError') });
    }, message);
  await refuse('Permission denied');
  await visitor.button('Capture the screen').click();
  await expect(visitor.field).toBeFocused();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await refuse('Permission denied by system');
  await visitor.button('Capture the screen').click();
  await expect(page.getByRole('alert')).toContainText('The screen could not be captured');
});

/** Two presses that belong together, however long the machine takes to pass them on. */
async function doubleClick(page: Page, { x, y }: { x: number; y: number }): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const now = Date.now() / 1000;
  const point = { x, y, button: 'left' } as const;
  for (const clickCount of [1, 2]) {
    const timestamp = now + clickCount / 10;
    await devtools.send('Input.dispatchMouseEvent', {
      type: 'mousePressed',
      ...point,
      clickCount,
      timestamp,
    });
    await devtools.send('Input.dispatchMouseEvent', {
      type: 'mouseReleased',
      ...point,
      clickCount,
      timestamp,
    });
  }
  await devtools.detach();
}

test('in full view a picture is magnified by wheel, double click and keys, and moved', async ({ page }) => {
  const visitor = new Visitor(page);
  const picture = {
    name: 'shapes.png',
    mimeType: 'image/png',
    buffer: readFileSync(join(repositoryRoot, 'public/samples/shapes.png')),
  };
  await page.goto('./');
  await visitor.pick(picture);
  await visitor.button(`Enlarge ${picture.name}`).click();
  const viewer = page.getByRole('dialog', { name: picture.name });
  const image = viewer.getByRole('img', { name: picture.name });
  await expect(image).toBeInViewport({ ratio: 1 });
  const box = async () => (await image.boundingBox())!;
  const whole = await box();
  // What is under the pointer stays there.
  const at = { x: whole.x + whole.width * 0.25, y: whole.y + whole.height * 0.25 };
  await page.mouse.move(at.x, at.y);
  await page.mouse.wheel(0, -800);
  await expect.poll(async () => (await box()).width).toBeGreaterThan(3 * whole.width);
  const zoomed = await box();
  expect((at.x - zoomed.x) / zoomed.width).toBeCloseTo(0.25, 1);
  expect((at.y - zoomed.y) / zoomed.height).toBeCloseTo(0.25, 1);
  await page.mouse.down();
  await page.mouse.move(at.x - 80, at.y - 60, { steps: 3 });
  await page.mouse.up();
  expect((await box()).x).toBeCloseTo(zoomed.x - 80, 0);
  await page.keyboard.press('ArrowRight');
  expect((await box()).x).toBeLessThan(zoomed.x - 81);
  await doubleClick(page, at);
  expect(await box()).toEqual(whole);
  await doubleClick(page, at);
  expect((await box()).width).toBeCloseTo(2.5 * whole.width, 0);
  await page.keyboard.press('-');
  expect((await box()).width).toBeLessThan(2 * whole.width);
  await page.keyboard.press('0');
  expect(await box()).toEqual(whole);
  await page.keyboard.press('Escape');
  await expect(viewer).toBeHidden();
});

test.describe('by touch', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('two fingers magnify, two taps leap, a held picture is moved in its row', async ({ page }) => {
    const visitor = new Visitor(page);
    const { picture, question } = heldOut('how many');
    const cdp = await page.context().newCDPSession(page);
    type Points = [number, number][];
    const touch = (type: 'Start' | 'Move' | 'End', points: Points, timestamp?: number) =>
      cdp.send('Input.dispatchTouchEvent', {
        type: `touch${type}`,
        touchPoints: points.map(([x, y], id) => ({ x, y, id })),
        ...(timestamp !== undefined && { timestamp }),
      });
    await page.goto('./');
    await visitor.pick(picture, { ...picture, name: 'second.png' }, { ...picture, name: 'third.png' });
    const order = () =>
      visitor.tray.getByRole('img').evaluateAll((images) => images.map((image) => image.getAttribute('alt')));
    await expect.poll(order).toEqual([picture.name, 'second.png', 'third.png']);
    await expect(page.getByText('3 pictures: ')).toBeVisible();
    const middle = async (name: string): Promise<[number, number]> => {
      const { x, y, width, height } = (await visitor.button(`Edit ${name}`).boundingBox())!;
      return [x + width / 2, y + height / 2];
    };
    const [from, to] = [await middle(picture.name), await middle('third.png')];
    await touch('Start', [from]);
    await expect(visitor.tray.locator('.dragged')).toHaveCount(1);
    for (let step = 1; step <= 4; step++) {
      await touch('Move', [[from[0] + ((to[0] - from[0]) * step) / 4, from[1]]]);
    }
    await touch('End', []);
    await expect.poll(order).toEqual(['second.png', 'third.png', picture.name]);
    await expect(page.getByRole('dialog', { name: 'Edit pictures' })).toBeHidden();

    await visitor.field.fill(question);
    await visitor.button('Send').tap();
    await visitor.lastAnswer();
    await visitor
      .button(/^Enlarge/)
      .first()
      .tap();
    const image = page.getByRole('dialog', { name: 'second.png' }).getByRole('img');
    const width = async () => (await image.boundingBox())!.width;
    const fitting = await width();
    await touch('Start', [
      [150, 400],
      [250, 400],
    ]);
    await touch('Move', [
      [100, 400],
      [300, 400],
    ]);
    await touch('End', []);
    expect(await width()).toBeCloseTo(2 * fitting, 0);
    // Two taps that belong together, however long the machine takes to pass them on.
    const now = Date.now() / 1000;
    for (const seconds of [now, now + 0.1]) {
      await touch('Start', [[200, 400]], seconds);
      await touch('End', [], seconds + 0.02);
    }
    await expect.poll(width).toBeCloseTo(fitting, 0);
  });
});
