/** What is told of an answer in numbers. */
import { html, nothing } from 'lit';
import type { ChatResult } from '../../rpc/contract.ts';
import { words } from '../words/index.ts';

/** Says that the answer was given without all that was said before. */
export function leftOut({ droppedMessages }: ChatResult) {
  if (droppedMessages === undefined) return nothing;
  return html`<p class="quiet">${words.turn.leftOut(droppedMessages)}</p>`;
}
