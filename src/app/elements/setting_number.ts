import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { readNumber } from '../settings/settings.ts';
import { words } from '../words/index.ts';
import { settingsStyles } from './settings_styles.ts';
import { baseStyles } from './styles.ts';

/**
 * A number that may be set, or left as it is recommended.
 *
 * @fires number-chosen with the number; null for what is recommended.
 */
@customElement('glance-setting-number')
export class GlanceSettingNumber extends LitElement {
  static override styles = [
    baseStyles,
    settingsStyles,
    css`
      .row {
        padding-block: 8px;
      }

      .control {
        display: flex;
        align-items: center;
        gap: 4px;
      }

      @media (max-width: 480px) {
        .control {
          flex-direction: column-reverse;
          align-items: end;
        }
      }

      input[type='text'] {
        inline-size: 112px;
        text-align: end;
        font-variant-numeric: tabular-nums;
      }

      input::placeholder {
        color: var(--ink-soft);
        opacity: 1;
      }

      input[aria-invalid='true'] {
        border-color: var(--danger);
      }

      .text-button {
        order: -1;
      }

      .wrong {
        color: var(--danger);
      }
    `,
  ];

  @property() name = '';
  @property() note = '';
  /** Null where nothing is set. */
  @property({ attribute: false }) value: number | null = null;
  /** What stands in the field then. */
  @property() recommended = '';
  @property({ type: Number }) least = 0;
  @property({ type: Number }) most = 1;
  /** Only whole numbers will do. */
  @property({ type: Boolean }) whole = false;
  @state() private wrong = false;
  @query('input') private readonly field!: HTMLInputElement;

  override render() {
    const { value, wrong } = this;
    return html`
      <div class="row keep">
        <div>
          <label class="name" for="field">${this.name}</label>
          <p id="note" class="note">${this.note}</p>
          <p id="wrong" class="wrong" role="alert">
            ${wrong ? words.settings.wrongNumber(this.least, this.most, this.whole) : nothing}
          </p>
        </div>
        <div class="control">
          <input
            id="field"
            type="text"
            inputmode=${this.whole ? 'numeric' : 'decimal'}
            autocomplete="off"
            aria-describedby="note wrong"
            aria-invalid=${wrong}
            placeholder=${this.recommended}
            .value=${live(wrong ? (this.field?.value ?? '') : value === null ? '' : String(value))}
            @change=${this.#changed}
            @keydown=${this.#key}
          />
          ${
            value === null && !wrong
              ? nothing
              : html`<button
                  class="text-button"
                  aria-label=${words.settings.resetLabel(this.name)}
                  @click=${this.#reset}
                >
                  ${words.settings.reset}
                </button>`
          }
        </div>
      </div>
    `;
  }

  #changed() {
    const text = this.field.value.trim();
    const number = readNumber(text, this.whole);
    const isRight =
      text === '' ||
      (number >= this.least && number <= this.most && (!this.whole || Number.isInteger(number)));
    this.wrong = !isRight;
    if (isRight) this.#fire(text === '' ? null : number);
  }

  #key(event: KeyboardEvent) {
    if (event.key === 'Enter') this.#changed();
  }

  #reset() {
    this.wrong = false;
    this.#fire(null);
    this.field.focus();
  }

  #fire(detail: number | null) {
    this.dispatchEvent(new CustomEvent('number-chosen', { detail }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-setting-number': GlanceSettingNumber;
  }
}
