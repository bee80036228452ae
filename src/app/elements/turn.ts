import { html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ChatResult } from '../../rpc/contract.ts';
import { copyText } from '../clipboard.ts';
import type { Answer, Picture, Turn } from '../conversation.ts';
import type { ModelState } from '../session.ts';
import {
  DEMO_LIMITS,
  formatCount,
  formatDuration,
  loadingWords,
  plural,
  stepShare,
  stepWords,
  tokensPerSecond,
} from '../words.ts';
import './error_card.ts';
import { checkIcon, copyIcon, editIcon, gaugeIcon, retryIcon } from './icons.ts';
import './progress.ts';
import { baseStyles } from './styles.ts';
import { turnStyles } from './turn_styles.ts';

/** How long "Copied" stands. */
const COPIED_MS = 2000;

/**
 * A question and its answer.
 *
 * @fires retry with the turn's id.
 * @fires edit with the turn's id.
 * @fires show-picture with a picture's id.
 */
@customElement('glance-turn')
export class GlanceTurn extends LitElement {
  static override styles = [baseStyles, turnStyles];

  @property({ attribute: false }) turn: Turn | null = null;
  @property({ attribute: false }) model: ModelState = { status: 'idle' };
  /** The last turn can be asked again and edited. */
  @property({ type: Boolean }) last = false;
  /** The stage shows pictures large; here they are thumbnails. */
  @property({ type: Boolean }) staged = false;
  @property({ attribute: false }) shownPictureId: string | null = null;
  /** Say below this answer what the demo model cannot do. */
  @property({ type: Boolean }) demoNote = false;
  @state() private copied = false;
  @state() private figures = false;

  override render() {
    const { turn } = this;
    if (turn === null) return nothing;
    return html`
      <article aria-label="Question and answer">
        ${this.#pictures(turn.question.pictures)}
        <h2><span class="visually-hidden">Question: </span>${turn.question.text}</h2>
        ${this.#answer(turn.answer)}
      </article>
    `;
  }

  #pictures(pictures: readonly Picture[]) {
    if (pictures.length === 0) return nothing;
    return html`
      <ul class="pictures ${this.staged ? 'thumbnails' : ''}" aria-label="Pictures">
        ${pictures.map(
          (picture) => html`
            <li>
              ${
                this.staged
                  ? html`<button
                      aria-pressed=${picture.id === this.shownPictureId}
                      aria-label="Show ${picture.name}"
                      @click=${() => this.#fire('show-picture', picture.id)}
                    >
                      <img src=${picture.url} alt="" decoding="async" />
                    </button>`
                  : html`<img
                      src=${picture.url}
                      alt=${picture.name}
                      width=${picture.content?.width ?? nothing}
                      height=${picture.content?.height ?? nothing}
                      decoding="async"
                    />`
              }
            </li>
          `,
        )}
      </ul>
    `;
  }

  #answer(answer: Answer) {
    switch (answer.state) {
      case 'waiting':
        return this.#waiting();
      case 'working':
        return answer.text === ''
          ? html`<glance-progress
              .label=${answer.stopping ? 'Stopping' : stepWords(answer.step)}
              .share=${stepShare(answer.step)}
              slowNote=${this.#slowNote()}
            ></glance-progress>`
          : html`<div class="answer">${answer.text}<span class="caret"></span></div>`;
      case 'done':
        return html`
          ${answer.text === '' ? html`<p class="quiet">The model gave an empty answer.</p>` : answerText(answer.text)}
          ${answer.result.finishReason === 'length' ? html`<p class="quiet">Cut off: the context is full.</p>` : nothing}
          ${this.#actions(answer.text, answer.result)}
        `;
      case 'stopped':
        return html`
          ${answerText(answer.text)}
          <p class="quiet">Stopped.</p>
          ${this.#actions(answer.text, answer.result)}
        `;
      case 'failed':
        return html`
          ${answerText(answer.text)}
          <glance-error-card .error=${answer.error}>
            ${
              this.last
                ? html`
                    <button class="filled-button" @click=${this.#retry}>Try again</button>
                    <button class="outlined-button" @click=${this.#edit}>Edit question</button>
                  `
                : nothing
            }
          </glance-error-card>
        `;
    }
  }

  #waiting() {
    const { model } = this;
    const loading = model.status === 'loading' ? model.loading : null;
    return html`<glance-progress
      .label=${loading === null ? 'Starting' : loadingWords(loading)}
      .share=${loading?.share ?? null}
      slowNote="The question is answered as soon as the model is here."
    ></glance-progress>`;
  }

  #slowNote(): string {
    return this.model.status === 'ready' && this.model.info.device === 'wasm'
      ? 'This runs on the CPU: large pictures and long conversations take a while.'
      : 'Large pictures and long conversations take a while.';
  }

  #actions(text: string, result: ChatResult | null) {
    const { last, copied, figures } = this;
    return html`
      <div class="actions" role="group" aria-label="This answer">
        ${
          text === ''
            ? nothing
            : html`<button class="text-button" @click=${() => this.#copy(text)}>
                ${copied ? checkIcon : copyIcon} ${copied ? 'Copied' : 'Copy'}
              </button>`
        }
        ${
          last
            ? html`
                <button class="text-button" @click=${this.#retry}>${retryIcon} Try again</button>
                <button class="text-button" @click=${this.#edit}>${editIcon} Edit</button>
              `
            : nothing
        }
        ${
          result === null
            ? nothing
            : html`<button class="text-button" aria-expanded=${figures} @click=${this.#toggleFigures}>
                ${gaugeIcon} Speed
              </button>`
        }
      </div>
      ${figures && result !== null ? speedFigures(result) : nothing}
      ${this.demoNote ? html`<p class="demo-note">Answered by a demo model. ${DEMO_LIMITS}</p>` : nothing}
    `;
  }

  #retry() {
    this.#fire('retry', this.turn?.id);
  }

  #edit() {
    this.#fire('edit', this.turn?.id);
  }

  async #copy(text: string) {
    this.copied = await copyText(text);
    setTimeout(() => {
      this.copied = false;
    }, COPIED_MS);
  }

  #toggleFigures() {
    this.figures = !this.figures;
  }

  #fire(type: string, detail?: string) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

function answerText(text: string) {
  if (text === '') return nothing;
  return html`<span class="visually-hidden">Answer:</span>
    <div class="answer">${text}</div>`;
}

function speedFigures(result: ChatResult) {
  const { usage, timings } = result;
  const rate = tokensPerSecond(result);
  const figures: [string, string][] = [
    ['First token', `after ${formatDuration(timings.firstTokenMs)}`],
    ['Answer', plural(usage.completionTokens, 'token')],
  ];
  if (rate !== null) figures.push(['Speed', `${formatCount(Math.round(rate))} tokens/s`]);
  if (usage.imageTokens > 0) {
    figures.push(
      ['Preparing pictures', formatDuration(timings.picturesMs)],
      ['Reading pictures', `${formatDuration(timings.visionMs)}, ${plural(usage.imageTokens, 'token')}`],
    );
  }
  figures.push([
    'Reading the question',
    `${formatDuration(timings.prefillMs)}, ${plural(usage.promptTokens, 'token')}`,
  ]);
  return html`<dl>${figures.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-turn': GlanceTurn;
  }
}
