import { css, html, LitElement } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { words } from '../words/index.ts';
import { nextIcon, previousIcon } from './icons.ts';
import { baseStyles } from './styles.ts';

/**
 * Which version of a question is seen, and the way to the others.
 *
 * @fires version-chosen with the version's id, and the direction in which it lies.
 */
@customElement('glance-versions')
export class GlanceVersions extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        font: var(--text-small);
        color: var(--ink-soft);
      }

      [role='group'] {
        display: flex;
        align-items: center;
      }

      button {
        display: grid;
        place-items: center;
        inline-size: 32px;
        block-size: 32px;
        transition: background-color var(--quick);
      }

      button svg {
        inline-size: 16px;
        block-size: 16px;
      }

      button[aria-disabled='true'] {
        cursor: default;
        opacity: 0.4;
      }

      :host(:dir(rtl)) svg {
        scale: -1 1;
      }

      span {
        min-inline-size: 4em;
        text-align: center;
        font-variant-numeric: tabular-nums;
      }

      @media (hover: hover) {
        button:hover:not([aria-disabled='true']) {
          background: var(--paper-sunken);
          color: var(--ink);
        }
      }

      @media (pointer: coarse) {
        button {
          inline-size: 44px;
          block-size: 44px;
        }
      }
    `,
  ];

  /** Ids, oldest first. */
  @property({ attribute: false }) versions: readonly string[] = [];
  @property({ attribute: false }) current = '';
  @property({ type: Boolean }) disabled = false;
  @query('.previous') private readonly previousButton!: HTMLElement;
  @query('.next') private readonly nextButton!: HTMLElement;

  /** Puts the focus on the button that leads on in this direction. */
  focusStep(step: 1 | -1): void {
    (step === 1 ? this.nextButton : this.previousButton).focus();
  }

  override render() {
    const at = this.versions.indexOf(this.current);
    const ends = (index: number) => this.disabled || this.versions[index] === undefined;
    // Buttons that lead nowhere keep the focus: a reader who pages to the end is not thrown out.
    return html`
      <div role="group" aria-label=${words.versions.label}>
        <button
          class="previous"
          aria-label=${words.versions.previous}
          aria-disabled=${ends(at - 1)}
          @click=${() => this.#choose(at, -1)}
        >
          ${previousIcon}
        </button>
        <span>${words.versions.position(at + 1, this.versions.length)}</span>
        <button
          class="next"
          aria-label=${words.versions.next}
          aria-disabled=${ends(at + 1)}
          @click=${() => this.#choose(at, 1)}
        >
          ${nextIcon}
        </button>
      </div>
    `;
  }

  #choose(at: number, step: 1 | -1) {
    const turnId = this.versions[at + step];
    if (turnId === undefined || this.disabled) return;
    this.dispatchEvent(
      new CustomEvent('version-chosen', { detail: { turnId, step }, bubbles: true, composed: true }),
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-versions': GlanceVersions;
  }
}
