import { css, html, LitElement, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { baseStyles } from '../elements/styles.ts';
import { words } from '../words/index.ts';
import { type Edge, movedRect, type Rect, resizedRect, type Size } from './geometry.ts';

const EDGES = ['left', 'top', 'right', 'bottom'] as const satisfies readonly Edge[];
const CORNERS = [
  ['left', 'top'],
  ['right', 'top'],
  ['right', 'bottom'],
  ['left', 'bottom'],
] as const satisfies readonly (readonly Edge[])[];

/** A key moves an edge by this share of the picture's side, and ten times as far with Shift. */
const KEY_STEPS = 100;

/**
 * The part of a picture that is kept, as a frame over it, which is as large as the picture is shown. Edges move
 * by mouse, finger and arrow keys; there is no fixed aspect ratio.
 *
 * @fires crop-changed with the {@link Rect}
 */
@customElement('glance-crop-frame')
export class GlanceCropFrame extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        position: absolute;
        inset: 0;
        touch-action: none;
        user-select: none;
      }

      /* What is cut away; the handles may stand out over the edge of the picture. */
      .shade {
        position: absolute;
        inset: 0;
        overflow: hidden;
      }

      .kept,
      .frame {
        position: absolute;
      }

      .kept {
        box-shadow: 0 0 0 9999px rgb(10 13 15 / 55%);
      }

      .move {
        position: absolute;
        inset: 0;
        inline-size: 100%;
        block-size: 100%;
        border: 1px solid #fff;
        border-radius: 0;
        outline: 1px solid rgb(10 13 15 / 70%);
        cursor: move;
      }

      .move:focus-visible {
        outline: 3px solid var(--accent);
        outline-offset: -1px;
      }

      /* The handle shows the focus, not all that can be touched. */
      [role='slider']:focus-visible {
        outline: 0;
      }

      [role='slider']:focus-visible::before {
        outline: 3px solid var(--accent);
        outline-offset: 2px;
      }

      /* Thirds, to place things by. */
      .thirds {
        position: absolute;
        inset: 0;
        background:
          linear-gradient(rgb(255 255 255 / 45%), rgb(255 255 255 / 45%)) 33.33% 0 / 1px 100% no-repeat,
          linear-gradient(rgb(255 255 255 / 45%), rgb(255 255 255 / 45%)) 66.67% 0 / 1px 100% no-repeat,
          linear-gradient(rgb(255 255 255 / 45%), rgb(255 255 255 / 45%)) 0 33.33% / 100% 1px no-repeat,
          linear-gradient(rgb(255 255 255 / 45%), rgb(255 255 255 / 45%)) 0 66.67% / 100% 1px no-repeat;
        pointer-events: none;
      }

      [role='slider'],
      .corner {
        position: absolute;
        touch-action: none;
      }

      [role='slider']::before,
      .corner::before {
        position: absolute;
        inset: 0;
        margin: auto;
        background: #fff;
        border-radius: 3px;
        box-shadow: 0 0 0 1px rgb(10 13 15 / 70%);
        content: '';
      }

      .left,
      .right {
        top: 20px;
        bottom: 20px;
        width: 32px;
        cursor: ew-resize;
      }

      .top,
      .bottom {
        right: 20px;
        left: 20px;
        height: 32px;
        cursor: ns-resize;
      }

      .left {
        left: -16px;
      }

      .right {
        right: -16px;
      }

      .top {
        top: -16px;
      }

      .bottom {
        bottom: -16px;
      }

      .left::before,
      .right::before {
        width: 5px;
        height: min(32px, 60%);
      }

      .top::before,
      .bottom::before {
        width: min(32px, 60%);
        height: 5px;
      }

      .corner {
        width: 40px;
        height: 40px;
      }

      .corner::before {
        width: 12px;
        height: 12px;
        border-radius: 50%;
      }

      .left-top,
      .right-bottom {
        cursor: nwse-resize;
      }

      .right-top,
      .left-bottom {
        cursor: nesw-resize;
      }

      .left-top {
        top: -20px;
        left: -20px;
      }

      .right-top {
        top: -20px;
        right: -20px;
      }

      .right-bottom {
        right: -20px;
        bottom: -20px;
      }

      .left-bottom {
        bottom: -20px;
        left: -20px;
      }
    `,
  ];

  /** The whole picture, in its pixels. */
  @property({ attribute: false }) size: Size = { width: 1, height: 1 };
  /** The part that is kept. */
  @property({ attribute: false }) crop: Rect = { x: 0, y: 0, width: 1, height: 1 };
  #held: { pointerId: number; x: number; y: number; crop: Rect; edges: readonly Edge[] } | null = null;

  override render() {
    const { crop, size } = this;
    const places: Record<Edge, [number, number]> = {
      left: [crop.x, size.width],
      top: [crop.y, size.height],
      right: [crop.x + crop.width, size.width],
      bottom: [crop.y + crop.height, size.height],
    };
    return html`
      <div class="shade"><div class="kept"></div></div>
      <div class="frame" @pointermove=${this.#pulled} @pointerup=${this.#released} @pointercancel=${this.#released}>
        <div class="thirds"></div>
        <button
          type="button"
          class="move"
          aria-label=${words.pictureEditor.frame}
          @pointerdown=${(event: PointerEvent) => this.#hold(event, [])}
          @keydown=${(event: KeyboardEvent) => this.#key(event, [])}
        ></button>
        ${EDGES.map((edge) => {
          const [now, most] = places[edge];
          return html`<div
            role="slider"
            tabindex="0"
            class=${edge}
            aria-label=${words.pictureEditor.edge[edge]}
            aria-orientation=${edge === 'top' || edge === 'bottom' ? 'vertical' : 'horizontal'}
            aria-valuemin="0"
            aria-valuemax=${most}
            aria-valuenow=${now}
            aria-valuetext=${words.pictureEditor.edgeAt(now)}
            @pointerdown=${(event: PointerEvent) => this.#hold(event, [edge])}
            @keydown=${(event: KeyboardEvent) => this.#key(event, [edge])}
          ></div>`;
        })}
        ${CORNERS.map(
          (edges) => html`<div
            class="corner ${edges.join('-')}"
            aria-hidden="true"
            @pointerdown=${(event: PointerEvent) => this.#hold(event, edges)}
          ></div>`,
        )}
      </div>
    `;
  }

  /** From script, because a strict CSP forbids style attributes. */
  protected override updated(_changed: PropertyValues<this>): void {
    const { crop, size } = this;
    for (const { style } of this.renderRoot.querySelectorAll<HTMLElement>('.kept, .frame')) {
      style.left = `${(100 * crop.x) / size.width}%`;
      style.top = `${(100 * crop.y) / size.height}%`;
      style.width = `${(100 * crop.width) / size.width}%`;
      style.height = `${(100 * crop.height) / size.height}%`;
    }
  }

  #hold(event: PointerEvent, edges: readonly Edge[]) {
    if (event.button !== 0) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    const { pointerId, clientX: x, clientY: y } = event;
    this.#held = { pointerId, x, y, crop: this.crop, edges };
  }

  #pulled(event: PointerEvent) {
    const held = this.#held;
    if (held === null || event.pointerId !== held.pointerId) return;
    // Pixels of the picture for one of the window.
    const scale = this.size.width / this.getBoundingClientRect().width;
    this.#change(held.crop, held.edges, (event.clientX - held.x) * scale, (event.clientY - held.y) * scale);
  }

  #released(event: PointerEvent) {
    if (event.pointerId === this.#held?.pointerId) this.#held = null;
  }

  #key(event: KeyboardEvent, edges: readonly Edge[]) {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ];
    if (direction === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [across, down] = direction as [number, number];
    const times = event.shiftKey ? 10 : 1;
    const step = (side: number) => Math.max(1, Math.round(side / KEY_STEPS)) * times;
    this.#change(this.crop, edges, across * step(this.size.width), down * step(this.size.height));
  }

  #change(crop: Rect, edges: readonly Edge[], dx: number, dy: number) {
    const detail =
      edges.length === 0 ? movedRect(crop, dx, dy, this.size) : resizedRect(crop, edges, dx, dy, this.size);
    this.dispatchEvent(new CustomEvent<Rect>('crop-changed', { detail }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-crop-frame': GlanceCropFrame;
  }
}
