import { describe, expect, it } from 'vitest';
import { type Automaton, automatonOf } from '../../../../src/engine/constraint/automaton.ts';
import { contains } from '../../../../src/engine/constraint/character_set.ts';
import { all, found, type Language, ofLength, wholly } from '../../../../src/engine/constraint/language.ts';
import { parseRegex } from '../../../../src/engine/constraint/regex.ts';
import { randomFrom } from '../../../support/random.ts';

function accepts(automaton: Automaton | null, text: string): boolean {
  let state = 0;
  for (const character of text) {
    const next = automaton?.transitions[state]?.find(({ set }) => contains(set, character.codePointAt(0)!));
    if (next === undefined) return false;
    state = next.to;
  }
  return automaton?.accepting[state] ?? false;
}

/** Short texts of characters that the patterns are about. */
function texts(count: number): string[] {
  const alphabet = [...'abc.@Z19- _xfo\n\u2028Ä日😀"\\'];
  const random = randomFrom(7);
  const one = () => alphabet[Math.floor(random() * alphabet.length)]!;
  return Array.from({ length: count }, () => Array.from({ length: Math.floor(random() * 7) }, one).join(''));
}

const PATTERNS = [
  'foo',
  '^a|b$',
  '^(a|b)*c?$',
  '(^a|b$)',
  '^$',
  'x*',
  '^[^\\w\\s]+$',
  '^.{2,3}$',
  '^[a-c-]+$',
  '^[\\s\\S]b',
  '^\\p{Lu}',
  '[\\u00c4\\u{1f600}]',
  '^(?!.*\\.\\.)[a.]+$',
  '^(?=.*\\d)(?=.*[a-z]).{2,6}$',
  '^a(?!b)[a-z]',
  '^(?:a(?=b))?b*$',
  '^(?<name>a+?)b{2,}?$',
  '^\\x61\\.?$',
  '^[[\\]]*$',
  '\\D\\W\\S',
];

describe('regular expressions', () => {
  it('find what those of JavaScript find', () => {
    const samples = texts(4000);
    for (const source of PATTERNS) {
      const automaton = automatonOf(found(parseRegex(source, 'here'), 'here'));
      const regex = new RegExp(source, 'u');
      const wrong = samples.filter((text) => accepts(automaton, text) !== regex.test(text));
      expect({ source, wrong: wrong.slice(0, 3) }).toEqual({ source, wrong: [] });
    }
  });

  it('match as a whole where that is asked', () => {
    for (const source of ['a|b', '^a+$', '(a|ab)(c|bcd)', '']) {
      const automaton = automatonOf(wholly(parseRegex(source, 'here'), 'here'));
      const regex = new RegExp(`^(?:${source})$`, 'u');
      for (const text of ['', 'a', 'b', 'aa', 'ab', 'abcd', 'ac', 'xa', 'ax']) {
        expect([source, text, accepts(automaton, text)]).toEqual([source, text, regex.test(text)]);
      }
    }
  });

  it('can be asked for together, with lengths, and not', () => {
    const a = found(parseRegex('^[ab]+$', 'here'), 'here');
    const b = found(parseRegex('bb', 'here'), 'here');
    const language: Language = all([a, { kind: 'not', language: b }, ofLength(2, 4)]);
    const automaton = automatonOf(language);
    const fits = ['ab', 'ba', 'aaaa', 'abab'];
    const unfit = ['', 'a', 'bb', 'abb', 'aaaaa', 'ac'];
    expect([...fits, ...unfit].filter((text) => accepts(automaton, text))).toEqual(fits);
    expect(automatonOf(all([ofLength(5, 9), ofLength(0, 4)]))).toBeNull();
  });

  it('are refused by name where they are no regular language, or none at all', () => {
    const problems: [string, RegExp][] = [
      ['(a)\\1', /refers back/],
      ['(?<=a)b', /looks behind/],
      ['\\bword', /borders of words/],
      ['(', /is none/],
      ['a^b', /\^ stands behind/],
      ['(?:^a)+', /repeated/],
      ['a$b', /\$ stands before/],
      ['((a{1000}){1000}){1000}', /repetitions/],
    ];
    for (const [source, problem] of problems) {
      let message = '';
      try {
        found(parseRegex(source, 'the pattern'), 'the pattern');
      } catch (error) {
        message = (error as Error).message;
        expect(error).toMatchObject({ code: 'format-unsupported', details: { part: 'the pattern' } });
      }
      expect([source, message]).toEqual([source, expect.stringMatching(problem)]);
    }
  });
});
