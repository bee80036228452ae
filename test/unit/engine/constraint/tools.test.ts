import { describe, expect, it } from 'vitest';
import { callGrammar } from '../../../../src/engine/constraint/format_grammar.ts';
import type { ToolDefinition } from '../../../../src/model/chat.ts';

/** Names of letters alone, which grammars write as they are: a, b, ..., ba, bb, ... */
const letters = (i: number): string =>
  (i < 26 ? '' : letters(Math.floor(i / 26))) + String.fromCharCode(97 + (i % 26));
const values = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => `${name}${letters(i)}`);
const tool = (name: string, properties: object, strict = false): ToolDefinition => ({
  name,
  parameters: { type: 'object', properties, required: Object.keys(properties), additionalProperties: false },
  ...(strict && { strict }),
});

const SMALL = tool('small', { word: { enum: ['onlythis'] } });
const UNSUPPORTED = { list: { type: 'array', contains: { type: 'string' } } };
/** So many members, in any order, take more rules than there may be. */
const HUGE = tool('huge', {
  words: { type: 'array', uniqueItems: true, items: { enum: values(3000, 'word') } },
});

describe('the grammar of calls', () => {
  it('leaves out what cannot be enforced of one tool and keeps the others, in any order', () => {
    for (const other of [HUGE, tool('other', UNSUPPORTED)]) {
      for (const tools of [
        [SMALL, other],
        [other, SMALL],
      ]) {
        const grammar = callGrammar(tools);
        expect(grammar).toContain('onlythis');
        expect(grammar).toContain(other.name);
      }
    }
  });

  it('of tools that are too much together leaves their arguments to the model', () => {
    const tools = values(40, 'tool').map((name) =>
      tool(name, Object.fromEntries(values(600, name).map((key) => [key, { type: 'string', minLength: 1 }]))),
    );
    const grammar = callGrammar([SMALL, ...tools]);
    expect(grammar).toContain('toolbn');
  });

  it('refuses a strict tool that cannot be enforced, by name', () => {
    expect(() => callGrammar([SMALL, tool('other', UNSUPPORTED, true)])).toThrow(
      expect.objectContaining({ code: 'format-unsupported' }),
    );
    expect(callGrammar([tool('small', { word: { enum: ['onlythis'] } }, true)])).toContain('onlythis');
  });
});
