/** The site without a network, and when a new version of it is published. */
import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, expect, type Page, type Request, test } from '@playwright/test';
import { chromiumFlags, findChromium } from '../support/chromium.ts';
import { repositoryRoot } from '../support/root.ts';
import { serveFolders } from '../support/server.ts';
import { buildSite } from '../support/site.ts';
import { heldOut, samples, Visitor } from './visitor.ts';

const dist = join(repositoryRoot, 'dist');
const [sample] = samples;

let scratch: string;
test.beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'glance-'));
});
test.afterEach(() => rm(scratch, { recursive: true, force: true, maxRetries: 5 }));

/** A browser that keeps what it has been given when it is closed, as a visitor's does. */
function startBrowser(profile = join(scratch, 'profile')): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    args: chromiumFlags,
    viewport: { width: 1280, height: 800 },
  });
}

/** What the page says about itself and the network; closed again. */
async function untilReady(page: Page): Promise<void> {
  await new Visitor(page).button('What leaves this device').click();
  const view = page.getByRole('dialog', { name: 'What leaves this device' });
  await expect(view.getByRole('status')).toContainText('Glance works without a network', { timeout: 90_000 });
  await page.keyboard.press('Escape');
  await expect(view).toBeHidden();
}

/** In the place of a server that is gone: takes connections, writes down what they ask, and answers nothing. */
function listenInstead(port: number): Promise<{ asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (data) => {
      asked.push(data.toString('latin1').split(' ').slice(0, 2).join(' '));
      socket.destroy();
    });
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve({ asked, server })));
}

test('after one visit everything works with the server gone and the browser started anew', async () => {
  test.slow();
  const served: string[] = [];
  const server = await serveFolders({ '/some/path/': dist }, {}, (path) => served.push(path));
  const address = `${server.url}some/path/index.html`;
  let context = await startBrowser();
  let page = await context.newPage();
  await page.goto(address);
  await untilReady(page);
  // Not even the host that forbids to keep anything was asked twice for what is large.
  const large = served.filter((path) => /\.(gguf|wasm\.gz)$/.test(path));
  expect(large.length).toBeGreaterThanOrEqual(3);
  expect(new Set(large).size).toBe(large.length);
  await context.close();
  await server.close();

  const { asked, server: silent } = await listenInstead(Number(new URL(server.url).port));
  try {
    context = await startBrowser();
    page = await context.newPage();
    const failed: string[] = [];
    // A page that is left in the middle of starting a worker gives up the blob that this begins with.
    const isGivenUp = (request: Request) =>
      request.url().startsWith('blob:') && request.failure()?.errorText === 'net::ERR_ABORTED';
    context.on('requestfailed', (request) => {
      if (!isGivenUp(request)) failed.push(`${request.url()} ${request.failure()?.errorText}`);
    });
    await page.goto(address);
    const visitor = new Visitor(page);
    await visitor.sample(sample!.question).click();
    await visitor.expectAnswer(sample!.answer);
    const { picture, question, answer } = heldOut('how many');
    await visitor.button('New conversation').click();
    await visitor.pick(picture);
    await visitor.ask(question);
    await visitor.expectAnswer(answer);
    // Addresses with a query, the folder itself, and parts that have not been used yet.
    for (const other of [`${address}?device=wasm`, address.replace('index.html', '')]) {
      await page.goto(other);
      await expect(visitor.chip()).toBeVisible();
      // What the page fetches once the model is ready; else the next address would interrupt that.
      await page.waitForFunction(() => customElements.get('glance-turn') !== undefined);
    }
    await visitor.button('Choose a model for photos').click();
    await expect(page.getByRole('dialog', { name: 'Models' })).toBeVisible();
    await page.keyboard.press('Escape');
    await visitor.pick({
      name: 'drawing.svg',
      mimeType: 'image/svg+xml',
      buffer: Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h7v7H1z"/></svg>',
      ),
    });
    await expect(visitor.tray.getByRole('listitem')).toHaveCount(1);
    expect(failed).toEqual([]);
    // Browsers look for a new service worker after every visit, which no site can tell them not to.
    expect(asked.filter((line) => line !== 'GET /some/path/sw.js')).toEqual([]);
  } finally {
    await context.close();
    silent.close();
  }
});

test('a new version while an answer is made: it ends, the next load has the new version, and all is still there', async () => {
  test.setTimeout(240_000);
  const [site, next] = [join(scratch, 'site'), join(scratch, 'next')];
  await cp(dist, site, { recursive: true });
  process.env.VITE_MODEL_HOSTS = 'https://models.example';
  await buildSite(next).finally(() => delete process.env.VITE_MODEL_HOSTS);
  // With the new version its host begins to write into pages, and lets nobody show them in a frame.
  await appendFile(join(next, 'index.html'), '<!-- served by host 7 -->');
  const headers = { 'content-security-policy': "frame-ancestors 'self'" };
  const server = await serveFolders({ '/some/path/': site }, headers);
  const context = await startBrowser();
  try {
    const page = await context.newPage();
    const visitor = new Visitor(page);
    const version = () => page.locator('meta[name="glance-version"]').getAttribute('content');
    await page.goto(`${server.url}some/path/index.html`);
    await untilReady(page);
    const first = await version();
    await visitor.sample(sample!.question).click();
    await visitor.expectAnswer(sample!.answer);
    await keepPico(page);

    // Through the service worker that the new version is to replace.
    const streamed = page.evaluate(streamLong);
    await page.waitForFunction(() => (globalThis as { begun?: boolean }).begun);
    await rm(site, { recursive: true });
    await cp(next, site, { recursive: true });
    headers['content-security-policy'] = "frame-ancestors 'none'";
    await visitor.chip().click();
    await visitor.button('What leaves this device').click();
    const view = page.getByRole('dialog', { name: 'What leaves this device' });
    await view.getByRole('button', { name: 'Look for a new version' }).click();
    const { tokens, done } = await streamed;
    expect([tokens, done]).toEqual([STREAMED_TOKENS, true]);
    await expect(view).toContainText('A new version of Glance is on this device', { timeout: 60_000 });
    await page.keyboard.press('Escape');

    // The old page still has parts of its own that the server no longer has.
    expect(await version()).toBe(first);
    const { picture, question, answer } = heldOut('how many');
    await visitor.pick(picture);
    await visitor.ask(question);
    await visitor.expectAnswer(answer);
    await expectPico(page);

    await page.reload();
    await expect(visitor.chip()).toBeVisible();
    expect(await version()).not.toBe(first);
    await expect(visitor.turns).toHaveCount(2);
    await expectPico(page);
    // With the last page of the old version its files go.
    await visitor.chip().click();
    await visitor.button('What leaves this device').click();
    await expect
      .poll(
        () => page.evaluate(async () => (await caches.keys()).filter((name) => / site /.test(name)).length),
        {
          timeout: 60_000,
        },
      )
      .toBe(1);
    await page.keyboard.press('Escape');
    const kept = await page.evaluate(async () => {
      const file = await caches.match('index.html');
      return [file?.headers.get('content-security-policy'), await file?.text()];
    });
    expect(kept[0]).toMatch(/^frame-ancestors 'none', default-src 'none'.* https:\/\/models\.example[ ;]/);
    expect(kept[1]).not.toContain('served by host');
    await visitor.button('New conversation').click();
    await visitor.sample(sample!.question).click();
    await visitor.expectAnswer(sample!.answer);
  } finally {
    await context.close();
    await server.close();
  }
});

const STREAMED_TOKENS = 600;

/** Asks for a long answer and reads it as it comes. Runs in the page. */
async function streamLong(): Promise<{ tokens: number; done: boolean }> {
  const response = await fetch('v1/chat/completions', {
    method: 'POST',
    body: JSON.stringify({
      model: 'pico',
      messages: [{ role: 'user', content: 'Hello!' }],
      logit_bias: { 300: 100 },
      max_tokens: 600,
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  let text = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    (globalThis as { begun?: boolean }).begun = true;
  }
  const tokens = /"completion_tokens":(\d+)/.exec(text)?.[1];
  return { tokens: Number(tokens), done: text.endsWith('data: [DONE]\n\n') };
}

/** Has pico's files kept as a model of one's own. */
async function keepPico(page: Page): Promise<void> {
  await openModels(page);
  const models = page.getByRole('dialog', { name: 'Models' });
  const chooser = page.waitForEvent('filechooser');
  await models.getByRole('button', { name: 'Choose files of this device' }).click();
  const folder = join(dist, 'models/pico');
  await (await chooser).setFiles([join(folder, 'mmproj-pico-F16.gguf'), join(folder, 'pico-Q8_0.gguf')]);
  await expect(models.getByText('pico-Q8_0', { exact: false }).first()).toBeVisible();
  await expect(models.getByRole('status')).toContainText('pico-Q8_0 is on this device');
  await page.keyboard.press('Escape');
}

async function expectPico(page: Page): Promise<void> {
  await openModels(page);
  const models = page.getByRole('dialog', { name: 'Models' });
  await expect(models.getByText('pico-Q8_0', { exact: false }).first()).toBeVisible();
  await page.keyboard.press('Escape');
}

async function openModels(page: Page): Promise<void> {
  await new Visitor(page).chip().click();
  await page.getByRole('button', { name: 'Choose another model' }).click();
}

test('pictures that are shared with the installed site, or opened with it, are in the composer', async () => {
  // All of the site is kept, and a browser is started for it.
  test.slow();
  const server = await serveFolders({ '/some/path/': dist, '/some/path/forms/': scratch });
  const context = await startBrowser();
  try {
    const page = await context.newPage();
    await page.goto(`${server.url}some/path/index.html`);
    const session = await context.newCDPSession(page);
    const { errors } = await session.send('Page.getAppManifest');
    expect(errors).toEqual([]);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    expect(installabilityErrors).toEqual([]);
    await untilReady(page);

    const { picture, question, answer } = heldOut('how many');
    const manifest = await (await page.request.get(`${server.url}some/path/manifest.webmanifest`)).json();
    const { action, params } = manifest.share_target;
    // As the system does it: a form that leads to the address of the manifest.
    const form = await context.newPage();
    const markup = `<form method="post" enctype="multipart/form-data" action="../${action}"><input type="file" name="${params.files[0].name}"><input name="${params.text}"></form>`;
    await writeFile(join(scratch, 'form.html'), markup);
    await form.goto(`${server.url}some/path/forms/form.html`);
    await form.locator('input[type=file]').setInputFiles([picture]);
    await form.locator('input:not([type])').fill(question);
    await form.locator('form').evaluate((element: HTMLFormElement) => element.submit());
    const shared = new Visitor(form);
    await expect(shared.tray.getByRole('listitem')).toHaveCount(1);
    await expect(shared.field).toHaveValue(question);
    expect(form.url()).toBe(`${server.url}some/path/`);
    await shared.button('Send').click();
    await shared.expectAnswer(answer);
    // It is taken once.
    await form.goto(`${server.url}some/path/`);
    await expect(shared.chip()).toBeVisible();
    await expect(shared.tray.getByRole('listitem')).toHaveCount(0);

    const opened = await context.newPage();
    await opened.addInitScript(
      ({ name, bytes }) => {
        const file = new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name, {
          type: 'image/png',
        });
        const launchQueue = {
          setConsumer: (consumer: (launch: object) => void) =>
            consumer({ files: [{ getFile: async () => file }] }),
        };
        Object.defineProperty(globalThis, 'launchQueue', { value: launchQueue });
      },
      { name: picture.name, bytes: picture.buffer.toString('base64') },
    );
    await opened.goto(`${server.url}some/path/`);
    await expect(new Visitor(opened).tray.getByRole('listitem')).toHaveCount(1);
  } finally {
    await context.close();
    await server.close();
  }
});
