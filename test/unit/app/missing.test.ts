import { expect, test } from 'vitest';
import { findMissing, type Globals } from '../../../src/app/start/missing.ts';
import { startWords } from '../../../src/app/start/words.ts';

/** Reads its options as browsers that know module workers do; the address is none. */
class ModuleWorker {
  constructor(_: string, options?: { type?: string }) {
    if (options?.type === 'module') throw new DOMException('No address.', 'SyntaxError');
  }
  terminate() {}
}

/** Knows nothing of options. */
class OldWorker {
  terminate() {}
}

const current = {
  WebAssembly,
  Worker: ModuleWorker,
  AbortSignal,
  DecompressionStream,
  OffscreenCanvas: class {},
  URL,
  HTMLElement: class {
    showPopover() {}
  },
  indexedDB: {},
} as unknown as Globals;

test('nothing is missing in a browser of today', () => {
  expect(findMissing(current)).toBeNull();
});

test.each([
  ['no WebAssembly', { WebAssembly: undefined }, 'webassembly'],
  ['no SIMD', { WebAssembly: { validate: (module: Uint8Array) => module.length < 20 } }, 'age'],
  ['no workers', { Worker: undefined }, 'age'],
  ['no module workers', { Worker: OldWorker }, 'age'],
  ['no decompression', { DecompressionStream: undefined }, 'age'],
  ['no canvas off the page', { OffscreenCanvas: undefined }, 'age'],
  ['no AbortSignal.any', { AbortSignal: class {} }, 'age'],
  ['no URL.canParse', { URL: class {} }, 'age'],
  ['no popovers', { HTMLElement: class {} }, 'age'],
  ['no IndexedDB', { indexedDB: undefined }, 'storage'],
])('%s', (_, change, missing) => {
  expect(findMissing({ ...current, ...change } as unknown as Globals)).toBe(missing);
});

test('a browser that throws where its storage is asked for keeps nothing', () => {
  const blocked = Object.defineProperty({ ...current }, 'indexedDB', {
    get: () => {
      throw new DOMException('Blocked.', 'SecurityError');
    },
  });
  expect(findMissing(blocked)).toBe('storage');
});

test('what is missing decides before what is only worse', () => {
  expect(findMissing({ ...current, indexedDB: undefined, Worker: undefined } as unknown as Globals)).toBe(
    'age',
  );
});

test('the words are in the language of the reader, or English', () => {
  expect(startWords('zh-CN').titles.age).toContain('无法');
  expect(startWords('de').titles).toBe(startWords('en-US').titles);
});
