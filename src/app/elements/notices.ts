import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { GlanceError } from '../../model/errors.ts';
import type { Notice } from '../conversation.ts';
import { words } from '../words/index.ts';
import './error_card.ts';
import type { GlanceErrorCard } from './error_card.ts';
import { baseStyles } from './styles.ts';

/**
 * What went wrong apart from any question, the newest last.
 *
 * @fires dismiss-notice with the notice's id.
 * @fires load-again
 * @fires choose-model when the reader wants to see all models.
 * @fires use-demo
 * @fires use-smaller when the reader wants what takes less memory.
 * @fires device-chosen with `auto`, where the chosen one is not there or too small.
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
  /** The model that could not be loaded is the demo model. */
  @property({ type: Boolean }) demo = false;
  /** The reader has chosen the CPU. */
  @property({ type: Boolean }) cpuChosen = false;
  /** What takes less memory, where memory was short. */
  @property({ attribute: false }) smaller: string | null = null;
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
    const { code } = loadError;
    const byDevice = code === 'webgpu-unavailable' || (code === 'model-too-large' && this.cpuChosen);
    return html`
      <glance-error-card .heading=${words.errorCard.modelNotLoaded} .error=${loadError}>
        ${
          byDevice
            ? html`<button class="filled-button" @click=${() => this.#fire('device-chosen', 'auto')}>
                ${words.common.chooseAutomatically}
              </button>`
            : html`<button class="filled-button" @click=${() => this.#fire('load-again')}>${words.common.loadAgain}</button>`
        }
        ${code === 'webgpu-unavailable' ? nothing : this.#otherModels()}
      </glance-error-card>
    `;
  }

  /** Where the model itself may be the trouble. */
  #otherModels() {
    const { smaller } = this;
    return html`
      ${
        smaller === null
          ? nothing
          : html`<button class="outlined-button" @click=${() => this.#fire('use-smaller')}>${smaller}</button>`
      }
      <button class="outlined-button" @click=${() => this.#fire('choose-model')}>${words.common.chooseAnotherModel}</button>
      ${
        this.demo
          ? nothing
          : html`<button class="text-button" @click=${() => this.#fire('use-demo')}>${words.errorCard.useDemo}</button>`
      }
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
