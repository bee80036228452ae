import { expect, test } from 'vitest';
import { hasCommandKey, type KeyPress, shortcutOf } from '../../../src/app/settings/shortcuts.ts';

function press(keys: string): KeyPress {
  const parts = keys.split(' ');
  return {
    key: parts.at(-1)!,
    ctrlKey: parts.includes('ctrl'),
    metaKey: parts.includes('meta'),
    altKey: parts.includes('alt'),
    shiftKey: parts.includes('shift'),
  };
}

test.each([
  ['ctrl ,', 'settings'],
  ['ctrl shift O', 'new'],
  ['ctrl b', 'conversations'],
  ['ctrl B', 'conversations'],
  ['shift ?', 'shortcuts'],
  // As on keyboards where it needs no Shift.
  ['?', 'shortcuts'],
  ['/', 'field'],
  ['shift /', 'field'],
  ['b', null],
  [',', null],
  ['ctrl o', null],
  ['ctrl shift B', null],
  ['ctrl /', null],
  ['ctrl alt ,', null],
  // AltGr, with which some keyboards type these.
  ['ctrl alt ?', null],
  ['alt /', null],
  ['meta ,', null],
  ['ctrl meta ,', null],
  ['meta ?', null],
])('%s where Ctrl is the command key', (keys, shortcut) => {
  expect(shortcutOf(press(keys), false, true)).toBe(shortcut);
});

test.each([
  ['meta ,', 'settings'],
  ['meta shift o', 'new'],
  ['meta b', 'conversations'],
  // Moves the insertion point on a Mac.
  ['ctrl b', null],
  ['ctrl ,', null],
  ['?', 'shortcuts'],
])('%s where ⌘ is', (keys, shortcut) => {
  expect(shortcutOf(press(keys), true, true)).toBe(shortcut);
});

test('single keys count only where they may', () => {
  expect(shortcutOf(press('shift ?'), false, false)).toBeNull();
  expect(shortcutOf(press('/'), false, false)).toBeNull();
  expect(shortcutOf(press('ctrl ,'), false, false)).toBe('settings');
});

test('Apple has the command key', () => {
  expect(['MacIntel', 'iPhone', 'iPad'].map(hasCommandKey)).toEqual([true, true, true]);
  expect(['Win32', 'Linux x86_64', ''].map(hasCommandKey)).toEqual([false, false, false]);
});
