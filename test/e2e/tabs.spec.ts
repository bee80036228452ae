/** One engine for all tabs. */
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { repositoryRoot } from '../support/root.ts';
import { serveFolders } from '../support/server.ts';
import { engines, type Host, LibraryTab, startHost } from './library.ts';
import { samples, slowDown, Visitor } from './visitor.ts';

let host: Host;

test.beforeAll(async () => {
  host = await startHost();
});
test.afterAll(() => host.close());

/** Enough for everything to happen in the middle of it. */
const LONG = 400;
/** Of a long answer, so much that it has begun for certain, and so little that it is far from its end. */
const SOME_LETTERS = 40;

test('two tabs ask one engine: at once, in turns, with answers that are stopped, until one is closed', async ({
  context,
}) => {
  // Many long answers, one after the other.
  test.slow();
  const first = await LibraryTab.open(context, host);
  const second = await LibraryTab.open(context, host);
  await test.step('two tabs that ask at once are both answered by one engine', async () => {
    const [one, two] = await Promise.all([first.talk(120, 1), second.talk(120, 2)]);
    expect([one.completionTokens, two.completionTokens]).toEqual([120, 120]);
    expect(one.text).not.toBe(two.text);
    for (const { text, heard } of [one, two]) expect(heard).toBe(text);
    // Both hear how the model is loaded, whoever has it loaded.
    for (const { loading } of [one, two]) expect(loading).toContain('weights');

    expect([first.engines, second.engines].sort()).toEqual([0, 1]);
    const memory = await first.memory();
    expect(memory!.bytes).toBeGreaterThan(1e6);
    expect(await second.memory()).toEqual(memory);
    // What both have in mind is one model: alone it takes as much.
    const alone = await LibraryTab.open(context, host, { share: false });
    await alone.talk(120, 1);
    expect(alone.engines).toBe(1);
    expect(await alone.memory()).toEqual(memory);
    await alone.page.close();
  });
  const [elected, follower] = first.engines === 1 ? [first, second] : [second, first];
  await test.step('short answers do not wait for all that another tab has asked for', async () => {
    await Promise.all([elected.talk(1, 1), follower.talk(1, 1)]);
    const order: string[] = [];
    const many = [1, 2, 3, 4, 5].map((seed) =>
      elected.talk(LONG, seed).then(() => order.push(`busy ${seed}`)),
    );
    await elected.hears(SOME_LETTERS);
    await follower.talk(5, 9).then(() => order.push('other'));
    await Promise.all(many);
    expect(order.filter((name) => name !== 'other')).toEqual([1, 2, 3, 4, 5].map((seed) => `busy ${seed}`));
    expect(order.indexOf('other')).toBeLessThan(order.indexOf('busy 5'));
  });
  await test.step('a tab stops its own answers only, those being made and those that wait', async () => {
    const expected = await elected.talk(LONG, 3);

    const speedUp = await slowDown(elected.page, 30);
    const stopped = follower.talk(LONG, 4);
    await follower.hears(SOME_LETTERS);
    const undisturbed = elected.talk(LONG, 3);
    await follower.stop();
    const partial = await stopped;
    await speedUp();
    expect(partial.finishReason).toBe('abort');
    expect(partial.heard).toBe(partial.text);
    expect(partial.completionTokens).toBeLessThan(LONG);
    expect((await undisturbed).text).toBe(expected.text);

    const speedUpAgain = await slowDown(elected.page, 30);
    const running = elected.talk(LONG, 3);
    await elected.hears(SOME_LETTERS);
    const waiting = follower.talk(LONG, 4);
    await follower.stop();
    expect(await waiting).toMatchObject({ finishReason: 'abort', text: '', completionTokens: 0 });
    await speedUpAgain();
    expect((await running).text).toBe(expected.text);
  });
  await test.step('a tab that is closed leaves nothing running', async () => {
    await elected.talk(1, 1);
    // As much as the model's context holds, several times over.
    for (let i = 0; i < 20; i++) void follower.talk(3000, i).catch(() => {});
    await follower.hears(SOME_LETTERS);
    await follower.page.close();
    expect((await elected.talk(50, 2)).completionTokens).toBe(50);
    const worker = elected.page.workers()[0]!;
    // The worker is free: it answers in its own time, not behind an answer.
    expect(await worker.evaluate(() => 1 + 1)).toBe(2);
  });
});

test('closing the tab with the engine loses nothing of what another tab hears', async ({ context }) => {
  // Three engines, one after the other.
  test.slow();
  const fresh = await LibraryTab.open(context, host, { share: false });
  const expected = await fresh.talk(LONG, 7);
  expect(expected.completionTokens).toBe(LONG);
  await fresh.page.close();

  const elected = await LibraryTab.open(context, host);
  await elected.talk(1, 1);
  const follower = await LibraryTab.open(context, host, { address: host.foreign });
  const third = await LibraryTab.open(context, host);
  // So that it is in the middle of the answer when it is closed.
  await slowDown(elected.page, 30);
  const told = follower.talk(LONG, 7);
  await follower.hears(SOME_LETTERS);
  // Another one waits for its turn meanwhile.
  const waiting = third.talk(40, 8);
  expect([elected.engines, follower.engines, third.engines]).toEqual([1, 0, 0]);
  await elected.page.close();

  const { text, heard, finishReason, loading } = await told;
  expect(text).toBe(expected.text);
  expect(heard).toBe(expected.text);
  expect(finishReason).toBe('length');
  // The model was loaded once more, and that could be seen.
  expect(loading).toContain('weights');
  expect((await waiting).completionTokens).toBe(40);
  expect([follower.engines, third.engines].sort()).toEqual([0, 1]);
  expect((await third.talk(LONG, 7)).text).toBe(expected.text);
});

test('a worker that ends without a word loses nothing of what another tab hears', async ({ context }) => {
  const elected = await LibraryTab.open(context, host);
  const expected = await elected.talk(LONG, 7);
  const follower = await LibraryTab.open(context, host);
  // So that it ends in the middle of the answer.
  await slowDown(elected.page, 30);
  const told = follower.talk(LONG, 7);
  await follower.hears(SOME_LETTERS);
  await elected.page.workers()[0]!.evaluate(() => self.close());
  expect(await told).toMatchObject({ text: expected.text, heard: expected.text });
  // The browser may say of a worker a while later that it is gone.
  await expect.poll(() => [elected.engines, follower.engines]).toEqual([1, 0]);
  expect((await elected.talk(LONG, 7)).text).toBe(expected.text);
});

test('tabs with models of their own: each answer is by the right one', async ({ context }) => {
  const first = await LibraryTab.open(context, host);
  const second = await LibraryTab.open(context, host, { contextLength: 512 });
  const expected = await first.talk(60, 5);
  const running = first.talk(LONG, 6);
  await first.hears(SOME_LETTERS);
  // A load waits for the answer of the other tab, and says so by its progress.
  const other = await second.talk(1000, 5);
  expect((await running).completionTokens).toBe(LONG);
  expect(other.completionTokens).toBeLessThan(512);
  expect(other.loading).toContain('weights');
  const smaller = await second.memory();
  const again = await first.talk(60, 5);
  expect(again.text).toBe(expected.text);
  expect(smaller!.count).toBe((await first.memory())!.count);
});

test('a page names a model on a server that the engine of another tab may not reach: it fetches the files itself', async ({
  context,
}) => {
  const served: string[] = [];
  const folder = join(repositoryRoot, 'public/models/pico');
  const server = await serveFolders({ '/': folder }, { 'access-control-allow-origin': '*' }, (path) =>
    served.push(path),
  );
  try {
    const site = await context.newPage();
    await site.goto(`${host.site}index.html`);
    const visitor = new Visitor(site);
    await visitor.sample(samples[0]!.question).click();
    await visitor.expectAnswer(samples[0]!.answer);
    const follower = await LibraryTab.open(context, host);
    const load = (address: string) =>
      follower.page.evaluate(async (address) => {
        const source = {
          kind: 'url',
          text: `${address}pico-Q8_0.gguf`,
          vision: `${address}mmproj-pico-F16.gguf`,
        };
        const { name } = await globalThis.glance.load(source as { kind: 'url'; text: string });
        const messages = [{ role: 'user' as const, content: 'Hello!' }];
        const { text } = await globalThis.glance.chat({ messages, maxTokens: 5 });
        return { name, said: text.length > 0 };
      }, address);
    const foreign = server.url.replace('127.0.0.1', 'localhost');
    expect(await load(foreign)).toEqual({ name: 'pico', said: true });
    expect([engines(site), follower.engines]).toEqual([1, 0]);
    expect(served.sort()).toEqual(['/mmproj-pico-F16.gguf', '/pico-Q8_0.gguf']);
    // Nor may a page whose own policy forbids it: that is said.
    await follower.page.evaluate(() => {
      const policy = document.createElement('meta');
      policy.httpEquiv = 'content-security-policy';
      policy.content = "connect-src 'self'";
      document.head.append(policy);
    });
    await expect(load(server.url)).rejects.toThrow('content security policy of this page');
  } finally {
    await server.close();
  }
});

test('without a service worker each tab has an engine of its own', async ({ browser }) => {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const first = await LibraryTab.open(context, host);
  const second = await LibraryTab.open(context, host);
  const [one, two] = await Promise.all([first.talk(40, 1), second.talk(40, 1)]);
  expect(one.text).toBe(two.text);
  expect([first.engines, second.engines]).toEqual([1, 1]);
  await context.close();
});

test('users of one page share its engine, and the last one ends it', async ({ context }) => {
  const tab = await LibraryTab.open(context, host);
  await tab.talk(5, 1);
  const left = await tab.page.evaluate(async (module) => {
    const { createGlance } = (await import(module)) as typeof import('../../src/embed/create_glance.ts');
    const second = createGlance();
    const ask = () =>
      second
        .chat({ messages: [{ role: 'user', content: 'Hello!' }] }, { model: 'pico' })
        .then(({ text }) => text.length > 0);
    const asked = await ask();
    globalThis.glance.close();
    const stays = await ask();
    second.close();
    return { asked, stays, closed: await ask().catch(({ code }) => code) };
  }, `${host.site}glance.js`);
  expect(left).toEqual({ asked: true, stays: true, closed: 'aborted' });
  await expect.poll(() => tab.engines).toBe(0);
});

test('the site: a second tab answers by the engine of the first, and goes on when that is closed', async ({
  context,
}) => {
  const tabs = [await context.newPage(), await context.newPage()];
  const visitors = tabs.map((page) => new Visitor(page));
  const [sample, next] = samples;
  for (const { page } of visitors) await page.goto(`${host.site}index.html`);
  await Promise.all(
    visitors.map(async (visitor) => {
      await visitor.sample(sample!.question).click();
      await visitor.expectAnswer(sample!.answer);
    }),
  );
  expect(tabs.map(engines).sort()).toEqual([0, 1]);
  const [elected, follower] = engines(tabs[0]!) === 1 ? visitors : visitors.toReversed();
  // A drawing goes to the other tab as pixels.
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">
    <rect width="128" height="128" fill="#fff"/><path d="M64 44 42 88h44z" fill="#dc2828"/></svg>`;
  await follower!.button('New conversation').click();
  await follower!.pick({ name: 'drawing.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(svg) });
  await follower!.ask('What shape is red?');
  await follower!.expectAnswer('The red shape is a triangle.');
  await elected!.page.close();
  await follower!.button('New conversation').click();
  await follower!.sample(next!.question).click();
  await follower!.expectAnswer(next!.answer);
  expect(engines(follower!.page)).toBe(1);
});

test('the site shows how its model is loaded again after another tab has loaded another one', async ({
  context,
}) => {
  const page = await context.newPage();
  const visitor = new Visitor(page);
  const [sample, next] = samples;
  // Without a version the page has nothing kept, and the model's files come from the network once more.
  await page.route('**/index.html', async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace(/<meta name="glance-version"[^>]*>/, '');
    await route.fulfill({ response, body });
  });
  await page.goto(`${host.site}index.html`);
  await visitor.sample(sample!.question).click();
  await visitor.expectAnswer(sample!.answer);
  const other = await LibraryTab.open(context, host, { contextLength: 512 });
  await other.talk(5, 1);

  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await context.route('**/*.gguf', async (route) => {
    await released;
    await route.continue();
  });
  await visitor.button('New conversation').click();
  await visitor.sample(next!.question).click();
  await expect(visitor.turns.last().getByText(/^Loading the model/)).toBeVisible();
  await expect(visitor.button(/Loading model/)).toBeVisible();
  release();
  await visitor.expectAnswer(next!.answer);
  await expect(visitor.chip()).toBeVisible();
});
