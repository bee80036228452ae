import type { ToolDefinition } from '../model/chat.ts';
import { OWN_VARIABLES } from '../model/chat_template.ts';
import { GlanceError } from '../model/errors.ts';
import type { ChatRequest } from '../model/request.ts';
import type { TemplateAbilities } from '../model/template_abilities.ts';
import { MAX_TOP_LOGPROBS } from './logprobs.ts';

const MAX_STOP_STRINGS = 4;
const MAX_BIAS = 100;
/** As in the OpenAI API: a name that needs no quotes wherever it stands. */
const TOOL_NAME = /^[\w-]{1,64}$/;

/** The functions that the model is told of. */
export function offeredTools({ tools = [], toolChoice }: ChatRequest): readonly ToolDefinition[] {
  return toolChoice === 'none' ? [] : tools;
}

/**
 * Checks what can be said of a request before anything is computed. Its sampling is checked by itself, once the
 * model's defaults have filled it up.
 *
 * @throws GlanceError `invalid-argument` that names the argument and what it may be.
 */
export function checkRequest(request: ChatRequest, vocabSize: number, abilities: TemplateAbilities): void {
  wholeNumber('maxTokens', request.maxTokens, 1);
  wholeNumber('maxPixels', request.maxPixels, 1);
  wholeNumber('seed', request.seed, Number.MIN_SAFE_INTEGER);
  wholeNumber('logprobs', request.logprobs, 0);
  if ((request.logprobs ?? 0) > MAX_TOP_LOGPROBS) {
    throw invalid('logprobs', `may be at most ${MAX_TOP_LOGPROBS}, not ${request.logprobs}`);
  }
  for (const [id, bias] of request.logitBias ?? []) {
    if (Number.isInteger(id) && id >= 0 && id < vocabSize && Math.abs(bias) <= MAX_BIAS) continue;
    throw invalid('logitBias', `must hold token ids below ${vocabSize} and numbers from -100 to 100`);
  }
  checkStop(request.stop);
  checkPrompt(request);
  checkContinuation(request);
  checkTools(request);
  checkThinking(request, abilities);
  checkVariables(request.templateVariables);
}

function checkStop(stop: ChatRequest['stop']): void {
  if (stop === undefined) return;
  if (!Array.isArray(stop)) throw invalid('stop', 'must be a list of strings');
  if (stop.length > MAX_STOP_STRINGS) {
    throw invalid('stop', `may hold up to ${MAX_STOP_STRINGS} strings, not ${stop.length}`);
  }
  if (stop.some((text) => typeof text !== 'string' || text === '')) {
    throw invalid('stop', 'must hold non-empty strings');
  }
}

/** What only makes sense in a conversation. */
const OF_CONVERSATIONS = [
  'continueLast',
  'tools',
  'thinking',
  'thinkingBudget',
  'templateVariables',
] as const;

function checkPrompt(request: ChatRequest): void {
  const { prompt, messages } = request;
  if (prompt === undefined) return;
  if (typeof prompt !== 'string') throw invalid('prompt', 'must be text');
  if (messages.length > 0) throw invalid('messages', 'must be empty where there is a prompt');
  for (const name of OF_CONVERSATIONS) {
    if (request[name] === undefined) continue;
    throw invalid(name, 'cannot be used with a prompt, only with messages');
  }
}

function checkContinuation({ continueLast, messages, tools }: ChatRequest): void {
  if (continueLast !== true) return;
  const last = messages.at(-1);
  if (last?.role !== 'assistant') throw invalid('continueLast', 'needs a last message of the assistant');
  if (last.toolCalls?.length) throw invalid('continueLast', 'cannot go on behind calls of functions');
  if (tools?.length) throw invalid('continueLast', 'cannot be used with tools');
}

function checkTools({ tools, toolChoice = 'auto', parallelToolCalls }: ChatRequest): void {
  if (tools !== undefined && !Array.isArray(tools)) throw invalid('tools', 'must be a list');
  const names = new Set<string>();
  for (const tool of tools ?? []) {
    const { name, description, parameters } = (tool ?? {}) as Partial<ToolDefinition>;
    if (typeof name !== 'string' || !TOOL_NAME.test(name)) {
      throw invalid('tools', `must have names of up to 64 letters, digits, _ and -, not "${name}"`);
    }
    if (names.has(name)) throw invalid('tools', `must have different names, but two are called ${name}`);
    names.add(name);
    if (description !== undefined && typeof description !== 'string') {
      throw invalid('tools', `must be described by text, which ${name} is not`);
    }
    if (parameters !== undefined && !isPlainObject(parameters)) {
      throw invalid('tools', `must have a JSON Schema of an object as parameters, which ${name} has not`);
    }
  }
  if (parallelToolCalls !== undefined && typeof parallelToolCalls !== 'boolean') {
    throw invalid('parallelToolCalls', 'must be true or false');
  }
  if (toolChoice === 'auto' || toolChoice === 'none') return;
  if (toolChoice !== 'required' && typeof toolChoice?.name !== 'string') {
    throw invalid('toolChoice', 'must be auto, none, required or the name of a function');
  }
  if (names.size === 0) throw invalid('toolChoice', 'asks for a call, but there are no tools');
  if (toolChoice !== 'required' && !names.has(toolChoice.name)) {
    throw invalid('toolChoice', `names ${toolChoice.name}, which is not among the tools`);
  }
}

function checkThinking({ thinking, thinkingBudget }: ChatRequest, abilities: TemplateAbilities): void {
  if (thinking !== undefined && typeof thinking !== 'boolean') {
    throw invalid('thinking', 'must be true or false');
  }
  if (thinking === true && abilities.thinking === 'never') {
    throw invalid('thinking', 'must be false or left out: this model does not think before it answers');
  }
  if (thinking === false && abilities.thinking === 'always') {
    throw invalid('thinking', 'must be true or left out: this model always thinks before it answers');
  }
  wholeNumber('thinkingBudget', thinkingBudget, 0);
  if (thinkingBudget !== undefined && abilities.thinking === 'never') {
    throw invalid('thinkingBudget', 'must be left out: this model does not think before it answers');
  }
}

function checkVariables(variables: ChatRequest['templateVariables']): void {
  if (variables === undefined) return;
  if (!isPlainObject(variables)) throw invalid('templateVariables', 'must be an object');
  const taken = OWN_VARIABLES.find((name) => name in variables);
  if (taken !== undefined) throw invalid('templateVariables', `may not hold ${taken}, which Glance sets`);
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wholeNumber(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  const range = least === Number.MIN_SAFE_INTEGER ? '' : ` of at least ${least}`;
  throw invalid(name, `must be a whole number${range}, not ${value}`);
}

function invalid(name: string, what: string): GlanceError {
  return new GlanceError('invalid-argument', `${name} ${what}.`, { details: { argument: name } });
}
