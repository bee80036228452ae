import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Thought } from '../conversation.ts';
import { words } from '../words/index.ts';
import { nextIcon } from './icons.ts';
import { baseStyles } from './styles.ts';

/** What a model thought before it spoke, folded away, and how long it took. */
@customElement('glance-thought')
export class GlanceThought extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        font: var(--text-small);
        color: var(--ink-soft);
      }

      button {
        margin-inline-start: -10px;
        font-variant-numeric: tabular-nums;
      }

      button svg {
        inline-size: 14px;
        block-size: 14px;
        transition: rotate var(--quick);
      }

      [aria-expanded='true'] svg {
        rotate: calc(90deg * var(--inline-sign, 1));
      }

      p {
        max-inline-size: 75ch;
        margin-block: 4px 8px;
        padding-inline-start: 12px;
        border-inline-start: 2px solid var(--line-strong);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property({ attribute: false }) thought: Thought | null = null;
  /** It is being thought. */
  @property({ type: Boolean }) lasting = false;
  @state() private unfolded = false;
  #clock: ReturnType<typeof setInterval> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
    this.#clock = undefined;
  }

  override render() {
    const { thought, unfolded } = this;
    if (thought === null || thought.text.trim() === '') return nothing;
    return html`
      <button class="text-button" aria-expanded=${unfolded} @click=${this.#toggle}>
        ${nextIcon} ${this.#words(thought)}
      </button>
      ${unfolded ? html`<p dir="auto">${thought.text.trim()}</p>` : nothing}
    `;
  }

  protected override updated(): void {
    if (!this.lasting) {
      clearInterval(this.#clock);
      this.#clock = undefined;
    } else this.#clock ??= setInterval(() => this.requestUpdate(), 1000);
  }

  #words({ ms, beganAtMs }: Thought): string {
    if (ms !== null) return words.thought.thoughtFor(ms);
    if (!this.lasting) return words.thought.thoughts;
    const seconds = Math.floor((Date.now() - beganAtMs) / 1000);
    return seconds < 1 ? words.thought.thinking : words.thought.thinkingFor(seconds * 1000);
  }

  #toggle() {
    this.unfolded = !this.unfolded;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-thought': GlanceThought;
  }
}
