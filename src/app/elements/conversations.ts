import { css, html, LitElement } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { History } from '../history/history.ts';
import { words } from '../words/index.ts';
import './dialog_status.ts';
import { closeIcon } from './icons.ts';
import { baseStyles } from './styles.ts';

/**
 * Where the list of conversations is: beside the conversation, or, where there is no room, in a sheet over it.
 * The list itself comes after the first paint; its place is there before.
 *
 * @fires conversation-opened as the list does.
 */
@customElement('glance-conversations')
export class GlanceConversations extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        min-block-size: 0;
      }

      nav {
        block-size: 100%;
        min-block-size: 0;
        border-inline-end: 1px solid var(--line);
      }

      dialog {
        inline-size: min(320px, 100vw - 48px);
        block-size: 100dvh;
        max-inline-size: none;
        max-block-size: none;
        margin-block: 0;
        margin-inline: 0 auto;
        padding: env(safe-area-inset-top) 0 env(safe-area-inset-bottom) env(safe-area-inset-left);
        border: 0;
        border-inline-end: 1px solid var(--line);
        background: var(--paper);
        color: var(--ink);
        box-shadow: var(--shadow);
      }

      dialog[open] {
        animation: slide var(--quick) ease-out;
      }

      dialog::backdrop {
        background: var(--scrim);
      }

      .sheet {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        block-size: 100%;
      }

      .bar {
        display: flex;
        align-items: center;
        justify-content: space-between;
        min-block-size: 52px;
        padding-inline: 16px 8px;
      }

      h2 {
        font: 600 1rem / 1.5rem var(--font);
      }

      @keyframes slide {
        from {
          opacity: 0;
          transform: translateX(calc(-12px * var(--inline-sign, 1)));
        }
      }
    `,
  ];

  /** Null until it has been fetched. */
  @property({ attribute: false }) history: History | null = null;
  /** The conversation that is on the page. */
  @property({ attribute: false }) currentId: string | null = null;
  @property({ type: Boolean }) sheet = false;
  @query('dialog') private readonly dialog!: HTMLDialogElement | null;

  /** Whether the sheet is open: Escape then closes it and nothing else. */
  get open(): boolean {
    return this.dialog?.open ?? false;
  }

  /** Opens the sheet. */
  async show(): Promise<void> {
    await this.updateComplete;
    if (!this.open) this.dialog?.showModal();
  }

  override render() {
    const list = html`<glance-rail
      .history=${this.history}
      .currentId=${this.currentId}
      @conversation-opened=${() => this.dialog?.close()}
    ></glance-rail>`;
    if (!this.sheet) return html`<nav aria-label=${words.common.conversations}>${list}</nav>`;
    // The focus begins on Close: in the field for searching it would raise the keyboard.
    return html`
      <dialog aria-labelledby="title" @click=${this.#pressed}>
        <div class="sheet">
          <div class="bar">
            <h2 id="title">${words.common.conversations}</h2>
            <button class="icon-button" aria-label=${words.common.close} autofocus @click=${() => this.dialog?.close()}>
              ${closeIcon}
            </button>
          </div>
          ${list}
        </div>
        <glance-dialog-status></glance-dialog-status>
      </dialog>
    `;
  }

  #pressed(event: MouseEvent) {
    // Beside the sheet's content there is only its backdrop.
    if (event.target === this.dialog) this.dialog?.close();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-conversations': GlanceConversations;
  }
}
