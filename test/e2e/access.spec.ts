import { expect, test } from '@playwright/test';
import { letGo, playScript } from './scripted.ts';
import { heldOut, samples, Visitor } from './visitor.ts';

// A page that a service worker serves asks it for the engine, where no test can step in.
test.use({ serviceWorkers: 'block' });

const [sample] = samples;

test('with forced colours the focus, the chosen picture and the buttons can be seen', async ({ page }) => {
  const visitor = new Visitor(page);
  const { picture } = heldOut('how many');
  await page.emulateMedia({ forcedColors: 'active' });
  await page.goto('./');
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  await visitor.pick(picture);
  await expect(visitor.field).toBeFocused();
  const [paper, ink, highlight] = await page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement('i'));
    return ['Canvas', 'CanvasText', 'Highlight'].map((colour) => {
      probe.style.color = colour;
      return getComputedStyle(probe).color;
    });
  });
  expect(paper).not.toBe(ink);
  const form = page.locator('glance-composer form');
  await expect(form).toHaveCSS('outline-style', 'solid');
  await expect(form).not.toHaveCSS('outline-color', paper!);
  const strip = page.getByRole('list', { name: 'All pictures' });
  await expect(strip.getByRole('button', { pressed: true })).toHaveCSS('border-top-color', highlight!);
  await expect(strip.getByRole('button', { pressed: false })).toHaveCSS('border-top-color', paper!);
  await expect(visitor.button('Send')).toHaveCSS('border-top-style', 'solid');
  await expect(visitor.button('Send')).not.toHaveCSS('border-top-color', paper!);
});

test('at 200 % zoom the first screen begins with its heading', async ({ page }) => {
  const visitor = new Visitor(page);
  await page.setViewportSize({ width: 640, height: 400 });
  await page.goto('./');
  await expect(visitor.sample(sample!.question)).toBeAttached();
  await expect(visitor.field).toBeFocused();
  await expect(page.getByRole('heading', { name: 'Ask about a picture' })).toBeInViewport({ ratio: 1 });
});

for (const [name, width, height, fontSize] of [
  ['320 px wide', 320, 568, '100%'],
  ['letters twice as large', 1280, 800, '200%'],
  ['an ultrawide screen', 3440, 1440, '100%'],
] as const) {
  test(`${name}: a long answer is read without scrolling sideways, and nothing is cut off`, async ({
    page,
  }) => {
    const visitor = new Visitor(page);
    await page.setViewportSize({ width, height });
    const text =
      '## A heading of some length for a small screen\n\nWords and `code_that_has_a_rather_long_name_in_it` and more words.\n\n| Item | What it is |\n|---|---|\n| Tea | A warm drink |\n\n```js\nconst line = "of code that is longer than the narrowest of screens";\n```\n\n'.repeat(
        3,
      );
    await playScript(page, { answers: [{ text, tokensPerSecond: 60, held: true }, { text }] });
    await page.addInitScript((size) => {
      addEventListener('DOMContentLoaded', () =>
        document.documentElement.style.setProperty('font-size', size),
      );
    }, fontSize);
    await page.goto('./');
    await expect(visitor.button(/^scripted/)).toBeVisible();
    await visitor.ask('What is there?');
    await expect(page.getByRole('group', { name: 'Progress of the answer' })).toBeVisible();
    expect(await page.evaluate(sidewaysOrCut)).toEqual([]);
    await letGo(page);
    const turn = visitor.turns.last();
    await turn.getByRole('button', { name: 'Speed' }).click();
    expect(await page.evaluate(sidewaysOrCut)).toEqual([]);
    // Lines stay as short as they can be read.
    const answer = (await turn.locator('.answer > p').first().boundingBox())!;
    expect(answer.width).toBeLessThanOrEqual(Math.min(width, 760 * (Number.parseInt(fontSize, 10) / 100)));
    // What can be pressed is large enough (WCAG 2.2, 2.5.8).
    for (const button of await page.getByRole('button').filter({ visible: true }).all()) {
      const box = (await button.boundingBox())!;
      expect(
        Math.round(Math.min(box.width, box.height)),
        (await button.textContent()) ?? undefined,
      ).toBeGreaterThanOrEqual(24);
    }
  });
}

/** Runs in the page: what is wider than the window, or reaches out of it at the sides. */
function sidewaysOrCut(): string[] {
  const found: string[] = [];
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page scrolls sideways');
  const visit = (root: ParentNode) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot !== null) visit(element.shadowRoot);
      // Code and tables scroll by themselves.
      if (element.closest('pre, .wide, .visually-hidden, svg, [popover], dialog')) continue;
      const { left, right, width } = element.getBoundingClientRect();
      if (width > 1 && (left < -1 || right > innerWidth + 1)) found.push(element.outerHTML.slice(0, 120));
    }
  };
  visit(document);
  return found;
}

test('at 200 % zoom a model that could not be loaded is seen', async ({ page }) => {
  await page.setViewportSize({ width: 640, height: 400 });
  await page.route('**/*.gguf', (route) => route.fulfill({ status: 503, body: 'Busy' }));
  await page.goto('./');
  await expect(page.getByRole('alert').getByText('The model could not be loaded')).toBeInViewport();
});

test('a sample is read as its question first, does not give the answer away, and says so until its picture is here', async ({
  page,
}) => {
  const visitor = new Visitor(page);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.goto('./');
  await expect(visitor.sample(sample!.question)).toHaveAccessibleName(`${sample!.question} ${sample!.alt}`);
  await page.route('**/shapes.png', async (route) => {
    await released;
    await route.continue();
  });
  // Not from the cache: what was shown may have been thrown away since.
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
  await visitor.sample(sample!.question).click();
  await expect(visitor.sample(sample!.question)).toHaveAttribute('aria-busy', 'true');
  release();
  await visitor.expectAnswer(sample!.answer);
  await expect(visitor.button('Show Sample: shapes')).toBeVisible();
});

test('questions and answers stand in the direction of their script', async ({ page }) => {
  const visitor = new Visitor(page);
  const question = 'ما هو الشكل الأحمر؟';
  await page.goto('./');
  await visitor.field.fill(question);
  await expect(visitor.field).toHaveCSS('direction', 'rtl');
  await visitor.field.press('Enter');
  await expect(visitor.turns.last().getByRole('heading')).toHaveCSS('direction', 'rtl');
  await expect(visitor.field).toHaveCSS('direction', 'ltr');
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('the model panel closes by finger, pictures raise no keyboard, many of them are tiles', async ({
    page,
  }) => {
    const visitor = new Visitor(page);
    const { picture } = heldOut('how many');
    await page.goto('./');
    await visitor.chip().tap();
    const panel = page.getByRole('dialog', { name: 'pico, a demo model' });
    const close = panel.getByRole('button', { name: 'Close' });
    const box = (await close.boundingBox())!;
    // In the middle of a transition it may be a hair less.
    expect(Math.round(Math.min(box.width, box.height))).toBeGreaterThanOrEqual(44);
    await close.tap();
    await expect(panel).toBeHidden();

    await visitor.pick(picture);
    await expect(visitor.tray.getByRole('img')).toHaveCount(1);
    await expect(visitor.field).not.toBeFocused();
    await visitor.button(`Remove ${picture.name}`).tap();
    await expect(visitor.tray).toBeHidden();
    await expect(visitor.button('Add pictures')).toBeFocused();

    // The newest is in sight.
    const pictures = Array.from({ length: 8 }, (_, i) => ({ ...picture, name: `picture ${i}.png` }));
    await visitor.pick(...pictures);
    await expect(visitor.tray.getByRole('img', { name: 'picture 7.png' })).toBeInViewport({ ratio: 1 });
    await visitor.field.fill('How many shapes are there?');
    await visitor.button('Send').tap();
    const tiles = visitor.turns.last().getByRole('list', { name: 'Pictures' }).getByRole('button');
    await expect(tiles).toHaveCount(8);
    for (const tile of await tiles.all()) {
      const box = (await tile.boundingBox())!;
      expect([box.width, box.height]).toEqual([72, 72]);
    }
  });
});
