import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { repositoryRoot } from '../support/root.ts';
import { serveFolders } from '../support/server.ts';

const dist = join(repositoryRoot, 'dist');

/** No `unsafe-eval`: WebAssembly may be compiled, text may not. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'";

const schema = {
  type: 'object',
  properties: { shapes: { type: 'integer', minimum: 0, maximum: 20 }, sure: { type: 'boolean' } },
  required: ['shapes', 'sure'],
  additionalProperties: false,
};

test('what holds answers to a format is fetched when it is asked for, and runs under a strict policy', async ({
  page,
}) => {
  const served: string[] = [];
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  const headers = { 'content-security-policy': POLICY };
  const server = await serveFolders({ '/': dist }, headers, (path) => served.push(path));
  const heavy = async () => {
    const scripts = [...new Set(served)].filter((path) => path.endsWith('.js'));
    const texts = await Promise.all(scripts.map((path) => readFile(join(dist, path), 'utf8')));
    return scripts.filter((_, i) => texts[i]!.includes('GetNextTokenBitmask'));
  };
  try {
    await page.route('**/blank.html', (route) =>
      route.fulfill({ headers, contentType: 'text/html', body: '<!doctype html><title>Some page</title>' }),
    );
    await page.goto(`${server.url}blank.html`);
    const ask = (format: object | null) =>
      page.evaluate(async (format) => {
        const address = new URL('glance.js', location.href).href;
        const { createGlance } = (await import(address)) as typeof import('../../src/embed/create_glance.ts');
        const glance = createGlance({ device: 'wasm', share: false });
        const response = await glance.fetch('https://glance.local/v1/chat/completions', {
          method: 'POST',
          body: JSON.stringify({
            model: 'pico',
            messages: [{ role: 'user', content: 'How many shapes are there?' }],
            max_tokens: 60,
            ...(format && { response_format: format }),
          }),
        });
        return { status: response.status, body: (await response.json()) as unknown };
      }, format);
    const plain = await ask(null);
    expect(plain, JSON.stringify(plain.body)).toMatchObject({ status: 200 });
    expect(await heavy()).toEqual([]);
    const { status, body } = await ask({
      type: 'json_schema',
      json_schema: { name: 'count', strict: true, schema },
    });
    expect(status, JSON.stringify(body)).toBe(200);
    const [choice] = (body as { choices: { finish_reason: string; message: { content: string } }[] }).choices;
    expect(choice!.finish_reason).toBe('stop');
    expect(JSON.parse(choice!.message.content)).toEqual({
      shapes: expect.any(Number),
      sure: expect.any(Boolean),
    });
    expect(await heavy()).toHaveLength(1);
    expect(problems).toEqual([]);
  } finally {
    await server.close();
  }
});
