import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { announceFrom } from '../copy_controller.ts';
import { baseStyles } from './styles.ts';

/** After this long without a word, the reader is told why. */
const SLOW_AFTER_MS = 10_000;

/** Says what is being done and how far it has come. Not a live region: it changes too often to be spoken;
 * only the note on slowness is announced. */
@customElement('glance-progress')
export class GlanceProgress extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        max-inline-size: 360px;
        font: var(--text-small);
        color: var(--ink-soft);
        font-variant-numeric: tabular-nums;
      }

      .label {
        min-block-size: 24px;
        padding-block: 3px;
        text-wrap: pretty;
      }

      .track {
        block-size: 3px;
        border-radius: 2px;
        overflow: hidden;
        background: var(--line);
      }

      progress {
        display: block;
        appearance: none;
        inline-size: 100%;
        block-size: 3px;
        border: 0;
        background: none;
        color: var(--accent);
      }

      progress::-webkit-progress-bar {
        background: none;
      }

      progress::-webkit-progress-value {
        background: var(--accent);
        transition: inline-size var(--quick);
      }

      progress::-moz-progress-bar {
        background: var(--accent);
      }

      .slow {
        padding-block-start: 8px;
      }

      @media (forced-colors: active) {
        .track {
          block-size: 5px;
          border: 1px solid CanvasText;
        }

        progress {
          forced-color-adjust: none;
        }

        progress::-webkit-progress-value {
          background: Highlight;
        }

        progress::-moz-progress-bar {
          background: Highlight;
        }
      }
    `,
  ];

  /** What is being done. */
  @property() label = '';
  /** How far, 0..1; null shows the words alone. */
  @property({ attribute: false }) share: number | null = null;
  /** What to say when it takes long. */
  @property() slowNote = '';
  @state() private slow = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setTimeout(() => {
      this.slow = true;
      if (this.slowNote !== '') announceFrom(this, this.slowNote);
    }, SLOW_AFTER_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  override render() {
    return html`
      <div class="label">${this.label}</div>
      <div class="track">
        ${
          this.share === null
            ? nothing
            : html`<progress max="1" .value=${Math.min(1, this.share)} aria-label=${this.label}></progress>`
        }
      </div>
      ${this.slow && this.slowNote !== '' ? html`<p class="slow">${this.slowNote}</p>` : nothing}
    `;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-progress': GlanceProgress;
  }
}
