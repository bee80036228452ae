import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { mutants } from './mutants.ts';

/**
 * Breaks one place of the source on purpose while it is served, when `GLANCE_MUTANT` names it, so that
 * `npm run mutants` can see whether a test notices. Without that variable it does nothing.
 */
export function mutantPlugin(): Plugin {
  const name = process.env.GLANCE_MUTANT;
  const mutant = name === undefined ? undefined : mutants.find((m) => m.name === name);
  if (name !== undefined && mutant === undefined) throw new Error(`No mutant is called "${name}".`);
  return {
    name: 'glance-mutant',
    enforce: 'pre',
    load(id) {
      if (mutant === undefined || !id.split('?')[0]!.endsWith(mutant.file)) return null;
      const source = readFileSync(id.split('?')[0]!, 'utf8');
      if (source.split(mutant.find).length !== 2) {
        throw new Error(`Mutant "${mutant.name}": its text must stand exactly once in ${mutant.file}.`);
      }
      return source.replace(mutant.find, mutant.replace);
    },
  };
}
