import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, type Page } from '@playwright/test';
import type { AxeResults, RunOptions } from 'axe-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** WCAG 2.0 to 2.2, A and AA, and what axe calls best practices. */
const OPTIONS: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
};

/** Looks at all that the page shows now, shadow trees included, and finds nothing. @param state in words */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  const isThere = await page.evaluate(() => 'axe' in globalThis);
  // Not as a script of the page, which its policy would refuse.
  if (!isThere) await page.evaluate(AXE);
  // What comes and goes is looked at where it comes to rest: half a fade has half its contrast.
  await page.evaluate(async () => {
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  });
  const found = await page.evaluate(async (options) => {
    const { axe } = globalThis as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } };
    // Of what keeps to a rule this names one element: to name all takes longer than to look.
    let { violations, passes } = await axe.run(options);
    if (passes.length <= 20) ({ passes } = await axe.run({ ...options, resultTypes: ['passes'] }));
    return {
      looked: passes.reduce((sum, { nodes }) => sum + nodes.length, 0),
      violations: violations.map(({ id, help, nodes }) => ({
        id,
        help,
        nodes: nodes.map(({ target, failureSummary }) => `${JSON.stringify(target)}: ${failureSummary}`),
      })),
    };
  }, OPTIONS);
  expect(found.violations, state).toEqual([]);
  // It has looked at something.
  expect(found.looked, state).toBeGreaterThan(20);
}
