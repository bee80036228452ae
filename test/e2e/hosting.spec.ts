import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page, type Request, test } from '@playwright/test';
import { policies } from '../../src/offline/policy.ts';
import { repositoryRoot } from '../support/root.ts';
import { serveFolders } from '../support/server.ts';
import { heldOut, samples, Visitor } from './visitor.ts';

const dist = join(repositoryRoot, 'dist');

/** Writes down what goes wrong in a page. */
function watchProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return problems;
}

const hosts: [string, Record<string, string>][] = [
  [
    'cross-origin isolation',
    { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' },
  ],
  ['a strict content security policy', { 'content-security-policy': policies({ modelHosts: [] }).page }],
];

for (const [name, headers] of hosts) {
  test(`the build answers from a sub-path of a host with ${name}`, async ({ page }) => {
    const visitor = new Visitor(page);
    const [sample] = samples;
    const problems = watchProblems(page);
    const server = await serveFolders({ '/some/path/': dist }, headers);
    try {
      await page.goto(`${server.url}some/path/index.html`);
      await visitor.sample(sample!.question).click();
      await visitor.expectAnswer(sample!.answer);
      expect(problems).toEqual([]);
    } finally {
      await server.close();
    }
  });
}

test('no file is larger than 25 MiB', async () => {
  const names = await readdir(dist, { recursive: true });
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) {
    const info = await stat(join(dist, name));
    if (info.isFile()) expect.soft(info.size, name).toBeLessThanOrEqual(25 * 1024 * 1024);
  }
});

test('on a host without headers of its own no request leaves the origin, and none carries anything', async ({
  page,
  context,
}) => {
  const visitor = new Visitor(page);
  const [sample] = samples;
  const { picture, question, answer } = heldOut('shape of a colour', 1);
  const problems = watchProblems(page);
  const requests: Request[] = [];
  context.on('request', (request) => requests.push(request));
  const server = await serveFolders({ '/some/path/': dist });
  try {
    await page.goto(`${server.url}some/path/index.html`);
    await visitor.sample(sample!.question).click();
    await visitor.expectAnswer(sample!.answer);
    await visitor.button('New conversation').click();
    await visitor.pick(picture);
    await visitor.ask(question);
    await visitor.expectAnswer(answer);
    // While the server is there: a page that is still keeping the site for later would miss it.
    expect(problems).toEqual([]);
  } finally {
    await server.close();
  }
  const { origin } = new URL(server.url);
  expect(requests.some((request) => request.url().endsWith('.gguf'))).toBe(true);
  for (const request of requests) {
    const { protocol, origin: target, search } = new URL(request.url());
    if (protocol !== 'blob:') expect.soft(target, request.url()).toBe(origin);
    expect.soft([request.method(), request.postData(), search]).toEqual(['GET', null, '']);
  }
});
