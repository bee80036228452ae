import { expect, type Locator, type Page, test } from '@playwright/test';
import { blockHistory, heldOut, keptRecords, samples, slowDown, Visitor } from './visitor.ts';

// What the service worker does is not the subject here: to keep the whole site takes as long as to start the page.
test.use({ serviceWorkers: 'block' });

const [sample, second] = samples;

/** The list of conversations. */
class Rail {
  readonly page: Page;
  readonly search: Locator;

  constructor(page: Page) {
    this.page = page;
    this.search = page.getByRole('searchbox', { name: 'Search conversations' });
  }

  link(title: string | RegExp): Locator {
    return this.page.locator('glance-rail').getByRole('link', { name: title });
  }

  get links(): Locator {
    return this.page.locator('glance-rail').getByRole('link');
  }

  group(heading: string): Locator {
    return this.page.getByRole('region', { name: heading });
  }

  async choose(title: string, item: string): Promise<void> {
    await this.link(title).hover();
    await this.page.getByRole('button', { name: `More about ${title}` }).click();
    await this.page.getByRole('menuitem', { name: item, exact: true }).click();
  }
}

/** What is kept of the answers that were given, or are being given. */
async function keptAnswers(page: Page): Promise<string[]> {
  const turns = (await keptRecords(page, 'turn')) as { answer: { text: string } }[];
  return turns.map(({ answer }) => answer.text);
}

/** Asks a sample as a first question. */
async function askSample(visitor: Visitor, { question, answer }: { question: string; answer: string }) {
  await visitor.sample(question).click();
  await visitor.expectAnswer(answer);
}

test('a conversation is there after a reload, with its pictures, and goes on', async ({ page }) => {
  const visitor = new Visitor(page);
  const rail = new Rail(page);
  const asked: string[] = [];
  page.on('dialog', async (dialog) => {
    asked.push(dialog.type());
    await dialog.accept();
  });
  const { picture, question, answer } = heldOut('shape of a colour');
  await page.goto('./');
  await visitor.pick(picture);
  await visitor.ask(question);
  await visitor.expectAnswer(answer);
  await expect(page).toHaveURL(/#c=[\w-]+$/);
  await expect(rail.link(question)).toHaveAttribute('aria-current', 'page');
  await page.reload();
  expect(asked).toEqual([]);
  await visitor.expectAnswer(answer);
  await expect(visitor.turns.getByRole('heading')).toHaveText(question);
  await expect(page.getByRole('figure').getByRole('img', { name: picture.name })).toBeVisible();
  await visitor.ask('Describe the image.');
  await expect(visitor.turns).toHaveCount(2);
  const [, shape] = /a (\w+)\.$/.exec(answer)!;
  expect(await visitor.lastAnswer()).toContain(shape!);
});

test('two conversations are found, by words and Back and in the list, renamed, pinned, deleted and brought back', async ({
  page,
}) => {
  test.slow();
  const visitor = new Visitor(page);
  const rail = new Rail(page);
  await page.goto('./');
  await askSample(visitor, sample!);
  await visitor.button('New conversation').click();
  await expect(page).not.toHaveURL(/#c=/);
  await askSample(visitor, second!);
  await expect(rail.links).toHaveCount(2);
  await test.step('search finds questions and answers and shows the line', async () => {
    const [word] = sample!.answer.split(' ').slice(-1);
    await rail.search.fill(word!.replace('.', '').toUpperCase());
    await expect(rail.links).toHaveCount(1);
    await expect(rail.links).toContainText(sample!.answer);
    await expect(rail.links.locator('mark')).toHaveText(new RegExp(word!.replace('.', '')));
    await rail.search.fill('nothing like this');
    await expect(page.getByText('No conversation has these words.')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(rail.links).toHaveCount(2);
  });
  await test.step('Back and the list find conversations; a new one is on a page of its own', async () => {
    await page.goBack();
    await visitor.expectAnswer(sample!.answer);
    await page.goForward();
    await visitor.expectAnswer(second!.answer);
    await rail.link(sample!.question).click();
    await visitor.expectAnswer(sample!.answer);
    await expect(rail.link(sample!.question)).toHaveAttribute('aria-current', 'page');
    await expect(visitor.field).toBeFocused();
  });
  await rail.link(second!.question).click();
  await visitor.expectAnswer(second!.answer);
  await test.step('rename, pin, delete and undo, by mouse and by keyboard', async () => {
    await expect(rail.links).toHaveCount(2);

    const heard = await visitor.listen();
    await rail.choose(sample!.question, 'Pin');
    await expect(rail.group('Pinned').getByRole('link')).toHaveText(sample!.question);
    await expect(page.getByRole('button', { name: `More about ${sample!.question}, pinned` })).toBeFocused();
    await rail.choose(sample!.question, 'Rename');
    await page.getByRole('textbox', { name: 'Title' }).fill('Red things');
    await page.keyboard.press('Enter');
    await expect(rail.link('Red things')).toBeFocused();
    await expect(rail.group('Pinned').getByRole('link')).toHaveText('Red things');

    await page.keyboard.press('ArrowDown');
    await expect(rail.link(second!.question)).toBeFocused();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('End');
    await expect(page.getByRole('menuitem', { name: 'Delete' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(rail.links).toHaveCount(1);
    await expect(page.getByRole('heading', { name: 'Ask about a picture' })).toBeVisible();
    await expect(visitor.button('Undo')).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(rail.links).toHaveCount(2);
    await expect(rail.link(second!.question)).toBeFocused();
    expect((await heard()).filter((text) => !text.startsWith('Answer'))).toEqual([
      `Pinned: ${sample!.question}`,
      'Renamed: Red things',
      'New conversation',
      `Deleted: ${second!.question}. Undo brings it back.`,
      'The conversation is back',
    ]);
    await rail.link(second!.question).click();
    await visitor.expectAnswer(second!.answer);
    await page.reload();
    await expect(rail.group('Pinned').getByRole('link')).toHaveText('Red things');
    await rail.choose('Red things', 'Delete');
    await page.reload();
    await expect(rail.links).toHaveCount(1);
  });
  await test.step('a conversation that is not there', async () => {
    await page.goto('about:blank');
    await page.goto('./#c=missing');
    await expect(page.getByRole('alert')).toContainText('This conversation is not on this device');
    await expect(page).not.toHaveURL(/#c=/);
  });
});

test('an edited question and a second answer stand beside the old ones', async ({ page }) => {
  const visitor = new Visitor(page);
  await page.goto('./');
  await askSample(visitor, sample!);
  await visitor.ask('How many shapes are there?');
  await expect(visitor.turns).toHaveCount(2);
  const before = await visitor.lastAnswer();
  await visitor.turns.first().getByRole('button', { name: 'Edit' }).click();
  await visitor.field.fill('Describe the image.');
  await visitor.field.press('Enter');
  await expect(visitor.turns).toHaveCount(1);
  await expect(visitor.turns.last().getByRole('heading')).toHaveText('Describe the image.');
  await visitor.lastAnswer();
  const versions = page.getByRole('group', { name: 'Versions of this question' });
  await expect(versions).toHaveText('2 of 2');
  await visitor.button('Try again').click();
  await expect(versions).toHaveText('3 of 3');
  await visitor.lastAnswer();

  const heard = await visitor.listen();
  await versions.getByRole('button', { name: 'Previous version' }).focus();
  await page.keyboard.press('Enter');
  await expect(versions).toHaveText('2 of 3');
  await expect(versions.getByRole('button', { name: 'Previous version' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(versions).toHaveText('1 of 3');
  await expect(versions.getByRole('button', { name: 'Previous version' })).toBeFocused();
  expect((await heard()).map((words) => words.trim())).toContain('Version 1 of 3');
  await expect(visitor.turns).toHaveCount(2);
  await expect(visitor.turns.first().locator('.answer')).toHaveText(sample!.answer);
  await visitor.expectAnswer(before);
  await page.reload();
  await expect(versions).toHaveText('1 of 3');
  await visitor.expectAnswer(before);
});

test('a tab that is killed in mid-answer: what was said is there, marked as cut, and goes on', async ({
  page,
  context,
}) => {
  // The model is loaded twice, and the first answer is made slowly.
  test.slow();
  const visitor = new Visitor(page);
  const { picture, question, answer } = heldOut('describe');
  await page.goto('./');
  await expect(visitor.chip()).toBeVisible();
  // As on a slow machine, which this model needs for its answers to be seen growing.
  await slowDown(page, 250);
  const devtools = await context.newCDPSession(page);
  await visitor.pick(picture);
  await visitor.ask(question);
  await expect(visitor.turns.last().locator('glance-answer[growing]')).toHaveText(/\w/);
  await expect(page).toHaveURL(/#c=/);
  // Some of it is written.
  await expect.poll(() => keptAnswers(page)).toEqual([expect.stringMatching(/\w/)]);
  const url = page.url();
  const crashed = page.waitForEvent('crash');
  void devtools.send('Page.crash').catch(() => {});
  await crashed;
  await page.close();

  const again = await context.newPage();
  const revisitor = new Visitor(again);
  await again.goto(url);
  await expect(again.getByText(/^(Cut off|Not answered): the page was closed/)).toBeVisible();
  const turn = revisitor.turns.last();
  await expect(turn.getByRole('heading')).toHaveText(question);
  const said = await turn.locator('.answer').textContent();
  expect(said).not.toBe('');
  expect(answer.startsWith(said!)).toBe(true);
  expect(said!.length).toBeLessThan(answer.length);
  await turn.getByRole('button', { name: 'Continue' }).click();
  await expect(again.getByText(/^Cut off/)).toBeHidden();
  await revisitor.expectAnswer(answer);
});

test('what was not sent is there after a reload, text and pictures', async ({ page }) => {
  const visitor = new Visitor(page);
  const { picture, question, answer } = heldOut('how many');
  await page.goto('./');
  await visitor.pick(picture);
  await visitor.field.fill(question);
  await expect(visitor.tray.getByRole('img')).toHaveCount(1);
  await page.reload();
  await expect(visitor.field).toHaveValue(question);
  await expect(visitor.tray.getByRole('img', { name: picture.name })).toBeVisible();
  await visitor.field.press('Enter');
  await visitor.expectAnswer(answer);
  await visitor.field.fill('Half a th');
  await visitor.button('Edit').click();
  await visitor.field.fill('Edited');
  await page.reload();
  await expect(page.getByText('Editing the question', { exact: true })).toBeVisible();
  await expect(visitor.field).toHaveValue('Edited');
  await visitor.button('Cancel').click();
  await expect(visitor.field).toHaveValue('Half a th');
  await visitor.field.fill('');
  await page.reload();
  await visitor.expectAnswer(answer);
  await expect(visitor.field).toHaveValue('');
});

test('exported conversations come back on another device, once', async ({ page, browser }) => {
  const visitor = new Visitor(page);
  const rail = new Rail(page);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('./');
  await askSample(visitor, sample!);
  await rail.choose(sample!.question, 'Copy as Markdown');
  await expect(page.getByText('Copied', { exact: true }).first()).toBeVisible();
  const markdown = await page.evaluate(() => navigator.clipboard.readText());
  expect(markdown).toContain(`## ${sample!.question}\n\n- Picture: Sample: shapes, `);
  expect(markdown).toContain(sample!.answer);

  await visitor.button('Import and export').click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Save all with pictures (JSON)' }).click();
  const path = await (await downloading).path();

  const other = await browser.newContext();
  const there = await other.newPage();
  const revisitor = new Visitor(there);
  const otherRail = new Rail(there);
  await there.goto(page.url().replace(/#.*/, ''));
  await revisitor.button('Conversations').click();
  const importFile = async (file: Parameters<Locator['setInputFiles']>[0]) => {
    await revisitor.button('Import and export').click();
    const chooser = there.waitForEvent('filechooser');
    await there.getByRole('menuitem', { name: 'Import conversations' }).click();
    await (await chooser).setFiles(file as string);
  };
  await importFile(path);
  await expect(there.getByText('1 conversation imported', { exact: true }).first()).toBeVisible();
  await otherRail.link(sample!.question).click();
  await revisitor.expectAnswer(sample!.answer);
  await expect(there.getByRole('figure').getByRole('img', { name: 'Sample: shapes' })).toBeVisible();
  await importFile(path);
  await expect(there.getByText('0 conversations imported, 1 known already').first()).toBeVisible();
  await importFile({
    name: 'broken.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{"format":"glance-conversations","version":1,"conversations":[{"id":"<b>"}]}'),
  } as never);
  await expect(there.getByRole('alert')).toContainText('conversations[0].id must be a name');
  await expect(otherRail.links).toHaveCount(1);
  await other.close();
});

test('two tabs with one conversation add to it, and neither loses anything', async ({ page, context }) => {
  const visitor = new Visitor(page);
  await page.goto('./');
  await askSample(visitor, sample!);
  const other = await context.newPage();
  const others = new Visitor(other);
  await other.goto(page.url());
  await others.expectAnswer(sample!.answer);
  await visitor.ask('How many shapes are there?');
  await visitor.lastAnswer();
  await expect(others.turns).toHaveCount(2);
  await others.lastAnswer();
  await others.turns.last().getByRole('button', { name: 'Edit' }).click();
  await others.field.fill('Describe the image.');
  await others.field.press('Enter');
  await others.lastAnswer();
  // What is seen here stays; the other version is a press away.
  const versions = page.getByRole('group', { name: 'Versions of this question' });
  await expect(versions).toHaveText('1 of 2');
  await expect(visitor.turns.last().getByRole('heading')).toHaveText('How many shapes are there?');
  await versions.getByRole('button', { name: 'Next version' }).click();
  await expect(visitor.turns.last().getByRole('heading')).toHaveText('Describe the image.');
});

test('where nothing can be kept the page works, and says so once', async ({ page }) => {
  const visitor = new Visitor(page);
  const rail = new Rail(page);
  await page.addInitScript(blockHistory);
  await page.goto('./');
  const notice = page.getByRole('alert');
  await expect(notice).toContainText('Conversations are not kept in this window');
  await notice.getByRole('button', { name: 'Dismiss' }).click();
  await askSample(visitor, sample!);
  await visitor.button('New conversation').click();
  await askSample(visitor, second!);
  await expect(rail.links).toHaveCount(2);
  await expect(page.getByText('Lost when this page closes.')).toBeVisible();
  await rail.link(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  await expect(notice).toBeHidden();
});

test('without room for more, what is on the page stays and is kept once there is room', async ({
  page,
  context,
}) => {
  const visitor = new Visitor(page);
  await page.goto('./');
  await expect(visitor.chip()).toBeVisible();
  const { origin } = new URL(page.url());
  const devtools = await context.newCDPSession(page);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  await askSample(visitor, sample!);
  const notice = page.getByRole('alert');
  await expect(notice).toContainText('This conversation cannot be kept');
  await expect(notice).toHaveCount(1);
  await notice.getByRole('button', { name: 'Dismiss' }).click();
  await visitor.expectAnswer(sample!.answer);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  await visitor.ask('How many shapes are there?');
  await visitor.lastAnswer();
  await expect(new Rail(page).links).toHaveCount(1);
  await page.reload();
  await expect(visitor.turns).toHaveCount(2);
});

test('an imported conversation is text: nothing in it runs, and nothing is fetched', async ({ page }) => {
  const visitor = new Visitor(page);
  const rail = new Rail(page);
  const markup = `<img src="/hostile.png" onerror="glanceHurt=1"><script>glanceHurt=2</script>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" onload="glanceHurt=3">
    <script>glanceHurt=4</script><image href="/hostile.png" width="9" height="9"/></svg>`;
  const turn = (id: string, parentId: string | null, text: string) => ({
    id,
    parentId,
    askedAt: 1,
    text: `${text} ${markup}`,
    pictures: parentId === null ? ['p'] : [],
    answer: {
      state: 'stopped',
      text: `${markup}\n\n[a](javascript:glanceHurt=5) ![b](/hostile.png) <svg onload=glanceHurt=6>`,
      result: null,
    },
  });
  const file = {
    format: 'glance-conversations',
    version: 1,
    conversations: [
      {
        id: 'hostile',
        title: `Harmless ${markup}`,
        named: true,
        pinned: false,
        createdAt: 1,
        changedAt: Date.now(),
        seen: [],
        pictures: [
          {
            id: 'p',
            name: `${markup}.svg`,
            sample: false,
            data: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
          },
        ],
        turns: [turn('t', null, 'First'), turn('u', 't', 'Second')],
      },
    ],
  };
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url()));
  page.on('dialog', (dialog) => fetched.push(dialog.message()));
  await page.goto('./');
  await visitor.button('Conversations').click();
  await visitor.button('Import and export').click();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('menuitem', { name: 'Import conversations' }).click();
  const buffer = Buffer.from(JSON.stringify(file));
  await (await chooser).setFiles({ name: 'hostile.json', mimeType: 'application/json', buffer });
  await rail.link(/^Harmless/).click();
  await expect(visitor.turns).toHaveCount(2);
  await expect(visitor.turns.last().getByRole('heading')).toContainText('Second <img src=');
  await expect(page.getByRole('figure').getByRole('img')).toBeVisible();
  await rail.search.fill('onerror');
  await expect(rail.links).toContainText('<img src=');
  await page.waitForTimeout(300);
  expect(await page.evaluate(() => 'glanceHurt' in globalThis)).toBe(false);
  expect(fetched.filter((url) => url.includes('hostile'))).toEqual([]);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('the list is a sheet that makes way for what was chosen', async ({ page }) => {
    const visitor = new Visitor(page);
    const rail = new Rail(page);
    await page.goto('./');
    await visitor.sample(sample!.question).tap();
    await visitor.expectAnswer(sample!.answer);
    await visitor.button('New conversation').tap();
    await expect(page.getByRole('heading', { name: 'Ask about a picture' })).toBeVisible();
    await visitor.button('Conversations').tap();
    const sheet = page.getByRole('dialog', { name: 'Conversations' });
    await expect(sheet).toBeVisible();
    await rail.link(sample!.question).tap();
    await expect(sheet).toBeHidden();
    await visitor.expectAnswer(sample!.answer);
    await visitor.button('Conversations').tap();
    await page.keyboard.press('Escape');
    await expect(sheet).toBeHidden();
  });
});
