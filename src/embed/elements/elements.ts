/**
 * Glance's elements. Importing this module does nothing: {@link define} makes them known to the page, and what draws
 * and answers is fetched when the first of them is used.
 */
import { GlanceAsk } from './glance_ask.ts';
import { GlanceChat } from './glance_chat.ts';
import type { GlanceElementEventMap } from './glance_element.ts';

export type { Answered } from '../answered.ts';
export type { LoadedModel, LoadingProgress } from '../events.ts';
export type { PictureSource } from '../picture_source.ts';
export type { ChatAskOptions } from './glance_chat.ts';
export type { ErrorDetail, GlanceElement, GlanceElementEventMap } from './glance_element.ts';
export { GlanceAsk, GlanceChat };

/**
 * Makes `<glance-chat>` and `<glance-ask>` known to the page. Doing so twice does no harm; where there is no page, as on
 * a server that renders ahead, nothing is done.
 */
export function define(): void {
  if (!('customElements' in globalThis)) return;
  if (customElements.get('glance-chat') === undefined) customElements.define('glance-chat', GlanceChat);
  if (customElements.get('glance-ask') === undefined) customElements.define('glance-ask', GlanceAsk);
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-chat': GlanceChat;
    'glance-ask': GlanceAsk;
  }

  /** They bubble: elements around, the document and the window hear them as well. */
  interface GlobalEventHandlersEventMap extends GlanceElementEventMap {}
}
