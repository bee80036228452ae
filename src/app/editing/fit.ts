/** Whether the pictures of a question fit what is left of the context. */
import type { ChatResult, ModelInfo } from '../../rpc/contract.ts';
import type { Conversation, Picture, Question } from '../conversation.ts';
import { type PictureDetail, pixelBudget, tokenCost } from '../pictures.ts';

/** Kept for the question's words, the frame around them and the answer, in tokens, and as a share. */
const RESERVE = 512;
const RESERVE_SHARE = 1 / 8;

export interface PictureFit {
  /** Tokens of each picture; null where its size, or the model, is not known. */
  readonly costs: readonly (number | null)[];
  /** Tokens of all that are known. */
  readonly sum: number;
  /** Tokens that are left for pictures. */
  readonly room: number;
  readonly fits: boolean;
  /** What would help, in the order in which it is offered. */
  readonly wayOut: 'detail' | 'conversation' | 'remove' | null;
}

/**
 * @param info null while no model is loaded
 * @param usedTokens of the context, by the conversation so far
 */
export function pictureFit(draft: Question, info: ModelInfo | null, usedTokens: number): PictureFit {
  const { pictures, detail = 'auto' } = draft;
  const costsAt = (level: PictureDetail) => {
    const budget = info && pixelBudget(level, info);
    return pictures.map(({ content }) => tokenCost(content, info?.vision ?? null, budget));
  };
  const total = (costs: readonly (number | null)[]) =>
    costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0);
  const costs = costsAt(detail);
  const sum = total(costs);
  const context = info?.contextLength ?? 0;
  const reserve = Math.min(RESERVE, Math.floor(context * RESERVE_SHARE));
  const room = Math.max(0, context - usedTokens - reserve);
  const fits = info === null || sum <= room;
  const low = total(costsAt('low'));
  const helps = {
    detail: low < sum && low <= room,
    conversation: usedTokens > 0 && sum <= context - reserve,
  };
  const wayOut = fits ? null : helps.detail ? 'detail' : helps.conversation ? 'conversation' : 'remove';
  return { costs, sum, room, fits, wayOut };
}

/** Tokens of the context that a conversation takes after an answer; thoughts are not kept. */
export function tokensUsed(result: ChatResult | null): number {
  if (result === null) return 0;
  const { promptTokens, completionTokens, reasoningTokens } = result.usage;
  return promptTokens + completionTokens - reasoningTokens;
}

/** The most tokens that a picture can take at a level of detail. */
export function mostTokens(detail: PictureDetail, info: ModelInfo): number {
  const { vision } = info;
  if (vision === null) return 0;
  const budget = pixelBudget(detail, info) ?? vision.defaultMaxPixels;
  return Math.floor(budget / (vision.patchSize * vision.mergeSize) ** 2);
}

/** Tokens that a picture takes as its question has it looked at, in the composer or in the conversation. */
export function shownCost({ draft, turns }: Conversation, picture: Picture, info: ModelInfo): number | null {
  const questions = [draft, ...turns.toReversed().map(({ question }) => question)];
  const { detail = 'auto' } = questions.find(({ pictures }) => pictures.includes(picture)) ?? {};
  return tokenCost(picture.content, info.vision, pixelBudget(detail, info));
}
