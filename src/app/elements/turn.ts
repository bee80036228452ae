import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { GlanceErrorCode } from '../../model/errors.ts';
import type { ChatResult } from '../../rpc/contract.ts';
import { canContinue, reachedLimit, shownAnswer, textSoFar, thoughtOf } from '../answering.ts';
import type { Answer, Picture, Turn } from '../conversation.ts';
import { CopyController } from '../copy_controller.ts';
import type { Mark } from '../marks/find.ts';
import type { ModelState } from '../model_loader.ts';
import { words } from '../words/index.ts';
import './answer.ts';
import { leftOut } from './answer_figures.ts';
import { answerStyles } from './answer_styles.ts';
import { askedFigures } from './asked_figures.ts';
import { copyLabel } from './copy_label.ts';
import './error_card.ts';
import './figures.ts';
import { continueIcon, editIcon, gaugeIcon, retryIcon } from './icons.ts';
import { markHues } from './mark_hues.ts';
import './marks.ts';
import { baseStyles } from './styles.ts';
import './thought.ts';
import { waitingFor, workingOn } from './turn_progress.ts';
import { turnStyles } from './turn_styles.ts';
import './versions.ts';
import type { GlanceVersions } from './versions.ts';

/** A question longer than this, in characters, is not set like a heading any more. */
const HEADING_LENGTH = 200;

/** From this many pictures on, a phone shows them as tiles. */
const TILES_FROM = 4;

/**
 * A question and its answer.
 *
 * @fires retry with the turn's id.
 * @fires shorten with the turn's id: to be asked again without the conversation's oldest turns.
 * @fires edit with the turn's id.
 * @fires continue with the turn's id: its answer is to go on where it broke off.
 * @fires version-chosen with the id of another version of the turn, and the direction it lies in.
 * @fires new-conversation
 * @fires device-chosen with `auto`, where the chosen one is not there.
 * @fires marks-found, mark-active as the answer and the marks on its picture do.
 * @fires show-picture with a picture's id: on the stage.
 * @fires enlarge-picture with a picture's id: over the window.
 */
@customElement('glance-turn')
export class GlanceTurn extends LitElement {
  static override styles = [baseStyles, turnStyles, answerStyles, markHues];

  @property({ attribute: false }) turn: Turn | null = null;
  @property({ attribute: false }) model: ModelState = { status: 'idle' };
  @property({ type: Boolean }) first = false;
  @property({ type: Boolean }) last = false;
  /** Ids of all versions of the turn, oldest first. */
  @property({ attribute: false }) versions: readonly string[] = [];
  /** An answer is being made: nothing else can be asked meanwhile. */
  @property({ type: Boolean }) busy = false;
  /** The stage shows pictures large; here they are thumbnails. */
  @property({ type: Boolean }) staged = false;
  @property({ attribute: false }) shownPictureId: string | null = null;
  /** The question is in the composer; this turn is replaced when it is sent. */
  @property({ type: Boolean }) edited = false;
  /** Say below this answer what the demo model cannot do. */
  @property({ type: Boolean }) demoNote = false;
  /** The places that the answer names, and the one that is pointed at. */
  @property({ attribute: false }) marks: readonly Mark[] = [];
  @property({ attribute: false }) activeMark: number | null = null;
  @state() private figures = false;
  @state() private unfolded = false;
  /** The question has more lines than are shown. */
  @state() private clamped = false;
  @query('glance-versions') private readonly versionButtons!: GlanceVersions | null;
  @query('h2') private readonly question!: HTMLElement | null;
  readonly #copying = new CopyController(this);
  #sizes: ResizeObserver | null = null;

  /** Puts the focus on the button that leads on in this direction. */
  focusVersions(step: 1 | -1): void {
    this.versionButtons?.focusStep(step);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes?.disconnect();
    this.#sizes = null;
  }

  override render() {
    const { turn } = this;
    if (turn === null) return nothing;
    return html`
      <article aria-label=${words.turn.label}>
        ${this.#pictures(turn.question.pictures)} ${this.#question(turn.question.text)}
        ${
          this.versions.length > 1
            ? html`<glance-versions
                .versions=${this.versions}
                .current=${turn.id}
                ?disabled=${this.busy}
              ></glance-versions>`
            : nothing
        }
        ${this.edited ? html`<p class="quiet">${words.turn.inField}</p>` : nothing}
        <div class="said ${this.edited ? 'edited' : ''}">
          ${this.#thought(turn.answer)} ${this.#answer(turn.answer)}
        </div>
      </article>
    `;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (this.#sizes !== null || this.question === null || !changed.has('turn')) return;
    // How many lines there are depends on the width.
    this.#sizes = new ResizeObserver(([entry]) => {
      const element = entry!.target;
      if (!this.unfolded) this.clamped = element.scrollHeight > element.clientHeight + 1;
    });
    this.#sizes.observe(this.question);
  }

  #question(text: string) {
    const { clamped, unfolded } = this;
    const style = `${text.length > HEADING_LENGTH ? 'long' : ''} ${unfolded ? '' : 'folded'}`;
    return html`
      <div class="question">
        <span class="visually-hidden">${words.turn.question}</span>
        <h2 class=${style} part="question" dir="auto">${text}</h2>
        ${
          clamped
            ? html`<button
                class="text-button"
                aria-expanded=${unfolded}
                @click=${() => {
                  this.unfolded = !unfolded;
                }}
              >
                ${unfolded ? words.turn.showLess : words.turn.showAll}
              </button>`
            : nothing
        }
      </div>
    `;
  }

  #pictures(pictures: readonly Picture[]) {
    if (pictures.length === 0) return nothing;
    const style = this.staged ? 'thumbnails' : pictures.length >= TILES_FROM ? 'tiles' : '';
    return html`
      <ul class="pictures ${style}" aria-label=${words.turn.pictures}>
        ${pictures.map((picture, at) => {
          const marked = at === pictures.length - 1 && this.marks.length > 0 && style !== 'thumbnails';
          return html`<li class=${marked ? 'marked' : ''}>
            ${this.#picture(picture)}
            ${
              marked
                ? html`<glance-marks .marks=${this.marks} .active=${this.activeMark}></glance-marks>`
                : nothing
            }
          </li>`;
        })}
      </ul>
    `;
  }

  #picture({ id, name, url, content }: Picture) {
    if (this.staged) {
      return html`<button
        aria-pressed=${id === this.shownPictureId}
        aria-label=${words.turn.show(name)}
        @click=${() => this.#fire('show-picture', id)}
      >
        <img src=${url} alt="" decoding="async" />
      </button>`;
    }
    return html`<button class="enlarge" aria-label=${words.turn.enlarge(name)} @click=${() => this.#fire('enlarge-picture', id)}>
      <img
        src=${url}
        alt=${name}
        width=${content?.width ?? nothing}
        height=${content?.height ?? nothing}
        decoding="async"
      />
    </button>`;
  }

  #thought(answer: Answer) {
    const thought = thoughtOf(answer);
    if (thought === null) return nothing;
    return html`<glance-thought
      .thought=${thought}
      ?lasting=${answer.state === 'working' && thought.ms === null}
    ></glance-thought>`;
  }

  #answer(answer: Answer) {
    const before = this.turn?.keptAnswer ?? null;
    const kept = before && textSoFar(before);
    switch (answer.state) {
      case 'waiting':
        return waitingFor(this.model);
      case 'working':
        return shownAnswer(answer.text) === ''
          ? workingOn(answer, this.model)
          : html`<glance-answer
                class="answer" part="answer"
                .text=${shownAnswer(answer.text)}
                .activeMark=${this.activeMark}
                growing
              ></glance-answer>
              ${answer.text === kept ? workingOn(answer, this.model) : nothing}`;
      case 'done':
        return html`
          ${
            shownAnswer(answer.text) === ''
              ? html`<p class="quiet">${words.turn.empty}</p>`
              : this.#answerText(answer.text)
          }
          ${leftOut(answer.result)}
          ${answer.result.finishReason === 'length' ? html`<p class="quiet">${this.#cutWords()}</p>` : nothing}
          ${this.#actions(answer, answer.result)}
        `;
      case 'stopped':
        return html`
          ${this.#answerText(answer.text)}
          ${answer.result === null ? nothing : leftOut(answer.result)}
          <p class="quiet">${words.turn.stopped}</p>
          ${this.#actions(answer, answer.result)}
        `;
      case 'cut':
        return answer.elsewhere
          ? html`${this.#answerText(answer.text)}
              <p class="quiet">${words.turn.elsewhere}</p>`
          : html`${this.#answerText(answer.text)}
              <p class="quiet">${answer.text === '' ? words.turn.notAnswered : words.turn.cut}</p>
              ${this.#actions(answer, null)}`;
      case 'failed':
        return html`
          ${this.#answerText(answer.text)}
          <glance-error-card .error=${answer.error}>
            ${this.last && !this.edited ? this.#waysOut(answer.error.code) : nothing}
          </glance-error-card>
        `;
    }
  }

  #answerText(text: string) {
    const shown = shownAnswer(text);
    if (shown === '') return nothing;
    return html`<span class="visually-hidden">${words.turn.answer}</span>
      <glance-answer class="answer" part="answer" .text=${shown} .activeMark=${this.activeMark}></glance-answer>`;
  }

  /**
   * What can be done about a failure: asking again changes nothing where the question itself, or the choice
   * of a device that is not there, is the reason.
   */
  #waysOut(code: GlanceErrorCode) {
    if (code === 'webgpu-unavailable') {
      return html`
        <button class="filled-button" @click=${() => this.#fire('device-chosen', 'auto')}>
          ${words.common.chooseAutomatically}
        </button>
        <button class="outlined-button" @click=${this.#retry}>${words.common.tryAgain}</button>
      `;
    }
    if (code === 'context-overflow') {
      return html`
        ${
          this.first
            ? nothing
            : html`<button class="filled-button" @click=${() => this.#fire('shorten', this.turn?.id)}>
                ${words.turn.leaveOutOldest}
              </button>`
        }
        <button class=${this.first ? 'filled-button' : 'outlined-button'} @click=${this.#edit}>
          ${words.turn.editQuestion}
        </button>
        <button class="outlined-button" @click=${() => this.#fire('new-conversation')}>
          ${words.common.newConversation}
        </button>
      `;
    }
    return code.startsWith('picture-')
      ? html`
          <button class="filled-button" @click=${this.#edit}>${words.turn.editQuestion}</button>
          <button class="outlined-button" @click=${() => this.#fire('new-conversation')}>
            ${words.common.newConversation}
          </button>
        `
      : html`
          <button class="filled-button" @click=${this.#retry}>${words.common.tryAgain}</button>
          ${
            this.model.status === 'failed' || code === 'out-of-memory'
              ? html`<button class="outlined-button" @click=${() => this.#fire('choose-model')}>
                  ${words.common.chooseAnotherModel}
                </button>`
              : nothing
          }
          <button class="outlined-button" @click=${this.#edit}>${words.turn.editQuestion}</button>
        `;
  }

  #actions(answer: Answer, result: ChatResult | null) {
    const { last, edited, busy, figures, model } = this;
    const shown = shownAnswer(textSoFar(answer));
    return html`
      <div class="actions" role="group" aria-label=${words.turn.actions}>
        ${
          shown === ''
            ? nothing
            : html`<button class="text-button" @click=${() => this.#copying.copy(shown)}>
                ${copyLabel(this.#copying, words.common.copy)}
              </button>`
        }
        ${
          last && !edited && canContinue(answer)
            ? html`<button class="text-button" ?disabled=${busy} @click=${this.#continue}>
                ${continueIcon} ${words.turn.continue}
              </button>`
            : nothing
        }
        ${
          edited
            ? nothing
            : html`
                <button class="text-button" ?disabled=${busy} @click=${this.#retry}>
                  ${retryIcon} ${words.common.tryAgain}
                </button>
                <button class="text-button" ?disabled=${busy} @click=${this.#edit}>${editIcon} ${words.turn.edit}</button>
              `
        }
        ${
          result === null
            ? nothing
            : html`<button class="text-button" aria-expanded=${figures} @click=${this.#toggleFigures}>
                ${gaugeIcon} ${words.turn.speed}
              </button>`
        }
      </div>
      ${
        figures && result !== null
          ? html`<glance-figures
              .result=${result}
              .contextLength=${this.turn?.asked?.contextLength ?? null}
            ></glance-figures>${askedFigures(this.turn?.asked ?? null, result)}`
          : nothing
      }
      ${
        this.demoNote && model.status === 'ready'
          ? html`<p class="demo-note">${words.demo.note(model.info.name)}</p>`
          : nothing
      }
    `;
  }

  /** Why the answer ends in the middle. */
  #cutWords(): string {
    const limit = this.turn?.asked?.answers.maxTokens ?? null;
    return limit !== null && this.turn !== null && reachedLimit(this.turn)
      ? words.asked.cutByLimit(limit)
      : words.turn.contextFull;
  }

  #continue() {
    this.#fire('continue', this.turn?.id);
  }

  #retry() {
    this.#fire('retry', this.turn?.id);
  }

  #edit() {
    this.#fire('edit', this.turn?.id);
  }

  #toggleFigures() {
    this.figures = !this.figures;
  }

  #fire(type: string, detail?: string) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-turn': GlanceTurn;
  }
}
