/** What a schema asks of a string. */
import { type Automaton, automatonOf, TooManyStates } from './automaton.ts';
import { FORMATS, HARD_FORMATS, SHORT_FORMATS } from './formats.ts';
import { type Expression, type GrammarBuilder, NEVER, text } from './grammar.ts';
import { all, found, type Language, matching, ofLength, wholly } from './language.ts';
import { repeat, sequence, set } from './pattern.ts';
import { parseRegex } from './regex.ts';
import type { Shape } from './schema_shape.ts';
import { asJsonString, spell } from './text_grammar.ts';
import { unsupported } from './unsupported.ts';

const INFINITE = Number.POSITIVE_INFINITY;

/** States of automata that count characters: with more, a text that has a form gets less than it might have. */
const MAX_COUNTING_STATES = 1500;

/** What is asked of a string. */
export interface StringLanguage {
  /** Texts that are in all of them; none stand for any string. */
  languages: readonly Language[];
  /** In characters, as far as the languages do not keep to it anyway. */
  minLength: number;
  maxLength: number;
}

/** @throws GlanceError `format-unsupported` */
export function stringLanguage({ at, text: asked }: Shape): StringLanguage {
  const { patterns, formats, minLength, maxLength } = asked;
  const languages = patterns.map((source) => found(parseRegex(source, `${at}/pattern`), `${at}/pattern`));
  const short = formats.length === 1 && languages.length === 0 ? SHORT_FORMATS.get(formats[0]!) : undefined;
  if (short && minLength === 0 && short.maxLength <= maxLength && maxLength < INFINITE) {
    return { languages: [formatLanguage(short.source, at)], minLength, maxLength: INFINITE };
  }
  for (const name of formats) {
    if (HARD_FORMATS.has(name)) throw unsupported(`${at}/format`, `the format "${name}" cannot be enforced`);
    const source = FORMATS.get(name);
    // By the standard a format that is not known asks nothing.
    if (source !== undefined) languages.push(formatLanguage(source, at));
  }
  return { languages, minLength, maxLength };
}

function formatLanguage(source: string, at: string): Language {
  return wholly(parseRegex(source, `${at}/format`), `${at}/format`);
}

/** Whether any string will do. */
export function isAnyString({ languages, minLength, maxLength }: StringLanguage): boolean {
  return languages.length === 0 && minLength === 0 && maxLength === INFINITE;
}

/** Contents of a JSON string, and the quote that ends it. */
export function spellString(
  grammar: GrammarBuilder,
  { languages, minLength, maxLength }: StringLanguage,
  at: string,
): Expression {
  const tooLarge = () => unsupported(at, 'the patterns and lengths of the text take too much together');
  const spelled = (language: Language) => spell(grammar, language, asJsonString, text('"'), tooLarge);
  if (languages.length === 0) return spelled(ofLength(minLength, maxLength));
  if (minLength === 0 && maxLength === INFINITE) return spelled(all(languages));
  try {
    const form = automatonOf(all(languages));
    if (form === null) return NEVER;
    const repetition = asRepetition(form, minLength, maxLength);
    if (repetition !== null) return spelled(repetition);
    const most = Math.max(
      minLength,
      Math.min(maxLength, Math.floor(MAX_COUNTING_STATES / form.accepting.length)),
    );
    const length = ofLength(minLength, maxLength === INFINITE ? INFINITE : most);
    const counted = automatonOf(all([{ kind: 'automaton', automaton: form }, length]));
    return counted === null ? NEVER : spelled({ kind: 'automaton', automaton: counted });
  } catch (error) {
    if (error instanceof TooManyStates) throw tooLarge();
    throw error;
  }
}

/**
 * Text of a given length as a repetition, if one character may be as good as the other: XGrammar counts long ones
 * better than an automaton does.
 */
function asRepetition({ accepting, transitions }: Automaton, min: number, max: number): Language | null {
  const last = transitions.length - 1;
  const loop = transitions[last]!;
  const isLoop = loop.length === 1 && loop[0]!.to === last && accepting[last] === true;
  if (last > 1 || !isLoop) return null;
  const inner = set(loop[0]!.set);
  if (last === 0) return matching(repeat(inner, min, max));
  // The first character is another matter; the empty text may be fine, or not.
  const [first, ...others] = transitions[0]!;
  if (first === undefined || others.length > 0 || first.to !== 1 || (accepting[0] && min === 0)) return null;
  const least = Math.max(min, 1);
  return max < least ? null : matching(sequence(set(first.set), repeat(inner, least - 1, max - 1)));
}
