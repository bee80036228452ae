import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mutants } from '../mutants/mutants.ts';
import { repositoryRoot } from '../support/root.ts';

// `npm run mutants` takes minutes; that it still can run is known at once.
describe('every mutant still fits the source', () => {
  it.each(mutants)('$name', ({ file, find, replace, tests }) => {
    expect(readFileSync(repositoryRoot + file, 'utf8').split(find).length - 1).toBe(1);
    expect(replace).not.toBe(find);
    expect(tests.length).toBeGreaterThan(0);
    for (const test of tests) expect(existsSync(repositoryRoot + test)).toBe(true);
  });

  it('has a name of its own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });
});
