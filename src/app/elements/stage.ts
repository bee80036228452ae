import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import type { Picture } from '../conversation.ts';
import type { Mark } from '../marks/find.ts';
import { words } from '../words/index.ts';
import { zoomInIcon } from './icons.ts';
import './marks.ts';
import { pictureViewStyles, revealInRow, setPictureSize } from './picture_view.ts';
import { baseStyles } from './styles.ts';

/**
 * The picture being talked about, large, with all pictures of the conversation below it.
 *
 * @fires mark-active as the marks on the picture do.
 * @fires show-picture with a picture's id.
 * @fires enlarge-picture with a picture's id: over the window.
 */
@customElement('glance-stage')
export class GlanceStage extends LitElement {
  static override styles = [
    baseStyles,
    pictureViewStyles,
    css`
      :host {
        display: grid;
        grid-template-rows: minmax(0, 1fr) auto;
        gap: 12px;
        min-block-size: 0;
        padding: 8px 24px 24px;
      }

      figure {
        display: grid;
        grid-template-rows: minmax(0, 1fr) auto;
        gap: 8px;
        min-block-size: 0;
      }

      .view {
        position: relative;
        border-radius: 14px;
        background: var(--paper-sunken);
      }

      figcaption {
        display: flex;
        gap: 12px;
        min-inline-size: 0;
        font: var(--text-small);
        color: var(--ink-soft);
        font-variant-numeric: tabular-nums;
      }

      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .size {
        flex: none;
        margin-inline-start: auto;
      }

      ul {
        display: flex;
        gap: 4px;
        padding: 2px;
        overflow-x: auto;
      }

      .enlarge {
        position: absolute;
        inset-block-start: 8px;
        inset-inline-end: 8px;
        border: 1px solid var(--line);
        background: var(--paper-raised);
      }

      li button {
        display: block;
        padding: 2px;
        border: 2px solid transparent;
      }

      li button[aria-pressed='true'] {
        border-color: var(--accent);
      }

      li button img {
        display: block;
        inline-size: 56px;
        block-size: 56px;
        border-radius: 5px;
        background: #fff;
        object-fit: cover;
      }

      @media (forced-colors: active) {
        li button {
          border-color: Canvas;
        }

        li button[aria-pressed='true'] {
          border-color: Highlight;
        }
      }
    `,
  ];

  @property({ attribute: false }) pictures: readonly Picture[] = [];
  @property({ attribute: false }) shown: Picture | null = null;
  /** Tokens that the shown picture takes; null if that is not known. */
  @property({ attribute: false }) cost: number | null = null;
  /** The places on the shown picture that an answer names, and the one that is pointed at. */
  @property({ attribute: false }) marks: readonly Mark[] = [];
  @property({ attribute: false }) activeMark: number | null = null;
  @query('.view img') private readonly image!: HTMLImageElement | null;
  @query('ul') private readonly strip!: HTMLElement | null;

  override render() {
    const { shown, cost } = this;
    if (shown === null) return nothing;
    const { content } = shown;
    return html`
      <figure>
        <div class="view">
          ${keyed(
            shown.id,
            html`<div class="framed" @dblclick=${() => this.#enlarge(shown.id)}>
              <img src=${shown.url} alt=${shown.name} decoding="async" @load=${this.#size} />
              <glance-marks .marks=${this.marks} .active=${this.activeMark}></glance-marks>
            </div>`,
          )}
          <button
            class="enlarge icon-button"
            aria-label=${words.viewer.enlarge(shown.name)}
            title=${words.viewer.enlarge(shown.name)}
            @click=${() => this.#enlarge(shown.id)}
          >
            ${zoomInIcon}
          </button>
        </div>
        <figcaption>
          <span class="name" dir="auto">${shown.name}</span>
          <span class="size">
            ${content === null ? nothing : words.common.pixels(content.width, content.height)}${
              cost === null ? nothing : words.common.further(words.common.tokens(cost))
            }
          </span>
        </figcaption>
      </figure>
      ${this.pictures.length > 1 ? this.#strip() : nothing}
    `;
  }

  #strip() {
    return html`
      <ul aria-label=${words.stage.all}>
        ${this.pictures.map(
          ({ id, name, url }) => html`
            <li>
              <button
                aria-pressed=${id === this.shown?.id}
                aria-label=${words.stage.show(name)}
                @click=${() => this.#show(id)}
              >
                <img src=${url} alt="" decoding="async" />
              </button>
            </li>
          `,
        )}
      </ul>
    `;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (this.shown?.content) this.#size();
    if (changed.has('shown') || changed.has('pictures')) {
      const selected = this.strip?.querySelector<HTMLElement>('[aria-pressed="true"]');
      revealInRow(this.strip, selected);
    }
  }

  #size() {
    setPictureSize(this.image, this.shown?.content ?? null);
  }

  #enlarge(pictureId: string) {
    this.dispatchEvent(
      new CustomEvent<string>('enlarge-picture', { detail: pictureId, bubbles: true, composed: true }),
    );
  }

  #show(pictureId: string) {
    this.dispatchEvent(
      new CustomEvent<string>('show-picture', { detail: pictureId, bubbles: true, composed: true }),
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-stage': GlanceStage;
  }
}
