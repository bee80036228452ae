import { describe, expect, it } from 'vitest';
import { ToolCallParser } from '../../../../src/engine/output/tool_call_parser.ts';

/** Feeds a call in pieces; null if it was never told as one. */
function read(pieces: Iterable<string>): { name: string; arguments: string } | null {
  const parser = new ToolCallParser();
  let call: { name: string; arguments: string } | null = null;
  const news = [...Array.from(pieces, (piece) => parser.push(piece)), parser.end()];
  for (const { name, arguments: text } of news) {
    if (name !== undefined) {
      expect(call).toBeNull();
      call = { name, arguments: '' };
    }
    if (text !== '') call!.arguments += text;
  }
  expect(parser.isTold).toBe(call !== null);
  return call;
}

/** The same whatever the pieces are. */
function readInAllWays(text: string): ReturnType<typeof read> {
  const whole = read([text]);
  expect(read(text)).toEqual(whole);
  for (let at = 1; at < text.length; at++) expect(read([text.slice(0, at), text.slice(at)])).toEqual(whole);
  return whole;
}

describe('a call', () => {
  it.each([
    ['as the templates write it', '\n{"name": "f", "arguments": {"a": 1}}\n', '{"a": 1}'],
    ['without blanks', '{"name":"f","arguments":{}}', '{}'],
    ['with its blanks kept', '{ "name" : "f" , "arguments" : {\n "a" :\t[ 1 ] } }', '{\n "a" :\t[ 1 ] }'],
    ['with the arguments first', '{"arguments": {"a": {"b": []}}, "name": "f"}', '{"a": {"b": []}}'],
    [
      'with brackets and quotes in texts',
      '{"name": "f", "arguments": {"a": "}\\"{]\\\\"}}',
      '{"a": "}\\"{]\\\\"}',
    ],
    [
      'with more keys',
      '{"id": 7, "ok": true, "x": [{}, "]"], "name": "f", "n": null, "arguments": {}}',
      '{}',
    ],
    ['without arguments', '{"name": "f"}', '{}'],
    ['with null for arguments', '{"name": "f", "arguments": null}', '{}'],
    ['with the arguments as text', '{"name": "f", "arguments": "{\\"a\\": \\"é\\"}"}', '{"a": "é"}'],
    ['with arguments twice', '{"name": "f", "arguments": {"a": 1}, "arguments": {"a": 2}}', '{"a": 1}'],
    ['with a name twice', '{"name": "f", "name": "g", "arguments": {}}', '{}'],
    ['with a bracket too many', '{"name": "f", "arguments": {"a": 1}}}', '{"a": 1}'],
    ['without the last bracket', '{"name": "f", "arguments": {"a": 1}', '{"a": 1}'],
    ['with an escaped name', '{"n\\u0061me": "\\u0066", "arguments": {"😀": "👩‍👩‍👧"}}', '{"😀": "👩‍👩‍👧"}'],
  ])('%s', (_, text, args) => {
    expect(readInAllWays(text)).toEqual({ name: 'f', arguments: args });
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \n'],
    ['words', 'f(1)'],
    ['a list', '["f", {}]'],
    ['no name', '{"arguments": {"a": 1}}'],
    ['an empty name', '{"name": "", "arguments": {}}'],
    ['a name that is no text', '{"name": 5, "arguments": {}}'],
    ['arguments in a list', '{"name": "f", "arguments": [1]}'],
    ['arguments that are a number', '{"name": "f", "arguments": 12}'],
    ['arguments that are no JSON in text', '{"name": "f", "arguments": "{a}"}'],
    ['a list in text', '{"name": "f", "arguments": "[]"}'],
    ['single quotes', "{'name': 'f', 'arguments': {}}"],
    ['a word without quotes', '{"name": f, "arguments": {}}'],
    ['a comma in place of a colon', '{"name", "f"}'],
    ['a name without an end', '{"name": "f'],
    ['a name alone, without an end', '{"name": "f"'],
    ['a broken value before the name', '{"x": nul, "name": "f", "arguments": {}}'],
  ])('is not %s', (_, text) => {
    expect(readInAllWays(text)).toBeNull();
  });

  it('is told as soon as its name and the first of its arguments are known', () => {
    const parser = new ToolCallParser();
    expect(parser.push('{"name": "f", "arguments": ')).toEqual({ arguments: '' });
    expect(parser.push('{"a')).toEqual({ name: 'f', arguments: '{"a' });
    expect(parser.push('": 1')).toEqual({ arguments: '": 1' });
    expect(parser.push('}}')).toEqual({ arguments: '}' });
    expect(parser.end()).toEqual({ arguments: '' });
  });

  it('gives what was drawn of arguments that have no end', () => {
    expect(readInAllWays('{"name": "f", "arguments": {"a": "b')).toEqual({
      name: 'f',
      arguments: '{"a": "b',
    });
  });
});
