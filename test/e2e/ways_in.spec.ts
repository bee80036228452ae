/** The built library and service worker, with the official clients. */
import { expect, type Page, test } from '@playwright/test';
import { type Host, LibraryTab, serviceWorkerReady, startHost } from './library.ts';
import { heldOut, slowDown, Visitor } from './visitor.ts';

let host: Host;

test.beforeAll(async () => {
  host = await startHost({ 'openai.js': 'test/e2e/openai_page.ts' });
});
test.afterAll(() => host.close());

const { picture, question, answer } = heldOut('how many');
const url = `data:image/png;base64,${picture.buffer.toString('base64')}`;

/** What a page asks, and what it is told. */
interface Asking {
  /** Through the library; else through the page's own fetch. */
  library: boolean;
  url: string;
  question: string;
}

/** Asks the same in all ways of the two packages. Runs in the page. */
async function askByPackages({ library, url, question }: Asking) {
  const script = new URL('openai.js', location.href).href;
  const { OpenAI, createOpenAICompatible, generateText, streamText } = (await import(
    script
  )) as typeof import('./openai_page.ts');
  const baseURL = library ? globalThis.glance.baseURL : new URL('../v1', location.href).href;
  const client = new OpenAI({
    baseURL,
    apiKey: 'none',
    dangerouslyAllowBrowser: true,
    maxRetries: 0,
    ...(library && { fetch: globalThis.glance.fetch }),
  });
  const messages = [
    {
      role: 'user' as const,
      content: [
        { type: 'image_url' as const, image_url: { url } },
        { type: 'text' as const, text: question },
      ],
    },
  ];
  const models = await client.models.list();
  const whole = await client.chat.completions.create({ model: 'pico', messages });
  const stream = await client.chat.completions.create({ model: 'pico', messages, stream: true });
  let streamed = '';
  for await (const chunk of stream) streamed += chunk.choices[0]?.delta.content ?? '';
  const unknown = await client.chat.completions
    .create({ model: 'gpt', messages })
    .catch((error: InstanceType<typeof OpenAI.APIError>) => [error.constructor.name, error.code]);

  const provider = createOpenAICompatible({
    name: 'glance',
    baseURL,
    ...(library && { fetch: globalThis.glance.fetch }),
  });
  const prompt = [
    {
      role: 'user' as const,
      content: [
        { type: 'image' as const, image: url },
        { type: 'text' as const, text: question },
      ],
    },
  ];
  const generated = await generateText({ model: provider('pico'), messages: prompt });
  let growing = '';
  for await (const piece of streamText({ model: provider('pico'), messages: prompt }).textStream) {
    growing += piece;
  }
  return {
    models: models.data.map(({ id }) => id),
    whole: whole.choices[0]?.message.content,
    streamed,
    unknown,
    generated: generated.text,
    growing,
  };
}

const told = {
  models: ['pico'],
  whole: answer,
  streamed: answer,
  unknown: ['NotFoundError', 'model_not_found'],
  generated: answer,
  growing: answer,
};

/** Asks in plain words of fetch. */
function ask(page: Page, body: object): Promise<{ status: number; text: string }> {
  return page.evaluate(
    async (body) => {
      const response = await fetch('../v1/chat/completions', { method: 'POST', body: JSON.stringify(body) });
      return { status: response.status, text: await response.text() };
    },
    { model: 'pico', ...body },
  );
}

/** Token 300 again and again, for minutes. */
const ENDLESS = { messages: [{ role: 'user', content: 'Hello!' }], logit_bias: { 300: 100 } };

test('the openai and ai packages by the fetch of the library', async ({ context }) => {
  const { page } = await LibraryTab.open(context, host);
  const stages = await page.evaluateHandle(() => {
    const heard: string[] = [];
    globalThis.glance.onProgress(({ stage }) => heard.push(stage));
    return heard;
  });
  expect(await page.evaluate(askByPackages, { library: true, url, question })).toEqual(told);
  // The model was loaded for the first question, and how that went could be heard.
  expect(new Set(await stages.jsonValue())).toEqual(
    new Set(['fetch', 'runtime', 'tokenizer', 'weights', 'warm-up']),
  );
});

test('the openai and ai packages by the service worker, right after a first visit', async ({ context }) => {
  const site = await context.newPage();
  const page = await context.newPage();
  await site.goto(`${host.site}index.html`);
  await expect(new Visitor(site).chip()).toBeVisible();
  await serviceWorkerReady(site);
  await page.goto(host.blank);
  expect(await page.evaluate(askByPackages, { library: false, url, question })).toEqual(told);
});

test('a page that was open before the service worker is taken over by it', async ({ context }) => {
  const page = await context.newPage();
  await page.goto(host.blank);
  const site = await context.newPage();
  await site.goto(`${host.site}index.html`);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const { status, text } = await ask(page, { messages: [{ role: 'user', content: 'Hello!' }] });
  expect(status).toBe(200);
  expect(JSON.parse(text).choices[0].message.content).not.toBe('');
});

test('without an open tab of Glance the service worker says what to do, and other addresses are left alone', async ({
  context,
}) => {
  const site = await context.newPage();
  await site.goto(`${host.site}index.html`);
  await expect(new Visitor(site).chip()).toBeVisible();
  await serviceWorkerReady(site);
  await site.goto(host.blank);
  const { status, text } = await ask(site, ENDLESS);
  expect(status).toBe(503);
  expect(JSON.parse(text)).toEqual({
    error: {
      message: expect.stringContaining(`Open ${host.site} in a tab`),
      type: 'server_error',
      param: null,
      code: 'engine_unavailable',
    },
  });
  const statuses = await site.evaluate(() =>
    Promise.all(
      ['../v2/models', '../icon.svg', '/v1/models'].map(async (path) => (await fetch(path)).status),
    ),
  );
  expect(statuses).toEqual([404, 200, 404]);
});

test('a page gives up what it has asked the service worker: the next one is answered', async ({
  context,
}) => {
  const tab = await LibraryTab.open(context, host);
  await tab.talk(1, 1);
  await serviceWorkerReady(tab.page);
  const page = await context.newPage();
  await page.goto(host.blank);
  for (const stream of [false, true]) {
    const name = await page.evaluate(
      async (body) => {
        const controller = new AbortController();
        const asked = fetch('../v1/chat/completions', {
          method: 'POST',
          body: JSON.stringify(body),
          signal: controller.signal,
        });
        // Begun, as the first words or the white space before them tell.
        const reader = (await asked).body!.getReader();
        await reader.read();
        controller.abort();
        return reader.read().then(
          () => 'read',
          (error: Error) => error.name,
        );
      },
      { model: 'pico', ...ENDLESS, stream },
    );
    expect(name).toBe('AbortError');
  }
  const { text } = await ask(page, { messages: [{ role: 'user', content: 'Hello!' }] });
  expect(JSON.parse(text).choices[0].message.content).not.toBe('');
});

test('closing the tab that answers loses nothing of a stream of the service worker', async ({ context }) => {
  // Three engines, one after the other.
  test.slow();
  const fresh = await LibraryTab.open(context, host, { share: false });
  const long = {
    messages: [{ role: 'user', content: 'Describe the image.' }],
    seed: 11,
    temperature: 1.5,
    max_tokens: 400,
    logit_bias: Object.fromEntries([673, 674, 675, 676, 677, 678, 679].map((id) => [id, -100])),
  };
  const expected = await fresh.page.evaluate(
    async (body) => {
      const { glance } = globalThis;
      const response = await glance.fetch(`${glance.baseURL}/chat/completions`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      return (await response.json()).choices[0].message.content as string;
    },
    { model: 'pico', ...long },
  );
  await fresh.page.close();

  const elected = await LibraryTab.open(context, host);
  await elected.talk(1, 1);
  const other = await LibraryTab.open(context, host);
  await other.talk(1, 1);
  expect([elected.engines, other.engines]).toEqual([1, 0]);
  // So that it is in the middle of the answer when it is closed.
  await slowDown(elected.page, 30);
  const page = await context.newPage();
  await page.goto(host.blank);
  const stream = page.evaluate(
    async (body) => {
      const response = await fetch('../v1/chat/completions', { method: 'POST', body: JSON.stringify(body) });
      globalThis.heard = '';
      let rest = '';
      for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
        const events = `${rest}${piece}`.split('\n\n');
        rest = events.pop()!;
        for (const event of events) {
          const data = event.slice('data: '.length);
          globalThis.heard += data === '[DONE]' ? '' : (JSON.parse(data).choices[0]?.delta.content ?? '');
        }
      }
      return { heard: globalThis.heard, rest };
    },
    { model: 'pico', ...long, stream: true },
  );
  await page.waitForFunction(() => globalThis.heard?.length > 40);
  await elected.page.close();
  expect(await stream).toEqual({ heard: expected, rest: '' });
  expect(other.engines).toBe(1);
});
