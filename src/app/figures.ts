import type { ChatResult } from '../rpc/contract.ts';
import { contextUsed, promptTokensPerSecond, tokensPerSecond } from './speed.ts';
import { formatDuration, words } from './words/index.ts';

/** A figure's name and its value, as people read them. */
export type Figure = readonly [name: string, value: string];

/**
 * What an answer took, in numbers.
 *
 * @param contextLength tokens that its model takes at most, if that is known
 */
export function figuresOf(result: ChatResult, contextLength: number | null): Figure[] {
  const { usage, timings } = result;
  const { figures: names, common } = words;
  const rate = tokensPerSecond(result);
  const promptRate = promptTokensPerSecond(result);
  const figures: Figure[] = [[names.firstToken, names.after(timings.firstTokenMs)]];
  if (rate !== null) figures.push([names.speed, common.tokensPerSecond(rate)]);
  figures.push([names.answer, common.tokens(usage.completionTokens)]);
  if (usage.reasoningTokens > 0) figures.push([names.reasoning, common.tokens(usage.reasoningTokens)]);
  figures.push([names.readingQuestion, names.timeAndTokens(timings.prefillMs, usage.promptTokens)]);
  if (promptRate !== null) figures.push([names.readingSpeed, common.tokensPerSecond(promptRate)]);
  if (usage.cachedTokens > 0) figures.push([names.cached, common.tokens(usage.cachedTokens)]);
  if (usage.imageTokens > 0) {
    figures.push(
      [names.preparing, formatDuration(timings.picturesMs)],
      [names.readingPictures, names.timeAndTokens(timings.visionMs, usage.imageTokens)],
    );
  }
  const used = contextUsed(result);
  figures.push([
    names.context,
    contextLength === null ? common.tokens(used) : names.contextOf(used, contextLength),
  ]);
  return figures;
}

/** Figures as text, one a line. */
export function figuresText(figures: readonly Figure[]): string {
  return figures.map(([name, value]) => `${name}: ${value}`).join('\n');
}
