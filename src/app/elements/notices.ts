import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { GlanceError } from '../../model/errors.ts';
import type { Notice } from '../conversation.ts';
import { CHOOSE_AUTOMATICALLY } from '../words.ts';
import './error_card.ts';
import type { GlanceErrorCard } from './error_card.ts';
import { baseStyles } from './styles.ts';

/**
 * What went wrong apart from any question, the newest last.
 *
 * @fires dismiss-notice with the notice's id.
 * @fires load-again
 * @fires device-chosen with `auto`, where the chosen one is not there.
 */
@customElement('glance-notices')
export class GlanceNotices extends LitElement {
  static override styles = [
    baseStyles,
    css`
      /* The padding keeps room for the rings of focus. */
      :host {
        display: grid;
        gap: 8px;
        max-block-size: 30dvh;
        margin: -4px;
        padding: 4px;
        overflow-y: auto;
        overscroll-behavior: contain;
      }
    `,
  ];

  @property({ attribute: false }) notices: readonly Notice[] = [];
  /** Why there is no model, unless a turn says so. */
  @property({ attribute: false }) loadError: GlanceError | null = null;
  #cardCount = 0;

  override render() {
    return html`
      ${this.#loadError()}
      ${repeat(
        this.notices,
        ({ id }) => id,
        ({ id, title, error }) => html`
          <glance-error-card
            dismissible
            .heading=${title}
            .error=${error}
            @dismiss=${() => this.#fire('dismiss-notice', id)}
          ></glance-error-card>
        `,
      )}
    `;
  }

  protected override updated(): void {
    void this.#revealNewest();
  }

  #loadError() {
    const { loadError } = this;
    if (loadError === null) return nothing;
    const wayOut =
      loadError.code === 'webgpu-unavailable'
        ? html`<button class="filled-button" @click=${() => this.#fire('device-chosen', 'auto')}>
            ${CHOOSE_AUTOMATICALLY}
          </button>`
        : html`<button class="filled-button" @click=${() => this.#fire('load-again')}>Load again</button>`;
    return html`
      <glance-error-card heading="The model could not be loaded" .error=${loadError}>${wayOut}</glance-error-card>
    `;
  }

  /** On a low window a new notice, the last in the box, may stand out of sight. */
  async #revealNewest() {
    const cards = this.renderRoot.querySelectorAll<GlanceErrorCard>('glance-error-card');
    const newest = cards.length > this.#cardCount ? cards.item(cards.length - 1) : null;
    this.#cardCount = cards.length;
    await newest?.updateComplete;
    newest?.scrollIntoView({ block: 'nearest' });
  }

  #fire(type: string, detail?: string) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-notices': GlanceNotices;
  }
}
