import { join } from 'node:path';
import { expect, type Locator, type Page, test } from '@playwright/test';
import { TestHub } from '../hub/hub.ts';
import { repositoryRoot } from '../support/root.ts';
import { largeMachine, PICO_PATHS, pretendMachine, publishPico, smallMachine, visitHub } from './machines.ts';
import { samples, Visitor } from './visitor.ts';

// What the service worker does is not the subject here: to keep the whole site takes as long as to start the page.
test.use({ serviceWorkers: 'block' });

const [sample] = samples;
let hub: TestHub;

test.beforeEach(async ({ page }) => {
  hub = await TestHub.start();
  await publishPico(hub);
  await page.addInitScript(visitHub, hub.url);
});

test.afterEach(async () => {
  await hub.close();
});

class ModelsView {
  readonly page: Page;
  readonly dialog: Locator;

  constructor(page: Page) {
    this.page = page;
    this.dialog = page.getByRole('dialog', { name: 'Models' });
  }

  async open(): Promise<void> {
    await new Visitor(this.page).chip().click();
    await this.page.getByRole('button', { name: 'Choose another model' }).click();
    await expect(this.dialog.getByRole('heading', { name: 'Qwen3-VL 8B Thinking' })).toBeVisible();
  }

  row(name: string): Locator {
    return this.dialog.getByRole('article', { name, exact: true });
  }

  /** A button of a model's row. */
  button(label: RegExp | string, name: string): Locator {
    const words = typeof label === 'string' ? new RegExp(`^${label}.*: `) : label;
    return this.row(name).getByRole('button', { name: words });
  }
}

const TWO_B = 'Qwen3-VL 2B Instruct';

test('a model of the catalogue is downloaded, answers, is there at the next visit without a network, and goes', async ({
  page,
}) => {
  // Three loads of the page and of as many models, one after the other.
  test.slow();
  await page.addInitScript(pretendMachine, smallMachine);
  const visitor = new Visitor(page);
  const view = new ModelsView(page);
  await page.goto('./');
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  await view.open();
  await expect(view.row(TWO_B).getByText('Recommended')).toBeVisible();

  hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 250_000 } }]);
  await view.button('Download 1.6 GB', TWO_B).click();
  const progress = view.row(TWO_B).getByRole('progressbar');
  await expect(progress).toBeVisible();
  await expect(view.row(TWO_B).getByText(/^Downloading, .* of 3\.7 MB, .*\/s, about .* left$/)).toBeVisible();
  await view.button('Pause', TWO_B).click();
  await expect(view.row(TWO_B).getByText(/^Paused, /)).toBeVisible();
  const share = await progress.evaluate((bar) => (bar as HTMLProgressElement).value);
  expect(share).toBeGreaterThan(0);
  expect(share).toBeLessThan(1);
  hub.faults.set([]);
  await view.button('Resume', TWO_B).click();
  await expect(view.row(TWO_B).getByText(/the same as published/)).toBeVisible();
  await expect(view.dialog.getByRole('status')).toHaveText(`${TWO_B} Q4_K_M is on this device`);

  await view.button('Verify', TWO_B).click();
  await expect(view.row(TWO_B).getByText('3.7 MB checked: every byte is as it should be.')).toBeVisible();
  await view.button('Use', TWO_B).click();
  await expect(view.dialog).toBeHidden();
  await expect(visitor.turns).toHaveCount(1);
  await visitor.ask('How many shapes are there?');
  await expect(visitor.turns).toHaveCount(2);
  expect(await visitor.lastAnswer()).not.toBe('');

  // Neither the hub nor the demo model can be reached: what answers is what was kept.
  await hub.close();
  await page.route('**/models/pico/**', (route) => route.abort());
  await page.reload();
  await expect(visitor.turns).toHaveCount(2);
  await visitor.button('New conversation').click();
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  await view.open();
  await expect(view.button('In use', TWO_B)).toBeDisabled();
  await page.unroute('**/models/pico/**');
  await view.button('Delete', TWO_B).click();
  await expect(view.button(/^Keep$/, TWO_B)).toBeFocused();
  await view.button(/^Delete$/, TWO_B).click();
  await expect(view.button('Download 1.6 GB', TWO_B)).toBeVisible();
  await expect(view.button('In use', 'pico, the demo model')).toBeDisabled();
  await page.reload();
  await visitor.button('New conversation').click();
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('after the first answer the model for this machine is offered, fetched and used', async ({ page }) => {
  await page.addInitScript(pretendMachine, smallMachine);
  const visitor = new Visitor(page);
  const offer = page.getByRole('region', { name: 'A model for photos' });
  await page.goto('./');
  await expect(visitor.chip()).toBeVisible();
  await expect(offer).toHaveCount(0);
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  await expect(offer).toContainText(`${TWO_B} sees photos and just fits: 1.6 GB, about 5 min at 50 Mbit/s.`);

  hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 250_000 } }]);
  await offer.getByRole('button', { name: 'Download' }).click();
  await expect(offer.getByRole('progressbar')).toBeVisible();
  await expect(offer.getByText(/: downloading, .* of 3\.7 MB/)).toBeVisible();
  // The button stays where the hand is.
  await expect(offer.getByRole('button', { name: 'Pause' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(offer.getByText(/: paused, /)).toBeVisible();
  hub.faults.set([]);
  await offer.getByRole('button', { name: 'Resume' }).click();
  await offer.getByRole('button', { name: 'Use it' }).click();
  await expect(offer).toHaveCount(0);
  await visitor.ask('How many shapes are there?');
  await expect(visitor.turns).toHaveCount(2);
  expect(await visitor.lastAnswer()).not.toBe('');
  const chosen = await page.evaluate(() => JSON.parse(localStorage.getItem('glance-model') ?? 'null'));
  expect(chosen).toMatchObject({ contextLength: 4096 });
});

test('an offer that is put away stays away, and leads to all models', async ({ page }) => {
  await page.addInitScript(pretendMachine, largeMachine);
  const visitor = new Visitor(page);
  const view = new ModelsView(page);
  const offer = page.getByRole('region', { name: 'A model for photos' });
  page.on('dialog', (dialog) => void dialog.accept());
  const answered = async () => {
    await page.goto('./');
    await visitor.sample(sample!.question).click();
    await visitor.expectAnswer(sample!.answer);
  };
  await answered();
  await expect(offer).toContainText('Qwen3-VL 8B Instruct sees photos and fits this device: 5.8 GB');
  await offer.getByRole('button', { name: 'All models' }).click();
  await expect(view.dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await offer.getByRole('button', { name: 'Not now' }).click();
  await expect(offer).toHaveCount(0);
  await answered();
  await expect(visitor.turns.last().getByRole('button', { name: 'Copy' })).toBeVisible();
  await expect(offer).toHaveCount(0);
});

test('what a machine can take is said, with the reason where it cannot', async ({ page, context }) => {
  await page.addInitScript(pretendMachine, smallMachine);
  const view = new ModelsView(page);
  await page.goto('./');
  await view.open();
  await expect(view.row('Qwen3-VL 8B Instruct').getByText('Does not fit')).toBeVisible();
  await expect(view.row('Qwen3-VL 8B Instruct').getByText(/takes at most 134 MB at once/)).toBeVisible();
  await expect(view.row(TWO_B).getByText(/4,096 tokens of context/)).toBeVisible();
  await expect(view.dialog.getByText('Recommended')).toHaveCount(1);

  const large = await context.newPage();
  await large.addInitScript(pretendMachine, largeMachine);
  const other = new ModelsView(large);
  await large.goto('./');
  await other.open();
  await expect(other.row('Qwen3-VL 8B Instruct').getByText('Recommended')).toBeVisible();
  const need = () =>
    other
      .row('Qwen3-VL 8B Instruct')
      .getByText(/^Needs about/)
      .textContent();
  const proposed = await need();
  await other.row('Qwen3-VL 8B Instruct').getByText('Options').click();
  await other.row('Qwen3-VL 8B Instruct').getByLabel('Context').selectOption('32768');
  expect(await need()).toContain('32,768 tokens');
  expect(await need()).not.toBe(proposed);
  await other.row('Qwen3-VL 8B Instruct').getByLabel('Precision').selectOption('Q8_0');
  await expect(other.button('Download 9.5 GB', 'Qwen3-VL 8B Instruct')).toBeVisible();
  await large.keyboard.press('Escape');
  await expect(other.dialog).toBeHidden();
});

test('without a graphics processor the page says so and recommends nothing', async ({ page }) => {
  const view = new ModelsView(page);
  await page.goto('./');
  await view.open();
  await expect(view.dialog.getByText(/computes graphics on the CPU/)).toHaveCount(1);
  await expect(view.row(TWO_B).getByText('Does not fit')).toBeVisible();
  await expect(view.dialog.getByText('Recommended')).toHaveCount(0);
});

test('any other model: by name with a choice of files, by address, from files of this device', async ({
  page,
}) => {
  const view = new ModelsView(page);
  const visitor = new Visitor(page);
  await page.goto('./');
  await view.open();
  const address = view.dialog.getByRole('textbox', { name: /Address or name/ });
  await address.fill('https://models.example/model.safetensors');
  await address.press('Enter');
  await expect(view.dialog.getByRole('alert')).toContainText('neither a model');

  hub.add('someone/shapes-GGUF/main/shapes-Q8_0.gguf', await hubFile(PICO_PATHS.text));
  hub.add('someone/shapes-GGUF/main/mmproj-shapes-F16.gguf', await hubFile(PICO_PATHS.vision));
  await address.fill('someone/shapes-GGUF');
  await address.press('Enter');
  const found = view.dialog.getByRole('group', { name: 'Files found' });
  await expect(found.getByLabel('Sees with')).toContainText('mmproj-shapes-F16.gguf, 2.7 MB');
  // What is said before the download, on this machine without a graphics processor, is said of it afterwards.
  const need = /^Small enough for the CPU, .* 4,096 tokens of context\.$/;
  await expect(found.getByText('2.2 million parameters · Q8_0 · Apache-2.0')).toBeVisible();
  await expect(found.getByText(need)).toBeVisible();
  await found.getByRole('button', { name: 'Download 3.7 MB' }).click();
  const row = view.row('shapes-Q8_0');
  await expect(row.getByText(/2\.2 million parameters/)).toBeVisible();
  await expect(row.getByText(need)).toBeVisible();
  await row.getByText('Options').click();
  await row.getByLabel('Context').selectOption('2048');
  await expect(row.getByText(/ 2,048 tokens of context\.$/)).toBeVisible();
  await view.button('Use', 'shapes-Q8_0').click();
  await expect(view.dialog).toBeHidden();
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);

  await view.open();
  const chooser = page.waitForEvent('filechooser');
  await view.dialog.getByRole('button', { name: 'Choose files of this device' }).click();
  const folder = join(repositoryRoot, 'public/models/pico');
  await (await chooser).setFiles([join(folder, 'mmproj-pico-F16.gguf'), join(folder, 'pico-Q8_0.gguf')]);
  await expect(view.row('pico-Q8_0').getByText('On this device, 3.7 MB.')).toBeVisible();
  await view.button('Use', 'pico-Q8_0').click();
  await visitor.ask('How many shapes are there?');
  await expect(visitor.turns).toHaveCount(2);
  expect(await visitor.lastAnswer()).not.toBe('');
});

test('an address alone is looked into, and what cannot run here is not fetched', async ({ page }) => {
  await page.addInitScript(pretendMachine, largeMachine);
  const view = new ModelsView(page);
  await page.goto('./');
  await view.open();
  const address = view.dialog.getByRole('textbox', { name: /Address or name/ });
  const found = view.dialog.getByRole('group', { name: 'Files found' });
  hub.clearLog();
  await address.fill(`${hub.plainUrlOf(PICO_PATHS.text)} ${hub.plainUrlOf(PICO_PATHS.vision)}`);
  await address.press('Enter');
  await expect(found.getByText('Fits')).toBeVisible();
  await expect(found.getByText(/^Needs about .* of GPU memory with 4,096 tokens/)).toBeVisible();
  await expect(found.getByRole('button', { name: 'Download 3.7 MB' })).toBeEnabled();
  const fetched = hub.served.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
  expect(fetched).toBeLessThan(200_000);

  await address.fill(hub.plainUrlOf(PICO_PATHS.vision).replace('mmproj-', ''));
  await address.press('Enter');
  await expect(found.getByRole('alert')).toContainText('Check the address');
  await expect(found.getByRole('button', { name: /^Download/ })).toHaveCount(0);
  hub.add('someone/other-GGUF/main/other-Q8_0.gguf', await hubFile(PICO_PATHS.vision));
  await address.fill('someone/other-GGUF');
  await address.press('Enter');
  await expect(found.getByRole('alert')).toContainText('the vision half (mmproj) of a model');
  hub.add('someone/other-GGUF/main/other-Q8_0.gguf', await hubFile(PICO_PATHS.text));
  await found.getByRole('button', { name: 'Look again' }).click();
  await expect(found.getByText('No mmproj file was found, so it reads text only.')).toBeVisible();
  await expect(found.getByText('Fits')).toBeVisible();
});

test('a model that is not there ends in a card, and the hub can be changed', async ({ page }) => {
  await page.addInitScript(pretendMachine, largeMachine);
  const view = new ModelsView(page);
  await page.goto('./');
  await view.open();
  await view.button('Download', 'Qwen3-VL 4B Instruct').click();
  const card = view.row('Qwen3-VL 4B Instruct').getByRole('alert');
  await expect(card).toContainText('The download could not be finished');
  await card.getByRole('button', { name: 'Dismiss' }).click();
  await expect(card).toHaveCount(0);

  await view.dialog.getByText('Where models come from').click();
  const field = view.dialog.getByRole('textbox', { name: 'The hub, or a mirror' });
  await expect(field).toHaveValue(hub.url);
  await view.dialog.getByRole('button', { name: 'Back to huggingface.co' }).click();
  await expect(field).toHaveValue('https://huggingface.co/');
});

async function hubFile(path: string) {
  const { bytesFile } = await import('../hub/files.ts');
  const response = await fetch(hub.plainUrlOf(path));
  return bytesFile(new Uint8Array(await response.arrayBuffer()));
}

test('a model that is gone, or that the page died of, is said, and the demo model answers', async ({
  page,
}) => {
  const visitor = new Visitor(page);
  await page.addInitScript(() => localStorage.setItem('glance-model', '{"id":"gone","contextLength":4096}'));
  await page.goto('./');
  await expect(page.getByRole('alert')).toContainText('no longer on this device');
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);

  const other = new Visitor(await page.context().newPage());
  await other.page.addInitScript(() => {
    localStorage.setItem('glance-model', '{"id":"gone","contextLength":4096}');
    sessionStorage.setItem('glance-model-loading', 'gone');
  });
  await other.page.goto('./');
  await expect(other.page.getByRole('alert')).toContainText('The model was not loaded again');
  await expect(other.chip()).toBeVisible();

  const first = new Visitor(await page.context().newPage());
  await first.page.addInitScript(() => {
    localStorage.removeItem('glance-model');
    sessionStorage.setItem('glance-model-loading', 'new');
  });
  await first.page.goto('./');
  await expect(first.page.getByRole('alert')).toContainText('while it loaded the model that was chosen');
  await expect(first.chip()).toBeVisible();
});
