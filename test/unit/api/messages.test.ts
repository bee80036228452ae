import { describe, expect, it } from 'vitest';
import { RequestError } from '../../../src/api/errors.ts';
import { Fields } from '../../../src/api/fields.ts';
import { readMessages } from '../../../src/api/messages.ts';

const read = (...messages: unknown[]) => readMessages(new Fields({ messages }, ''));
const user = (content: unknown) => ({ role: 'user', content });
const call = (id: string, name = 'clock') => ({
  id,
  type: 'function',
  function: { name, arguments: '{"a":1}' },
});

function refusal(...messages: unknown[]): RequestError | null {
  try {
    read(...messages);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  return null;
}

describe('messages', () => {
  it('of every role', () => {
    expect(
      read(
        { role: 'developer', content: 'Be brief.', name: 'boss' },
        {
          role: 'system',
          content: [
            { type: 'text', text: 'Be ' },
            { type: 'text', text: 'kind.' },
          ],
        },
        user('What time is it?'),
        {
          role: 'assistant',
          content: null,
          refusal: null,
          annotations: [],
          audio: null,
          parsed: null,
          reasoning_content: 'Ask the clock.',
          tool_calls: [call('c1'), { ...call('c2'), index: 1 }],
        },
        { role: 'tool', tool_call_id: 'c2', content: [{ type: 'text', text: '12' }] },
        { role: 'tool', tool_call_id: 'c1', content: '11' },
        { role: 'assistant', content: 'Eleven, or twelve.' },
        { role: 'assistant', content: null, refusal: 'No.' },
      ),
    ).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'What time is it?' },
      {
        role: 'assistant',
        content: '',
        reasoning: 'Ask the clock.',
        toolCalls: [
          { id: 'c1', name: 'clock', arguments: '{"a":1}' },
          { id: 'c2', name: 'clock', arguments: '{"a":1}' },
        ],
      },
      { role: 'tool', content: '12', toolCallId: 'c2' },
      { role: 'tool', content: '11', toolCallId: 'c1' },
      { role: 'assistant', content: 'Eleven, or twelve.' },
      { role: 'assistant', content: 'No.' },
    ]);
  });

  it('with pictures anywhere, in order', () => {
    const url = 'https://example.org/a.png';
    const [message] = read(
      user([
        { type: 'image_url', image_url: { url, detail: 'high' } },
        { type: 'text', text: 'and' },
        { type: 'image_url', image_url: url, max_pixels: 4096 },
      ]),
    );
    expect(message!.content).toEqual([
      { type: 'picture', url, detail: 'high', path: 'messages[0].content[0].image_url.url' },
      { type: 'text', text: 'and' },
      { type: 'picture', url, detail: 'auto', maxPixels: 4096, path: 'messages[0].content[2].image_url' },
    ]);
  });

  const asking = { role: 'assistant', tool_calls: [call('c1')] };
  it.each<[string, string, unknown[]]>([
    ['messages', 'invalid_value', []],
    ['messages[0]', 'invalid_type', ['Hello!']],
    ['messages[0].role', 'missing_required_parameter', [{ content: 'Hello!' }]],
    ['messages[0].role', 'invalid_value', [{ role: 'robot', content: 'Hello!' }]],
    ['messages[0].role', 'unsupported_value', [{ role: 'function', name: 'f', content: '' }]],
    ['messages[0].content', 'missing_required_parameter', [{ role: 'user' }]],
    ['messages[0].content', 'invalid_type', [user(7)]],
    ['messages[0].content', 'invalid_value', [user([])]],
    ['messages[0].mood', 'unknown_parameter', [{ ...user('Hello!'), mood: 'good' }]],
    ['messages[0].content[0].type', 'unsupported_value', [user([{ type: 'input_audio', input_audio: {} }])]],
    ['messages[0].content[0].type', 'unsupported_value', [user([{ type: 'file', file: {} }])]],
    ['messages[0].content[0].text', 'missing_required_parameter', [user([{ type: 'text' }])]],
    ['messages[0].content[0].image_url', 'missing_required_parameter', [user([{ type: 'image_url' }])]],
    [
      'messages[0].content[0].image_url.detail',
      'invalid_value',
      [user([{ type: 'image_url', image_url: { url: 'data:,', detail: 'ultra' } }])],
    ],
    [
      'messages[0].content[0].type',
      'unsupported_value',
      [{ role: 'system', content: [{ type: 'image_url', image_url: { url: 'data:,' } }] }],
    ],
    ['messages[0].content', 'missing_required_parameter', [{ role: 'assistant' }]],
    ['messages[0].function_call', 'unsupported_value', [{ role: 'assistant', function_call: {} }]],
    [
      'messages[0].tool_calls[0].function.arguments',
      'invalid_value',
      [{ role: 'assistant', tool_calls: [{ ...call('a'), function: { name: 'f', arguments: '{"a":' } }] }],
    ],
    ['messages[0].tool_calls', 'invalid_value', [asking]],
    ['messages[0].tool_calls', 'invalid_value', [asking, user('Well?')]],
    ['messages[1].tool_call_id', 'invalid_value', [asking, { role: 'tool', tool_call_id: 'x', content: '' }]],
    ['messages[0].tool_call_id', 'missing_required_parameter', [{ role: 'tool', content: '' }]],
    ['messages[0].tool_call_id', 'invalid_value', [{ role: 'tool', tool_call_id: 'c1', content: '' }]],
  ])('%s is refused: %s', (param, fault, messages) => {
    expect(refusal(...messages)).toMatchObject({ param, fault });
  });
});
