import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Frame, type Page, test } from '@playwright/test';
import type { FrameMessage } from '../../src/embed/frame/protocol.ts';
import type { FrameEvent, GlanceFrame } from '../../src/embed/host.ts';
import { repositoryRoot } from '../support/root.ts';
import { type StaticServer, serveFolders } from '../support/server.ts';
import { bundle } from './library.ts';
import { samples } from './visitor.ts';

declare global {
  var framed: GlanceFrame;
  var events: FrameEvent[];
  /** Everything that a page was sent by the frame. */
  var received: unknown[];
}

/** Messages of each kind of sender. */
const MESSAGES = 1000;

/**
 * A Glance site, a page of another site that it allows, and a foreign one. They differ in name, not only in port, so that
 * browsers take them for different sites.
 */
interface Sites {
  glance: string;
  allowed: string;
  foreign: string;
  close(): Promise<void>;
}

async function openSites(): Promise<Sites> {
  const scratch = await mkdtemp(join(tmpdir(), 'glance-frame-'));
  const dist = join(repositoryRoot, 'dist');
  await bundle('test/support/hostile_messages.ts', scratch, 'hostile_messages.js');
  await bundle('test/support/random.ts', scratch, 'random.js');
  await writeFile(join(scratch, 'page.html'), '<!doctype html><title>Some page</title><div id="here"></div>');
  const mounts = { '/': scratch, '/host.js': join(dist, 'host.js'), '/samples/': join(dist, 'samples') };
  const servers: StaticServer[] = [await serveFolders(mounts), await serveFolders(mounts)];
  const [allowed, foreign] = servers.map(({ url }) => url.replace('127.0.0.1', 'localhost'));
  const config = join(scratch, 'embed.json');
  await writeFile(config, JSON.stringify({ origins: [new URL(allowed!).origin] }));
  const site = await serveFolders({ '/': dist, '/embed.json': config });
  return {
    glance: `${site.url}index.html`,
    allowed: `${allowed}page.html`,
    foreign: `${foreign}page.html`,
    close: async () => {
      await Promise.all([...servers, site].map((server) => server.close()));
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** Shows Glance in the page; resolves with the code of the error where it refuses. */
function embed(page: Page, src: string, timeoutMs = 60_000): Promise<string | null> {
  return page.evaluate(
    async ({ src, timeoutMs }) => {
      globalThis.events = [];
      const path = './host.js';
      const { embedGlance } = (await import(path)) as typeof import('../../src/embed/host.ts');
      try {
        globalThis.framed = await embedGlance(document.querySelector('#here')!, {
          src,
          timeoutMs,
          onEvent: (event) => globalThis.events.push(event),
        });
        return null;
      } catch (error) {
        return (error as { code: string }).code;
      }
    },
    { src, timeoutMs },
  );
}

/** Asks about a sample through the host script. */
function ask(page: Page, file: string, question: string) {
  return page.evaluate(
    async ({ file, question }) => {
      const image = await (await fetch(`samples/${file}`)).blob();
      return globalThis.framed.ask(question, { image });
    },
    { file, question },
  );
}

/** Has a page send hostile messages to the window with Glance in it, and note what comes back. */
function attack(attacker: Frame | Page, seed: number, count: number): Promise<number> {
  return attacker.evaluate(
    async ({ seed, count }) => {
      const load = (path: string) => import(path);
      const { hostileMessage } = (await load(
        './hostile_messages.js',
      )) as typeof import('../support/hostile_messages.ts');
      const { randomFrom } = (await load('./random.js')) as typeof import('../support/random.ts');
      const random = randomFrom(seed);
      globalThis.received = [];
      addEventListener('message', ({ data }) => globalThis.received.push(data));
      // Glance's is the first frame of the page.
      const target = window.top!.frames[0]!;
      let sent = 0;
      for (let i = 0; i < count; i++) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => globalThis.received.push(data);
        const data = i % 10 === 0 ? { glance: 'hello', version: 1 } : hostileMessage(random);
        target.postMessage(data, '*', i % 3 === 0 ? [port2] : []);
        sent += 1;
        if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
      }
      // Every greeting is answered; then comes what nobody expects, if anything does.
      for (let waited = 0; globalThis.received.length < count / 10 && waited < 300; waited++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
      return sent;
    },
    { seed, count },
  );
}

test('a frame answers a page that its host allows, and nobody else, whatever they send', async ({ page }) => {
  test.setTimeout(120_000);
  const sites = await openSites();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  try {
    const [shapes, stars] = samples;
    await page.goto(sites.allowed);
    expect(await embed(page, sites.glance)).toBeNull();
    const first = await ask(page, shapes!.file, shapes!.question);
    expect(first).toEqual({
      question: shapes!.question,
      pictures: 1,
      answer: shapes!.answer,
      finishReason: 'stop',
    });
    const told = await page.evaluate(() => [...new Set(globalThis.events.map(({ type }) => type))]);
    expect(told).toEqual(expect.arrayContaining(['progress', 'ready', 'text', 'message']));

    // From a frame of a foreign site beside it, and from the allowed page itself, by its window.
    await page.evaluate((src) => {
      const frame = document.createElement('iframe');
      frame.src = src;
      document.body.append(frame);
    }, sites.foreign);
    await expect.poll(() => page.frames().map((frame) => frame.url())).toContain(sites.foreign);
    const foreign = page.frames().find((frame) => frame.url() === sites.foreign)!;
    await foreign.waitForLoadState();
    expect(await attack(foreign, 1, MESSAGES)).toBe(MESSAGES);
    const leaked = await foreign.evaluate(() => globalThis.received);
    expect(leaked.length).toBeGreaterThan(MESSAGES / 20);
    for (const message of leaked) {
      expect(message).toEqual({ glance: 'refused', version: 1, reason: 'origin-not-allowed' });
    }
    // Its port is still the one that the frame listens to.
    await page.evaluate(() => globalThis.framed.clear());
    const second = await ask(page, stars!.file, stars!.question);
    expect(second.answer).toBe(stars!.answer);

    // The allowed page has gone mad: by its window, where every greeting takes the place of the one before, ...
    expect(await attack(page, 2, MESSAGES / 2)).toBe(MESSAGES / 2);
    const greeted = (await page.evaluate(() => globalThis.received)) as { type?: string; glance?: string }[];
    expect(new Set(greeted.map(({ type, glance }) => type ?? glance))).toEqual(
      new Set(['welcome', 'refused']),
    );

    // ... and through the port. Each message has one reply.
    const replies = await page.evaluate(
      async ({ origin, count }) => {
        const load = (path: string) => import(path);
        const { hostileMessage } = (await load(
          './hostile_messages.js',
        )) as typeof import('../support/hostile_messages.ts');
        const { randomFrom } = (await load('./random.js')) as typeof import('../support/random.ts');
        const random = randomFrom(3);
        const { port1, port2 } = new MessageChannel();
        const replies: FrameMessage[] = [];
        port1.onmessage = ({ data }) => replies.push(data);
        window.frames[0]!.postMessage({ glance: 'hello', version: 1 }, origin, [port2]);
        for (let i = 0; i < count; i++) {
          const message = hostileMessage(random) as { type?: unknown } | null;
          // Questions of nonsense would all be answered, and another model is not the point here.
          const isCostly = message?.type === 'ask' || message?.type === 'set-model';
          port1.postMessage(isCostly ? { ...message, id: 'x' } : message);
          if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
        }
        const settled = () => replies.filter(({ type }) => /done|failed|refused/.test(type));
        for (let waited = 0; settled().length < count && waited < 400; waited++) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        return settled().map((reply) => (reply.type === 'refused' ? reply.reason : reply.type));
      },
      { origin: new URL(sites.glance).origin, count: MESSAGES / 2 },
    );
    expect(replies).toHaveLength(MESSAGES / 2);
    // Pictures that are none fail.
    expect(new Set(replies.filter((reply) => reply !== 'failed'))).toEqual(
      new Set(['invalid-message', 'done']),
    );

    // The frame is as well as before.
    await page.evaluate(() => globalThis.framed.close());
    expect(await embed(page, sites.glance)).toBeNull();
    expect((await ask(page, shapes!.file, shapes!.question)).answer).toBe(shapes!.answer);

    // What cannot be done rejects; one question is ended and no other; and the engine is under the site's policy.
    const outcomes = await page.evaluate(async (file) => {
      const image = await (await fetch(`samples/${file}`)).blob();
      const end = new AbortController();
      const refused = (promise: Promise<unknown>) => promise.catch(({ code }) => code);
      const first = globalThis.framed.ask('What shape is red?', { image });
      const second = refused(globalThis.framed.ask('How many?', { image, signal: end.signal }));
      end.abort();
      return {
        first: (await first).answer,
        second: await second,
        third: await refused(globalThis.framed.ask('How many?', { signal: AbortSignal.abort() })),
        image: await refused(globalThis.framed.setImage(new Blob(['no picture']))),
        model: await refused(globalThis.framed.setModel('nobody/knows')),
        demo: await refused(globalThis.framed.setModel('pico')),
      };
    }, shapes!.file);
    expect(outcomes).toEqual({
      first: shapes!.answer,
      second: 'aborted',
      third: 'aborted',
      image: 'picture-unreadable',
      model: 'no-model',
      demo: undefined,
    });
    expect(page.workers().some((worker) => worker.url().startsWith('blob:'))).toBe(true);
    expect(problems).toEqual([]);
  } finally {
    await sites.close();
  }
});

test('a page that is not allowed gets a refusal, and shows one', async ({ page }) => {
  const sites = await openSites();
  try {
    await page.goto(sites.foreign);
    expect(await embed(page, sites.glance)).toBe('origin-not-allowed');
    // Where there is no Glance, nothing is ever heard.
    expect(await embed(page, sites.allowed, 500)).toBe('frame-unreachable');
    await expect(page.locator('iframe')).toHaveCount(0);
    const show = (src: string) =>
      page.evaluate((src) => {
        const frame = document.createElement('iframe');
        frame.src = src;
        document.body.append(frame);
      }, src);
    await show(`${sites.glance}?embed`);
    const frame = page.frameLocator('iframe');
    await expect(frame.getByText('This page may not show Glance')).toBeVisible();
    await expect(frame.getByRole('textbox')).toHaveCount(0);
    // An address that names another origin narrows: not even the allowed page is let in then.
    await page.goto(sites.allowed);
    const parameters = new URLSearchParams({ embed: '', origin: new URL(sites.foreign).origin });
    await show(`${sites.glance}?${parameters}`);
    await expect(frame.getByText('This page may not show Glance')).toBeVisible();
  } finally {
    await sites.close();
  }
});
