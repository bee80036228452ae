import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Mark } from '../marks/find.ts';
import { markHue, markHues } from './mark_hues.ts';
import { baseStyles } from './styles.ts';

/** With more marks than this, labels would cover the picture: only that of the active one is shown. */
const MOST_LABELS = 12;
/** Below so many thousandths there is no room for a label above its box. */
const LABEL_ROOM = 90;

/**
 * Boxes and points over a picture, which lies right below and is as large. Text names them too, so to a screen
 * reader they are decoration.
 *
 * @fires mark-active with an index, or null: the reader points at a mark, or at none any more.
 */
@customElement('glance-marks')
export class GlanceMarks extends LitElement {
  static override styles = [
    baseStyles,
    markHues,
    css`
      :host {
        position: absolute;
        inset: 0;
        /* Presses are for the picture. */
        pointer-events: none;
      }

      .mark {
        position: absolute;
        pointer-events: auto;
      }

      /* A dark and a light edge: the box shows on any picture. */
      .box {
        border: 2px solid var(--hue);
        border-radius: 3px;
        box-shadow:
          0 0 0 1px rgb(10 13 15 / 75%),
          inset 0 0 0 1px rgb(255 255 255 / 75%);
      }

      .box::before {
        position: absolute;
        inset: 0;
        background: var(--hue);
        opacity: 0;
        content: '';
        transition: opacity var(--quick);
      }

      .active::before {
        opacity: 0.25;
      }

      .point {
        inline-size: 14px;
        block-size: 14px;
        margin: -7px;
        background: var(--hue);
        border: 2px solid #fff;
        border-radius: 50%;
        box-shadow: 0 0 0 1px rgb(10 13 15 / 75%);
      }

      .point.active {
        outline: 3px solid var(--hue);
        outline-offset: 2px;
      }

      .label {
        position: absolute;
        inset-block-end: calc(100% + 3px);
        left: -2px;
        inline-size: max-content;
        max-inline-size: 180px;
        padding: 0 5px;
        overflow: hidden;
        font: 600 0.75rem / 1.125rem var(--font);
        color: #fff;
        text-overflow: ellipsis;
        white-space: nowrap;
        background: rgb(10 13 15 / 85%);
        border-inline-start: 4px solid var(--hue);
        border-radius: 3px;
        pointer-events: none;
      }

      .label.inside {
        inset-block: 2px auto;
        left: 2px;
      }

      .label.leftward {
        right: -2px;
        left: auto;
      }

      .point .label {
        inset-block: -4px auto;
        left: 18px;
      }

      .point .leftward {
        right: 18px;
        left: auto;
      }

      .active .label {
        z-index: 1;
        max-inline-size: 320px;
      }

      @media (forced-colors: active) {
        .mark,
        .label {
          forced-color-adjust: none;
        }
      }
    `,
  ];

  @property({ attribute: false }) marks: readonly Mark[] = [];
  /** Index of the mark that is pointed at. */
  @property({ attribute: false }) active: number | null = null;

  override render() {
    const labelled = this.marks.length <= MOST_LABELS;
    return this.marks.map((mark, index) => {
      const active = index === this.active;
      return html`<div
        class="mark ${mark.kind} ${markHue(index)} ${active ? 'active' : ''}"
        aria-hidden="true"
        @pointerenter=${() => this.#point(index)}
        @pointerleave=${this.#left}
      >
        ${labelled || active ? this.#label(mark, index) : nothing}
      </div>`;
    });
  }

  #label({ at: [x, y], label }: Mark, index: number) {
    const place = `${y! < LABEL_ROOM ? 'inside' : ''} ${x! > 700 ? 'leftward' : ''}`;
    return html`<span class="label ${place}" dir="auto">${index + 1}${label === '' ? '' : ` ${label}`}</span>`;
  }

  /** From script, because a strict CSP forbids style attributes. */
  protected override updated(): void {
    this.renderRoot.querySelectorAll<HTMLElement>('.mark').forEach((element, index) => {
      const [left, top, right, bottom] = this.marks[index]!.at.map((value) => `${value / 10}%`);
      const { style } = element;
      style.left = left!;
      style.top = top!;
      if (right === undefined) return;
      style.width = `calc(${right} - ${left})`;
      style.height = `calc(${bottom} - ${top})`;
    });
  }

  #left({ pointerType }: PointerEvent) {
    // A finger that lifts leaves what it pressed to be looked at.
    if (pointerType !== 'touch') this.#point(null);
  }

  #point(index: number | null) {
    this.dispatchEvent(
      new CustomEvent<number | null>('mark-active', { detail: index, bubbles: true, composed: true }),
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-marks': GlanceMarks;
  }
}
