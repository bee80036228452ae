import { css, html, LitElement, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import type { Picture } from '../conversation.ts';
import type { Mark } from '../marks/find.ts';
import { words } from '../words/index.ts';
import { closeIcon, zoomInIcon, zoomOutIcon } from './icons.ts';
import './marks.ts';
import { pictureViewStyles, setPictureSize } from './picture_view.ts';
import { baseStyles } from './styles.ts';

/** A picture over the whole window, where there is no stage for it; can be magnified and moved about. */
@customElement('glance-viewer')
export class GlanceViewer extends LitElement {
  static override styles = [
    baseStyles,
    pictureViewStyles,
    css`
      dialog {
        inline-size: 100vw;
        block-size: 100dvh;
        max-inline-size: none;
        max-block-size: none;
        padding: 0;
        border: 0;
        background: var(--paper);
        color: var(--ink);
      }

      dialog[open] {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
      }

      .bar {
        display: flex;
        align-items: center;
        gap: 4px;
        padding: 6px max(8px, env(safe-area-inset-right)) 6px max(16px, env(safe-area-inset-left));
      }

      h2 {
        margin-inline-end: auto;
        overflow: hidden;
        font: var(--text-small);
        color: var(--ink-soft);
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .bar button {
        flex: none;
      }

      .view {
        --margin: 12px;
        overflow: auto;
        overscroll-behavior: contain;
        background: var(--paper-sunken);
      }

      .view img {
        cursor: zoom-in;
      }

      .magnified img {
        inline-size: max(2.5 * var(--fitting-width), 1px * var(--natural-width, 256));
        cursor: zoom-out;
      }
    `,
  ];

  @state() private picture: Picture | null = null;
  @state() private marks: readonly Mark[] = [];
  @state() private activeMark: number | null = null;
  @state() private magnified = false;
  @query('dialog') private readonly dialog!: HTMLDialogElement;
  @query('img') private readonly image!: HTMLImageElement | null;

  /** Whether the dialog is open: Escape then closes it and nothing else. */
  get open(): boolean {
    return this.dialog?.open ?? false;
  }

  /** @param marks drawn on the picture */
  async show(picture: Picture, marks: readonly Mark[] = []): Promise<void> {
    this.picture = picture;
    this.marks = marks;
    this.activeMark = null;
    this.magnified = false;
    await this.updateComplete;
    if (!this.open) this.dialog.showModal();
  }

  override render() {
    const { picture, magnified } = this;
    return html`
      <dialog aria-labelledby="name" @close=${this.#closed}>
        ${
          picture === null
            ? nothing
            : html`
                <div class="bar">
                  <h2 id="name" dir="auto">${picture.name}</h2>
                  <button
                    class="icon-button"
                    aria-label=${magnified ? words.viewer.zoomOut : words.viewer.zoomIn}
                    @click=${this.#toggle}
                  >
                    ${magnified ? zoomOutIcon : zoomInIcon}
                  </button>
                  <button class="icon-button" aria-label=${words.common.close} autofocus @click=${() => this.dialog.close()}>
                    ${closeIcon}
                  </button>
                </div>
                <div class="view ${magnified ? 'magnified' : ''}">
                  ${keyed(
                    picture.id,
                    html`<div class="framed">
                      <img src=${picture.url} alt=${picture.name} @click=${this.#toggle} @load=${this.#size} />
                      <glance-marks
                        .marks=${this.marks}
                        .active=${this.activeMark}
                        @mark-active=${this.#pointAt}
                      ></glance-marks>
                    </div>`,
                  )}
                </div>
              `
        }
      </dialog>
    `;
  }

  protected override updated(): void {
    this.#size();
  }

  #size() {
    if (this.picture !== null) setPictureSize(this.image, this.picture.content);
  }

  #toggle() {
    this.magnified = !this.magnified;
  }

  #pointAt(event: CustomEvent<number | null>) {
    // Nothing else can be seen meanwhile.
    event.stopPropagation();
    this.activeMark = event.detail;
  }

  #closed() {
    this.picture = null;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-viewer': GlanceViewer;
  }
}
