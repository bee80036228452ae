/**
 * Takes pictures of the page in its states, sizes and colours, for people to look at.
 *
 *     npx tsx test/e2e/screenshots.ts [name...]    writes test-results/screenshots/*.png
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumFlags, findChromium } from '../support/chromium.ts';
import { repositoryRoot } from '../support/root.ts';
import { serveFolders } from '../support/server.ts';
import { buildSite } from '../support/site.ts';

const OUT = join(repositoryRoot, 'test-results/screenshots');

const sizes = {
  wide: { width: 1440, height: 900 },
  middle: { width: 800, height: 900 },
  phone: { width: 390, height: 844 },
} as const;

type Size = keyof typeof sizes;

interface Shot {
  name: string;
  size: Size;
  dark?: boolean;
  /** Brings the page into the state to be pictured. */
  pose: (page: Page) => Promise<void>;
}

const ready = async (page: Page) => {
  await page.getByRole('button', { name: /pico demo/ }).waitFor();
  await page.getByRole('list', { name: 'Samples' }).getByRole('button').first().waitFor();
};

const answered = async (page: Page) => {
  await ready(page);
  await page.getByRole('list', { name: 'Samples' }).getByRole('button').first().click();
  await page.getByRole('button', { name: 'Copy' }).waitFor();
};

const ask = async (page: Page, question: string, answers: number) => {
  await page.getByRole('textbox', { name: 'Question' }).fill(question);
  await page.keyboard.press('Enter');
  await page
    .getByRole('button', { name: 'Copy' })
    .nth(answers - 1)
    .waitFor();
};

const conversation = async (page: Page) => {
  await answered(page);
  await ask(page, 'How many shapes are there?', 2);
  await page
    .locator('#files')
    .setInputFiles([
      join(repositoryRoot, 'public/samples/stars.png'),
      join(repositoryRoot, 'public/samples/word.png'),
    ]);
  await page.getByRole('textbox', { name: 'Question' }).fill('What does the text say?');
};

const failed = async (page: Page) => {
  await ready(page);
  await page
    .locator('#files')
    .setInputFiles([{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Not a picture.') }]);
  await page.getByRole('alert').waitFor();
};

const modelMissing = async (page: Page) => {
  await page.route('**/*.gguf', (route) => route.fulfill({ status: 404, body: 'Not found' }));
  await page.reload();
  await page.getByRole('textbox', { name: 'Question' }).fill('What is this?');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
};

/** Holds the model's bytes back, so that waiting can be seen. */
const waiting = async (page: Page) => {
  await page.route('**/*.gguf', () => {});
  await page.reload();
  await page.getByRole('list', { name: 'Samples' }).getByRole('button').first().click();
  await page.getByText('Loading the model').first().waitFor();
};

const panel = async (page: Page) => {
  await answered(page);
  await page.getByRole('button', { name: /pico demo/ }).click();
  await page
    .getByRole('button', { name: 'Speed' })
    .click({ force: true })
    .catch(() => {});
};

const poses = { empty: ready, answered, conversation, failed, modelMissing, waiting, panel };

const shots: Shot[] = [];
for (const [name, pose] of Object.entries(poses)) {
  for (const size of Object.keys(sizes) as Size[]) {
    for (const dark of [false, true]) {
      shots.push({ name: `${name}-${size}${dark ? '-dark' : ''}`, size, dark, pose });
    }
  }
}

async function take(browser: Browser, url: string, { name, size, dark = false, pose }: Shot): Promise<void> {
  const context = await browser.newContext({
    viewport: sizes[size],
    colorScheme: dark ? 'dark' : 'light',
    deviceScaleFactor: size === 'phone' ? 2 : 1,
    hasTouch: size === 'phone',
    isMobile: size === 'phone',
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  try {
    await page.goto(url);
    await pose(page);
    await page.waitForTimeout(250);
  } finally {
    await page.screenshot({ path: join(OUT, `${name}.png`) });
    await context.close();
  }
}

const wanted = process.argv.slice(2);
const scratch = await mkdtemp(join(tmpdir(), 'glance-'));
await mkdir(OUT, { recursive: true });
await buildSite(scratch);
const server = await serveFolders({ '/': scratch });
const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumFlags });
try {
  for (const shot of shots) {
    if (wanted.length > 0 && !wanted.some((part) => shot.name.includes(part))) continue;
    try {
      await take(browser, `${server.url}index.html`, shot);
      console.log(shot.name);
    } catch (error) {
      console.error(`${shot.name}: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
      process.exitCode = 1;
    }
  }
} finally {
  await browser.close();
  await server.close();
  await rm(scratch, { recursive: true, force: true });
}
