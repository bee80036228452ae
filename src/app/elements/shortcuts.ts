import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { SettingsStore } from '../settings/settings_store.ts';
import { hasCommandKey } from '../settings/shortcuts.ts';
import { words } from '../words/index.ts';
import './dialog_status.ts';
import { dialogStyles, titleBarStyles } from './dialog_styles.ts';
import { closeIcon } from './icons.ts';
import { baseStyles } from './styles.ts';

/** What is done by a key, and the keys that are pressed together; several ways to do it one after the other. */
type Line = readonly [name: string, ...ways: (readonly string[])[]];

/**
 * The page's keys.
 *
 * @fires closed
 */
@customElement('glance-shortcuts')
export class GlanceShortcuts extends LitElement {
  static override styles = [
    baseStyles,
    dialogStyles,
    titleBarStyles,
    css`
      dialog {
        inline-size: min(480px, 100vw - 32px);
        max-block-size: min(800px, 100dvh - 48px);
        font: var(--text-small);
      }

      .bar {
        position: sticky;
        inset-block-start: 0;
        background: var(--paper-raised);
      }

      .groups {
        padding: 4px 24px 24px;
      }

      h3 {
        margin: 16px 0 4px;
        font: 600 0.8125rem / 1.125rem var(--font);
        color: var(--ink-soft);
      }

      dl > div {
        display: flex;
        align-items: center;
        gap: 8px;
        min-block-size: 36px;
        padding-block: 2px;
      }

      dl > div + div {
        border-block-start: 1px solid var(--line);
      }

      dt {
        margin-inline-end: auto;
      }

      dd {
        display: flex;
        flex: none;
        gap: 4px;
      }

      kbd {
        min-inline-size: 24px;
        padding: 2px 7px;
        border: 1px solid var(--line-strong);
        border-radius: 6px;
        font: 500 0.8125rem / 1.125rem var(--font);
        text-align: center;
      }

      p {
        margin-block-start: 12px;
        color: var(--ink-soft);
      }
    `,
  ];

  /** Set once. */
  @property({ attribute: false }) settings!: SettingsStore;
  @query('dialog') private readonly dialog!: HTMLDialogElement;

  get open(): boolean {
    return this.dialog?.open ?? false;
  }

  async show(): Promise<void> {
    this.requestUpdate();
    await this.updateComplete;
    if (!this.open) this.dialog.showModal();
  }

  override render() {
    const { title, groups, off } = words.shortcuts;
    const lines = this.#lines();
    return html`
      <dialog aria-labelledby="title" @close=${() => this.dispatchEvent(new CustomEvent('closed'))}>
        <div class="bar">
          <h2 id="title">${title}</h2>
          <button class="icon-button" aria-label=${words.common.close} autofocus @click=${() => this.dialog.close()}>
            ${closeIcon}
          </button>
        </div>
        <div class="groups">
          ${(['page', 'question', 'pictures', 'list'] as const).map(
            (group) => html`
              <h3>${groups[group]}</h3>
              <dl>
                ${lines[group].map(
                  ([name, ...ways]) =>
                    html`<div>
                      <dt>${name}</dt>
                      ${ways.map((keys) => html`<dd>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dd>`)}
                    </div>`,
                )}
              </dl>
            `,
          )}
          ${this.settings?.state.characterKeys ? nothing : html`<p>${off}</p>`}
        </div>
        <glance-dialog-status></glance-dialog-status>
      </dialog>
    `;
  }

  #lines(): Record<'page' | 'question' | 'pictures' | 'list', readonly Line[]> {
    const { keys, names } = words.shortcuts;
    const command = hasCommandKey(navigator.platform) ? '⌘' : names.ctrl;
    const single: Line[] = this.settings?.state.characterKeys
      ? [
          [keys.field, ['/']],
          [keys.shortcuts, ['?']],
        ]
      : [];
    return {
      page: [
        [keys.new, [command, names.shift, 'O']],
        [keys.conversations, [command, 'B']],
        [keys.settings, [command, ',']],
        ...single,
        [keys.escape, [names.escape]],
      ],
      question: [
        [keys.send, [names.enter]],
        [keys.newLine, [names.shift, names.enter]],
        [keys.paste, [command, 'V']],
      ],
      pictures: [
        [keys.reorder, [names.shift, names.left], [names.shift, names.right]],
        [keys.crop, [names.left], [names.right], [names.up], [names.down]],
        [keys.zoom, ['+'], ['-'], ['0']],
      ],
      list: [[keys.move, [names.up], [names.down]]],
    };
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-shortcuts': GlanceShortcuts;
  }
}
