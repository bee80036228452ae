/** One deliberate fault: `find` (which stands exactly once in `file`) is replaced by `replace`. */
export interface Mutant {
  name: string;
  /** Path from the repository's root, with `/`. */
  file: string;
  find: string;
  replace: string;
}

export const mutants: Mutant[] = [];
