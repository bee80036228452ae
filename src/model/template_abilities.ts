/** What a chat template can do, found out by rendering small conversations with it. */
import type { ChatMessage } from './chat.ts';

/** Whether a model thinks before it answers: never, as it is told, or always. */
export type Thinking = 'never' | 'switchable' | 'always';

export interface TemplateAbilities {
  thinking: Thinking;
  /** The model thinks where nobody said whether it should. */
  thinksUnasked: boolean;
  /** It tells the model of functions. */
  tools: boolean;
  /** It writes the arguments of calls as they are if they come as JSON text, and does not quote that text. */
  textArguments: boolean;
}

const TOOL = {
  type: 'function',
  function: { name: 'known_function', description: '', parameters: { type: 'object', properties: {} } },
};

type Render = (variables: Record<string, unknown>) => string;

const QUESTION = { role: 'user', content: '?' };

/** @param render may throw: what a template refuses it cannot do */
export function findAbilities(render: Render): TemplateAbilities {
  // A template may refuse what it does not know.
  const attempt: Render = (variables) => {
    try {
      return render({ messages: [QUESTION], tools: null, add_generation_prompt: true, ...variables });
    } catch {
      return '';
    }
  };
  const on = attempt({ enable_thinking: true });
  const isSwitchable = on !== attempt({ enable_thinking: false });
  const isOpened = on.trimEnd().endsWith('<think>');
  return {
    thinking: isSwitchable ? 'switchable' : isOpened ? 'always' : 'never',
    thinksUnasked: isSwitchable ? attempt({}) === on : isOpened,
    tools: attempt({ tools: [TOOL] }).includes(TOOL.function.name),
    textArguments: attempt({ messages: [QUESTION, callOf('{"known_name": 1}')] }).includes(
      '{"known_name": 1}',
    ),
  };
}

function callOf(text: string) {
  const call = { id: '1', type: 'function', function: { name: TOOL.function.name, arguments: text } };
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
