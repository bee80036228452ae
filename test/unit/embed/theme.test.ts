import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readTokens, themeStyles } from '../../../src/embed/elements/theme.ts';

const css = readFileSync(new URL('../../../src/app/theme.css', import.meta.url), 'utf8');

function tokensOf(block: string): Map<string, string> {
  return new Map([...block.matchAll(/(--[\w-]+): ([^;]+);/g)].map(([, name, value]) => [name!, value!]));
}

test('elements bring all of the design along, light and dark', () => {
  const { light, dark } = readTokens(css);
  expect(light.get('--ink')).toMatch(/^#[01]/);
  expect(dark.get('--ink')).toMatch(/^#[ef]/);
  const names = new Set([...css.matchAll(/^\s*(--[\w-]+):/gm)].map(([, name]) => name!));
  expect(new Set(light.keys())).toEqual(names);
  const schemeOf = (styles: string, selector: string) =>
    tokensOf(styles.slice(styles.indexOf(`${selector} {`)).split('}')[0]!);
  for (const isDark of [false, true]) {
    const styles = themeStyles(isDark, css);
    expect(styles).not.toContain(':root');
    const inDark = new Map([...light, ...dark]);
    expect(schemeOf(styles, ':host')).toEqual(isDark ? inDark : light);
    expect(schemeOf(styles, ":host([theme='light'])")).toEqual(light);
    expect(schemeOf(styles, ":host([theme='dark'])")).toEqual(inDark);
    expect(new Set(inDark.keys())).toEqual(names);
  }
});

test('a style sheet without the two is not taken for one', () => {
  expect(() => readTokens(':root { --ink: #000; }')).toThrow(/light and dark/);
});
