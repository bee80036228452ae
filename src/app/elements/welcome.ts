import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Sample } from '../samples.ts';
import { words } from '../words/index.ts';
import '../tasks/chips.ts';
import type { Task } from '../tasks/tasks.ts';
import { retryIcon, shieldIcon } from './icons.ts';
import { baseStyles } from './styles.ts';

/** How many places are kept while the list of samples is on its way, so that nothing jumps. */
const EXPECTED_SAMPLES = 4;

/**
 * What a visitor meets first: what this is, what happens to their pictures, and samples to press.
 *
 * @fires sample-chosen with the {@link Sample}.
 * @fires choose-model
 * @fires show-privacy
 * @fires restore when the reader wants the previous conversation back.
 */
@customElement('glance-welcome')
export class GlanceWelcome extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }

      h1 {
        font: 650 clamp(1.75rem, 1.4rem + 1.6vw, 2.5rem) / 1.15 var(--font);
        letter-spacing: -0.02em;
        text-wrap: balance;
      }

      .promise {
        display: flex;
        align-items: center;
        gap: 8px;
        margin-block: 12px 24px;
        color: var(--ink-soft);
      }

      .demo {
        max-inline-size: 70ch;
        text-wrap: pretty;
        margin-block-end: 12px;
        font: var(--text-small);
        color: var(--ink-soft);
      }

      .link {
        color: var(--accent);
        font-weight: 600;
        text-decoration: underline;
        text-underline-offset: 3px;
      }

      @media (pointer: coarse) {
        /* Easier to touch without moving the lines apart. */
        .link {
          margin-block: -12px;
          padding-block: 12px;
        }
      }

      .promise svg {
        color: var(--accent);
      }

      .promise .link {
        color: inherit;
        font-weight: inherit;
      }

      .samples {
        display: grid;
        grid-template-columns: repeat(4, minmax(0, 1fr));
        gap: 16px;
      }

      .sample {
        display: flex;
        flex-direction: column;
        inline-size: 100%;
        block-size: 100%;
        overflow: hidden;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--paper-raised);
        text-align: start;
        transition:
          border-color var(--quick),
          box-shadow var(--quick);
      }

      @media (hover: hover) {
        .sample:hover {
          border-color: var(--accent);
          box-shadow: var(--shadow);
        }
      }

      .sample[aria-busy='true'] {
        border-color: var(--accent);
        box-shadow: 0 0 0 1px var(--accent);
      }

      .sample[aria-busy='true'] .question {
        background: var(--accent-soft);
      }

      .frame {
        display: block;
        inline-size: 100%;
        aspect-ratio: 1;
        background: var(--paper-sunken);
      }

      img {
        display: block;
        inline-size: 100%;
        block-size: 100%;
        object-fit: cover;
      }

      /* Drawn below the picture, read before it: its description answers some of the questions. */
      .question {
        order: 1;
        display: block;
        min-block-size: 60px;
        padding: 10px 14px;
        font: 500 0.9375rem / 1.25rem var(--font);
        color: var(--accent);
      }

      .restore {
        margin-block-end: 16px;
        margin-inline-start: -10px;
      }

      @media (max-width: 639px) {
        .promise {
          margin-block: 8px 16px;
          font-size: 0.9375rem;
        }

        .samples {
          grid-template-columns: repeat(2, minmax(0, 1fr));
          gap: 12px;
        }
      }
    `,
  ];

  /** Null while they are on their way; empty if there are none to offer. */
  @property({ attribute: false }) samples: readonly Sample[] | null = null;
  /** The sample that was pressed and whose picture is on its way. */
  @property({ attribute: false }) pressed: Sample | null = null;
  /** The visitor has brought a picture: no need for samples. */
  @property({ type: Boolean }) brief = false;
  @property({ type: Boolean }) restorable = false;
  /** Ready-made questions about the picture that is there. */
  @property({ attribute: false }) tasks: readonly Task[] = [];
  /** The demo model answers. */
  @property({ type: Boolean }) demo = false;

  override render() {
    return html`
      ${
        this.restorable
          ? html`<button class="text-button restore" @click=${this.#restore}>
              ${retryIcon} ${words.welcome.bringBack}
            </button>`
          : nothing
      }
      <h1>${words.welcome.heading}</h1>
      <p class="promise">
        ${shieldIcon}
        <span>
          ${words.welcome.promise}
          <button class="link" @click=${this.#showPrivacy}>${words.privacy.open}</button>
        </span>
      </p>
      ${
        this.brief
          ? html`<glance-task-chips .tasks=${this.tasks}></glance-task-chips>`
          : this.samples?.length === 0
            ? nothing
            : this.#samples()
      }
    `;
  }

  #samples() {
    const places = this.samples ?? Array.from({ length: EXPECTED_SAMPLES }, () => null);
    return html`
      ${
        this.demo
          ? html`<p class="demo">
              ${words.common.sentences(words.welcome.demo, words.demo.limits)}
              <button class="link" @click=${this.#chooseModel}>${words.welcome.chooseForPhotos}</button>
            </p>`
          : nothing
      }
      <ul class="samples" aria-label=${words.welcome.samples} aria-busy=${this.samples === null}>
        ${places.map((sample) =>
          sample === null
            ? html`<li class="sample"><span class="question"></span><span class="frame"></span></li>`
            : html`
                <li>
                  <button
                    class="sample"
                    aria-busy=${sample === this.pressed}
                    @click=${() => this.#choose(sample)}
                  >
                    <span class="question">${sample.question}</span>
                    <span class="frame"><img src=${sample.url} alt=${words.welcome.sampleAlt[sample.name] ?? sample.alt} decoding="async" /></span>
                  </button>
                </li>
              `,
        )}
      </ul>
    `;
  }

  #choose(sample: Sample) {
    this.dispatchEvent(new CustomEvent<Sample>('sample-chosen', { detail: sample }));
  }

  #chooseModel() {
    this.dispatchEvent(new CustomEvent('choose-model', { bubbles: true, composed: true }));
  }

  #showPrivacy() {
    this.dispatchEvent(new CustomEvent('show-privacy', { bubbles: true, composed: true }));
  }

  #restore() {
    this.dispatchEvent(new CustomEvent('restore'));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-welcome': GlanceWelcome;
  }
}
