/** Messages of the OpenAI API, read and checked. Pictures are still addresses: see pictures.ts. */
import type { ChatMessage, ContentPart, ToolCall } from '../model/chat.ts';
import { RequestError } from './errors.ts';
import { checkedString, Fields, type Item, invalid, isObject, unsupported, wrongType } from './fields.ts';

/** A picture as a request names it. */
export interface PictureReference {
  type: 'picture';
  url: string;
  detail: 'auto' | 'low' | 'high';
  /** Pixel budget, in place of `detail`. */
  maxPixels?: number;
  /** Where the address stands in the request. */
  path: string;
}

/** A message whose pictures are yet to be fetched. */
export type ReadMessage = Omit<ChatMessage, 'content'> & {
  content: string | (Extract<ContentPart, { type: 'text' }> | PictureReference)[];
};

/** Members of messages that say nothing to a model here: clients send back what they were sent. */
const ECHOED = ['annotations', 'parsed', 'prompt_cache_breakpoint', 'name'];

/**
 * @param body the request
 * @throws RequestError that names the message and its part
 */
export function readMessages(body: Fields): ReadMessage[] {
  const items = body.required('messages', (name) => body.list(name, { min: 1 }));
  const messages = items.map(readMessage);
  checkToolResults(messages, items);
  return messages;
}

function readMessage({ value, path }: Item): ReadMessage {
  const message = new Fields(value, path);
  const role = message.required('role', message.string);
  message.string('name');
  switch (role) {
    case 'system':
    case 'developer':
      message.only(['role', 'content', ...ECHOED]);
      return { role: 'system', content: requiredText(message) };
    case 'user':
      message.only(['role', 'content', ...ECHOED]);
      return { role, content: readUserContent(message) };
    case 'assistant':
      return readAssistant(message);
    case 'tool':
      message.only(['role', 'content', 'tool_call_id', ...ECHOED]);
      return {
        role,
        content: requiredText(message),
        toolCallId: message.required('tool_call_id', message.string),
      };
    case 'function':
      throw unsupported(message.pathOf('role'), "Messages of the role 'function' are 'tool' messages today.");
    default:
      throw invalid(
        message.pathOf('role'),
        `must be 'system', 'developer', 'user', 'assistant' or 'tool', not '${role}'`,
      );
  }
}

function readAssistant(message: Fields): ReadMessage {
  message.only([
    'role',
    'content',
    'refusal',
    'reasoning_content',
    'reasoning',
    'tool_calls',
    'function_call',
    'audio',
    ...ECHOED,
  ]);
  for (const name of ['function_call', 'audio']) {
    if (message.has(name)) throw unsupported(message.pathOf(name), `'${name}' cannot be read here.`);
  }
  const content = readText(message, 'refusal');
  const refusal = message.string('refusal');
  const reasoning = message.string('reasoning_content') ?? message.string('reasoning');
  const toolCalls = message.list('tool_calls')?.map(readToolCall) ?? [];
  if (content === undefined && refusal === undefined && toolCalls.length === 0) {
    const path = message.pathOf('content');
    throw new RequestError(
      'missing_required_parameter',
      path,
      `'${path}' is missing, and so are calls. Add one.`,
    );
  }
  return {
    role: 'assistant',
    content: content ?? refusal ?? '',
    ...(reasoning !== undefined && { reasoning }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
}

function readToolCall({ value, path }: Item): ToolCall {
  const call = new Fields(value, path).only(['id', 'type', 'function', 'index']);
  if (call.required('type', call.string) !== 'function') {
    throw unsupported(call.pathOf('type'), 'Only calls of functions can be read here.');
  }
  const { name, arguments: text } = readFunctionCall(call);
  return { id: call.required('id', call.string), name, arguments: text };
}

function readFunctionCall(call: Fields): Pick<ToolCall, 'name' | 'arguments'> {
  const called = call
    .required('function', call.object)
    .only(['name', 'arguments', 'parsed_arguments', 'description']);
  const text = called.required('arguments', called.string);
  if (!isObject(parsedJson(text)))
    throw invalid(called.pathOf('arguments'), 'must be JSON text of an object');
  return { name: called.required('name', called.string), arguments: text };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function requiredText(message: Fields): string {
  return message.required('content', () => readText(message));
}

/** Content that is text: a string, or parts, which are joined. */
function readText(message: Fields, otherPart?: 'refusal'): string | undefined {
  const content = message.value('content');
  if (content === undefined || typeof content === 'string') return content;
  if (!Array.isArray(content)) throw wrongType(message.pathOf('content'), 'a string or a list', content);
  return message
    .list('content', { min: 1 })!
    .map(({ value, path }) => {
      const part = new Fields(value, path);
      const type = part.required('type', part.string);
      if (type !== 'text' && type !== otherPart) throw unreadablePart(part, type, ['text']);
      return part.only(['type', type, ...ECHOED]).required(type, part.string);
    })
    .join('');
}

function readUserContent(message: Fields): ReadMessage['content'] {
  const content = message.required('content', message.value);
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw wrongType(message.pathOf('content'), 'a string or a list', content);
  return message.list('content', { min: 1 })!.map(({ value, path }) => {
    const part = new Fields(value, path);
    const type = part.required('type', part.string);
    if (type === 'image_url') return readPicture(part);
    if (type !== 'text') throw unreadablePart(part, type, ['text', 'image_url']);
    return { type, text: part.only(['type', 'text', ...ECHOED]).required('text', part.string) };
  });
}

function readPicture(part: Fields): PictureReference {
  part.only(['type', 'image_url', 'max_pixels', ...ECHOED]);
  const path = part.pathOf('image_url');
  const image = part.required('image_url', part.value);
  const maxPixels = part.integer('max_pixels', { min: 1 });
  const budget = maxPixels === undefined ? {} : { maxPixels };
  // Some servers take the address alone.
  if (typeof image === 'string') return { type: 'picture', url: image, detail: 'auto', path, ...budget };
  const fields = new Fields(image, path).only(['url', 'detail']);
  return {
    type: 'picture',
    url: checkedString(fields.required('url', fields.value), fields.pathOf('url')),
    detail: fields.choice('detail', ['auto', 'low', 'high']) ?? 'auto',
    path: fields.pathOf('url'),
    ...budget,
  };
}

function unreadablePart(part: Fields, type: string, known: readonly string[]): RequestError {
  const path = part.pathOf('type');
  const possible = known.map((name) => `'${name}'`).join(' or ');
  return unsupported(path, `'${path}' is '${type}'; here it can be ${possible}.`);
}

/** Every call needs its result before the conversation goes on, and every result its call. */
function checkToolResults(messages: readonly ReadMessage[], items: readonly Item[]): void {
  let open = new Set<string>();
  let openedAt = 0;
  for (const [i, { role, toolCallId, toolCalls }] of messages.entries()) {
    if (role === 'tool') {
      if (open.delete(toolCallId!)) continue;
      const path = `${items[i]!.path}.tool_call_id`;
      throw invalid(path, `is '${toolCallId}', but the assistant's message before it asked for no such call`);
    }
    checkAnswered(open, items[openedAt]!.path);
    open = new Set(toolCalls?.map(({ id }) => id));
    openedAt = i;
  }
  checkAnswered(open, items[openedAt]!.path);
}

function checkAnswered(open: ReadonlySet<string>, path: string): void {
  if (open.size === 0) return;
  const ids = [...open].map((id) => `'${id}'`).join(', ');
  throw invalid(
    `${path}.tool_calls`,
    `has calls without a 'tool' message that holds their result: ${ids}. Add one for each right after it`,
  );
}
