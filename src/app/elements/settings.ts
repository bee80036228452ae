import { css, html, LitElement } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { History } from '../history/history.ts';
import type { ReadMemory } from '../memory_controller.ts';
import type { SessionModel } from '../model_loader.ts';
import type { Session } from '../session.ts';
import type { SettingsStore } from '../settings/settings_store.ts';
import type { ModelShelf } from '../shelf.ts';
import { words } from '../words/index.ts';
import './dialog_status.ts';
import { viewStyles } from './dialog_styles.ts';
import { closeIcon } from './icons.ts';
import './settings_answers.ts';
import './settings_data.ts';
import './settings_general.ts';
import './settings_model.ts';
import { baseStyles } from './styles.ts';

export type SettingsTab = 'general' | 'answers' | 'model' | 'data';
const TABS: readonly SettingsTab[] = ['general', 'answers', 'model', 'data'];

/**
 * Everything that can be set, in four tabs; below 640 px over the whole window.
 *
 * @fires closed
 */
@customElement('glance-settings')
export class GlanceSettings extends LitElement {
  static override styles = [
    baseStyles,
    viewStyles,
    css`
      :host {
        --dialog-inline-size: min(820px, 100vw - 48px);
        --dialog-block-size: min(720px, 100dvh - 64px);
      }

      dialog[open] {
        display: grid;
        grid-template: auto minmax(0, 1fr) / 196px minmax(0, 1fr);
      }

      .bar {
        grid-column: 1 / -1;
      }

      .tabs {
        display: flex;
        flex-direction: column;
        gap: 2px;
        padding: 16px 12px;
        border-inline-end: 1px solid var(--line);
      }

      .tabs button {
        min-block-size: 36px;
        padding: 0 12px;
        font: 500 0.875rem / 1.25rem var(--font);
        color: var(--ink-soft);
        text-align: start;
        white-space: nowrap;
        transition: background-color var(--quick);
      }

      .tabs button[aria-selected='true'] {
        background: var(--accent-soft);
        color: var(--accent);
      }

      .panel {
        padding: 16px 24px max(24px, env(safe-area-inset-bottom));
        overflow-y: auto;
        overscroll-behavior: contain;
      }

      @media (hover: hover) {
        .tabs button:hover:not([aria-selected='true']) {
          background: var(--paper-sunken);
          color: var(--ink);
        }
      }

      @media (forced-colors: active) {
        .tabs button[aria-selected='true'] {
          outline: 2px solid Highlight;
        }
      }

      @media (max-width: 639px) {
        dialog[open] {
          grid-template: auto auto minmax(0, 1fr) / minmax(0, 1fr);
        }

        .bar {
          border: 0;
        }

        .tabs {
          flex-direction: row;
          padding: 0 max(12px, env(safe-area-inset-left)) 8px;
          overflow-x: auto;
          border-inline-end: 0;
          border-block-end: 1px solid var(--line);
          scrollbar-width: none;
        }

        .tabs button {
          flex: none;
          min-block-size: 40px;
        }
      }

      /* The last of them would be out of sight. */
      @media (max-width: 359px) {
        .tabs {
          flex-wrap: wrap;
        }
      }

      @media (max-width: 639px) {
        .panel {
          padding-inline: max(16px, env(safe-area-inset-left)) max(16px, env(safe-area-inset-right));
        }
      }
    `,
  ];

  /** Set once, as are the others but the history. */
  @property({ attribute: false }) settings!: SettingsStore;
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) shelf!: ModelShelf;
  @property({ attribute: false }) demo!: SessionModel;
  @property({ attribute: false }) readMemory!: ReadMemory;
  /** Null until it is known. */
  @property({ attribute: false }) history: History | null = null;
  /** Closed, it holds no controls: they follow the session only while they are seen. */
  @state() private shown = false;
  @state() private tab: SettingsTab = 'general';
  @query('dialog') private readonly dialog!: HTMLDialogElement;

  /** Whether the view is open: Escape then closes it and nothing else. */
  get open(): boolean {
    return this.dialog?.open ?? false;
  }

  /** @param tab default: the one that was seen last */
  async show(tab: SettingsTab = this.tab): Promise<void> {
    this.tab = tab;
    this.shown = true;
    await this.updateComplete;
    if (!this.open) this.dialog.showModal();
    this.renderRoot.querySelector<HTMLElement>(`#tab-${tab}`)?.focus();
  }

  close(): void {
    this.dialog.close();
  }

  override render() {
    const { settings: said } = words;
    return html`
      <dialog aria-labelledby="title" @close=${this.#closed} @choose-model=${this.close} @show-shortcuts=${this.close}>
        <div class="bar">
          <h2 id="title">${said.title}</h2>
          <button class="icon-button" aria-label=${words.common.close} @click=${this.close}>${closeIcon}</button>
        </div>
        <div class="tabs" role="tablist" aria-label=${said.title} @keydown=${this.#key}>
          ${TABS.map(
            (tab) => html`<button
              id="tab-${tab}"
              role="tab"
              aria-controls="panel"
              aria-selected=${tab === this.tab}
              tabindex=${tab === this.tab ? 0 : -1}
              @click=${() => {
                this.tab = tab;
              }}
            >
              ${said.tabs[tab]}
            </button>`,
          )}
        </div>
        <div id="panel" class="panel" role="tabpanel" tabindex="-1" aria-labelledby="tab-${this.tab}">
          ${this.shown ? this.#panel() : ''}
        </div>
        <glance-dialog-status></glance-dialog-status>
      </dialog>
    `;
  }

  #panel() {
    switch (this.tab) {
      case 'general':
        return html`<glance-settings-general .settings=${this.settings}></glance-settings-general>`;
      case 'answers':
        return html`<glance-settings-answers
          .settings=${this.settings}
          .session=${this.session}
        ></glance-settings-answers>`;
      case 'model':
        return html`<glance-settings-model
          .session=${this.session}
          .shelf=${this.shelf}
          .readMemory=${this.readMemory}
        ></glance-settings-model>`;
      case 'data':
        return html`<glance-settings-data
          .settings=${this.settings}
          .session=${this.session}
          .shelf=${this.shelf}
          .demo=${this.demo}
          .history=${this.history}
        ></glance-settings-data>`;
    }
  }

  /** Arrows go from tab to tab, whichever way they stand. */
  async #key(event: KeyboardEvent) {
    const at = TABS.indexOf(this.tab);
    const rtl = getComputedStyle(this).direction === 'rtl';
    const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 }[event.key];
    const next = step !== undefined ? at + step : { Home: 0, End: TABS.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.tab = TABS.at(next % TABS.length)!;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(`#tab-${this.tab}`)?.focus();
  }

  #closed() {
    this.shown = false;
    this.dispatchEvent(new CustomEvent('closed'));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-settings': GlanceSettings;
  }
}
