import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readTokens, themeStyles } from '../../../src/embed/elements/theme.ts';

const css = readFileSync(new URL('../../../src/app/theme.css', import.meta.url), 'utf8');

test('elements bring all of the design along, light and dark', () => {
  const { light, dark } = readTokens(css);
  expect(light.get('--ink')).toMatch(/^#[01]/);
  expect(dark.get('--ink')).toMatch(/^#[ef]/);
  const names = new Set([...css.matchAll(/^\s*(--[\w-]+):/gm)].map(([, name]) => name!));
  expect(new Set(light.keys())).toEqual(names);
  const styles = themeStyles(css);
  expect(styles).not.toContain(':root');
  for (const name of names) expect(styles).toContain(`${name}: ${light.get(name)};`);
});

test('a style sheet without the two is not taken for one', () => {
  expect(() => readTokens(':root { --ink: #000; }')).toThrow(/light and dark/);
});
