import type { ChatMessage } from '../../model/chat.ts';
import type { ChatRequest, ModelInfo } from '../../model/request.ts';
import type { Turn } from '../conversation.ts';
import {
  type AskedWith,
  type AskSettings,
  type ConversationSettings,
  requestSettings,
  settingsFor,
} from './settings.ts';

/** How a question is put to the model. */
export interface Asking {
  /** What is kept with the answer. */
  readonly asked: AskedWith;
  /** What comes ahead of the conversation. */
  readonly system: ChatMessage[];
  readonly options: Partial<ChatRequest>;
}

/**
 * @param all what holds for all conversations
 * @param own what this one has of its own
 * @param turn the question; an answer that goes on does so as it began, whatever has been set since
 */
export function askingOf(
  all: AskSettings,
  own: ConversationSettings,
  turn: Pick<Turn, 'asked' | 'keptAnswer'> | undefined,
  model: ModelInfo,
): Asking {
  const goesOn = turn !== undefined && turn.keptAnswer !== null ? turn.asked : null;
  const { systemPrompt, answers } = goesOn ?? settingsFor(all, own);
  return {
    asked: {
      systemPrompt,
      answers,
      model: model.name,
      deviceName: model.deviceName,
      contextLength: model.contextLength,
    },
    system: systemPrompt.trim() === '' ? [] : [{ role: 'system', content: systemPrompt }],
    options: requestSettings(answers, model),
  };
}
