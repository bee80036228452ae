/** What is told of an answer in numbers. */
import { html, nothing } from 'lit';
import type { ChatResult } from '../../rpc/contract.ts';
import { formatCount, formatDuration, plural, tokensPerSecond } from '../words.ts';

/** Says that the answer was given without all that was said before. */
export function leftOut({ droppedMessages }: ChatResult) {
  if (droppedMessages === undefined) return nothing;
  return html`<p class="quiet">
    The conversation is longer than the model can hold: ${plural(droppedMessages, 'oldest message')} left out.
  </p>`;
}

/** How long the answer took, and how long it is. */
export function speedFigures(result: ChatResult) {
  const { usage, timings } = result;
  const rate = tokensPerSecond(result);
  const figures: [string, string][] = [
    ['First token', `after ${formatDuration(timings.firstTokenMs)}`],
    ['Answer', plural(usage.completionTokens, 'token')],
  ];
  if (rate !== null) figures.push(['Speed', `${formatCount(Math.round(rate))} tokens/s`]);
  if (usage.imageTokens > 0) {
    figures.push(
      ['Preparing pictures', formatDuration(timings.picturesMs)],
      ['Reading pictures', `${formatDuration(timings.visionMs)}, ${plural(usage.imageTokens, 'token')}`],
    );
  }
  figures.push([
    'Reading the question',
    `${formatDuration(timings.prefillMs)}, ${plural(usage.promptTokens, 'token')}`,
  ]);
  return html`<dl>${figures.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
