import { expect, type Locator, type Page, test } from '@playwright/test';
import { letGo, playScript } from './scripted.ts';
import { samples, Visitor } from './visitor.ts';

// A page that a service worker serves asks it for the engine, where no test can step in.
test.use({ serviceWorkers: 'block' });

const [sample] = samples;
const SENTENCES =
  'The picture shows a red triangle above a blue square, and both stand on green ground. '.repeat(8);

/** Presses Tab, or Shift and Tab, until this has the focus, which can be seen wherever it passes. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await expect(target).toBeVisible();
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press(key);
    const unseen = await page.evaluate(focusThatCannotBeSeen);
    expect(unseen).toBeNull();
    if (await target.evaluate((element) => element.matches(':focus'))) return;
  }
  throw new Error(`The focus does not come to ${target}.`);
}

/** Runs in the page: what has the focus, if nothing shows it: no outline of its own or of what is around it. */
function focusThatCannotBeSeen(): string | null {
  let focused = document.activeElement;
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  // At the end of the page the browser's own controls have it.
  if (focused === null || focused === document.body) return null;
  for (let element: Element | null = focused, i = 0; element !== null && i < 4; i++) {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
    const isSeen = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1;
    const isTransparent = /^rgba\(.*, 0\)$|^transparent$/.test(outlineColor);
    const { boxShadow } = getComputedStyle(element);
    if ((isSeen && !isTransparent) || (element.matches(':focus-within') && i > 0 && boxShadow !== 'none')) {
      return null;
    }
    element = element.parentElement;
  }
  return focused.outerHTML.slice(0, 200);
}

/** Live regions of the page as assistive technology is told of them, each with what it says. */
async function liveRegions(page: Page): Promise<{ live: string; text: string }[]> {
  const devtools = await page.context().newCDPSession(page);
  const { nodes } = await devtools.send('Accessibility.getFullAXTree');
  await devtools.detach();
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const textOf = (id: string): string => {
    const node = byId.get(id);
    if (node === undefined) return '';
    if (node.role?.value === 'StaticText') return String(node.name?.value ?? '');
    return (node.childIds ?? []).map(textOf).join('');
  };
  return nodes.flatMap((node) => {
    const live = node.properties?.find(({ name }) => name === 'live')?.value.value;
    return live === undefined || live === 'off' ? [] : [{ live: String(live), text: textOf(node.nodeId) }];
  });
}

test('the whole main path by keyboard alone; an answer that streams is announced at its beginning and its end', async ({
  page,
}) => {
  test.slow();
  const visitor = new Visitor(page);
  await playScript(page, {
    answers: [
      { text: SENTENCES, tokensPerSecond: 60, held: true },
      { text: SENTENCES, tokensPerSecond: 60, held: true },
      { text: 'Two.' },
    ],
  });
  await page.goto('./');
  const chip = visitor.button(/^scripted/);
  await expect(chip).toBeVisible();
  await expect(visitor.field).toBeFocused();

  // A sample; its answer streams until all of it has been looked at.
  const heard = await visitor.listen();
  await tabTo(page, visitor.sample(sample!.question), 'Shift+Tab');
  await page.keyboard.press('Enter');
  const meter = page.getByRole('group', { name: 'Progress of the answer' });
  await expect(meter).toContainText('tokens/s');
  await expect(meter.getByRole('meter', { name: 'Context used' })).toHaveAttribute('max', '8192');
  const regions = await liveRegions(page);
  expect(regions.map(({ text }) => text).join()).not.toContain('red triangle');
  expect(regions.map(({ text }) => text).join()).not.toContain('tokens');
  expect(regions.filter(({ text }) => text.startsWith('Working on the answer'))).toHaveLength(1);
  await letGo(page);
  await expect(visitor.turns.last().getByRole('button', { name: 'Copy', exact: true })).toBeVisible();
  await expect(meter).toBeHidden();
  const [beginning, end, ...more] = await heard();
  expect(beginning).toBe('Working on the answer');
  expect(end).toMatch(/^Answer: The picture shows .*green ground\. The answer goes on\.$/);
  expect(more).toEqual([]);
  expect((await liveRegions(page)).map(({ text }) => text)).toContain(end);

  // Ask, and stop.
  await expect(visitor.field).toBeFocused();
  await page.keyboard.type('And what else?');
  await page.keyboard.press('Enter');
  await expect(visitor.turns.last().locator('.answer')).toContainText('red triangle');
  await tabTo(page, visitor.button('Stop'));
  await page.keyboard.press('Enter');
  await expect(visitor.turns.last()).toContainText('Stopped.');
  await expect(visitor.field).toBeFocused();

  // Try again, figures, edit.
  await tabTo(page, visitor.turns.last().getByRole('button', { name: 'Try again' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await visitor.expectAnswer('Two.');
  const speed = visitor.turns.last().getByRole('button', { name: 'Speed' });
  await tabTo(page, speed, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await tabTo(page, visitor.turns.last().getByRole('button', { name: 'Copy figures' }));
  await page.keyboard.press('Enter');
  await expect(visitor.turns.last().getByRole('button', { name: 'Copied' })).toBeFocused();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
    /^First token: after .*\n(?:.*\n)*Answer: 2 tokens\n(?:.*\n)*Context used: [\d,]+ of 8,192 tokens \(\d+%\)$/m,
  );
  await tabTo(page, visitor.turns.last().getByRole('button', { name: 'Edit' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(visitor.field).toBeFocused();
  await expect(visitor.field).toHaveValue('And what else?');
  await page.keyboard.type(' Please');
  await page.keyboard.press('Enter');
  await expect(visitor.turns.last()).toContainText('3 of 3');
  await visitor.expectAnswer('Two.');

  // The model's panel, and the models.
  await tabTo(page, chip);
  await page.keyboard.press('Enter');
  const another = page.getByRole('button', { name: 'Choose another model' });
  await tabTo(page, another);
  await page.keyboard.press('Enter');
  const models = page.getByRole('dialog', { name: 'Models' });
  await expect(models).toBeVisible();
  await tabTo(page, models.getByRole('button', { name: 'Close' }));
  await page.keyboard.press('Enter');
  await expect(models).toBeHidden();

  // Settings and the list of keys, by their keys.
  await page.keyboard.press('Control+,');
  const settings = page.getByRole('dialog', { name: 'Settings', exact: true });
  await tabTo(page, settings.getByRole('tab', { selected: true }));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await expect(settings.getByRole('tab').first()).toHaveAttribute('aria-selected', 'false');
  await page.keyboard.press('Escape');
  await expect(settings).toBeHidden();
  await tabTo(page, visitor.button('Send').or(chip).first(), 'Shift+Tab');
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: /keys|shortcuts/i });
  await expect(keys).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(keys).toBeHidden();

  // A new conversation, and back to the first one through the list.
  await page.keyboard.press('Control+Shift+O');
  await expect(page.getByRole('heading', { name: 'Ask about a picture' })).toBeVisible();
  await expect(visitor.field).toBeFocused();
  await tabTo(page, page.getByRole('link', { name: sample!.question }).first(), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await visitor.expectAnswer('Two.');
});
