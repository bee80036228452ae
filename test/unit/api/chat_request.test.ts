import { describe, expect, it } from 'vitest';
import { readChatRequest } from '../../../src/api/chat_request.ts';
import { RequestError } from '../../../src/api/errors.ts';
import { HELLO } from './host.ts';

const read = (more: object) => readChatRequest({ ...HELLO, ...more });
const requestOf = (more: object) => read(more).request;

/** The error with which a request is refused. */
function refusal(body: unknown): RequestError | null {
  try {
    readChatRequest(body);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  return null;
}

const weather = {
  type: 'function',
  function: { name: 'weather', description: 'Tells.', parameters: { type: 'object' }, strict: true },
};
const clock = { type: 'function', function: { name: 'clock' } };

describe('parameters of chat completions', () => {
  it('leave everything to the model where nothing is said', () => {
    expect(read({})).toEqual({
      model: 'scripted',
      n: 1,
      stream: false,
      includeUsage: false,
      effort: undefined,
      formatName: null,
      messages: [{ role: 'user', content: 'Hello!' }],
      request: {},
    });
  });

  it.each<[object, object]>([
    [{ temperature: 0, top_p: 0.5 }, { sampling: { temperature: 0, topP: 0.5 } }],
    [{ top_k: -1 }, { sampling: { topK: 0 } }],
    [{ top_k: 5, min_p: 0.1 }, { sampling: { topK: 5, minP: 0.1 } }],
    [
      { presence_penalty: -2, frequency_penalty: 2, repetition_penalty: 1.1 },
      { sampling: { presencePenalty: -2, frequencyPenalty: 2, repetitionPenalty: 1.1 } },
    ],
    [{ seed: -3 }, { seed: -3 }],
    [{ stop: 'end' }, { stop: ['end'] }],
    [{ stop: ['a', 'b'] }, { stop: ['a', 'b'] }],
    [{ max_tokens: 7 }, { maxTokens: 7 }],
    [{ max_completion_tokens: 8 }, { maxTokens: 8 }],
    [{ logprobs: true }, { logprobs: 0 }],
    [{ logprobs: true, top_logprobs: 20 }, { logprobs: 20 }],
    [{ logprobs: false, top_logprobs: 0 }, {}],
    [
      { logit_bias: { 5: -100, 17: 2.5 } },
      {
        logitBias: [
          [5, -100],
          [17, 2.5],
        ],
      },
    ],
    // Null is as good as nothing.
    [{ temperature: null, seed: null, stop: null, tools: null, response_format: null, stream: null }, {}],
    // What makes no difference here.
    [
      {
        store: true,
        metadata: { a: 'b' },
        user: 'u',
        service_tier: 'auto',
        safety_identifier: 's',
        prompt_cache_key: 'k',
        modalities: ['text'],
        verbosity: 'medium',
      },
      {},
    ],
  ])('%j becomes %j', (more, expected) => {
    expect(requestOf(more)).toEqual(expected);
  });

  it.each<[object, object]>([
    [{ enable_thinking: false }, { thinking: false }],
    [{ chat_template_kwargs: { enable_thinking: true } }, { thinking: true }],
    [
      { chat_template_kwargs: { enable_thinking: true, tone: 'dry', note: null }, enable_thinking: true },
      { thinking: true, templateVariables: { tone: 'dry', note: null } },
    ],
    [{ reasoning_effort: 'none' }, { thinking: false }],
    [{ reasoning_effort: 'minimal' }, { thinking: false }],
    [{ reasoning_effort: 'low' }, { thinking: true, thinkingBudget: 512 }],
    [
      { reasoning_effort: 'medium', thinking_budget: 9 },
      { thinking: true, thinkingBudget: 9 },
    ],
    [{ reasoning_effort: 'high' }, { thinking: true }],
  ])('%j becomes %j', (more, expected) => {
    expect(requestOf(more)).toEqual(expected);
  });

  it.each<[object, object]>([
    [{ tools: [weather, clock] }, {}],
    [{ tools: [weather, clock], tool_choice: 'required' }, { toolChoice: 'required' }],
    [
      { tools: [weather, clock], tool_choice: { type: 'function', function: { name: 'clock' } } },
      { toolChoice: { name: 'clock' } },
    ],
    [{ tools: [weather, clock], parallel_tool_calls: false }, { parallelToolCalls: false }],
  ])('%j offers both tools', (more, expected) => {
    const tools = [
      { name: 'weather', description: 'Tells.', parameters: { type: 'object' }, strict: true },
      { name: 'clock' },
    ];
    expect(requestOf(more)).toEqual({ tools, ...expected });
  });

  it('offers only the tools that are allowed', () => {
    const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'clock' } }] };
    const choice = { type: 'allowed_tools', allowed_tools: allowed };
    expect(requestOf({ tools: [weather, clock], tool_choice: choice })).toEqual({
      tools: [{ name: 'clock' }],
      toolChoice: 'required',
    });
  });

  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  it.each<[object, object | undefined]>([
    [{ response_format: { type: 'text' } }, undefined],
    [{ response_format: { type: 'json_object' } }, { type: 'json' }],
    [
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema, strict: true } } },
      { type: 'json-schema', schema },
    ],
    [{ response_format: { type: 'json_schema', json_schema: { name: 'a' } } }, { type: 'json' }],
    [{ grammar: 'root ::= "a"' }, { type: 'grammar', grammar: 'root ::= "a"' }],
    [{ guided_grammar: 'root ::= "a"' }, { type: 'grammar', grammar: 'root ::= "a"' }],
    [{ regex: '[ab]+' }, { type: 'regex', pattern: '[ab]+' }],
    [
      { guided_regex: '[ab]+', response_format: { type: 'text' } },
      { type: 'regex', pattern: '[ab]+' },
    ],
    [{ structured_outputs: { regex: '[ab]+' } }, { type: 'regex', pattern: '[ab]+' }],
    [{ structured_outputs: { json_object: true } }, { type: 'json' }],
    [{ guided_json: schema }, { type: 'json-schema', schema }],
    [{ guided_json: JSON.stringify(schema) }, { type: 'json-schema', schema }],
    [{ guided_choice: ['yes', 'a "no"'] }, { type: 'grammar', grammar: 'root ::= "yes" | "a \\"no\\""' }],
  ])('%j asks for %j', (more, format) => {
    expect(requestOf(more).format).toEqual(format);
  });

  it('goes on where the assistant ended', () => {
    const messages = [...HELLO.messages, { role: 'assistant', content: 'I' }];
    const more = { messages, continue_final_message: true, add_generation_prompt: false };
    expect(requestOf(more)).toEqual({ continueLast: true });
    expect(requestOf({ messages })).toEqual({});
  });

  it.each<[string, string, object]>([
    ['temperature', 'invalid_value', { temperature: 2.1 }],
    ['temperature', 'invalid_type', { temperature: '1' }],
    ['top_p', 'invalid_value', { top_p: -0.1 }],
    ['top_k', 'invalid_type', { top_k: 1.5 }],
    ['min_p', 'invalid_value', { min_p: 2 }],
    ['presence_penalty', 'invalid_value', { presence_penalty: 3 }],
    ['frequency_penalty', 'invalid_value', { frequency_penalty: -3 }],
    ['repetition_penalty', 'invalid_value', { repetition_penalty: 0 }],
    ['seed', 'invalid_type', { seed: 0.5 }],
    ['n', 'invalid_value', { n: 0 }],
    ['n', 'invalid_value', { n: 129 }],
    ['stop', 'invalid_value', { stop: ['1', '2', '3', '4', '5'] }],
    ['stop', 'invalid_type', { stop: 7 }],
    ['stop[1]', 'invalid_value', { stop: ['1', ''] }],
    ['max_tokens', 'invalid_value', { max_tokens: 0 }],
    ['max_tokens', 'invalid_value', { max_tokens: 5, max_completion_tokens: 5 }],
    ['logit_bias', 'invalid_type', { logit_bias: [] }],
    ['logit_bias.word', 'invalid_value', { logit_bias: { word: 1 } }],
    ['logit_bias.5', 'invalid_value', { logit_bias: { 5: 101 } }],
    ['top_logprobs', 'invalid_value', { top_logprobs: 2 }],
    ['top_logprobs', 'invalid_value', { top_logprobs: 2, logprobs: false }],
    ['top_logprobs', 'invalid_value', { top_logprobs: 21, logprobs: true }],
    ['stream', 'invalid_type', { stream: 'yes' }],
    ['stream_options', 'invalid_value', { stream_options: {} }],
    ['stream_options.every', 'unknown_parameter', { stream: true, stream_options: { every: 1 } }],
    ['tool_choice', 'invalid_value', { tool_choice: 'auto' }],
    ['tool_choice', 'invalid_value', { tools: [clock], tool_choice: 'always' }],
    ['parallel_tool_calls', 'invalid_value', { parallel_tool_calls: true }],
    ['tools', 'invalid_value', { tools: [] }],
    ['tools[0].type', 'unsupported_value', { tools: [{ type: 'custom', custom: { name: 'a' } }] }],
    ['tools[0].function.name', 'invalid_value', { tools: [{ type: 'function', function: { name: 'a b' } }] }],
    ['tools[1].function.name', 'invalid_value', { tools: [clock, clock] }],
    [
      'tools[0].function.parameters',
      'invalid_type',
      { tools: [{ type: 'function', function: { name: 'a', parameters: 'none' } }] },
    ],
    [
      'tool_choice.function.name',
      'invalid_value',
      { tools: [clock], tool_choice: { type: 'function', function: { name: 'weather' } } },
    ],
    ['response_format.type', 'invalid_value', { response_format: { type: 'yaml' } }],
    [
      'response_format.json_schema',
      'missing_required_parameter',
      { response_format: { type: 'json_schema' } },
    ],
    [
      'response_format.json_schema.schema',
      'invalid_type',
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: [] } } },
    ],
    ['regex', 'invalid_value', { response_format: { type: 'json_object' }, regex: 'a' }],
    ['guided_json', 'invalid_value', { guided_json: '{' }],
    ['structured_outputs.json', 'invalid_value', { structured_outputs: { json: '{' } }],
    ['structured_outputs.regex', 'invalid_value', { structured_outputs: { json: {}, regex: 'a' } }],
    ['structured_outputs.xml', 'unknown_parameter', { structured_outputs: { xml: 'a' } }],
    ['reasoning_effort', 'invalid_value', { reasoning_effort: 'some' }],
    ['reasoning_effort', 'invalid_value', { reasoning_effort: 'none', enable_thinking: true }],
    ['thinking_budget', 'invalid_value', { thinking_budget: -1 }],
    ['chat_template_kwargs', 'invalid_type', { chat_template_kwargs: true }],
    ['continue_final_message', 'invalid_value', { continue_final_message: true }],
    ['add_generation_prompt', 'invalid_value', { add_generation_prompt: false }],
    ['modalities', 'unsupported_value', { modalities: ['text', 'audio'] }],
    ['verbosity', 'unsupported_value', { verbosity: 'low' }],
    ['audio', 'unsupported_parameter', { audio: { voice: 'alloy', format: 'wav' } }],
    ['prediction', 'unsupported_parameter', { prediction: { type: 'content', content: '' } }],
    ['web_search_options', 'unsupported_parameter', { web_search_options: {} }],
    ['functions', 'unsupported_parameter', { functions: [] }],
    ['max_token', 'unknown_parameter', { max_token: 3 }],
    ['constructor', 'unknown_parameter', { constructor: 3 }],
    ['model', 'missing_required_parameter', { model: undefined }],
    ['model', 'invalid_type', { model: 5 }],
  ])('%s is refused: %s', (param, fault, more) => {
    const error = refusal({ ...HELLO, ...more });
    expect(error).toMatchObject({ param, fault });
    expect(error!.message).toContain(param);
  });

  it.each([null, [], 'text', 7])('%j is no request', (body) => {
    expect(refusal(body)).toMatchObject({ fault: 'invalid_type', param: null });
  });
});
