import { describe, expect, it } from 'vitest';
import { readCompletionRequest } from '../../../src/api/completion_request.ts';

const BODY = { model: 'scripted', prompt: 'Once' };
const read = (more: object) => readCompletionRequest({ ...BODY, ...more });

describe('parameters of completions', () => {
  it('have the defaults of the OpenAI API', () => {
    expect(read({ user: 'u', best_of: 1 })).toEqual({
      model: 'scripted',
      prompts: ['Once'],
      n: 1,
      stream: false,
      includeUsage: false,
      echo: false,
      formatName: null,
      request: { maxTokens: 16 },
    });
  });

  it.each<[object, object]>([
    [
      { prompt: ['a', 'b'], echo: true },
      { prompts: ['a', 'b'], echo: true },
    ],
    [
      { n: 3, best_of: 3, stream: true, stream_options: { include_usage: true } },
      { n: 3, includeUsage: true },
    ],
    [{ logprobs: 5, max_tokens: 9 }, { request: { logprobs: 5, maxTokens: 9 } }],
    [
      { regex: 'a+', temperature: 0, stop: '.' },
      {
        formatName: 'regex',
        request: {
          maxTokens: 16,
          format: { type: 'regex', pattern: 'a+' },
          sampling: { temperature: 0 },
          stop: ['.'],
        },
      },
    ],
  ])('%j becomes %j', (more, expected) => {
    expect(read(more)).toMatchObject(expected);
  });

  it.each<[string, string, object]>([
    ['prompt', 'missing_required_parameter', { prompt: null }],
    ['prompt', 'invalid_value', { prompt: [] }],
    ['prompt', 'invalid_type', { prompt: {} }],
    ['prompt[1]', 'unsupported_value', { prompt: ['a', [1]] }],
    ['logprobs', 'invalid_value', { logprobs: 6 }],
    ['logprobs', 'invalid_type', { logprobs: true }],
    ['logprobs', 'unsupported_value', { logprobs: 0, echo: true }],
    ['best_of', 'unsupported_value', { best_of: 2 }],
    ['best_of', 'invalid_value', { best_of: 2, n: 3 }],
    ['suffix', 'unsupported_parameter', { suffix: '.' }],
    ['messages', 'unknown_parameter', { messages: [] }],
    ['max_completion_tokens', 'unknown_parameter', { max_completion_tokens: 4 }],
  ])('%s is refused: %s', (param, fault, more) => {
    expect(() => read(more)).toThrow(expect.objectContaining({ param, fault }));
  });
});
