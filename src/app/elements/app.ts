import { html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { GlanceError } from '../../model/errors.ts';
import { allPictures, openTurn, shownPicture } from '../conversation.ts';
import { MediaController } from '../media_controller.ts';
import { loadSamples, type Sample } from '../samples.ts';
import type { Session } from '../session.ts';
import { SessionController } from '../session_controller.ts';
import { appStyles } from './app_styles.ts';
import './composer.ts';
import type { GlanceComposer } from './composer.ts';
import './error_card.ts';
import { addPictureIcon, downIcon, lensMark, newIcon } from './icons.ts';
import './stage.ts';
import { baseStyles } from './styles.ts';
import './turn.ts';
import './welcome.ts';

/** A reader this near the end, in pixels, is taken along by new text; one further up is left in peace. */
const FOLLOW_WITHIN = 64;

/** The whole page: header, conversation or welcome, composer, and from 1,100 px the stage. */
@customElement('glance-app')
export class GlanceApp extends LitElement {
  static override styles = [baseStyles, appStyles];

  /** Set once, before the element is connected. */
  @property({ attribute: false }) session!: Session;
  @state() private samples: readonly Sample[] | null = null;
  @state() private dragging = false;
  @state() private following = true;

  @query('.transcript') private readonly transcript!: HTMLElement;
  @query('.turns') private readonly turns!: HTMLElement | null;
  @query('glance-composer') private readonly composer!: GlanceComposer;
  readonly #wide = new MediaController(this, '(min-width: 1100px)');
  readonly #touch = new MediaController(this, '(pointer: coarse)');
  #dragDepth = 0;
  #dragsOwn = false;
  #observer: ResizeObserver | null = null;
  #observed: HTMLElement | null = null;
  #turnCount = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    new SessionController(this, this.session);
    addEventListener('keydown', this.#key);
    addEventListener('paste', this.#paste);
    addEventListener('dragstart', this.#dragStart);
    addEventListener('dragend', this.#dragEnd);
    addEventListener('dragenter', this.#dragEnter);
    addEventListener('dragleave', this.#dragLeave);
    addEventListener('dragover', this.#dragOver);
    addEventListener('drop', this.#drop);
    visualViewport?.addEventListener('resize', this.#fitKeyboard);
    this.#observer = new ResizeObserver(this.#follow);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.#key);
    removeEventListener('paste', this.#paste);
    removeEventListener('dragstart', this.#dragStart);
    removeEventListener('dragend', this.#dragEnd);
    removeEventListener('dragenter', this.#dragEnter);
    removeEventListener('dragleave', this.#dragLeave);
    removeEventListener('dragover', this.#dragOver);
    removeEventListener('drop', this.#drop);
    visualViewport?.removeEventListener('resize', this.#fitKeyboard);
    this.#observer?.disconnect();
  }

  protected override firstUpdated(): void {
    this.#observer?.observe(this.transcript);
    void this.#start();
  }

  /** The model and the samples come after the first paint, so that they do not compete with it. */
  async #start() {
    await new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    void this.session.load();
    try {
      this.samples = await loadSamples();
    } catch (error) {
      this.samples = [];
      this.session.report(error);
    }
    if (document.activeElement === document.body) this.#focusField();
  }

  override render() {
    const { conversation, model, announcement } = this.session.state;
    const { turns, draft } = conversation;
    const empty = turns.length === 0;
    const open = openTurn(conversation);
    const pictures = allPictures(conversation);
    const staged = this.#wide.matches && pictures.length > 0 && !(empty && draft.pictures.length === 0);
    const lastResult = turns
      .map(({ answer }) => ('result' in answer ? answer.result : null))
      .findLast(Boolean);
    return html`
      <header>
        <a class="brand" href="./" @click=${this.#home}>${lensMark}<span>Glance</span></a>
        ${
          empty
            ? nothing
            : html`<button class="text-button" @click=${this.#clear}>${newIcon} New conversation</button>`
        }
      </header>
      <div class="body ${staged ? 'staged' : ''} ${empty ? 'empty' : ''}">
        <main>
          <div class="transcript" tabindex=${empty ? nothing : 0} role="region" aria-label="Conversation"
            @scroll=${this.#scrolled}>
            ${empty ? this.#welcome() : this.#turns(staged)}
          </div>
          <div class="foot">
          ${
            this.following || empty
              ? nothing
              : html`<button class="latest" aria-label="Go to the latest answer" @click=${this.#toLatest}>
                  ${downIcon}
                </button>`
          }
            ${this.#notices()}
            <glance-composer
              .draft=${draft}
              .model=${model}
              .lastResult=${lastResult ?? null}
              ?answering=${open !== null}
              ?stopping=${open?.answer.state === 'working' && open.answer.stopping}
              ?underway=${pictures.length > 0}
              @question-typed=${(event: CustomEvent<string>) => this.session.type(event.detail)}
              @pictures-chosen=${(event: CustomEvent<File[]>) => this.#add(event.detail)}
              @remove-picture=${(event: CustomEvent<string>) => this.session.removePicture(event.detail)}
              @camera-failed=${(event: CustomEvent<GlanceError>) => this.session.report(event.detail)}
              @load-again=${() => this.session.load()}
              @ask=${this.#ask}
              @stop=${this.#stop}
            ></glance-composer>
          </div>
        </main>
        ${
          staged
            ? html`<aside aria-label="Picture">
                <glance-stage
                  .pictures=${pictures}
                  .shown=${shownPicture(conversation)}
                  .vision=${model.status === 'ready' ? model.info.vision : null}
                  @show-picture=${this.#show}
                ></glance-stage>
              </aside>`
            : nothing
        }
      </div>
      <div class="visually-hidden" role="status">${announcement}</div>
      ${this.dragging ? html`<div class="drop">${addPictureIcon} Drop to add the picture</div>` : nothing}
    `;
  }

  #welcome() {
    return html`
      <glance-welcome
        .samples=${this.samples}
        ?restorable=${this.session.state.conversation.previous !== null}
        @sample-chosen=${this.#askSample}
        @restore=${() => this.session.restore()}
      ></glance-welcome>
    `;
  }

  #turns(staged: boolean) {
    const { conversation, model } = this.session.state;
    const { turns } = conversation;
    const shown = staged ? (shownPicture(conversation)?.id ?? null) : null;
    const demo = model.status === 'ready' && model.info.demo;
    const firstAnswered = turns.find(({ answer }) => answer.state === 'done')?.id;
    return html`
      <div class="turns">
        <h1 class="visually-hidden">Conversation</h1>
        ${repeat(
          turns,
          ({ id }) => id,
          (turn, index) => html`
            <glance-turn
              .turn=${turn}
              .model=${model}
              .shownPictureId=${shown}
              ?staged=${staged}
              ?last=${index === turns.length - 1}
              ?demoNote=${demo && turn.id === firstAnswered}
              @retry=${(event: CustomEvent<string>) => this.#retry(event.detail)}
              @edit=${(event: CustomEvent<string>) => this.#edit(event.detail)}
              @show-picture=${this.#show}
            ></glance-turn>
          `,
        )}
      </div>
    `;
  }

  #notices() {
    return this.session.state.conversation.notices.map(
      ({ id, error, subject }) => html`
        <glance-error-card
          dismissible
          .error=${error}
          .subject=${subject}
          @dismiss=${() => this.#dismiss(id)}
        ></glance-error-card>
      `,
    );
  }

  protected override updated(): void {
    const count = this.session.state.conversation.turns.length;
    if (this.turns !== this.#observed) {
      if (this.#observed !== null) this.#observer?.unobserve(this.#observed);
      if (this.turns !== null) this.#observer?.observe(this.turns);
      this.#observed = this.turns;
    }
    // A new question goes to the end, wherever the reader was.
    if (count > this.#turnCount) this.#toLatest();
    this.#turnCount = count;
  }

  #ask = () => {
    void this.session.askDraft();
  };

  #askSample = (event: CustomEvent<Sample>) => {
    void this.session.askSample(event.detail);
    this.#focusField();
  };

  #stop = () => {
    this.session.stop();
    this.#focusField();
  };

  #retry(turnId: string) {
    this.session.retry(turnId);
    this.#focusField();
  }

  #edit(turnId: string) {
    this.session.edit(turnId);
    this.composer.focus();
  }

  #dismiss(noticeId: string) {
    this.session.dismissNotice(noticeId);
    this.#focusField();
  }

  #clear = () => {
    void this.session.clear();
    this.#focusField();
  };

  #home = (event: MouseEvent) => {
    // Leaving would lose the conversation: the name leads to the first screen instead.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    this.#clear();
  };

  #show = (event: CustomEvent<string>) => {
    this.session.showPicture(event.detail);
  };

  #add(files: Iterable<File>) {
    void this.session.addPictures(files);
  }

  /** Where the focus goes when what held it is gone. On touch screens that would raise the keyboard. */
  #focusField() {
    if (!this.#touch.matches) this.composer.focus();
  }

  #key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
    if (this.composer.busyWithDialog || openTurn(this.session.state.conversation) === null) return;
    event.preventDefault();
    this.#stop();
  };

  #paste = (event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // Office programs put a picture of copied text beside the text: then the text is meant.
    if (files.length === 0 || event.clipboardData?.getData('text/plain')) return;
    event.preventDefault();
    this.#add(files);
    this.#focusField();
  };

  #dragStart = () => {
    this.#dragsOwn = true;
  };

  #dragEnd = () => {
    this.#dragsOwn = false;
  };

  #dragEnter = (event: DragEvent) => {
    if (!this.#bringsFiles(event)) return;
    this.#dragDepth += 1;
    this.dragging = true;
  };

  #dragLeave = (event: DragEvent) => {
    if (!this.#bringsFiles(event)) return;
    this.#dragDepth = Math.max(0, this.#dragDepth - 1);
    this.dragging = this.#dragDepth > 0;
  };

  #dragOver = (event: DragEvent) => {
    const files = this.#bringsFiles(event);
    const intoField = event.composedPath()[0] instanceof HTMLTextAreaElement;
    if (!files && intoField) return;
    // Otherwise the browser would leave the page, and the conversation, for what is dropped on it.
    event.preventDefault();
    if (event.dataTransfer !== null) event.dataTransfer.dropEffect = files ? 'copy' : 'none';
  };

  #drop = (event: DragEvent) => {
    this.#dragDepth = 0;
    this.dragging = false;
    if (!this.#bringsFiles(event)) return;
    event.preventDefault();
    this.#add([...(event.dataTransfer?.files ?? [])]);
    this.#focusField();
  };

  /** Files from elsewhere; a picture of this page that is dragged about would come as a file too. */
  #bringsFiles(event: DragEvent): boolean {
    return !this.#dragsOwn && (event.dataTransfer?.types.includes('Files') ?? false);
  }

  #scrolled = () => {
    const { scrollHeight, scrollTop, clientHeight } = this.transcript;
    this.following = scrollHeight - scrollTop - clientHeight <= FOLLOW_WITHIN;
  };

  #follow = () => {
    if (this.following && this.session.state.conversation.turns.length > 0) this.#toLatest();
  };

  #toLatest = () => {
    this.following = true;
    this.transcript.scrollTop = this.transcript.scrollHeight;
  };

  /** Safari lays its keyboard over the page; the composer must stay above it. */
  #fitKeyboard = () => {
    const height = visualViewport?.height ?? innerHeight;
    if (innerHeight - height > 80) this.style.setProperty('--app-height', `${height}px`);
    else this.style.removeProperty('--app-height');
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-app': GlanceApp;
  }
}
