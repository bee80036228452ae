import { html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { AnnouncementController } from '../../app/announcement_controller.ts';
import { allPictures, openTurn, type Turn } from '../../app/conversation.ts';
import type { DeviceChoice } from '../../app/device.ts';
import type { GlanceComposer } from '../../app/elements/composer.ts';
import { downIcon, lensMark, newIcon } from '../../app/elements/icons.ts';
import type { GlanceModels } from '../../app/elements/models.ts';
import { baseStyles } from '../../app/elements/styles.ts';
import { transcriptStyles } from '../../app/elements/transcript_styles.ts';
import type { GlanceViewer } from '../../app/elements/viewer.ts';
import { FollowController } from '../../app/follow_controller.ts';
import type { Mark } from '../../app/marks/find.ts';
import { MarksController } from '../../app/marks_controller.ts';
import type { SessionModel } from '../../app/model_loader.ts';
import { smallerWords } from '../../app/model_words.ts';
import { PictureDeskController } from '../../app/picture_desk_controller.ts';
import type { Session } from '../../app/session.ts';
import { SessionController } from '../../app/session_controller.ts';
import type { ModelShelf } from '../../app/shelf.ts';
import { smallerChoice } from '../../app/smaller_choice.ts';
import { filesIn, meansText } from '../../app/transfer.ts';
import { siblingsOf } from '../../app/turn_tree.ts';
import { words } from '../../app/words/index.ts';
import { chatViewStyles } from './chat_view_styles.ts';
import { LanguageController } from './language.ts';
import '../../app/elements/camera.ts';
import '../../app/elements/composer.ts';
import '../../app/elements/menu.ts';
import '../../app/elements/notices.ts';
import '../../app/elements/tray.ts';
import '../../app/elements/turn.ts';
import '../../app/elements/viewer.ts';

/**
 * A conversation without the site around it: what is said, and the composer. Its slot says something before the first
 * question; `header` stands above everything.
 *
 * @fires engaged when the reader begins to do something with it.
 */
@customElement('glance-chat-view')
export class GlanceChatView extends LitElement {
  static override styles = [baseStyles, transcriptStyles, chatViewStyles];

  /** Set once, before the element is connected. */
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) demo!: SessionModel;
  /** Makes the shelf of kept models, when it is first wanted. */
  @property({ attribute: false }) openShelf!: () => Promise<ModelShelf>;
  @property({ type: Boolean, reflect: true }) dragging = false;
  @state() private shelf: ModelShelf | null = null;
  @query('.transcript') private readonly transcript!: HTMLElement;
  @query('.turns') private readonly turns!: HTMLElement | null;
  @query('glance-composer') private readonly composer!: GlanceComposer;
  @query('glance-viewer') private readonly viewer!: GlanceViewer;
  @query('glance-models') private readonly models!: GlanceModels | null;
  readonly #follow = new FollowController(this, () => ({ scroller: this.transcript, text: this.turns }));
  readonly #announcement = new AnnouncementController(this, () => this.session.state.announcement);
  readonly #desk = new PictureDeskController(this, () => this.session);
  readonly #marks = new MarksController(this, () => this.session.state.conversation);
  #turnCount = 0;

  constructor() {
    super();
    new LanguageController(this);
    this.addEventListener('announce', (event) =>
      this.session.announce((event as CustomEvent<string>).detail),
    );
    this.addEventListener('device-chosen', (event) => {
      void this.session.useDevice((event as CustomEvent<DeviceChoice>).detail);
    });
    this.addEventListener('choose-model', this.#chooseModel);
    this.addEventListener('use-demo', () => void this.session.useModel(this.demo));
    this.addEventListener('focusin', this.#engaged);
    this.addEventListener('paste', this.#paste);
    this.addEventListener('dragover', this.#dragOver);
    this.addEventListener('dragleave', this.#dragLeave);
    this.addEventListener('drop', this.#drop);
    this.addEventListener('keydown', this.#key);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    new SessionController(this, this.session);
  }

  /** Where questions are typed; null until that is drawn. */
  get field(): HTMLElement | null {
    return this.composer?.renderRoot?.querySelector('textarea') ?? null;
  }

  /** Puts the cursor into the field. */
  override focus(options?: FocusOptions): void {
    this.composer?.focus(options);
  }

  override render() {
    const { conversation, model, device } = this.session.state;
    const { turns, draft, editing } = conversation;
    const open = openTurn(conversation);
    const results = turns.map(({ answer }) => ('result' in answer ? answer.result : null));
    return html`
      <slot name="header">
        <div class="bar" part="header">
          <span class="title">${lensMark}<slot name="title">${words.embed.title}</slot></span>
          ${
            turns.length === 0
              ? nothing
              : html`<button
                  class="icon-button"
                  aria-label=${words.common.newConversation}
                  title=${words.common.newConversation}
                  @click=${this.#clear}
                >
                  ${newIcon}
                </button>`
          }
        </div>
      </slot>
      <div
        class="transcript"
        part="conversation"
        tabindex=${turns.length === 0 ? nothing : 0}
        role="group"
        aria-label=${words.app.conversation}
        @scroll=${this.#follow.scrolled}
      >
        ${
          turns.length === 0
            ? html`<div class="welcome" part="welcome">
                <slot><strong>${words.welcome.heading}</strong><span>${words.embed.promise}</span></slot>
              </div>`
            : this.#turns()
        }
      </div>
      <div class="foot">
        ${
          this.#follow.following || turns.length === 0
            ? nothing
            : html`<button class="latest" aria-label=${words.app.toLatest} @click=${this.#follow.toLatest}>
                ${downIcon}
              </button>`
        }
        ${this.#notices()}
        <glance-composer
          part="composer"
          embedded
          .conversationId=${conversation.id}
          .draft=${draft}
          .model=${model}
          .device=${device}
          .lastResult=${results.findLast(Boolean) ?? null}
          ?answering=${open !== null}
          ?stopping=${open?.answer.state === 'working' && open.answer.stopping}
          ?editing=${editing !== null}
          ?underway=${allPictures(conversation).length > 0}
          @question-typed=${(event: CustomEvent<string>) => this.session.type(event.detail)}
          @pictures-chosen=${(event: CustomEvent<File[]>) => void this.session.addPictures(event.detail)}
          @remove-picture=${(event: CustomEvent<string>) => this.session.removePicture(event.detail)}
          @camera-failed=${(event: CustomEvent<unknown>) => this.session.report(event.detail)}
          @load-again=${() => void this.session.load()}
          @ask=${() => void this.session.askDraft()}
          @stop=${() => this.session.stop()}
          @cancel-edit=${() => this.session.cancelEdit()}
          @new-conversation=${this.#clear}
        ></glance-composer>
      </div>
      <div class="visually-hidden" role="status">${this.#announcement.text}</div>
      <glance-viewer></glance-viewer>
      ${
        this.shelf === null
          ? nothing
          : html`<glance-models .session=${this.session} .shelf=${this.shelf} .demo=${this.demo}></glance-models>`
      }
    `;
  }

  #turns() {
    const { conversation, model } = this.session.state;
    const { turns, editing, tree } = conversation;
    const demo = model.status === 'ready' && model.info.demo;
    const firstAnswered = turns.find(({ answer }) => answer.state === 'done');
    return html`<div class="turns">
      ${repeat(
        turns,
        ({ id }) => id,
        (turn, index) => html`<glance-turn
          part="turn"
          exportparts="question, answer"
          .turn=${turn}
          .model=${model}
          ?first=${index === 0}
          .versions=${siblingsOf(tree, turn.id).map(({ id }) => id)}
          ?busy=${openTurn(conversation) !== null}
          ?last=${index === turns.length - 1}
          ?edited=${turn.id === editing?.turnId}
          ?demoNote=${demo && turn === firstAnswered}
          .marks=${this.#marks.of(turn)}
          .activeMark=${this.#marks.activeOf(turn.id)}
          @marks-found=${(event: CustomEvent<readonly Mark[]>) => this.#marks.found(turn.id, event.detail)}
          @mark-active=${(event: CustomEvent<number | null>) => this.#marks.pointAt(turn.id, event.detail)}
          @retry=${(event: CustomEvent<string>) => this.session.retry(event.detail)}
          @shorten=${(event: CustomEvent<string>) => this.session.shorten(event.detail)}
          @edit=${this.#edit}
          @continue=${(event: CustomEvent<string>) => this.session.continue(event.detail)}
          @version-chosen=${(event: CustomEvent<{ turnId: string }>) =>
            this.session.chooseVersion(event.detail.turnId)}
          @new-conversation=${this.#clear}
          @enlarge-picture=${this.#enlarge}
        ></glance-turn>`,
      )}
    </div>`;
  }

  #notices() {
    const { conversation, model, chosen } = this.session.state;
    const { notices, turns } = conversation;
    const shownInTurn = ({ answer }: Turn) =>
      model.status === 'failed' && answer.state === 'failed' && answer.error === model.error;
    const loadError = model.status === 'failed' && !turns.some(shownInTurn) ? model.error : null;
    if (notices.length === 0 && loadError === null) return nothing;
    const smaller = loadError && smallerChoice(this.session.state);
    return html`<glance-notices
      .notices=${notices}
      .loadError=${loadError}
      ?demo=${chosen.id === null}
      .smaller=${smaller && smallerWords(smaller)}
      @use-smaller=${this.#useSmaller}
      @dismiss-notice=${(event: CustomEvent<string>) => this.session.dismissNotice(event.detail)}
      @load-again=${() => void this.session.load()}
    ></glance-notices>`;
  }

  protected override async getUpdateComplete(): Promise<boolean> {
    const done = await super.getUpdateComplete();
    await this.composer?.updateComplete;
    return done;
  }

  protected override updated(): void {
    const count = this.session.state.conversation.turns.length;
    if (count > this.#turnCount) this.#follow.toLatest();
    this.#turnCount = count;
  }

  readonly #engaged = () => {
    this.dispatchEvent(new CustomEvent('engaged'));
  };

  readonly #clear = () => {
    void this.session.clear();
    this.focus();
  };

  readonly #edit = (event: CustomEvent<string>) => {
    this.session.edit(event.detail);
    this.focus();
  };

  readonly #enlarge = (event: CustomEvent<string>) => {
    const picture = allPictures(this.session.state.conversation).find(({ id }) => id === event.detail);
    if (picture !== undefined) void this.viewer.show(picture, this.#marks.on(picture.id)?.marks);
  };

  readonly #useSmaller = () => {
    const { state } = this.session;
    const smaller = smallerChoice(state);
    if (smaller?.kind !== 'context') return this.#chooseModel();
    void this.session.useModel({ ...state.chosen, contextLength: smaller.contextLength });
  };

  readonly #chooseModel = async () => {
    try {
      const [shelf] = await Promise.all([this.openShelf(), import('../../app/elements/models.ts')]);
      this.shelf = shelf;
      await this.updateComplete;
      await this.models?.show();
    } catch (error) {
      this.session.report(error, words.app.modelsNotShown);
    }
  };

  readonly #paste = (event: ClipboardEvent) => {
    const { clipboardData } = event;
    const { files, folders } = filesIn(clipboardData);
    if (files.length + folders.length === 0 || clipboardData === null || meansText(clipboardData)) return;
    event.preventDefault();
    void this.session.addPictures(files, folders);
  };

  readonly #dragOver = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    this.dragging = true;
  };

  readonly #dragLeave = () => {
    this.dragging = false;
  };

  readonly #drop = (event: DragEvent) => {
    this.dragging = false;
    const { files, folders } = filesIn(event.dataTransfer);
    if (files.length + folders.length === 0) return;
    event.preventDefault();
    void this.session.addPictures(files, folders);
  };

  readonly #key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
    if (this.composer.busyWithDialog || this.viewer.open || this.#desk.open || this.models?.open) return;
    const { conversation } = this.session.state;
    if (openTurn(conversation) !== null) this.session.stop();
    else if (conversation.editing !== null) this.session.cancelEdit();
    else return;
    event.preventDefault();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-chat-view': GlanceChatView;
  }
}
