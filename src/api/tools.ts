/** Functions that a request offers, and whether they are to be called. */
import type { ToolDefinition } from '../model/chat.ts';
import type { ChatRequest } from '../model/request.ts';
import { Fields, type Item, invalid, isObject, unsupported, wrongType } from './fields.ts';
import { requireBeside } from './parameters.ts';

const MAX_TOOLS = 128;
const NAME = /^[\w-]{1,64}$/;

type ToolParameters = Pick<ChatRequest, 'tools' | 'toolChoice' | 'parallelToolCalls'>;

/** @throws RequestError that names the parameter */
export function readTools(body: Fields): ToolParameters {
  requireBeside(body, 'tool_choice', 'tools');
  requireBeside(body, 'parallel_tool_calls', 'tools');
  const tools = body.list('tools', { min: 1, max: MAX_TOOLS })?.map(readTool);
  if (tools === undefined) return {};
  tools.forEach(({ name }, i) => {
    if (tools.findIndex((tool) => tool.name === name) === i) return;
    throw invalid(`tools[${i}].function.name`, `is '${name}', as another function is named already`);
  });
  const parallelToolCalls = body.boolean('parallel_tool_calls');
  return {
    tools,
    ...readToolChoice(body, tools),
    ...(parallelToolCalls !== undefined && { parallelToolCalls }),
  };
}

function readTool({ value, path }: Item): ToolDefinition {
  const tool = new Fields(value, path);
  checkType(tool);
  const definition = tool
    .only(['type', 'function'])
    .required('function', tool.object)
    .only(['name', 'description', 'parameters', 'strict']);
  const name = definition.required('name', definition.string);
  if (!NAME.test(name)) {
    throw invalid(
      definition.pathOf('name'),
      'may hold letters from a to z, digits, underscores and dashes, 64 at most',
    );
  }
  const strict = definition.boolean('strict');
  const description = definition.string('description');
  const parameters = definition.value('parameters');
  if (parameters !== undefined && !isObject(parameters)) {
    throw wrongType(definition.pathOf('parameters'), 'a JSON Schema, an object', parameters);
  }
  return {
    name,
    ...(description !== undefined && { description }),
    ...(parameters && { parameters }),
    ...(strict && { strict }),
  };
}

function checkType(tool: Fields): void {
  const type = tool.required('type', tool.string);
  if (type === 'function') return;
  const path = tool.pathOf('type');
  throw unsupported(path, `'${path}' is '${type}'; here it can be 'function'.`);
}

function readToolChoice(body: Fields, tools: ToolDefinition[]): ToolParameters {
  const value = body.value('tool_choice');
  if (value === undefined || typeof value === 'string') {
    const toolChoice = body.choice('tool_choice', ['none', 'auto', 'required']);
    return toolChoice === undefined ? {} : { toolChoice };
  }
  const choice = body.required('tool_choice', body.object);
  const type = choice.required('type', choice.string);
  if (type === 'allowed_tools')
    return readAllowedTools(choice.required('allowed_tools', choice.object), tools);
  checkType(choice);
  return { toolChoice: { name: chosenName(choice.only(['type', 'function']), tools) } };
}

function readAllowedTools(allowed: Fields, tools: ToolDefinition[]): ToolParameters {
  allowed.only(['mode', 'tools']);
  const items = allowed.required('tools', (name) => allowed.list(name, { min: 1 }));
  const names = items.map(({ value, path }) => {
    const tool = new Fields(value, path).only(['type', 'function']);
    checkType(tool);
    return chosenName(tool, tools);
  });
  return {
    tools: tools.filter(({ name }) => names.includes(name)),
    toolChoice: allowed.required('mode', (name) => allowed.choice(name, ['auto', 'required'])),
  };
}

function chosenName(choice: Fields, tools: ToolDefinition[]): string {
  const named = choice.required('function', choice.object);
  const name = named.required('name', named.string);
  if (tools.some((tool) => tool.name === name)) return name;
  throw invalid(named.pathOf('name'), `is '${name}', which is none of 'tools'`);
}
