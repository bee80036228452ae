import type { ChatMessage, ContentPart } from '../model/chat.ts';
import type { GlanceErrorCode } from '../model/errors.ts';
import { textSoFar, thoughtOf } from './answering.ts';
import type { Answer, Conversation, Picture } from './conversation.ts';
import type { PictureDetail } from './pictures.ts';

/**
 * The request's messages for the given turn: what was asked and answered before it, then its question,
 * pictures ahead of the words, and what its answer is to go on from, if it is.
 *
 * A question that was refused is left out with its pictures, for they may be the reason. One that was stopped
 * before a word came leaves its pictures to the question after it; one that failed through no fault of its own only to
 * a question without any, which may well be the same once more.
 *
 * @param budgetOf the pixel budget of each of a question's pictures; null for the model's own
 */
export function messagesFor(
  state: Conversation,
  turnId: string,
  budgetOf: (detail: PictureDetail) => number | null = () => null,
): ChatMessage[] {
  const messages: ChatMessage[] = [];
  let carried: readonly Picture[] = [];
  let isCarriedFailed = false;
  for (const { id, question, answer, keptAnswer } of state.turns) {
    const own = question.pictures;
    const pictures = isCarriedFailed && own.length > 0 ? own : [...carried, ...own];
    const maxPixels = budgetOf(question.detail ?? 'auto');
    if (id === turnId) {
      messages.push(userMessage(question.text, pictures, maxPixels));
      if (keptAnswer !== null) messages.push(assistantMessage(keptAnswer));
      break;
    }
    if (wasRefused(answer)) {
      carried = [];
      continue;
    }
    const said = textSoFar(answer);
    isCarriedFailed = answer.state === 'failed';
    carried = said === '' ? pictures : [];
    if (said !== '') messages.push(userMessage(question.text, pictures, maxPixels), assistantMessage(answer));
  }
  return messages;
}

/** Errors for which the question itself may be the reason: with it, whatever is asked next would fail as well. */
const REFUSALS: ReadonlySet<GlanceErrorCode> = new Set([
  'prompt-invalid',
  'template-failed',
  'context-overflow',
  'invalid-argument',
  'model-has-no-vision',
  // A smaller picture may do.
  'out-of-memory',
]);

/** What has got as far as a word was no longer in the question's way. */
function wasRefused(answer: Answer): boolean {
  if (answer.state !== 'failed' || answer.text !== '') return false;
  const { code } = answer.error;
  return code.startsWith('picture-') || REFUSALS.has(code);
}

function assistantMessage(answer: Answer): ChatMessage {
  const thought = thoughtOf(answer);
  return {
    role: 'assistant',
    content: textSoFar(answer),
    ...(thought && { reasoning: thought.text }),
  };
}

function userMessage(text: string, pictures: readonly Picture[], maxPixels: number | null): ChatMessage {
  if (pictures.length === 0) return { role: 'user', content: text };
  const parts: ContentPart[] = [];
  for (const { content } of pictures) {
    if (content === null) continue;
    parts.push({ type: 'image', image: content.input, ...(maxPixels !== null && { maxPixels }) });
  }
  return { role: 'user', content: [...parts, { type: 'text', text }] };
}
