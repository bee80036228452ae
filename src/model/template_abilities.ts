/** What a chat template can do, found out by rendering small conversations with it. */
import type { ChatMessage } from './chat.ts';

/** Whether a model thinks before it answers: never, unless told not to (or only if told to), or always. */
export type Thinking = 'never' | 'switchable' | 'always';

export interface TemplateAbilities {
  thinking: Thinking;
  /** It tells the model of functions. */
  tools: boolean;
  /** It writes the arguments of calls as they are if they come as JSON text, and does not quote that text. */
  textArguments: boolean;
}

type Render = (variables: Record<string, unknown>) => string;

const QUESTION = { role: 'user', content: '?' };

export function findAbilities(render: Render): TemplateAbilities {
  // A template may refuse what it does not know.
  const attempt: Render = (variables) => {
    try {
      return render({ messages: [QUESTION], add_generation_prompt: true, ...variables });
    } catch {
      return '';
    }
  };
  return {
    thinking: thinkingOf(attempt),
    tools: attempt({ tools: [{ type: 'function', function: { name: 'known_function' } }] }).includes(
      'known_function',
    ),
    textArguments: attempt({
      messages: [QUESTION, callOf('{"known_name": 1}')],
    }).includes('{"known_name": 1}'),
  };
}

function thinkingOf(render: Render): Thinking {
  const on = render({ enable_thinking: true });
  if (on !== render({ enable_thinking: false })) return 'switchable';
  return on.trimEnd().endsWith('<think>') ? 'always' : 'never';
}

function callOf(text: string) {
  const call = { id: '1', type: 'function', function: { name: 'known_function', arguments: text } };
  return { role: 'assistant', content: '', tool_calls: [call] };
}

/**
 * The last of Qwen3's soft switches in a conversation: `/think` or `/no_think` in a message of the user or the
 * system sets the mode from there on, where the template lets the model think (model card of Qwen3).
 */
export function lastSoftSwitch(messages: readonly ChatMessage[]): 'think' | 'no_think' | null {
  for (const { role, content } of messages.toReversed()) {
    if (role !== 'user' && role !== 'system') continue;
    const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
    const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
    const last = [...texts.join('\n').matchAll(/(?<!\S)\/(think|no_think)(?!\S)/g)].at(-1);
    if (last) return last[1] as 'think' | 'no_think';
  }
  return null;
}
