import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { GlanceError } from '../../model/errors.ts';
import { CopyController } from '../copy_controller.ts';
import { errorMessage, errorTitle } from '../phrases.ts';
import { words } from '../words/index.ts';
import { copyLabel } from './copy_label.ts';
import { closeIcon, warningIcon } from './icons.ts';
import { baseStyles } from './styles.ts';

/**
 * What happened, what to do now, and details to copy. Buttons for what can be done go into its slot.
 *
 * @fires dismiss when the reader closes it (only with `dismissible`).
 */
@customElement('glance-error-card')
export class GlanceErrorCard extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }

      .card {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        gap: 4px 12px;
        padding-block: 12px;
        padding-inline: 16px 12px;
        border: 1px solid var(--danger);
        border-radius: var(--radius);
        background: var(--danger-soft);
      }

      .card > svg {
        margin-block-start: 2px;
        color: var(--danger);
      }

      h2 {
        font: inherit;
        font-weight: 600;
        color: var(--danger);
        overflow-wrap: anywhere;
      }

      .rest {
        grid-column: 2 / -1;
      }

      p {
        max-inline-size: 70ch;
        overflow-wrap: anywhere;
        white-space: pre-line;
      }

      .actions {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
      }

      .actions:not(:empty) {
        padding-block-start: 8px;
      }

      details {
        padding-block-start: 8px;
        font: var(--text-small);
        color: var(--ink-soft);
      }

      summary {
        inline-size: fit-content;
        padding-block: 4px;
        border-radius: 4px;
        cursor: pointer;
      }

      pre {
        max-block-size: 160px;
        margin: 4px 0 8px;
        padding: 8px 12px;
        overflow: auto;
        border-radius: 6px;
        background: var(--paper-raised);
        font: 400 0.75rem / 1.125rem var(--font-mono);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }

      .dismiss {
        margin-block: -8px;
        margin-inline-end: -8px;
      }
    `,
  ];

  @property({ attribute: false }) error: GlanceError | null = null;
  /** What it says first; null takes what fits the error's code. */
  @property() heading: string | null = null;
  @property({ type: Boolean }) dismissible = false;
  readonly #copying = new CopyController(this);

  override render() {
    const { error } = this;
    if (error === null) return nothing;
    return html`
      <div class="card" role="alert" data-code=${error.code}>
        ${warningIcon}
        <h2>${this.heading ?? errorTitle(error.code)}</h2>
        ${
          this.dismissible
            ? html`<button class="icon-button dismiss" aria-label=${words.common.dismiss} @click=${this.#dismiss}>
                ${closeIcon}
              </button>`
            : nothing
        }
        <div class="rest">
          <p>${errorMessage(error)}</p>
          <div class="actions"><slot></slot></div>
          <details>
            <summary>${words.errorCard.details}</summary>
            <pre>${details(error)}</pre>
            <button class="text-button" @click=${() => this.#copying.copy(details(error))}>
              ${copyLabel(this.#copying, words.errorCard.copyDetails)}
            </button>
          </details>
        </div>
      </div>
    `;
  }

  #dismiss() {
    this.dispatchEvent(new CustomEvent('dismiss'));
  }
}

/** What belongs in a bug report: code, words, details; never what was asked or shown. */
function details({ code, message, details }: GlanceError): string {
  const lines = Object.entries(details).map(([key, value]) => `${key}: ${value}`);
  return [`code: ${code}`, `message: ${message}`, ...lines, `browser: ${navigator.userAgent}`].join('\n');
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-error-card': GlanceErrorCard;
  }
}
