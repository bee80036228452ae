/** One deliberate fault: `find` (which stands exactly once in `file`) is replaced by `replace`. */
export interface Mutant {
  name: string;
  /** Path from the repository's root, with `/`. */
  file: string;
  find: string;
  /** Code that still runs but computes something else. */
  replace: string;
  /** Test files that should notice, from the repository's root. */
  tests: readonly string[];
}

export const mutants: Mutant[] = [];
