import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ModelInfo } from '../../rpc/contract.ts';
import type { Picture } from '../conversation.ts';
import { tokenCost } from '../pictures.ts';
import { plural } from '../words.ts';
import { baseStyles } from './styles.ts';

/**
 * The picture being talked about, large, with all pictures of the conversation below it.
 *
 * @fires show-picture with a picture's id.
 */
@customElement('glance-stage')
export class GlanceStage extends LitElement {
  static override styles = [
    baseStyles,
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
        container-type: size;
        display: grid;
        place-items: center;
        min-block-size: 0;
        border-radius: 14px;
        background: var(--paper-sunken);
      }

      /* As large as fits, but small pictures at most four times their size: more shows only blur. */
      .view img {
        display: block;
        inline-size: min(
          100cqi - 48px,
          (100cqb - 48px) * var(--aspect-ratio, 1),
          4px * var(--natural-width, 256)
        );
        aspect-ratio: var(--aspect-ratio, 1);
        outline: 1px solid var(--line);
        background: #fff;
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

      button {
        display: block;
        padding: 2px;
        border: 2px solid transparent;
      }

      button[aria-pressed='true'] {
        border-color: var(--accent);
      }

      button img {
        display: block;
        inline-size: 56px;
        block-size: 56px;
        border-radius: 5px;
        background: #fff;
        object-fit: cover;
      }
    `,
  ];

  @property({ attribute: false }) pictures: readonly Picture[] = [];
  @property({ attribute: false }) shown: Picture | null = null;
  @property({ attribute: false }) vision: ModelInfo['vision'] = null;

  override render() {
    const { shown } = this;
    if (shown === null) return nothing;
    const { content } = shown;
    const cost = tokenCost(content, this.vision);
    return html`
      <figure>
        <div class="view"><img src=${shown.url} alt=${shown.name} decoding="async" @load=${this.#size} /></div>
        <figcaption>
          <span class="name">${shown.name}</span>
          <span class="size">
            ${content === null ? nothing : `${content.width} × ${content.height} px`}${
              cost === null ? nothing : `, ${plural(cost, 'token')}`
            }
          </span>
        </figcaption>
      </figure>
      ${this.pictures.length > 1 ? this.#strip() : nothing}
    `;
  }

  #strip() {
    return html`
      <ul aria-label="All pictures">
        ${this.pictures.map(
          ({ id, name, url }) => html`
            <li>
              <button
                aria-pressed=${id === this.shown?.id}
                aria-label="Show ${name}"
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

  /** The picture's own measures, set from script because a strict CSP forbids style attributes. */
  #size(event: Event) {
    const image = event.currentTarget as HTMLImageElement;
    // An SVG without a size of its own has none to give.
    const [width, height] = [image.naturalWidth || 300, image.naturalHeight || 300];
    image.style.setProperty('--aspect-ratio', String(width / height));
    image.style.setProperty('--natural-width', String(width));
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
