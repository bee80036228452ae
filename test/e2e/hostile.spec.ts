import { expect, type JSHandle, type Page, test } from '@playwright/test';
import { HOSTILE } from '../fixtures/markdown/hostile.ts';
import { playScript } from './scripted.ts';
import { Visitor } from './visitor.ts';

// A page that a service worker serves asks it for the engine, where no test can step in.
test.use({ serviceWorkers: 'block' });

/** What must not happen: code that ran, and requests for what only hostile texts name. */
class Harm {
  readonly done: string[] = [];

  /** Begins to watch. To be called before the site is opened. */
  static async watch(page: Page, site: string): Promise<Harm> {
    const harm = new Harm();
    await page.exposeFunction('pwned', () => harm.done.push('ran'));
    page.on('dialog', (dialog) => harm.done.push(`dialog ${dialog.message()}`));
    page.on('popup', (popup) => harm.done.push(`popup ${popup.url()}`));
    page.on('framenavigated', (frame) => {
      if (!frame.url().startsWith(site)) harm.done.push(`navigated ${frame.url()}`);
    });
    // As the browser means to send them, those included that a policy then stops.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Network.enable');
    devtools.on('Network.requestWillBeSent', ({ request }) => {
      const { protocol, origin, pathname } = new URL(request.url);
      const isOwn =
        protocol === 'blob:' ||
        protocol === 'data:' ||
        (origin === new URL(site).origin && pathname !== '/x');
      if (!isOwn) harm.done.push(`fetched ${request.url}`);
    });
    return harm;
  }
}

/** Runs in the page: a small JPEG for each text, with the text as its name, in its EXIF, its XMP and its comment. */
async function pictures(texts: readonly string[]): Promise<File[]> {
  const canvas = new OffscreenCanvas(64, 64);
  canvas.getContext('2d')!.fillRect(8, 8, 32, 32);
  const jpeg = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer());
  const segment = (marker: number, bytes: Uint8Array) =>
    new Uint8Array([0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 255, ...bytes]);
  return texts.map((text) => {
    const said = new TextEncoder().encode(`${text}\0`);
    // TIFF, big-endian: one directory whose one entry, ImageDescription (0x010e), is text behind it at 26.
    const count = [0, 0, said.length >> 8, said.length & 255];
    const directory = [0, 1, 0x01, 0x0e, 0, 2, ...count, 0, 0, 0, 26, 0, 0, 0, 0];
    const exif = [0x45, 0x78, 0x69, 0x66, 0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, ...directory, ...said];
    const xmp = new TextEncoder().encode(
      `http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/">${text}</x:xmpmeta>`,
    );
    const parts = [
      jpeg.slice(0, 2),
      segment(0xe1, new Uint8Array(exif)),
      segment(0xe1, xmp),
      segment(0xfe, said),
      jpeg.slice(2),
    ];
    return new File(parts, `${text}.jpg`, { type: 'image/jpeg' });
  });
}

test('hostile answers, names of files, EXIF and names of models are text: nothing runs, nothing is fetched', async ({
  page,
  baseURL,
}) => {
  test.slow();
  const visitor = new Visitor(page);
  const harm = await Harm.watch(page, baseURL!);
  const all = HOSTILE.join('\n\n');
  await playScript(page, {
    info: { name: HOSTILE.join(' '), deviceName: HOSTILE.join(' '), license: HOSTILE.join(' ') },
    answers: [{ text: `$x^2$\n\n${all}`, reasoning: all, tokensPerSecond: 2000 }],
  });
  await page.addInitScript('globalThis.__name ??= (f) => f');
  await page.goto('./');
  const chip = page.locator('glance-model-chip .chip');
  await expect(chip).toContainText('<script>pwned()</script>');
  await chip.click();
  await expect(page.getByRole('dialog').filter({ hasText: 'onerror=pwned()' })).toBeVisible();
  await page.keyboard.press('Escape');

  const choose = (files: JSHandle<File[]>) =>
    files.evaluate((chosen) => {
      const transfer = new DataTransfer();
      for (const file of chosen) transfer.items.add(file);
      const composer = document.querySelector('glance-app')!.shadowRoot!.querySelector('glance-composer')!;
      const input = composer.shadowRoot!.querySelector<HTMLInputElement>('#files')!;
      input.files = transfer.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    });
  // Files that are no pictures are refused by name.
  const unreadable = (texts: readonly string[]) =>
    texts.map((text) => new File(['no picture'], `${text}.png`));
  await choose(await page.evaluateHandle(unreadable, HOSTILE));
  await expect(page.getByRole('alert').filter({ hasText: 'pwned' }).first()).toBeVisible();
  await choose(await page.evaluateHandle(pictures, HOSTILE));
  await expect(visitor.tray.getByRole('img')).toHaveCount(HOSTILE.length);
  await visitor.field.fill(HOSTILE.join(' '));
  await visitor.field.press('Enter');
  const turn = visitor.turns.last();
  await expect(turn.getByRole('group', { name: 'This answer' })).toBeVisible();
  await expect(turn.getByRole('button', { name: /^Show .*onerror=pwned/ }).first()).toBeVisible();
  await turn.getByRole('button', { name: /^Thought/ }).click();
  await turn.getByRole('button', { name: 'Speed' }).click();
  await expect(turn).toContainText('{{constructor.constructor("pwned()")()}}');
  // By now what is fetched for formulas is here.
  await expect(turn.locator('math').first()).toBeVisible();
  await page.waitForTimeout(500);
  expect(harm.done).toEqual([]);
  // It would have been noticed.
  await page.evaluate(() => {
    document.body.append(Object.assign(new Image(), { src: 'https://evil.example/control.png' }));
    (globalThis as unknown as { pwned(): void }).pwned();
  });
  await expect.poll(() => harm.done.toSorted()).toEqual(['fetched https://evil.example/control.png', 'ran']);
});

test('hostile conversations are imported as text: nothing runs, nothing is fetched', async ({
  page,
  baseURL,
}) => {
  test.slow();
  const visitor = new Visitor(page);
  const harm = await Harm.watch(page, baseURL!);
  const png =
    'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR4nGP4z8CAFTEMLQkAKP8/wc53yE8AAAAASUVORK5CYII=';
  const conversations = HOSTILE.map((text, i) => ({
    id: `hostile-${i}`,
    title: text,
    named: true,
    pinned: i % 9 === 0,
    createdAt: i,
    changedAt: i,
    seen: [],
    pictures: [{ id: `p${i}`, name: text, sample: false, data: `data:image/png;base64,${png}` }],
    turns: [
      {
        id: `t${i}`,
        parentId: null,
        askedAt: i,
        text,
        pictures: [`p${i}`],
        answer: { state: 'stopped', text, thought: { text, ms: 5 }, result: null },
      },
      {
        id: `u${i}`,
        parentId: `t${i}`,
        askedAt: i,
        text,
        pictures: [],
        answer: { state: 'failed', text, error: { code: text.slice(0, 40), message: text } },
      },
    ],
  }));
  await page.goto('./');
  await visitor.button('Conversations').click();
  await visitor.button('Import and export').click();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('menuitem', { name: 'Import conversations' }).click();
  const file = JSON.stringify({ format: 'glance-conversations', version: 1, conversations });
  await (await chooser).setFiles({
    name: `${HOSTILE[2]}.json`,
    mimeType: 'application/json',
    buffer: Buffer.from(file),
  });
  const links = page.locator('glance-rail-row').getByRole('link');
  await expect(links.filter({ hasText: 'pwned' }).first()).toBeVisible();
  for (const { id } of conversations) {
    await page.evaluate((id) => {
      location.hash = `c=${id}`;
    }, id);
    await page.waitForFunction(
      (id) => document.querySelector('glance-app')!.session.state.conversation.id === id,
      id,
    );
    await expect(visitor.turns).toHaveCount(2);
  }
  await page.getByRole('searchbox').fill('onerror');
  await expect(page.locator('mark').first()).toBeVisible();
  await page.waitForTimeout(500);
  expect(harm.done).toEqual([]);
});
