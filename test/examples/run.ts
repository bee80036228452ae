/**
 * Builds the example pages from the packed package, asks each a question about its own picture in Chromium, follows
 * the README word for word, has the library's reference written, and the README's table of sizes compared.
 *
 *     npm run examples -- [--json] [--quick] [--only NAME]
 */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { finish, readArguments } from '../support/arguments.ts';
import { chromiumFlags, findChromium } from '../support/chromium.ts';
import { repositoryRoot } from '../support/root.ts';
import { type StaticServer, serveFolders } from '../support/server.ts';
import { buildSite } from '../support/site.ts';
import { followGuide, readGuide } from './guide.ts';
import { Workspace } from './workspace.ts';

const PATIENCE_MS = 90_000;

interface Example {
  name: string;
  /** Is part of `npm test`. */
  quick?: boolean;
  /** Builds it; returns the folder to serve. */
  build(workspace: Workspace): Promise<string>;
  /** Asks in the open page. Throws if the answer is wrong. */
  ask(page: Page, context: BrowserContext): Promise<string[]>;
  /** Serves it; default: as a static host does. */
  serve?(workspace: Workspace, folder: string): Promise<StaticServer>;
  /** Serves this beside the page, on another origin, and opens the page with its address. */
  beside?: 'site' | 'package';
  /** What the page is served with. */
  headers?: Readonly<Record<string, string>>;
}

/** What the README says that a policy of a page with Glance has to allow. */
async function policyOfReadme(): Promise<string> {
  const readme = await readFile(join(repositoryRoot, 'README.md'), 'utf8');
  const policy = /^script-src 'self' [^\n]*$/m.exec(readme)?.[0];
  if (policy === undefined) throw new Error('The README names no policy.');
  return `default-src 'none'; ${policy}`;
}

/** Types a question into a `<glance-chat>` and waits for its answer. */
async function askIn(page: Page, selector: string, question: string): Promise<string> {
  await type(page, selector, question);
  return answerIn(page, selector);
}

async function type(page: Page, selector: string, question: string): Promise<void> {
  const chat = page.locator(selector);
  const field = chat.getByRole('textbox', { name: 'Question' });
  await chat.getByRole('list', { name: 'Pictures with this question' }).waitFor({ timeout: PATIENCE_MS });
  await field.fill(question);
  await field.press('Enter');
}

async function answerIn(page: Page, selector: string): Promise<string> {
  const chat = page.locator(selector);
  await chat.getByRole('button', { name: 'Copy', exact: true }).waitFor({ timeout: PATIENCE_MS });
  return (await chat.locator('.answer').textContent()) ?? '';
}

async function textWhenDone(page: Page): Promise<string> {
  await page.waitForFunction(() => 'done' in document.body.dataset, null, { timeout: PATIENCE_MS });
  return (await page.locator('#answer').textContent()) ?? '';
}

function must(said: string, right: RegExp): string {
  if (!right.test(said)) throw new Error(`${JSON.stringify(said)} is not ${right}`);
  return said;
}

/** What a `<glance-ask>` says in the end. */
async function answerInPlace(page: Page, right: RegExp): Promise<string> {
  const answer = page.locator('glance-ask .answer:not([growing])');
  await answer.waitFor({ timeout: PATIENCE_MS });
  return must((await answer.textContent()) ?? '', right);
}

const examples: readonly Example[] = [
  {
    name: 'README',
    quick: true,
    async build(workspace) {
      const folder = await workspace.emptyFolder('readme');
      await cp(workspace.tarball, join(folder, 'glance-0.1.0.tgz'));
      await cp(join(repositoryRoot, 'public/samples/circles.png'), join(folder, 'photo.png'));
      await followGuide(await readGuide('In five minutes'), workspace, folder);
      return folder;
    },
    ask: async (page) => [
      await answerInPlace(page, /two/),
      must(await askIn(page, 'glance-chat', 'How many triangles are there?'), /two/),
    ],
  },
  {
    name: 'plain HTML',
    async build(workspace) {
      const folder = await workspace.copy('plain', ['circles.png']);
      await workspace.unpack(folder);
      return folder;
    },
    ask: async (page) => [await answerInPlace(page, /two/)],
  },
  {
    name: 'package on another origin',
    beside: 'package',
    async build(workspace) {
      const folder = await workspace.copy('apart', ['circles.png']);
      await workspace.unpack(folder);
      return folder;
    },
    ask: async (page) => [await answerInPlace(page, /two/)],
  },
  {
    name: 'two elements on one page',
    quick: true,
    headers: { 'content-security-policy': await policyOfReadme() },
    async build(workspace) {
      const folder = await workspace.copy('two', ['shapes.png', 'stars.png']);
      await workspace.unpack(folder);
      return folder;
    },
    async ask(page) {
      // There is one focus, but both are answered at the same time.
      await type(page, '#left', 'What shape is red?');
      await type(page, '#right', 'How many shapes are there?');
      const said = [
        must(await answerIn(page, '#left'), /triangle/),
        must(await answerIn(page, '#right'), /four/),
      ];
      const engines = page.workers().filter((worker) => worker.url().endsWith('/inference.js')).length;
      if (engines !== 1) throw new Error(`${engines} engines`);
      return said;
    },
  },
  {
    name: 'Vite app',
    async build(workspace) {
      const folder = await workspace.copy('vite', ['shapes.png']);
      await workspace.install(folder);
      await workspace.importInNode(folder);
      await workspace.checkTypes(folder, 'main.ts');
      await workspace.vite(folder);
      return join(folder, 'dist');
    },
    ask: async (page) => [must(await textWhenDone(page), /triangle/)],
  },
  {
    name: 'development server of Vite',
    async build(workspace) {
      const folder = await workspace.copy('vite', ['shapes.png']);
      await workspace.install(folder);
      return folder;
    },
    serve: (workspace, folder) => workspace.develop(folder),
    ask: async (page) => [must(await textWhenDone(page), /triangle/)],
  },
  {
    name: 'webpack app',
    async build(workspace) {
      const folder = await workspace.copy('webpack', ['stars.png']);
      await workspace.install(folder, ['webpack', 'webpack-cli']);
      await workspace.webpack(folder);
      await cp(join(folder, 'index.html'), join(folder, 'dist/index.html'));
      return join(folder, 'dist');
    },
    async ask(page) {
      const form = () =>
        page.evaluate(() => {
          const form = document.querySelector<HTMLFormElement>('#report')!;
          return { valid: form.checkValidity(), finding: new FormData(form).get('finding') };
        });
      const before = await form();
      if (before.valid || before.finding !== null) throw new Error('the form can be sent without an answer');
      const said = must(await askIn(page, 'glance-chat', 'How many shapes are there?'), /four/);
      const after = await form();
      if (!after.valid || after.finding !== said) throw new Error('the answer is not in the form');
      return [said];
    },
  },
  {
    name: 'React page',
    async build(workspace) {
      const folder = await workspace.copy('react', ['word.png']);
      await workspace.install(folder, ['react', 'react-dom', '@types/react', '@types/react-dom']);
      await workspace.checkTypes(folder, 'main.tsx');
      await workspace.vite(folder);
      await cp(join(folder, 'word.png'), join(folder, 'dist/word.png'));
      return join(folder, 'dist');
    },
    async ask(page) {
      await askIn(page, 'glance-chat', 'What color is the text?');
      return [must((await page.locator('#answers li').first().textContent()) ?? '', /blue/)];
    },
  },
  {
    name: 'frame of another origin',
    beside: 'site',
    async build(workspace) {
      const folder = await workspace.copy('frame', ['circles.png']);
      await workspace.unpack(folder);
      await cp(join(folder, 'glance/host.js'), join(folder, 'host.js'));
      return folder;
    },
    ask: async (page) => [must(await textWhenDone(page), /two/)],
  },
];

interface Outcome {
  name: string;
  buildSeconds: number;
  askSeconds: number;
  answers: string[];
  failure: string | null;
}

const BESIDE = {
  /** The site, which allows one other to show it. */
  async site(_: string, allowed: string) {
    const site = join(workspace.folder, 'site');
    const config = join(workspace.folder, 'embed.json');
    await buildSite(site);
    await writeFile(config, JSON.stringify({ origins: [allowed] }));
    const served = await serveFolders({ '/': site, '/embed.json': config });
    return { ...served, url: `${served.url}index.html` };
  },
  /** The package, which everybody may load. */
  package: (folder: string) =>
    serveFolders({ '/': join(folder, 'glance') }, { 'access-control-allow-origin': '*' }),
};

const { json, flags, texts } = readArguments('limit', ['quick'], ['only']);
const only = texts.get('only');
const chosen = examples.filter(({ name, quick }) =>
  only === undefined ? quick || !flags.has('quick') : name.includes(only),
);

const workspace = await Workspace.open();
const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumFlags });
const outcomes: Outcome[] = [];
const problems: string[] = [];
try {
  const toldBeside = only === undefined ? [workspace.reference(), workspace.sizes()] : [];
  for (const told of await Promise.allSettled(toldBeside)) {
    if (told.status === 'rejected') problems.push((told.reason as Error).message);
  }
  for (const example of chosen) {
    const outcome = await tryOut(example);
    outcomes.push(outcome);
    const { name, buildSeconds, askSeconds, answers, failure } = outcome;
    const times = `${buildSeconds.toFixed(1)} s to build, ${askSeconds.toFixed(1)} s to answer`;
    console.error(failure === null ? `${name}: ${answers.join(' ')} (${times})` : `${name}: FAILED`);
  }
} finally {
  await browser.close();
  await workspace.close();
}
for (const { name, failure } of outcomes) if (failure !== null) problems.push(`${name}: ${failure}`);
if (chosen.length === 0) problems.push('there is no such example');
finish(json, { examples: outcomes }, problems);

async function tryOut(example: Example): Promise<Outcome> {
  const outcome: Outcome = { name: example.name, buildSeconds: 0, askSeconds: 0, answers: [], failure: null };
  const complaints: string[] = [];
  const buildStart = performance.now();
  try {
    const folder = await example.build(workspace);
    outcome.buildSeconds = (performance.now() - buildStart) / 1000;
    const page = await (example.serve?.(workspace, folder) ?? serveFolders({ '/': folder }, example.headers));
    // Another site, not only another port, so that what is beside is foreign in every respect.
    const address = example.beside ? page.url.replace('127.0.0.1', 'localhost') : page.url;
    const beside = example.beside ? await BESIDE[example.beside](folder, new URL(address).origin) : null;
    const context = await browser.newContext();
    const askStart = performance.now();
    try {
      const tab = await context.newPage();
      tab.on('pageerror', (error) => complaints.push(error.message));
      tab.on('console', (message) => {
        if (/content security policy/i.test(message.text())) complaints.push(message.text());
      });
      const query = beside === null ? '' : `?${new URLSearchParams({ site: beside.url })}`;
      await tab.goto(`${address}index.html${query}`);
      outcome.answers = await example.ask(tab, context);
      outcome.askSeconds = (performance.now() - askStart) / 1000;
      if (complaints.length > 0) throw new Error(complaints.join('; '));
    } finally {
      await context.close();
      await page.close();
      await beside?.close();
    }
  } catch (error) {
    outcome.failure = [error instanceof Error ? error.message : String(error), ...complaints].join('; ');
  }
  return outcome;
}
