import { describe, expect, it } from 'vitest';
import { formatGrammar } from '../../../../src/engine/constraint/format_grammar.ts';
import { allows, walk } from './walk.ts';

const asked = (grammar: string) => ({ format: { type: 'grammar' as const, grammar } });

const SUMS = `
# Sums of small numbers.
root   ::= sum "\\n"?
sum    ::= number (" + " number){1,3}
number ::= [1-9] [0-9]? | "0x" hex+ (= [ \\n])
hex    ::= [0-9a-f]`;

describe('grammars', () => {
  it('allow what they derive and nothing else', async () => {
    for (const text of ['1 + 2', '10 + 0xff + 3\n', '1 + 2 + 3 + 4'])
      expect(await allows(asked(SUMS), text)).toBe(true);
    for (const text of ['1', '1 + ', '0 + 1', '1+2', '1 + 2 + 3 + 4 + 5'])
      expect(await allows(asked(SUMS), text)).toBe(false);
    for (const seed of [1, 2, 3]) {
      const { text, stopped } = await walk(asked(SUMS), seed);
      if (stopped)
        expect(text).toMatch(/^(?:[1-9][0-9]?|0x[0-9a-f]+)(?: \+ (?:[1-9][0-9]?|0x[0-9a-f]+)){1,3}\n?$/);
    }
  });

  it('know all characters, in texts, classes and escapes', async () => {
    const grammar = 'root ::= "ä\\u00f6\\x7E" [α-ω]+ [^a-zα-ω\\n]? [\\U0001f600-\\U0001f64f😺] "\\"\\\\"';
    for (const text of ['äö~αβγ😀"\\', 'äö~ω日😺"\\']) expect(await allows(asked(grammar), text)).toBe(true);
    for (const text of ['äö~a😀"\\', 'äö~αx😀"\\', 'äö~α🚀"\\'])
      expect(await allows(asked(grammar), text)).toBe(false);
  });

  it('may call themselves, on the left too', async () => {
    const grammar = 'root ::= root "-" item | item\nitem ::= "(" root ")" | [a-z]';
    for (const text of ['a', 'a-b-c', '(a-(b))-c']) expect(await allows(asked(grammar), text)).toBe(true);
    for (const text of ['', 'a-', '(a', 'ab']) expect(await allows(asked(grammar), text)).toBe(false);
  });

  it('are refused with the place of what is wrong', () => {
    const problems: [string, string, RegExp][] = [
      ['main ::= "a"', 'line 1, column 1', /no rule called "root"/],
      ['root ::= "a" other', 'line 1, column 14', /no rule called "other"/],
      ['root ::= "a"\nroot ::= "b"', 'line 2, column 1', /two rules/],
      ['root ::= ("a"', 'line 1, column 14', /\) is missing/],
      ['root ::= "a', 'line 1, column 10', /has no end/],
      ['root ::= [a-', 'line 1, column 10', /has no end/],
      ['root ::= [z-a]', 'line 1, column 10', /wrong way round/],
      ['root ::= []', 'line 1, column 10', /empty/],
      ['root ::= "a"{3,1}', 'line 1, column 13', /less than the first/],
      ['root ::= "\\q"', 'line 1, column 11', /no escape/],
      ['root ::=', 'line 1, column 9', /something must stand here/],
      ['root = "a"', 'line 1, column 6', /::= must stand here/],
      ['root ::= * "a"', 'line 1, column 10', /no meaning/],
    ];
    for (const [grammar, place, problem] of problems) {
      let details: Record<string, unknown> = {};
      try {
        formatGrammar({ type: 'grammar', grammar });
      } catch (error) {
        details = (error as { details: Record<string, unknown> }).details;
      }
      expect([grammar, details]).toEqual([
        grammar,
        { part: `${place} of the grammar`, problem: expect.stringMatching(problem) },
      ]);
    }
    expect(() => formatGrammar({ type: 'grammar', grammar: 'root ::= "a" root' })).toThrow(/ever fulfil/);
  });
});
