import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync(new URL('../../../src/app/theme.css', import.meta.url), 'utf8');

/** Custom properties of the n-th `:root` block that hold a colour. */
function colors(block: string): Map<string, string> {
  return new Map(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]),
  );
}

const [lightBlock, darkBlock, chosenBlock] = [...css.matchAll(/:root[^{,]*\{([^}]*)\}/g)].map(
  ([, body]) => body!,
);
const light = colors(lightBlock!);
const dark = new Map([...light, ...colors(darkBlock!)]);

/** Relative luminance (WCAG 2.2). */
function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

/** Contrast ratio (WCAG 2.2), 1..21. */
function contrast(one: string, other: string): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high! + 0.05) / (low! + 0.05);
}

const grounds = ['paper', 'paper-raised', 'paper-sunken'];
const textPairs: [string, string][] = [
  ...['ink', 'ink-soft', 'accent'].flatMap((ink) => grounds.map((ground): [string, string] => [ink, ground])),
  ['accent-ink', 'accent'],
  ['accent-ink', 'accent-hover'],
  ['accent', 'accent-soft'],
  ['accent', 'danger-soft'],
  ['ink', 'danger-soft'],
  ['ink-soft', 'danger-soft'],
  ['danger', 'danger-soft'],
  ['danger', 'paper-raised'],
];
/** What shows where a control is must stand out by 3:1 (WCAG 1.4.11). */
const edgePairs: [string, string][] = [
  ['line-strong', 'paper'],
  ['line-strong', 'paper-raised'],
  ['accent', 'line'],
];

test('dark is the same whether the system or the reader wants it', () => {
  const plain = (block: string) => block.replace(/\s+/g, ' ').trim();
  expect(plain(chosenBlock!)).toBe(plain(darkBlock!));
  expect(dark).not.toEqual(light);
});

test('the contrast of black on white is 21 to 1', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
});

describe.each([
  ['light', light],
  ['dark', dark],
])('%s', (_, theme) => {
  test.each(textPairs)('%s on %s is readable', (ink, ground) => {
    expect(contrast(theme.get(ink)!, theme.get(ground)!)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(edgePairs)('%s stands out from %s', (edge, ground) => {
    expect(contrast(theme.get(edge)!, theme.get(ground)!)).toBeGreaterThanOrEqual(3);
  });
});
