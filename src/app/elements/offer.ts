import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { downloadOf } from '../../store/catalogue.ts';
import { pageStorage } from '../device.ts';
import { sessionModel } from '../model_choice.ts';
import { offerFailedWords, offerWords, workShare, workWords } from '../model_words.ts';
import { declineOffer, type Offer, offerDeclined, offerOf } from '../offer.ts';
import type { Session } from '../session.ts';
import { SessionController } from '../session_controller.ts';
import type { ModelShelf } from '../shelf.ts';
import { words } from '../words/index.ts';
import { closeIcon } from './icons.ts';
import './progress.ts';
import { baseStyles } from './styles.ts';

/**
 * One calm line below the demo model's answers: a real model in its place, from the offer to its use.
 *
 * @fires choose-model when the reader wants to see all models.
 * @fires offer-declined
 */
@customElement('glance-offer')
export class GlanceOffer extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        font: var(--text-small);
      }

      section {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0 12px;
        align-items: start;
        padding-block: 10px 8px;
        padding-inline: 14px 6px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--paper-raised);
      }

      p {
        padding-block: 4px;
        color: var(--ink);
        text-wrap: pretty;
        font-variant-numeric: tabular-nums;
      }

      .actions {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px;
        margin-inline-start: -10px;
      }

      .first {
        color: var(--accent);
        font-weight: 600;
      }

      .icon-button {
        inline-size: 32px;
        block-size: 32px;
      }

      @media (pointer: coarse) {
        section {
          padding-block-end: 0;
        }

        .icon-button {
          inline-size: 44px;
          block-size: 44px;
          margin-block: -6px;
        }
      }
    `,
  ];

  /** Set once, as is the other. */
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) shelf!: ModelShelf;
  @state() private declined = offerDeclined(pageStorage());

  protected override willUpdate(): void {
    if (!this.hasUpdated) new SessionController(this, this.shelf);
  }

  protected override firstUpdated(): void {
    if (!this.declined) void this.shelf.open();
  }

  override render() {
    const offer = this.declined ? null : offerOf(this.shelf.state);
    if (offer === null) return nothing;
    const { label, act } = this.#primary(offer);
    return html`
      <section aria-label=${words.offer.label}>
        ${said(offer)}
        <button class="icon-button" aria-label=${words.offer.notNow} @click=${this.#decline}>
          ${closeIcon}
        </button>
        <div class="actions">
          <button class="text-button first" @click=${act}>${label}</button>
          <button class="text-button" @click=${this.#chooseModel}>
            ${offer.failed ? words.offer.seeWhy : words.offer.allModels}
          </button>
        </div>
      </section>
    `;
  }

  /** One button for all stages, so that it keeps the focus. */
  #primary({ entry, file, fit, work, stored, failed }: Offer): { label: string; act: () => void } {
    const download = { ...downloadOf(entry, file, this.shelf.state.hub), name: entry.name };
    if (work !== null) {
      return work.progress?.state === 'paused' && stored !== null
        ? { label: words.model.resume, act: () => void this.shelf.resume(stored) }
        : { label: words.model.pause, act: () => void this.shelf.pause(download.id) };
    }
    if (stored?.complete) {
      return {
        label: words.offer.use,
        act: () => void this.session.useModel(sessionModel(stored, fit.contextLength)),
      };
    }
    const begun = stored !== null && stored.storedBytes > 0;
    return {
      label: failed ? words.common.tryAgain : begun ? words.offer.resume : words.model.download(null),
      act: () => void this.shelf.download(download),
    };
  }

  #decline() {
    declineOffer(pageStorage());
    this.declined = true;
    this.dispatchEvent(new CustomEvent('offer-declined'));
  }

  #chooseModel() {
    this.dispatchEvent(new CustomEvent('choose-model', { bubbles: true, composed: true }));
  }
}

function said(offer: Offer) {
  const { entry, work, failed } = offer;
  if (work === null) return html`<p>${failed ? offerFailedWords(offer) : offerWords(offer)}</p>`;
  return html`<glance-progress
    .label=${words.offer.atWork(entry.name, workWords(work))}
    .share=${workShare(work)}
  ></glance-progress>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-offer': GlanceOffer;
  }
}
