import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { DETAILS, type Detail } from '../../model/detail.ts';
import type { ModelInfo } from '../../rpc/contract.ts';
import { mostTokens, type PictureFit } from '../editing/fit.ts';
import { FocusKeeper } from '../focus_keeper.ts';
import { isPictureDetail, type PictureDetail } from '../pictures.ts';
import { words } from '../words/index.ts';
import { warningIcon } from './icons.ts';
import { baseStyles } from './styles.ts';

/** The choice of a number of one's own. */
const OWN = 'own';

/**
 * What the pictures of a question cost next to what is free, how closely they are looked at, and what can be
 * done where they do not fit.
 *
 * @fires detail-chosen with a {@link PictureDetail}
 * @fires new-conversation
 */
@customElement('glance-picture-budget')
export class GlancePictureBudget extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        padding: 0 12px 4px;
        font: var(--text-small);
        color: var(--ink-soft);
      }

      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 2px 12px;
        font-variant-numeric: tabular-nums;
      }

      label {
        display: flex;
        align-items: center;
        gap: 6px;
      }

      select,
      input {
        min-block-size: 28px;
        max-inline-size: 100%;
        padding: 0 4px;
        border: 1px solid var(--line);
        border-radius: 6px;
        background: var(--paper-raised);
        color: var(--ink);
        font: inherit;
      }

      input {
        inline-size: 76px;
      }

      @media (pointer: coarse) {
        select,
        input {
          min-block-size: 40px;
          /* Smaller letters make phones zoom in. */
          font-size: 1rem;
        }
      }

      .caution {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 8px;
        margin-block: 4px;
        padding: 6px 10px;
        border-radius: 8px;
        background: var(--danger-soft);
        color: var(--danger);
      }

      .caution svg {
        inline-size: 18px;
        block-size: 18px;
      }

      .caution p {
        flex: 1 1 200px;
      }

      .choice {
        display: flex;
        align-items: center;
        gap: 8px;
      }

      /* Where height is scarce (magnified pages, a phone on its side) the words need it more. */
      @media (max-height: 480px) {
        :host {
          padding-block-end: 0;
        }

        .line {
          display: none;
        }
      }
    `,
  ];

  @property({ attribute: false }) fit!: PictureFit;
  @property({ attribute: false }) detail: PictureDetail = 'auto';
  @property({ attribute: false }) info: ModelInfo | null = null;

  constructor() {
    super();
    new FocusKeeper(this, () => this.renderRoot.querySelector('select'));
  }

  override render() {
    const { fit, info } = this;
    if (info?.vision == null || fit.costs.some((cost) => cost === null)) return nothing;
    return html`
      <div class="line">
        <span class="sum">${words.pictureBudget.sum(fit.costs.length, fit.sum, fit.room)}</span>
        ${this.#choice(info)}
      </div>
      ${fit.wayOut === null ? nothing : this.#caution(fit.wayOut)}
    `;
  }

  #choice(info: ModelInfo) {
    const { detail } = this;
    const chosen = typeof detail === 'number' ? OWN : detail;
    return html`<span class="choice">
      <label>
        ${words.pictureBudget.detail}
        <select @change=${this.#choose} .value=${chosen}>
          ${DETAILS.map(
            (level: Detail) => html`<option value=${level} ?selected=${level === chosen}>
              ${words.pictureBudget.level[level](mostTokens(level, info))}
            </option>`,
          )}
          <option value=${OWN} ?selected=${chosen === OWN}>${words.pictureBudget.own}</option>
        </select>
      </label>
      ${
        typeof detail === 'number'
          ? html`<input
              type="number"
              inputmode="numeric"
              aria-label=${words.pictureBudget.ownTokens}
              min="1"
              max=${mostTokens(Number.MAX_SAFE_INTEGER, info)}
              .value=${String(detail)}
              @change=${this.#typed}
            />`
          : nothing
      }
    </span>`;
  }

  #caution(wayOut: NonNullable<PictureFit['wayOut']>) {
    const { sum, room } = this.fit;
    return html`<div class="caution" role="status">
      ${warningIcon}
      <p>
        ${words.pictureBudget.tooMany(sum, room)} ${wayOut === 'remove' ? words.pictureBudget.remove : nothing}
      </p>
      ${
        wayOut === 'remove'
          ? nothing
          : html`<button
              type="button"
              class="outlined-button"
              @click=${() => (wayOut === 'detail' ? this.#tell('low') : this.#fire('new-conversation'))}
            >
              ${wayOut === 'detail' ? words.pictureBudget.lessDetail : words.common.newConversation}
            </button>`
      }
    </div>`;
  }

  #choose(event: Event) {
    const { value } = event.currentTarget as HTMLSelectElement;
    const current = typeof this.detail === 'number' ? 'auto' : this.detail;
    this.#tell(value === OWN && this.info ? mostTokens(current, this.info) : (value as Detail));
  }

  #typed(event: Event) {
    const field = event.currentTarget as HTMLInputElement;
    const tokens = Math.round(field.valueAsNumber);
    if (isPictureDetail(tokens)) this.#tell(tokens);
    else field.value = String(this.detail);
  }

  #tell(detail: PictureDetail) {
    this.#fire('detail-chosen', detail);
  }

  #fire(type: string, detail?: PictureDetail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-picture-budget': GlancePictureBudget;
  }
}
