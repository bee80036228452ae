import { css, html, LitElement, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import type { Picture } from '../conversation.ts';
import { announceFrom } from '../copy_controller.ts';
import { wholeIcon } from '../editing/icons.ts';
import type { Mark } from '../marks/find.ts';
import { words } from '../words/index.ts';
import './dialog_status.ts';
import { closeIcon, zoomInIcon, zoomOutIcon } from './icons.ts';
import './marks.ts';
import { baseStyles } from './styles.ts';
import { ZoomController } from './zoom_controller.ts';

/** Around a picture that fits, in pixels. */
const MARGIN = 12;
/** Magnified more than this, a picture shows its pixels as squares. */
const PIXELS_FROM = 6;
/** A screen reader hears how much it is magnified once that rests this long, in milliseconds. */
const TELL_AFTER_MS = 500;

/**
 * A picture over the whole window with the marks on it; magnified and moved about by wheel, pinch, drag, double
 * click or tap, buttons and keys.
 */
@customElement('glance-viewer')
export class GlanceViewer extends LitElement {
  static override styles = [
    baseStyles,
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
        grid-template: auto minmax(0, 1fr) / minmax(0, 1fr);
      }

      .bar {
        display: flex;
        align-items: center;
        gap: 4px;
        padding-block: 6px;
        padding-inline: max(16px, env(safe-area-inset-left)) max(8px, env(safe-area-inset-right));
      }

      h2 {
        min-inline-size: 0;
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

      .scale {
        min-inline-size: 5ch;
        font: var(--text-small);
        color: var(--ink-soft);
        text-align: end;
        font-variant-numeric: tabular-nums;
      }

      .view {
        position: relative;
        overflow: hidden;
        background: var(--paper-sunken);
        cursor: zoom-in;
        touch-action: none;
        user-select: none;
      }

      .magnified {
        cursor: grab;
      }

      .magnified:active {
        cursor: grabbing;
      }

      .framed {
        position: absolute;
        top: 0;
        left: 0;
      }

      img {
        display: block;
        inline-size: 100%;
        block-size: 100%;
        outline: 1px solid var(--line);
        background: #fff;
        -webkit-touch-callout: none;
      }

      /* Points of a picture that are this large are meant to be seen. */
      .pixels img {
        image-rendering: pixelated;
      }
    `,
  ];

  @state() private picture: Picture | null = null;
  @state() private marks: readonly Mark[] = [];
  @state() private activeMark: number | null = null;
  @query('dialog') private readonly dialog!: HTMLDialogElement;
  @query('.view') private readonly view!: HTMLElement | null;
  @query('img') private readonly image!: HTMLImageElement | null;
  readonly #zoom = new ZoomController(this, () => this.view, MARGIN);
  #toldScale: number | null = null;
  #telling: ReturnType<typeof setTimeout> | undefined;

  /** Whether the dialog is open: Escape then closes it and nothing else. */
  get open(): boolean {
    return this.dialog?.open ?? false;
  }

  /** @param marks drawn on the picture */
  async show(picture: Picture, marks: readonly Mark[] = []): Promise<void> {
    this.picture = picture;
    this.marks = marks;
    this.activeMark = null;
    await this.updateComplete;
    if (!this.open) this.dialog.showModal();
  }

  override render() {
    const { picture } = this;
    const { scale, atMost } = this.#zoom;
    const magnified = scale > 1.001;
    return html`
      <dialog aria-labelledby="name" @close=${this.#closed} @keydown=${this.#key}>
        ${
          picture === null
            ? nothing
            : html`
                <div class="bar">
                  <h2 id="name" dir="auto">${picture.name}</h2>
                  <span class="scale">${words.format.percent(scale)}</span>
                  <button
                    class="icon-button"
                    aria-label=${words.viewer.zoomOut}
                    title=${words.viewer.zoomOutHint}
                    aria-keyshortcuts="-"
                    aria-disabled=${!magnified}
                    @click=${() => this.#zoom.step(-1)}
                  >
                    ${zoomOutIcon}
                  </button>
                  <button
                    class="icon-button"
                    aria-label=${words.viewer.zoomIn}
                    title=${words.viewer.zoomInHint}
                    aria-keyshortcuts="+"
                    aria-disabled=${atMost}
                    @click=${() => this.#zoom.step(1)}
                  >
                    ${zoomInIcon}
                  </button>
                  <button
                    class="icon-button"
                    aria-label=${words.viewer.whole}
                    title=${words.viewer.wholeHint}
                    aria-keyshortcuts="0"
                    aria-disabled=${!magnified}
                    @click=${() => this.#zoom.reset()}
                  >
                    ${wholeIcon}
                  </button>
                  <button class="icon-button" aria-label=${words.common.close} autofocus @click=${() => this.dialog.close()}>
                    ${closeIcon}
                  </button>
                </div>
                <div class="view ${magnified ? 'magnified' : ''} ${scale > PIXELS_FROM ? 'pixels' : ''}">
                  <div class="framed">
                    ${keyed(
                      picture.id,
                      html`<img src=${picture.url} alt=${picture.name} draggable="false" @load=${this.#size} />`,
                    )}
                    <glance-marks
                      .marks=${this.marks}
                      .active=${this.activeMark}
                      @mark-active=${this.#pointAt}
                    ></glance-marks>
                  </div>
                </div>
              `
        }
        <glance-dialog-status></glance-dialog-status>
      </dialog>
    `;
  }

  protected override updated(): void {
    this.#size();
    this.#tellScale();
  }

  /** Once it rests: a wheel or two fingers pass through many. */
  #tellScale() {
    const { scale } = this.#zoom;
    if (scale === this.#toldScale) return;
    clearTimeout(this.#telling);
    const isNew = this.#toldScale === null;
    this.#toldScale = this.picture === null ? null : scale;
    if (isNew || this.picture === null) return;
    this.#telling = setTimeout(() => announceFrom(this, words.viewer.magnified(scale)), TELL_AFTER_MS);
  }

  #size() {
    const { picture, image } = this;
    if (picture === null || image === null) return;
    // An SVG without a size of its own has none to give.
    const { content } = picture;
    const width = content?.width ?? image.naturalWidth;
    const height = content?.height ?? image.naturalHeight;
    if (width > 0 && height > 0) this.#zoom.show({ width, height });
  }

  #key(event: KeyboardEvent) {
    if (this.#zoom.key(event)) event.preventDefault();
  }

  #pointAt(event: CustomEvent<number | null>) {
    // Nothing else can be seen meanwhile.
    event.stopPropagation();
    this.activeMark = event.detail;
  }

  #closed() {
    clearTimeout(this.#telling);
    this.#toldScale = null;
    this.picture = null;
    this.#zoom.forget();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-viewer': GlanceViewer;
  }
}
