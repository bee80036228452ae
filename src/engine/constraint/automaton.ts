/**
 * Deterministic finite automata over characters: where formats ask for several things of one text at a time (a
 * pattern and a length, a name that is none of these), grammars have no "and" and no "not", automata do.
 */
import { type CharacterSet, contains, partition } from './character_set.ts';
import type { Language } from './language.ts';
import { looksAround, type Pattern } from './pattern.ts';

/** Automata beyond this are not worth their time: a grammar has a rule for each state. */
const MAX_STATES = 3000;

/** Begins in state 0. What has no transition is refused. */
export interface Automaton {
  readonly accepting: readonly boolean[];
  readonly transitions: readonly (readonly { set: CharacterSet; to: number }[])[];
}

/** An automaton over the numbers of an alphabet's parts: `next[state][part]`, -1 where it refuses. */
interface Table {
  accepting: boolean[];
  next: Int32Array[];
}

/** The automaton that is made would be too large. */
export class TooManyStates extends Error {}

/**
 * The least automaton of a language; null if there is no text in it.
 *
 * @throws TooManyStates
 */
export function automatonOf(language: Language): Automaton | null {
  const sets: CharacterSet[] = [];
  collectSets(language, sets);
  const alphabet = partition(sets);
  const table = minimise(trim(tableOf(language, alphabet)));
  if (table.next.length === 0) return null;
  return {
    accepting: table.accepting,
    transitions: table.next.map((row) => {
      const byTarget = new Map<number, CharacterSet[]>();
      row.forEach((to, part) => {
        if (to < 0 || alphabet[part]!.length === 0) return;
        byTarget.set(to, [...(byTarget.get(to) ?? []), alphabet[part]!]);
      });
      return [...byTarget].map(([to, parts]) => ({
        to,
        set: parts.flat().sort((a, b) => a[0] - b[0]),
      }));
    }),
  };
}

function collectSets(language: Language, sets: CharacterSet[]): void {
  switch (language.kind) {
    case 'pattern':
      collectPatternSets(language.pattern, sets);
      return;
    case 'all':
    case 'any':
      for (const one of language.of) collectSets(one, sets);
      return;
    case 'not':
      collectSets(language.language, sets);
      return;
    case 'then':
      collectPatternSets(language.first, sets);
      collectSets(language.rest, sets);
      return;
    case 'automaton':
      for (const row of language.automaton.transitions) sets.push(...row.map(({ set }) => set));
  }
}

function collectPatternSets(pattern: Pattern, sets: CharacterSet[]): void {
  if (pattern.kind === 'set') sets.push(pattern.set);
  else if (pattern.kind === 'sequence') for (const part of pattern.parts) collectPatternSets(part, sets);
  else if (pattern.kind === 'choice') for (const option of pattern.options) collectPatternSets(option, sets);
  else if (pattern.kind === 'repeat') collectPatternSets(pattern.part, sets);
}

function tableOf(language: Language, alphabet: readonly CharacterSet[]): Table {
  switch (language.kind) {
    case 'pattern': {
      const graph = new Graph(alphabet);
      return graph.determinise(graph.add(language.pattern, graph.accept));
    }
    case 'then': {
      const graph = new Graph(alphabet);
      const rest = graph.addTable(tableOf(language.rest, alphabet));
      return graph.determinise(graph.add(language.first, rest));
    }
    case 'all':
    case 'any': {
      const isAccepting =
        language.kind === 'all' ? (a: boolean, b: boolean) => a && b : (a: boolean, b: boolean) => a || b;
      return language.of
        .map((one) => minimise(trim(tableOf(one, alphabet))))
        .reduce((a, b) => product(a, b, alphabet.length, isAccepting));
    }
    case 'not':
      return negation(tableOf(language.language, alphabet), alphabet.length);
    case 'automaton': {
      const { accepting, transitions } = language.automaton;
      return {
        accepting: [...accepting],
        next: transitions.map((row) =>
          Int32Array.from(alphabet, (part) => {
            const first = part[0]?.[0];
            return first === undefined ? -1 : (row.find(({ set }) => contains(set, first))?.to ?? -1);
          }),
        ),
      };
    }
  }
}

/** A non-deterministic automaton (Thompson's construction): steps that need no character, and those that do. */
class Graph {
  readonly #alphabet: readonly CharacterSet[];
  readonly #silent: number[][] = [];
  readonly #steps: { parts: ReadonlySet<number>; to: number }[][] = [];
  readonly #accepting = new Set<number>();
  readonly #partsOf = new Map<CharacterSet, ReadonlySet<number>>();
  readonly accept: number;

  constructor(alphabet: readonly CharacterSet[]) {
    this.#alphabet = alphabet;
    this.accept = this.#node();
    this.#accepting.add(this.accept);
  }

  #node(): number {
    if (this.#silent.length > 20 * MAX_STATES) throw new TooManyStates();
    this.#silent.push([]);
    this.#steps.push([]);
    return this.#silent.length - 1;
  }

  /** @returns the node from which a text of the pattern leads to `to` */
  add(pattern: Pattern, to: number): number {
    if (looksAround(pattern)) throw new Error('anchors have to be taken out of a pattern first');
    switch (pattern.kind) {
      case 'set': {
        const from = this.#node();
        this.#steps[from]!.push({ parts: this.#parts(pattern.set), to });
        return from;
      }
      case 'sequence':
        return pattern.parts.reduceRight((next, part) => this.add(part, next), to);
      case 'choice': {
        const from = this.#node();
        for (const option of pattern.options) this.#silent[from]!.push(this.add(option, to));
        return from;
      }
      case 'repeat':
        return this.#addRepeat(pattern.part, pattern.min, pattern.max, to);
      default:
        return to;
    }
  }

  #addRepeat(part: Pattern, min: number, max: number, to: number): number {
    let next = to;
    if (max === Number.POSITIVE_INFINITY) {
      next = this.#node();
      this.#silent[next]!.push(to, this.add(part, next));
    } else {
      for (let i = min; i < max; i++) {
        const from = this.#node();
        this.#silent[from]!.push(to, this.add(part, next));
        next = from;
      }
    }
    for (let i = 0; i < min; i++) next = this.add(part, next);
    return next;
  }

  /** @returns the node that stands for the table's beginning */
  addTable({ accepting, next }: Table): number {
    const nodes = next.map(() => this.#node());
    next.forEach((row, state) => {
      const byTarget = new Map<number, Set<number>>();
      row.forEach((to, part) => {
        if (to >= 0) byTarget.set(to, (byTarget.get(to) ?? new Set()).add(part));
      });
      for (const [to, parts] of byTarget) this.#steps[nodes[state]!]!.push({ parts, to: nodes[to]! });
      if (accepting[state]) this.#silent[nodes[state]!]!.push(this.accept);
    });
    return nodes[0] ?? this.#node();
  }

  #parts(set: CharacterSet): ReadonlySet<number> {
    let parts = this.#partsOf.get(set);
    if (parts === undefined) {
      parts = new Set(
        this.#alphabet.flatMap((part, i) => (part.length > 0 && contains(set, part[0]![0]) ? [i] : [])),
      );
      this.#partsOf.set(set, parts);
    }
    return parts;
  }

  #closure(nodes: Iterable<number>): number[] {
    const seen = new Set(nodes);
    const open = [...seen];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (const to of this.#silent[node]!) {
        if (seen.has(to)) continue;
        seen.add(to);
        open.push(to);
      }
    }
    return [...seen].sort((a, b) => a - b);
  }

  determinise(start: number): Table {
    const table: Table = { accepting: [], next: [] };
    const ids = new Map<string, number>();
    const sets: number[][] = [];
    const idOf = (nodes: number[]): number => {
      const key = nodes.join();
      const known = ids.get(key);
      if (known !== undefined) return known;
      if (sets.length >= MAX_STATES) throw new TooManyStates();
      ids.set(key, sets.length);
      sets.push(nodes);
      table.accepting.push(nodes.some((node) => this.#accepting.has(node)));
      table.next.push(new Int32Array(this.#alphabet.length).fill(-1));
      return sets.length - 1;
    };
    idOf(this.#closure([start]));
    for (let state = 0; state < sets.length; state++) {
      const targets = this.#alphabet.map(() => new Set<number>());
      for (const node of sets[state]!) {
        for (const { parts, to } of this.#steps[node]!) for (const part of parts) targets[part]!.add(to);
      }
      targets.forEach((nodes, part) => {
        if (nodes.size > 0) table.next[state]![part] = idOf(this.#closure(nodes));
      });
    }
    return table;
  }
}

function product(a: Table, b: Table, parts: number, isAccepting: (a: boolean, b: boolean) => boolean): Table {
  const table: Table = { accepting: [], next: [] };
  const ids = new Map<string, number>();
  const pairs: [number, number][] = [];
  const idOf = (i: number, j: number): number => {
    const inA = i >= 0 && (a.accepting[i] ?? false);
    const inB = j >= 0 && (b.accepting[j] ?? false);
    // What neither of them can go on from is refused; an "and" must not keep what one of them refuses.
    if ((i < 0 && j < 0) || ((i < 0 || j < 0) && !isAccepting(true, false))) return -1;
    const key = `${i},${j}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    if (pairs.length >= 4 * MAX_STATES) throw new TooManyStates();
    ids.set(key, pairs.length);
    pairs.push([i, j]);
    table.accepting.push(isAccepting(inA, inB));
    table.next.push(new Int32Array(parts).fill(-1));
    return pairs.length - 1;
  };
  idOf(a.next.length > 0 ? 0 : -1, b.next.length > 0 ? 0 : -1);
  for (let state = 0; state < pairs.length; state++) {
    const [i, j] = pairs[state]!;
    for (let part = 0; part < parts; part++) {
      table.next[state]![part] = idOf(i < 0 ? -1 : a.next[i]![part]!, j < 0 ? -1 : b.next[j]![part]!);
    }
  }
  return table;
}

function negation({ accepting, next }: Table, parts: number): Table {
  const sink = next.length;
  const complete = next.map((row) => row.map((to) => (to < 0 ? sink : to)));
  complete.push(new Int32Array(parts).fill(sink));
  return { accepting: [...accepting.map((is) => !is), true], next: complete };
}

/** Leaves out the states that no text of the language passes. */
function trim({ accepting, next }: Table): Table {
  const before = next.map((): number[] => []);
  next.forEach((row, state) => {
    for (const to of new Set(row)) if (to >= 0) before[to]!.push(state);
  });
  const alive = new Set(next.flatMap((_, state) => (accepting[state] ? [state] : [])));
  for (const state of alive) for (const from of before[state]!) alive.add(from);
  if (!alive.has(0)) return { accepting: [], next: [] };
  const reached = new Set([0]);
  for (const state of reached) for (const to of next[state]!) if (to >= 0 && alive.has(to)) reached.add(to);
  const ids = new Map([...reached].map((state, id) => [state, id]));
  return {
    accepting: [...reached].map((state) => accepting[state]!),
    next: [...reached].map((state) => next[state]!.map((to) => ids.get(to) ?? -1)),
  };
}

/** Merges states that go on alike (Moore's algorithm). */
function minimise({ accepting, next }: Table): Table {
  if (next.length === 0) return { accepting, next };
  let groups = Int32Array.from(accepting, Number);
  for (let count = 0; ; ) {
    const ids = new Map<string, number>();
    const refined = Int32Array.from(next, (row, state) => {
      const key = `${groups[state]}:${row.map((to) => (to < 0 ? -1 : groups[to]!)).join()}`;
      const id = ids.get(key) ?? ids.size;
      ids.set(key, id);
      return id;
    });
    groups = refined;
    if (ids.size === count) break;
    count = ids.size;
  }
  // State 0 was looked at first, so its group is 0.
  const merged: Table = { accepting: [], next: [] };
  groups.forEach((group, state) => {
    if (merged.next[group] !== undefined) return;
    merged.accepting[group] = accepting[state]!;
    merged.next[group] = next[state]!.map((to) => (to < 0 ? -1 : groups[to]!));
  });
  return merged;
}
