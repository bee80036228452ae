import type { ChatMessage } from '../model/chat.ts';

/** Share of the context that is kept free for an answer whose length nobody limits. */
const ANSWER_SHARE = 1 / 4;

/** Tokens that a prompt may take so that the answer has room. */
export function promptRoom(contextLength: number, maxTokens: number | undefined): number {
  const wanted = maxTokens ?? Number.POSITIVE_INFINITY;
  return contextLength - Math.max(1, Math.min(wanted, Math.floor(contextLength * ANSWER_SHARE)));
}

/**
 * Leaves out the oldest turns, each a question with all that followed it, until the rest fits. System messages
 * and the last question stay, even if these alone are too long.
 *
 * @param countTokens of the prompt that messages make
 */
export function dropOldestTurns(
  messages: readonly ChatMessage[],
  room: number,
  countTokens: (messages: readonly ChatMessage[]) => number,
): readonly ChatMessage[] {
  let kept = messages;
  while (countTokens(kept) > room) {
    const turns = kept.flatMap(({ role }, at) => (role === 'user' ? [at] : []));
    if (turns.length < 2) break;
    const next = turns[1]!;
    kept = kept.filter(({ role }, at) => at >= next || role === 'system');
  }
  return kept;
}
