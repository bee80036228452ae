/** Languages as parts of a grammar: as plain text, or as the contents of a JSON string. */
import { type Automaton, automatonOf, TooManyStates } from './automaton.ts';
import {
  ANY_CHARACTER,
  type CharacterSet,
  charactersOf,
  complement,
  contains,
  intersection,
  setOf,
  sizeOf,
} from './character_set.ts';
import { type Expression, eitherOf, type GrammarBuilder, inOrder, NEVER, repeated, text } from './grammar.ts';
import type { Language } from './language.ts';
import type { Pattern } from './pattern.ts';

/** How characters are written. */
export type Spelling = (characters: CharacterSet) => Expression;

/** Characters as they are. */
export const asPlainText: Spelling = (characters) => ({
  kind: 'set',
  set: intersection(characters, ANY_CHARACTER),
});

const CONTROLS = setOf([0, 0x1f]);
const ESCAPED = charactersOf('"\\');
/** Characters that stand for themselves in a JSON string. */
export const UNESCAPED = complement([...CONTROLS, ...ESCAPED].sort((a, b) => a[0] - b[0]));
const SHORT_ESCAPES: readonly [string, string][] = [
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
  ['\b', '\\b'],
  ['\f', '\\f'],
];

/**
 * Characters inside a JSON string, each in one spelling. Control characters that have no short escape are only
 * there if nothing else is.
 */
export const asJsonString: Spelling = (characters) => {
  const options: Expression[] = [];
  const plain = intersection(characters, UNESCAPED);
  if (plain.length > 0) options.push({ kind: 'set', set: plain });
  for (const [character, short] of SHORT_ESCAPES) {
    if (contains(characters, character.charCodeAt(0))) options.push(text(short));
  }
  if (options.length > 0) return eitherOf(...options);
  const controls = intersection(characters, CONTROLS);
  const codes = controls.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i),
  );
  return eitherOf(...codes.map((code) => text(`\\u${code.toString(16).padStart(4, '0')}`)));
};

/**
 * Largest automaton that is written in place of a repetition. XGrammar then has less to do at each token, but
 * needs time for each state beforehand: more, the more tokens go on from there.
 */
const MAX_CHAIN = { anyCharacters: 100, fewCharacters: 600 };
const FEW_CHARACTERS = 1000;
/** Repetitions with less room than this are written as such. */
const MIN_CHAIN_ROOM = 4;

/**
 * A text of the language, and then `end`.
 *
 * @param onTooMany what to throw if that takes too large an automaton
 */
export function spell(
  grammar: GrammarBuilder,
  language: Language,
  spelling: Spelling,
  end: Expression,
  onTooMany: () => Error,
): Expression {
  if (language.kind === 'pattern') {
    const isChain = longestRoom(language.pattern) >= MIN_CHAIN_ROOM;
    const chain = isChain ? spellAutomaton(grammar, language, spelling, end, isShortEnough) : null;
    return chain ?? inOrder(spellPattern(language.pattern, spelling), end);
  }
  const expression = spellAutomaton(grammar, language, spelling, end, () => true);
  if (expression === null) throw onTooMany();
  return expression;
}

function isShortEnough({ transitions }: Automaton): boolean {
  const isNarrow = transitions.every((row) => row.every(({ set }) => sizeOf(set) <= FEW_CHARACTERS));
  return transitions.length <= (isNarrow ? MAX_CHAIN.fewCharacters : MAX_CHAIN.anyCharacters);
}

/** A rule for each state; null if it is not wanted so, or there are too many. */
function spellAutomaton(
  grammar: GrammarBuilder,
  language: Language,
  spelling: Spelling,
  end: Expression,
  isWanted: (automaton: Automaton) => boolean,
): Expression | null {
  let automaton: Automaton | null;
  try {
    automaton = automatonOf(language);
  } catch (error) {
    if (error instanceof TooManyStates) return null;
    throw error;
  }
  if (automaton === null) return NEVER;
  if (!isWanted(automaton)) return null;
  const { accepting, transitions } = automaton;
  const rules = transitions.map(() => grammar.declare());
  transitions.forEach((row, state) => {
    const options = row.map(({ set, to }) => inOrder(spelling(set), rules[to]!));
    if (accepting[state]) options.push(end);
    grammar.define(rules[state]!, eitherOf(...options));
  });
  return rules[0]!;
}

function spellPattern(pattern: Pattern, spelling: Spelling): Expression {
  switch (pattern.kind) {
    case 'set':
      return spelling(pattern.set);
    case 'sequence':
      return { kind: 'sequence', parts: pattern.parts.map((part) => spellPattern(part, spelling)) };
    case 'choice':
      return eitherOf(...pattern.options.map((option) => spellPattern(option, spelling)));
    case 'repeat':
      return repeated(spellPattern(pattern.part, spelling), pattern.min, pattern.max);
    default:
      throw new Error('anchors have to be taken out of a pattern first');
  }
}

/** By how much the length of a repetition may differ, where it has an end. */
function longestRoom(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'sequence':
      return Math.max(0, ...pattern.parts.map(longestRoom));
    case 'choice':
      return Math.max(0, ...pattern.options.map(longestRoom));
    case 'repeat': {
      const own = pattern.max === Number.POSITIVE_INFINITY ? 0 : pattern.max - pattern.min;
      return Math.max(own, longestRoom(pattern.part));
    }
    default:
      return 0;
  }
}
