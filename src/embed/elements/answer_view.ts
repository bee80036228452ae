import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { stepShare, textSoFar } from '../../app/answering.ts';
import type { Answer } from '../../app/conversation.ts';
import { answerStyles } from '../../app/elements/answer_styles.ts';
import { baseStyles } from '../../app/elements/styles.ts';
import { loadingWords, stepWords } from '../../app/phrases.ts';
import type { Session } from '../../app/session.ts';
import { SessionController } from '../../app/session_controller.ts';
import { words } from '../../app/words/index.ts';
import { LanguageController } from './language.ts';
import '../../app/elements/answer.ts';
import '../../app/elements/error_card.ts';
import '../../app/elements/progress.ts';

/**
 * The latest answer of a conversation, and nothing else.
 *
 * @fires asked when the reader wants it to be asked, or asked again.
 */
@customElement('glance-answer-view')
export class GlanceAnswerView extends LitElement {
  static override styles = [
    baseStyles,
    answerStyles,
    css`
      /* As the text around it. */
      :host {
        display: block;
        color: inherit;
        font: inherit;
      }

      /* On paper of its own. */
      glance-error-card {
        color: var(--ink);
      }
    `,
  ];

  /** All of it: what a form leads to that lacks the answer. Null until it is drawn. */
  @query('.whole') readonly whole!: HTMLElement | null;
  /** Set once, before the element is connected. */
  @property({ attribute: false }) session!: Session;
  /** What the button says, while nothing has been asked; null: there is none. */
  @property({ attribute: false }) prompt: string | null = null;
  /** Whether nothing can be asked. */
  @property({ type: Boolean }) disabled = false;

  constructor() {
    super();
    new LanguageController(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    new SessionController(this, this.session);
  }

  override render() {
    const { conversation, announcement } = this.session.state;
    const answer = conversation.turns.at(-1)?.answer;
    return html`
      <div class="whole" tabindex="-1">${answer === undefined ? this.#idle() : this.#answer(answer)}</div>
      <div class="visually-hidden" role="status">${announcement}</div>
    `;
  }

  #idle() {
    return this.prompt === null
      ? nothing
      : html`<button class="outlined-button" part="button" ?disabled=${this.disabled} @click=${this.#asked}>${this.prompt}</button>`;
  }

  #answer(answer: Answer) {
    const text = textSoFar(answer).trimStart();
    const shown =
      text === ''
        ? nothing
        : html`<glance-answer
            class="answer"
            part="answer"
            .text=${text}
            ?growing=${answer.state === 'working'}
          ></glance-answer>`;
    switch (answer.state) {
      case 'waiting':
      case 'working':
        return text === '' ? this.#progress(answer) : shown;
      case 'failed':
        return html`${shown}<glance-error-card part="error" .error=${answer.error}>
            <button class="filled-button" ?disabled=${this.disabled} @click=${this.#asked}>${words.common.tryAgain}</button>
          </glance-error-card>`;
      default:
        return shown;
    }
  }

  #progress(answer: Answer) {
    const { model } = this.session.state;
    const loading = model.status === 'loading' ? model.loading : null;
    const step = answer.state === 'working' ? answer.step : null;
    return html`<glance-progress
      part="progress"
      .label=${loading === null ? stepWords(step) : loadingWords(loading)}
      .share=${loading?.share ?? (step && stepShare(step))}
    ></glance-progress>`;
  }

  #asked() {
    this.dispatchEvent(new CustomEvent('asked', { bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-answer-view': GlanceAnswerView;
  }
}
