import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ChatResult } from '../../rpc/contract.ts';
import { CopyController } from '../copy_controller.ts';
import { figuresOf, figuresText } from '../figures.ts';
import { words } from '../words/index.ts';
import { copyLabel } from './copy_label.ts';
import { baseStyles } from './styles.ts';

/** What an answer took, in numbers, and as text to take along. */
@customElement('glance-figures')
export class GlanceFigures extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: grid;
        justify-items: start;
        gap: 4px;
        padding: 12px 16px 4px;
        border-radius: var(--radius);
        background: var(--paper-sunken);
        font: var(--text-small);
        font-variant-numeric: tabular-nums;
      }

      dl {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(128px, 100%), 1fr));
        gap: 8px 16px;
        inline-size: 100%;
      }

      dt {
        color: var(--ink-soft);
      }

      dd {
        color: var(--ink);
        overflow-wrap: anywhere;
      }

      button {
        margin-inline-start: -10px;
      }

      button svg {
        inline-size: 16px;
        block-size: 16px;
      }
    `,
  ];

  @property({ attribute: false }) result: ChatResult | null = null;
  /** Tokens that the model takes at most; null if the answer is another model's. */
  @property({ attribute: false }) contextLength: number | null = null;
  readonly #copying = new CopyController(this);

  override render() {
    if (this.result === null) return nothing;
    const figures = figuresOf(this.result, this.contextLength);
    return html`
      <dl>${figures.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
      <button class="text-button" @click=${() => this.#copying.copy(figuresText(figures))}>
        ${copyLabel(this.#copying, words.figures.copy)}
      </button>
    `;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-figures': GlanceFigures;
  }
}
