/** Messages in the shape that chat templates expect, which is that of Hugging Face's processors. */
import type { ChatMessage, ContentPart, ToolCall, ToolDefinition } from './chat.ts';
import { GlanceError } from './errors.ts';
import type { TemplateAbilities } from './template_abilities.ts';
import { END_MARK, type TextMask } from './text_mask.ts';

type TemplateContent = string | ({ type: 'text'; text: string } | { type: 'image' })[];

interface TemplateMessage {
  role: string;
  content: TemplateContent;
  reasoning_content?: string;
  tool_calls?: { id: string; type: 'function'; function: { name: string; arguments: unknown } }[];
  tool_call_id?: string;
  name?: string;
}

/** What masking takes. */
export interface Masking {
  mask: TextMask;
  abilities: TemplateAbilities;
}

/** All that people and functions wrote, masked. */
export function templateMessages(messages: readonly ChatMessage[], masking: Masking): TemplateMessage[] {
  const names = new Map(
    messages.flatMap(({ toolCalls }) => toolCalls ?? []).map(({ id, name }) => [id, name] as const),
  );
  return messages.map((message) => {
    const { role, reasoning, toolCalls, toolCallId } = message;
    const { mask } = masking;
    const name = toolCallId === undefined ? undefined : names.get(toolCallId);
    return {
      role,
      content: templateContent(message, masking),
      ...(reasoning !== undefined && { reasoning_content: mask.apply(reasoning) }),
      ...(toolCalls?.length && { tool_calls: toolCalls.map((call) => templateCall(call, masking)) }),
      ...(toolCallId !== undefined && { tool_call_id: mask.apply(toolCallId) }),
      ...(name !== undefined && { name: mask.apply(name) }),
    };
  });
}

/** In the OpenAI API's shape, which templates print as JSON. */
export function templateTools(tools: readonly ToolDefinition[], mask: TextMask): unknown[] {
  return tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: {
      name: mask.apply(name),
      ...(description !== undefined && { description: mask.apply(description) }),
      ...(parameters !== undefined && { parameters: mask.applyDeep(parameters) }),
    },
  }));
}

/** Marks where the last message ends: what the template writes behind it is not to be part of the prompt. */
export function markEnd(messages: readonly TemplateMessage[]): TemplateMessage[] {
  const last = messages.at(-1)!;
  // Who had not begun to speak goes on thinking.
  const isThinking = last.content === '' && (last.reasoning_content ?? '') !== '';
  const marked = isThinking
    ? { ...last, reasoning_content: last.reasoning_content + END_MARK }
    : { ...last, content: last.content + END_MARK };
  return [...messages.slice(0, -1), marked];
}

function templateContent({ role, content, reasoning }: ChatMessage, { mask }: Masking): TemplateContent {
  const mayThink = role === 'assistant' && reasoning === undefined;
  const protect = (text: string) => (mayThink ? protectAnswer(text, mask) : mask.apply(text));
  if (typeof content === 'string') return protect(content);
  // Templates of text-only models know strings only.
  if (content.every((part) => part.type === 'text')) {
    return content.map((part) => protect(part.text)).join('');
  }
  return content.map((part) =>
    part.type === 'text' ? { type: 'text', text: protect(part.text) } : { type: 'image' },
  );
}

/** A thought and an answer in one text, as they come from where thoughts have no field of their own. */
const THOUGHT = /^(\s*<think>)([\s\S]*?)(<\/think>)([\s\S]*)$/;

/** Such a thought is structure, which templates look for. Any other mark is one that the model only spelt. */
function protectAnswer(text: string, mask: TextMask): string {
  const [, opening, thought, closing, answer] = THOUGHT.exec(text) ?? [];
  if (opening === undefined) return mask.apply(text);
  return opening + mask.apply(thought!) + closing! + mask.apply(answer!);
}

function templateCall({ id, name, arguments: text }: ToolCall, { mask, abilities }: Masking) {
  const value = abilities.textArguments ? pythonJson(text) : parsedJson(text);
  return {
    id: mask.apply(id),
    type: 'function' as const,
    function: { name: mask.apply(name), arguments: mask.applyDeep(value) },
  };
}

/** JSON text spaced as Python's `json.dumps` does, which models were trained on; other text as it is. */
function pythonJson(text: string): string {
  if (parsedJson(text) === text) return text;
  return text.replace(
    /("(?:[^"\\]|\\.)*")|[ \t\r\n]+|([:,])/g,
    (_, string: string | undefined, separator: string | undefined) =>
      string !== undefined ? JSON.stringify(JSON.parse(string)) : separator ? `${separator} ` : '',
  );
}

/** What a JSON text stands for; a text that is none for itself. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const ROLES: readonly unknown[] = ['system', 'user', 'assistant', 'tool'];

/** @throws GlanceError `prompt-invalid` for a conversation that is empty or malformed */
export function checkMessages(messages: readonly ChatMessage[]): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalid('there is no message in it. Write a question first');
  }
  const calls = new Set<string>();
  messages.forEach((message: ChatMessage | null, index) => {
    const which = `message ${index + 1}`;
    if (typeof message !== 'object' || message === null) throw invalid(`${which} is no message`);
    const { role, toolCallId } = message;
    if (!ROLES.includes(role)) {
      throw invalid(`${which} has the role "${String(role)}"; it must be system, user, assistant or tool`);
    }
    checkContent(message, which);
    checkAssistant(message, which);
    for (const { id } of message.toolCalls ?? []) calls.add(id);
    if (role === 'tool' && (toolCallId === undefined || !calls.has(toolCallId))) {
      throw invalid(`${which} is the result of a call that no message before it asked for`);
    }
  });
}

function checkContent({ role, content }: ChatMessage, which: string): void {
  if (typeof content === 'string') return;
  if (!Array.isArray(content)) throw invalid(`the content of ${which} is neither text nor a list of parts`);
  for (const part of content as (ContentPart | null)[]) {
    if (part?.type === 'text') {
      if (typeof part.text !== 'string') throw invalid(`${which} has a text part without text`);
    } else if (part?.type === 'image') {
      if (role !== 'user') throw invalid(`${which} holds a picture, but only a user's message may`);
    } else {
      throw invalid(`${which} has a part of an unknown type`);
    }
  }
}

function checkAssistant({ role, reasoning, toolCalls }: ChatMessage, which: string): void {
  if (reasoning === undefined && toolCalls === undefined) return;
  if (role !== 'assistant') throw invalid(`${which} holds reasoning or calls, but only an assistant's may`);
  if (reasoning !== undefined && typeof reasoning !== 'string') {
    throw invalid(`the reasoning of ${which} is no text`);
  }
  for (const call of toolCalls ?? []) {
    const texts = [call?.id, call?.name, call?.arguments];
    if (!texts.every((text) => typeof text === 'string')) {
      throw invalid(`${which} has a call without id, name or arguments`);
    }
  }
}

function invalid(reason: string): GlanceError {
  return new GlanceError('prompt-invalid', `This conversation cannot be asked: ${reason}.`, {
    details: { reason },
  });
}
