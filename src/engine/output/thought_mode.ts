import type { ChatTemplate } from '../../model/chat_template.ts';
import type { ChatRequest } from '../../model/request.ts';
import { lastSoftSwitch } from '../../model/template_abilities.ts';
import type { Tokenizer } from '../../model/tokenizer.ts';
import { type PromptThought, promptThought } from './marks.ts';

/** How an answer stands to thinking before it begins. */
export interface ThoughtMode {
  prompt: PromptThought;
  /** The model may begin with a thought that the prompt has not opened. */
  mayBegin: boolean;
  /** It is going to think, as far as can be told from outside. */
  isExpected: boolean;
}

/** @param tokenIds of the prompt that the request became */
export function thoughtMode(
  { tokenizer, template }: { tokenizer: Tokenizer; template: ChatTemplate },
  { prompt: rawPrompt, messages, thinking }: ChatRequest,
  tokenIds: readonly number[],
): ThoughtMode {
  if (rawPrompt !== undefined) return { prompt: 'none', mayBegin: false, isExpected: false };
  const prompt = promptThought(tokenIds, tokenizer);
  const mayBegin = prompt === 'none' && thinking !== false && template.abilities.thinking === 'switchable';
  const isWanted = (thinking ?? template.abilities.thinksUnasked) && lastSoftSwitch(messages) !== 'no_think';
  return { prompt, mayBegin, isExpected: prompt === 'open' || (mayBegin && isWanted) };
}
