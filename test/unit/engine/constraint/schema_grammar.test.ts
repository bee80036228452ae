import { describe, expect, it } from 'vitest';
import { formatGrammar } from '../../../../src/engine/constraint/format_grammar.ts';
import { schemas } from '../../../schemas/schemas.ts';
import { judgeOf } from '../../../schemas/validate.ts';
import type { JsonSchema } from '../../../schemas/words.ts';
import { allows, walk } from './walk.ts';

const asked = (schema: JsonSchema | boolean) => ({ format: { type: 'json-schema' as const, schema } });

/** What is said of a schema that cannot be enforced: where, and why. */
function problemOf(schema: unknown): [string, string] {
  try {
    formatGrammar({ type: 'json-schema', schema: schema as JsonSchema });
  } catch (error) {
    const { code, details } = error as { code: string; details: { part: string; problem: string } };
    expect(code).toBe('format-unsupported');
    return [details.part, details.problem];
  }
  throw new Error(`nothing was said against ${JSON.stringify(schema)}`);
}

describe('what is drawn for a schema', () => {
  it('validates, whatever is drawn', { timeout: 120_000 }, async () => {
    let stopped = 0;
    // Every tenth, and all that ask for the less common keywords.
    const some = schemas.filter(({ name }, i) => i % 10 === 0 || (name.startsWith('keyword') && i % 4 === 0));
    for (const { name, schema } of some) {
      const judge = judgeOf(schema);
      const drawn = await walk(asked(schema), 1);
      if (!drawn.stopped) continue;
      stopped += 1;
      expect({ name, text: drawn.text, problem: judge(drawn.text) }).toMatchObject({ problem: null });
    }
    expect(some.length).toBeGreaterThan(25);
    expect(stopped).toBeGreaterThan(0.9 * some.length);
  });

  it('holds values as people and models write them', async () => {
    const schema: JsonSchema = {
      type: 'object',
      properties: {
        name: { type: 'string', maxLength: 12 },
        note: { type: 'string' },
        tags: { type: 'array', items: { type: 'string' } },
        size: { type: 'number', minimum: 0 },
        child: { anyOf: [{ $ref: '#' }, { type: 'null' }] },
      },
      required: ['name'],
      additionalProperties: false,
    };
    const fits = [
      { name: 'Ünï "x"', note: 'a\nb\u0007\\ 日本 😀', tags: [], size: 0.5, child: null },
      { name: '', tags: ['a', 'b'], child: { name: 'x', child: { name: 'y' } } },
      { name: 'only' },
    ];
    for (const value of fits) {
      for (const indent of [undefined, 1, 2, 4]) {
        const text = JSON.stringify(value, null, indent);
        expect([text, await allows(asked(schema), text)]).toEqual([text, true]);
      }
    }
    const unfit = [
      '{"name": "one of many characters"}',
      '{"note": "", "name": ""}',
      '{"name": "a", "other": 1}',
      '{"name": "a", "size": -1}',
      '{"name": "a"} ',
      '{"name": "\\ud83d"}',
      '{"name": "a"                                   }',
      '{"name": "a",}',
      '[]',
    ];
    for (const text of unfit) expect([text, await allows(asked(schema), text)]).toEqual([text, false]);
  });

  it('is refused by name where it cannot be enforced, or makes no sense', () => {
    const inside = (schema: unknown) => ({ type: 'object', properties: { 'a/b': schema } });
    const place = '#/properties/a~1b';
    expect(problemOf(inside({ not: { type: 'string' } }))).toEqual([
      `${place}/not`,
      expect.stringMatching(/"not"/),
    ]);
    expect(problemOf(inside({ if: {}, else: {} }))[0]).toBe(`${place}/if`);
    expect(problemOf(inside({ type: 'array', items: { type: 'string' }, uniqueItems: true }))[0]).toBe(
      `${place}/uniqueItems`,
    );
    expect(problemOf(inside({ type: 'text' }))).toEqual([
      `${place}/type`,
      expect.stringMatching(/one or several of/),
    ]);
    expect(problemOf(inside({ $ref: '#/$defs/none' }))).toEqual([
      `${place}/$ref`,
      expect.stringMatching(/names no part/),
    ]);
    expect(problemOf(inside({ $ref: 'https://example.com/schema' }))[0]).toBe(`${place}/$ref`);
    expect(problemOf(inside({ type: 'string', pattern: '(' }))[0]).toBe(`${place}/pattern`);
    expect(problemOf(inside({ type: 'string', pattern: '(a)\\1' }))[0]).toBe(`${place}/pattern`);
    expect(problemOf(inside({ type: 'string', format: 'regex' }))[0]).toBe(`${place}/format`);
    expect(problemOf(inside({ minimum: '3' }))[0]).toBe(`${place}/minimum`);
    expect(problemOf(inside({ enum: 'a' }))[0]).toBe(`${place}/enum`);
    expect(problemOf(inside(3))[0]).toBe(place);
    expect(problemOf({ oneOf: [{ type: 'number' }, { type: 'integer' }] })[0]).toBe('#/oneOf');
    expect(problemOf({ oneOf: [{ type: 'object' }, { type: 'object', required: ['a'] }] })[0]).toBe(
      '#/oneOf',
    );
    expect(
      problemOf({ $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' })[1],
    ).toMatch(/back to itself/);
  });

  it('is refused where members are counted that other keywords leave over, unless none are', () => {
    const open = { type: 'object', properties: { a: {} }, unevaluatedProperties: false };
    expect(problemOf(open)[0]).toBe('#/unevaluatedProperties');
    for (const closed of [
      { ...open, additionalProperties: false },
      { ...open, unevaluatedProperties: true },
    ]) {
      expect(formatGrammar({ type: 'json-schema', schema: closed as JsonSchema })).toContain('root');
    }
  });

  it('has both a constant and a list of values', async () => {
    const schema = { const: { a: 1 }, enum: [{ a: 1 }, 2] };
    expect(await allows(asked(schema as unknown as JsonSchema), '{"a":1}')).toBe(true);
    expect(await allows(asked(schema as unknown as JsonSchema), '2')).toBe(false);
    expect(problemOf({ const: 3, enum: [1, 2] })[1]).toMatch(/ever fulfil/);
  });

  it('that is nested too deeply is refused in words', async () => {
    let deep: unknown = { type: 'string' };
    for (let i = 0; i < 20_000; i++) deep = { type: 'array', items: deep };
    await expect(walk(asked(deep as JsonSchema), 1)).rejects.toMatchObject({ code: 'format-unsupported' });
  });

  it('is refused where no value can ever fulfil it', () => {
    const endless = { type: 'object', properties: { more: { $ref: '#' } }, required: ['more'] };
    const impossible = [
      false,
      endless,
      { enum: [] },
      { type: 'string', enum: [1, 2] },
      { type: 'integer', minimum: 5, maximum: 4 },
      { type: 'string', pattern: '^a$', minLength: 2 },
      { type: 'array', minItems: 3, maxItems: 2 },
      { allOf: [{ type: 'string' }, { type: 'number' }] },
      { type: 'object', properties: { a: {} }, minProperties: 2, additionalProperties: false },
    ];
    for (const schema of impossible)
      expect([schema, problemOf(schema)[1]]).toEqual([schema, expect.stringMatching(/ever fulfil/)]);
  });
});

describe('other formats', () => {
  it('are any JSON object', async () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const { text, stopped } = await walk({ format: { type: 'json' } }, seed);
      if (stopped) expect(JSON.parse(text)).toBeTypeOf('object');
    }
    expect(await allows({ format: { type: 'json' } }, '{"a": [1, {"b": null}]}')).toBe(true);
    expect(await allows({ format: { type: 'json' } }, '[1]')).toBe(false);
  });

  it('are texts that a regular expression matches', async () => {
    const pattern = '(ja|nein|Größe: [0-9]{1,3}(,[0-9])? cm)!?';
    const format = { type: 'regex' as const, pattern };
    for (const text of ['ja', 'nein!', 'Größe: 12,5 cm']) expect(await allows({ format }, text)).toBe(true);
    for (const text of ['', 'jaja', 'Größe: cm', ' ja']) expect(await allows({ format }, text)).toBe(false);
    for (const seed of [1, 2, 3]) {
      const { text, stopped } = await walk({ format }, seed);
      expect([stopped, new RegExp(`^(?:${pattern})$`, 'u').test(text)]).toEqual([true, true]);
    }
  });

  it('go on from what is there already', async () => {
    const request = {
      ...asked({
        type: 'object',
        properties: { count: { type: 'integer', minimum: 10, maximum: 99 } },
        required: ['count'],
      }),
      begun: '{"count": 4',
    };
    const { text } = await walk(request, 1);
    expect(JSON.parse(request.begun + text)).toEqual({ count: expect.any(Number) });
    await expect(walk({ ...request, begun: '[' }, 1)).rejects.toMatchObject({ code: 'format-unsupported' });
  });
});
