/**
 * Takes pictures of the page in its states, sizes and colours, for people to look at.
 *
 *     npx tsx test/e2e/screenshots.ts [name...]    writes test-results/screenshots/*.png
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { TestHub } from '../hub/hub.ts';
import { chromiumFlags, findChromium } from '../support/chromium.ts';
import { repositoryRoot } from '../support/root.ts';
import { seedHistory } from '../support/seed_history.ts';
import { serveFolders } from '../support/server.ts';
import { buildSite } from '../support/site.ts';
import { largeMachine, pretendMachine, publishPico, smallMachine, visitHub } from './machines.ts';
import { playScript } from './scripted.ts';

const OUT = join(repositoryRoot, 'test-results/screenshots');

const sizes = {
  wide: { width: 1440, height: 900 },
  middle: { width: 800, height: 900 },
  phone: { width: 390, height: 844 },
  narrow: { width: 320, height: 568 },
  /** A small window magnified to 200 %. */
  low: { width: 640, height: 400 },
  ultrawide: { width: 2560, height: 1080 },
} as const;

type Size = keyof typeof sizes;

const isHandheld = (size: Size) => size === 'phone' || size === 'narrow';

/** Chinese; or English from right to left, as languages are that are written so. */
type Reading = 'zh' | 'rtl';

interface Shot {
  name: string;
  size: Size;
  dark?: boolean;
  reading?: Reading;
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

const settings = (tab: string) => async (page: Page) => {
  await answered(page);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('tab', { name: tab, exact: true }).click();
};

const settingsData = async (page: Page) => {
  await settings('Data')(page);
  await page.getByRole('button', { name: 'Delete: Conversations' }).click();
};

const settingsOwn = async (page: Page) => {
  await settings('Answers')(page);
  await page.getByRole('radio', { name: 'This conversation' }).check();
  await page.getByRole('checkbox', { name: 'A system prompt of its own' }).check();
  await page
    .getByRole('textbox', { name: 'System prompt' })
    .fill('Answer in one word. If it is not in the picture, say so.');
  await page.getByRole('checkbox', { name: 'Values of its own' }).check();
  await page.getByRole('textbox', { name: 'Temperature' }).fill('0.7');
  await page.getByRole('textbox', { name: 'Top-p' }).fill('2');
  await page.getByRole('textbox', { name: 'Top-k' }).focus();
};

const shortcuts = async (page: Page) => {
  await answered(page);
  await page.getByRole('button', { name: 'Settings' }).focus();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
};

const unsupported = async (page: Page) => {
  await page.addInitScript(() => {
    WebAssembly.validate = () => false;
  });
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
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

/** The model is missing and nothing has been asked yet. */
const modelFailed = async (page: Page) => {
  await page.route('**/*.gguf', (route) => route.fulfill({ status: 404, body: 'Not found' }));
  await page.reload();
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
  await page.getByRole('button', { name: 'Speed' }).click();
  await page.getByRole('button', { name: /pico demo/ }).click();
};

/** The device that was chosen is not there: pages without TLS have no WebGPU. */
const noGpu = async (page: Page) => {
  const address = new URL(page.url());
  address.hostname = 'glance.test';
  address.searchParams.set('device', 'webgpu');
  await page.goto(address.href);
  await page.getByRole('alert').waitFor();
  await page.getByRole('button', { name: 'No model' }).click();
  await page.getByRole('radio', { name: 'Automatic' }).waitFor();
};

/** Pictured in the frame in which the first words show. */
const answering = async (page: Page) => {
  await ready(page);
  await page.getByRole('list', { name: 'Samples' }).getByRole('button').nth(2).click();
  await page.locator('glance-answer[growing]').waitFor();
};

const camera = async (page: Page) => {
  await ready(page);
  await page.getByRole('button', { name: 'Take a picture' }).click();
  await page.getByRole('button', { name: 'Take picture' }).waitFor();
};

const stopped = async (page: Page) => {
  await waiting(page);
  await page.keyboard.press('Escape');
  await page.getByText('Stopped.').waitFor();
};

const editing = async (page: Page) => {
  await answered(page);
  await page.getByRole('button', { name: 'Edit' }).click();
};

/** Many conversations, the one given on the page; where the list is a sheet, it is open if asked for. */
const kept =
  (id: string, isSheetOpen = true) =>
  async (page: Page) => {
    await ready(page);
    await page.getByRole('button', { name: 'Conversations' }).waitFor();
    await page.waitForFunction(async () =>
      (await indexedDB.databases()).some(({ name }) => name === 'glance-history'),
    );
    await page.evaluate(seedHistory, { count: 40, now: Date.now(), side: 480 });
    await page.evaluate(() => localStorage.setItem('glance-rail', 'open'));
    await page.goto(`${page.url().replace(/#.*/, '')}#c=${id}`);
    await page.reload();
    await page.getByRole('article').first().waitFor();
    if (isSheetOpen && !(await page.locator('glance-rail').getByRole('searchbox').isVisible())) {
      await page.getByRole('button', { name: 'Conversations' }).click();
    }
  };

const railSearch = async (page: Page) => {
  await kept('seed-1')(page);
  await page.getByRole('searchbox').fill('triangle 3');
  await page.locator('mark').first().waitFor();
};

const railMenu = async (page: Page) => {
  await kept('seed-1')(page);
  await page
    .getByRole('button', { name: /^More about/ })
    .nth(3)
    .click();
};

const railDeleted = async (page: Page) => {
  await railMenu(page);
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Undo' }).waitFor();
};

const railRenaming = async (page: Page) => {
  await railMenu(page);
  await page.getByRole('menuitem', { name: 'Rename' }).click();
};

/** No conversation yet, the list asked for nevertheless. */
const railEmpty = async (page: Page) => {
  await ready(page);
  await page.getByRole('button', { name: 'Conversations' }).click();
  await page.getByText('No conversations yet').waitFor();
};

const versions = async (page: Page) => {
  await editing(page);
  await page.getByRole('textbox', { name: 'Question' }).fill('How many shapes are there?');
  await page.keyboard.press('Enter');
  await page.getByText('2 of 2').waitFor();
  await page.getByRole('button', { name: 'Speed' }).waitFor();
};

/** Magnified, where the picture can be: beside a stage there is no need. */
const enlarged = async (page: Page) => {
  await answered(page);
  const enlarge = page.getByRole('button', { name: /^Enlarge/ });
  if ((await enlarge.count()) > 0) await enlarge.click();
};

const samplePictures = ['shapes', 'stars', 'circles', 'word'].map((name) =>
  join(repositoryRoot, `public/samples/${name}.png`),
);

/** The first picture of one's own, before any question. */
const drafted = async (page: Page) => {
  await ready(page);
  await page.locator('#files').setInputFiles(samplePictures.slice(0, 1));
  await page.getByRole('list', { name: 'Pictures with this question' }).waitFor();
};

/** Pictures being turned, cropped and put in order. */
const pictureEditor = async (page: Page) => {
  await ready(page);
  await page.locator('#files').setInputFiles(samplePictures.slice(0, 3));
  await page.getByRole('button', { name: 'Edit shapes.png' }).click();
  const editor = page.getByRole('dialog', { name: 'Edit pictures' });
  await editor.getByRole('button', { name: 'Turn right' }).click();
  await editor.getByRole('slider', { name: 'Right edge' }).focus();
  for (let press = 0; press < 3; press++) await page.keyboard.press('Shift+ArrowLeft');
};

/** More pictures than the context holds, and the menu of tasks. */
const pictureBudget = async (page: Page) => {
  await ready(page);
  const files = Array.from({ length: 16 }, () => samplePictures).flat();
  await page.locator('#files').setInputFiles(files);
  await page.getByRole('combobox', { name: 'Detail' }).selectOption('high');
  await page.getByRole('button', { name: 'Use less detail' }).waitFor();
  await page.getByRole('button', { name: 'Tasks' }).click();
};

const many = async (page: Page) => {
  await ready(page);
  await page.locator('#files').setInputFiles([...samplePictures, ...samplePictures]);
  await ask(page, 'How many shapes are there? '.repeat(30), 1);
  await page.locator('#files').setInputFiles(
    Array.from({ length: 7 }, (_, i) => ({
      name: `notes ${i}.txt`,
      mimeType: 'text/plain',
      buffer: Buffer.from('Not a picture.'),
    })),
  );
  await page.getByRole('alert').waitFor();
};

const openModels = async (page: Page) => {
  await ready(page);
  await page.getByRole('button', { name: /pico demo/ }).click();
  await page.getByRole('button', { name: 'Choose another model' }).click();
  await page.getByRole('heading', { name: 'Qwen3-VL 8B Thinking' }).waitFor();
};

/** The model that is offered after the first answer. */
const offered = async (page: Page) => {
  await page.addInitScript(pretendMachine, smallMachine);
  await page.addInitScript(visitHub, hub.url);
  await page.reload();
  await answered(page);
  await page.getByRole('region', { name: 'A model for photos' }).waitFor();
};

/** It is being downloaded. */
const offerAtWork = async (page: Page) => {
  await offered(page);
  hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 150_000 } }]);
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByText(/: downloading, .* left/).waitFor();
};

/** The catalogue on a machine. */
const modelsOn = (machine: typeof largeMachine) => async (page: Page) => {
  await page.addInitScript(pretendMachine, machine);
  await page.reload();
  await openModels(page);
};

/** In the middle of a download, with what else a row can show. */
const modelsAtWork = async (page: Page) => {
  await page.addInitScript(pretendMachine, largeMachine);
  await page.addInitScript(visitHub, hub.url);
  await page.reload();
  await openModels(page);
  hub.faults.set([{ fault: { kind: 'slow', bytesPerSecond: 150_000 } }]);
  await page.getByRole('button', { name: /^Download.*: Qwen3-VL 2B Instruct/ }).click();
  await page.getByText(/Downloading, .* left/).waitFor();
  await page.getByRole('button', { name: /^Download.*: Qwen3-VL 4B Instruct/ }).click();
  await page.getByRole('alert').waitFor();
};

/** A kept model in use, about to be deleted, its options open. */
const modelsKept = async (page: Page) => {
  await page.addInitScript(pretendMachine, smallMachine);
  await page.addInitScript(visitHub, hub.url);
  await page.reload();
  await openModels(page);
  hub.faults.set([]);
  await page.getByRole('button', { name: /^Download.*: Qwen3-VL 2B Instruct/ }).click();
  await page.getByRole('button', { name: 'Use: Qwen3-VL 2B Instruct' }).waitFor();
  await page.getByText('Options for Qwen3-VL 2B Instruct').click();
  await page.getByRole('button', { name: 'Delete: Qwen3-VL 2B Instruct' }).click();
};

/** The foot of the view: any other model. */
const modelsAdd = async (page: Page) => {
  await page.addInitScript(visitHub, hub.url);
  await page.reload();
  await openModels(page);
  await page.getByRole('textbox', { name: /Address or name/ }).fill('Qwen/Qwen3-VL-2B-Instruct-GGUF');
  await page.keyboard.press('Enter');
  await page.getByRole('group', { name: 'Files found' }).waitFor();
  await page.getByText('Where models come from').click();
  await page.getByRole('button', { name: 'Set', exact: true }).scrollIntoViewIfNeeded();
};

/** What the README shows: an answer with its box on the picture, in the demo model's own words. */
const boxes = async (page: Page) => {
  await answered(page);
  await ask(page, 'Locate the blue star.', 2);
  const place = page.getByRole('list', { name: 'Places on the picture' }).getByRole('button').first();
  await place.waitFor();
};

/** The first question of a conversation is where something is. */
const found = async (page: Page) => {
  await ready(page);
  await page.locator('#files').setInputFiles(samplePictures.slice(0, 1));
  await ask(page, 'Locate the red triangle.', 1);
  await page.getByRole('list', { name: 'Places on the picture' }).getByRole('button').first().waitFor();
};

/** An answer of a larger model, with all that answers can hold; thought about, its figures open. */
const rich = async (page: Page) => {
  await playScript(page, { answers: [RICH_ANSWER] });
  await page.reload();
  await page.getByRole('button', { name: /^scripted/ }).waitFor();
  await page.locator('#files').setInputFiles(samplePictures.slice(0, 2));
  await ask(page, 'What do the two pictures have in common?', 1);
  await page.getByRole('button', { name: 'Speed' }).click();
};

/** The same, cut off in the middle of being made. */
const richStreaming = async (page: Page) => {
  await playScript(page, { answers: [{ ...RICH_ANSWER, tokensPerSecond: 40 }] });
  await page.reload();
  await page.getByRole('button', { name: /^scripted/ }).waitFor();
  await page.locator('#files').setInputFiles(samplePictures.slice(0, 1));
  await page.getByRole('textbox', { name: 'Question' }).fill('What is in the picture?');
  await page.keyboard.press('Enter');
  await page.locator('glance-answer[growing] table').waitFor();
};

const tasksMenu = async (page: Page) => {
  await boxes(page);
  await page.getByRole('button', { name: 'Tasks' }).click();
};

const privacy = async (page: Page) => {
  await ready(page);
  await page.getByRole('button', { name: 'What leaves this device' }).click();
  await page.getByRole('dialog').waitFor();
};

const RICH_ANSWER = {
  reasoning: 'Both show plain shapes on a pale ground.\nOne has three shapes, the other five stars.',
  text: `Both show **plain shapes** on a pale ground.

| Shape | Colour | Size |
|:--|:--|--:|
| triangle | red | 210 px |
| star | blue | 180 px |

The area of the triangle is $\\tfrac{1}{2} b h$, so

$$A = \\frac{210 \\cdot 205}{2} = 21\\,525$$

\`\`\`json
[{"bbox_2d": [312, 515, 664, 865], "label": "red triangle"},
 {"bbox_2d": [616, 190, 921, 477], "label": "blue star"}]
\`\`\`

1. Count them with \`len(shapes)\`.
2. Compare their colours.
`,
};

/** On touch screens the system's own camera opens, which cannot be pictured. */
const withoutTouch = new Set<string>(['camera']);

const poses = {
  boxes,
  found,
  rich,
  richStreaming,
  tasksMenu,
  privacy,
  camera,
  stopped,
  answering,
  empty: ready,
  answered,
  conversation,
  failed,
  modelMissing,
  modelFailed,
  waiting,
  panel,
  noGpu,
  editing,
  enlarged,
  drafted,
  pictureEditor,
  pictureBudget,
  many,
  modelsLarge: modelsOn(largeMachine),
  modelsSmall: modelsOn(smallMachine),
  modelsAtWork,
  modelsKept,
  modelsAdd,
  offered,
  offerAtWork,
  rail: kept('seed-1'),
  railSearch,
  railMenu,
  railDeleted,
  railRenaming,
  railEmpty,
  settingsGeneral: settings('General'),
  settingsAnswers: settings('Answers'),
  settingsModel: settings('Model and device'),
  settingsData,
  settingsOwn,
  shortcuts,
  unsupported,
  versions,
  cut: kept('seed-2', false),
};

/** The page is brought into its state in English and then changes under the reader's eyes. */
const read = async (page: Page, reading: Reading) => {
  if (reading === 'rtl') {
    await page.evaluate(() => {
      document.documentElement.dir = 'rtl';
    });
    return;
  }
  await page.evaluate((language) => {
    const key = 'glance-language';
    localStorage.setItem(key, language);
    // As if it had been chosen in another tab.
    dispatchEvent(new StorageEvent('storage', { key }));
  }, reading);
  await page.locator('html[lang^="zh"]').waitFor();
};

const shots: Shot[] = [];
for (const [name, pose] of Object.entries(poses)) {
  for (const size of Object.keys(sizes) as Size[]) {
    if (withoutTouch.has(name) && isHandheld(size)) continue;
    for (const dark of size === 'narrow' || size === 'low' || size === 'ultrawide'
      ? [false]
      : [false, true]) {
      shots.push({ name: `${name}-${size}${dark ? '-dark' : ''}`, size, dark, pose });
    }
    // Before the page has begun nobody hears of another language.
    if ((size !== 'wide' && size !== 'phone') || name === 'unsupported') continue;
    shots.push({ name: `${name}-${size}-zh`, size, pose, reading: 'zh' });
    shots.push({ name: `${name}-${size}-rtl`, size, pose, reading: 'rtl' });
    if (size === 'wide')
      shots.push({ name: `${name}-${size}-zh-dark`, size, dark: true, pose, reading: 'zh' });
  }
}

async function take(
  browser: Browser,
  url: string,
  { name, size, dark = false, reading, pose }: Shot,
): Promise<void> {
  const handheld = isHandheld(size);
  const context = await browser.newContext({
    viewport: sizes[size],
    colorScheme: dark ? 'dark' : 'light',
    deviceScaleFactor: handheld ? 2 : 1,
    hasTouch: handheld,
    isMobile: handheld,
    // A page that a service worker serves asks it for the engine, where no script can take its place.
    ...(name.startsWith('rich') && { serviceWorkers: 'block' }),
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  // What the compiler of this script puts around functions, also around those that pages are to run.
  await page.addInitScript('globalThis.__name ??= (f) => f');
  try {
    await page.goto(url);
    await pose(page);
    if (reading !== undefined) await read(page, reading);
    await page.waitForTimeout(250);
  } finally {
    await page.screenshot({ path: join(OUT, `${name}.png`) });
    await context.close();
  }
}

const wanted = process.argv.slice(2);
const scratch = await mkdtemp(join(tmpdir(), 'glance-'));
await mkdir(OUT, { recursive: true });
const hub = await TestHub.start();
await publishPico(hub);
await buildSite(scratch);
const server = await serveFolders({ '/': scratch });
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: [
    ...chromiumFlags,
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    // A name that is not this machine's own, whose pages count as safe.
    '--no-proxy-server',
    '--host-resolver-rules=MAP glance.test 127.0.0.1',
  ],
});
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
  await hub.close();
  await rm(scratch, { recursive: true, force: true });
}
