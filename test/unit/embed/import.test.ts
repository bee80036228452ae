import { expect, test } from 'vitest';

/** What a page can see of an import: globals, and what they hold. */
function globals(): string[] {
  return Reflect.ownKeys(globalThis).map(String).sort();
}

test('importing the library, the elements or the host script does nothing, where there is no page either', async () => {
  // As on servers that render pages ahead.
  expect('HTMLElement' in globalThis || 'document' in globalThis).toBe(false);
  const before = globals();
  const library = await import('../../../src/embed/create_glance.ts');
  const elements = await import('../../../src/embed/elements/elements.ts');
  const host = await import('../../../src/embed/host.ts');
  // This one makes the elements known at once, where there is a page.
  await import('../../../src/embed/elements/define.ts');
  expect(globals()).toEqual(before);
  expect(Object.keys(library).sort()).toEqual(['GlanceError', 'createGlance']);
  expect(Object.keys(elements).sort()).toEqual(['GlanceAsk', 'GlanceChat', 'define']);
  expect(Object.keys(host).sort()).toEqual(['FrameError', 'embedGlance']);
});
