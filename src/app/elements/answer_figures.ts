/** What is told of an answer in numbers. */
import { html, nothing } from 'lit';
import type { ChatResult } from '../../rpc/contract.ts';
import { tokensPerSecond } from '../speed.ts';
import { formatDuration, words } from '../words/index.ts';

/** Says that the answer was given without all that was said before. */
export function leftOut({ droppedMessages }: ChatResult) {
  if (droppedMessages === undefined) return nothing;
  return html`<p class="quiet">${words.turn.leftOut(droppedMessages)}</p>`;
}

/** How long the answer took, and how long it is. */
export function speedFigures(result: ChatResult) {
  const { usage, timings } = result;
  const rate = tokensPerSecond(result);
  const { figures: names, common } = words;
  const figures: [string, string][] = [
    [names.firstToken, names.after(timings.firstTokenMs)],
    [names.answer, common.tokens(usage.completionTokens)],
  ];
  if (rate !== null) figures.push([names.speed, common.tokensPerSecond(rate)]);
  if (usage.imageTokens > 0) {
    figures.push(
      [names.preparing, formatDuration(timings.picturesMs)],
      [names.readingPictures, names.timeAndTokens(timings.visionMs, usage.imageTokens)],
    );
  }
  figures.push([names.readingQuestion, names.timeAndTokens(timings.prefillMs, usage.promptTokens)]);
  return html`<dl>${figures.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
