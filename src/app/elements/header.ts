import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { words } from '../words/index.ts';
import { lensMark, newIcon, railIcon, settingsIcon } from './icons.ts';
import { baseStyles } from './styles.ts';

/**
 * The top of the page: its name, the way to all conversations, and to a new one.
 *
 * @fires toggle-conversations
 * @fires new-conversation
 * @fires show-settings
 */
@customElement('glance-header')
export class GlanceHeader extends LitElement {
  static override styles = [
    baseStyles,
    css`
      header {
        display: flex;
        align-items: center;
        gap: 4px;
        min-block-size: 56px;
        padding-inline: max(8px, env(safe-area-inset-left)) max(16px, env(safe-area-inset-right));
      }

      .brand {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 4px;
        border-radius: 8px;
        color: var(--ink);
        font: 650 1.0625rem / 1.5rem var(--font);
        letter-spacing: -0.01em;
        text-decoration: none;
      }

      .brand svg {
        color: var(--accent);
      }

      .end {
        display: flex;
        align-items: center;
        gap: 4px;
        margin-inline-start: auto;
      }

      /* Beside the settings there is no room for its words. */
      @media (max-width: 480px) {
        .text-button {
          justify-content: center;
          inline-size: 44px;
          padding: 0;
        }

        .text-button span {
          position: absolute;
          inline-size: 1px;
          block-size: 1px;
          overflow: hidden;
          clip-path: inset(50%);
          white-space: nowrap;
        }
      }

      @media (max-height: 480px) {
        header {
          min-block-size: 44px;
        }
      }
    `,
  ];

  /** Something has been asked. */
  @property({ type: Boolean }) started = false;
  /** The list of conversations stands beside this one. */
  @property({ type: Boolean }) railed = false;

  override render() {
    return html`
      <header>
        <button
          class="icon-button"
          aria-label=${words.common.conversations}
          title=${words.common.conversations}
          aria-expanded=${this.railed}
          @click=${() => this.#fire('toggle-conversations')}
        >
          ${railIcon}
        </button>
        <a class="brand" href="./" @click=${this.#home}>${lensMark}<span>Glance</span></a>
        <div class="end">
        ${
          this.started
            ? html`<button class="text-button" @click=${() => this.#fire('new-conversation')}>
                ${newIcon} <span>${words.common.newConversation}</span>
              </button>`
            : nothing
        }
          <button
            class="icon-button"
            aria-label=${words.settings.title}
            title=${words.settings.title}
            aria-haspopup="dialog"
            @click=${() => this.#fire('show-settings')}
          >
            ${settingsIcon}
          </button>
        </div>
      </header>
    `;
  }

  #home(event: MouseEvent) {
    // The name leads to the first screen, without the way through the network.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    this.#fire('new-conversation');
  }

  #fire(type: string) {
    this.dispatchEvent(new CustomEvent(type));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-header': GlanceHeader;
  }
}
