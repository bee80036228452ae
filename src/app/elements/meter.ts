import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Pace } from '../conversation.ts';
import { RateGauge } from '../speed.ts';
import { words } from '../words/index.ts';
import { baseStyles } from './styles.ts';

/** Numbers that change more often cannot be read, and cost frames. */
const REFRESH_MS = 500;

/**
 * How fast an answer is being made, how long it is by now and how much of the context it and its prompt fill. Not
 * a live region: screen readers come by it as they do by text.
 */
@customElement('glance-meter')
export class GlanceMeter extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        min-block-size: 20px;
        font: var(--text-small);
        font-variant-numeric: tabular-nums;
        color: var(--ink-soft);
      }

      div {
        display: flex;
        align-items: center;
        gap: 16px;
        min-block-size: 20px;
        white-space: nowrap;
      }

      /* Numbers that grow push nothing aside. */
      .rate {
        min-inline-size: 12ch;
      }

      .tokens {
        min-inline-size: 14ch;
      }

      .context {
        display: inline-flex;
        align-items: center;
        gap: 8px;
      }

      meter {
        inline-size: 64px;
        block-size: 6px;
        border: 0;
        border-radius: 3px;
        overflow: hidden;
        appearance: none;
        background: var(--line);
      }

      meter::-webkit-meter-inner-element,
      meter::-webkit-meter-bar {
        display: block;
        block-size: 6px;
        border: 0;
        border-radius: 3px;
        background: var(--line);
      }

      meter::-webkit-meter-optimum-value,
      meter::-webkit-meter-suboptimum-value {
        background: var(--accent);
      }

      meter::-moz-meter-bar {
        background: var(--accent);
      }

      @media (max-width: 360px) {
        .context {
          display: none;
        }
      }

      @media (max-width: 480px) {
        div {
          gap: 12px;
        }

        .of-context {
          display: none;
        }
      }

      @media (forced-colors: active) {
        meter {
          appearance: auto;
        }
      }
    `,
  ];

  /** Null while there is no answer in the making. Its place stays, so that nothing moves. */
  @property({ attribute: false }) pace: Pace | null = null;
  /** Tokens that the model takes at most; null if it is not known. */
  @property({ attribute: false }) contextLength: number | null = null;
  readonly #gauge = new RateGauge();
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** New figures come with every frame and are shown now and then. */
  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    const nowMs = performance.now();
    if (this.pace === null) this.#gauge.reset();
    else if (changed.has('pace')) this.#gauge.note(this.pace.tokens, nowMs);
    // Comes and goes at once.
    if (changed.has('pace') && (this.pace === null || changed.get('pace') === null)) return true;
    const waitMs = this.#shownAtMs + REFRESH_MS - nowMs;
    if (waitMs <= 0) {
      this.#shownAtMs = nowMs;
      return true;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.requestUpdate();
    }, waitMs);
    return false;
  }

  override render() {
    const { contextLength, pace } = this;
    if (pace === null) return nothing;
    const { meter, common } = words;
    const rate = this.#gauge.tokensPerSecond;
    const used = pace.promptTokens === null ? null : pace.promptTokens + pace.tokens;
    return html`
      <div role="group" aria-label=${meter.label}>
        <span class="rate">${rate === null ? nothing : common.tokensPerSecond(rate)}</span>
        <span class="tokens">${common.tokens(pace.tokens)}</span>
        ${
          used === null || contextLength === null
            ? nothing
            : html`<span class="context">
                <meter aria-label=${meter.context} min="0" max=${contextLength} .value=${used}></meter>
                <span class="of-context">${meter.contextShare(used / contextLength)}</span>
              </span>`
        }
      </div>
    `;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-meter': GlanceMeter;
  }
}
