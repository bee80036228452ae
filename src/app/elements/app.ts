import { html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { GlanceError } from '../../model/errors.ts';
import { AnnouncementController } from '../announcement_controller.ts';
import { allPictures, openTurn } from '../conversation.ts';
import { EscapeController } from '../escape_controller.ts';
import { fetchParts } from '../fetch_parts.ts';
import { FileDropController } from '../file_drop_controller.ts';
import { FocusKeeper } from '../focus_keeper.ts';
import { FollowController } from '../follow_controller.ts';
import { HistoryController } from '../history_controller.ts';
import { IncomingFiles } from '../incoming_files.ts';
import { KeyboardFitController } from '../keyboard_fit_controller.ts';
import { MarksController } from '../marks_controller.ts';
import { MediaController } from '../media_controller.ts';
import type { ReadMemory } from '../memory_controller.ts';
import { ModelChoiceController } from '../model_choice_controller.ts';
import type { SessionModel } from '../model_loader.ts';
import { PasteController } from '../paste_controller.ts';
import { PictureDeskController } from '../picture_desk_controller.ts';
import { PictureViews } from '../picture_views.ts';
import { loadSamples, type Sample } from '../samples.ts';
import type { Session } from '../session.ts';
import { SessionController } from '../session_controller.ts';
import type { SettingsStore } from '../settings/settings_store.ts';
import { SettingsController } from '../settings_controller.ts';
import type { ModelShelf } from '../shelf.ts';
import { offeredTasks, type Task } from '../tasks/tasks.ts';
import { siblingsOf } from '../turn_tree.ts';
import { currentLanguage, words } from '../words/index.ts';
import {
  noticesTemplate,
  ownSettingsTemplate,
  stageTemplate,
  type TurnsPage,
  turnsTemplate,
} from './app_parts.ts';
import { appStyles } from './app_styles.ts';
import './composer.ts';
import type { GlanceComposer } from './composer.ts';
import './conversations.ts';
import type { GlanceConversations } from './conversations.ts';
import './header.ts';
import { addPictureIcon, downIcon } from './icons.ts';
import type { GlanceModels } from './models.ts';
import { baseStyles } from './styles.ts';
import { transcriptStyles } from './transcript_styles.ts';
import type { GlanceViewer } from './viewer.ts';
import './welcome.ts';

/** The whole page: header, conversation or welcome, composer, and from 1,100 px the stage. */
@customElement('glance-app')
export class GlanceApp extends LitElement {
  static override styles = [baseStyles, transcriptStyles, appStyles];

  /** Set once, before the element is connected. */
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) settings!: SettingsStore;
  /** The models kept on this device; set once, as is the demo model. */
  @property({ attribute: false }) shelf!: ModelShelf;
  @property({ attribute: false }) demo!: SessionModel;
  /** Tells what the loaded model holds on its device. */
  @property({ attribute: false }) readMemory!: ReadMemory;
  @state() private samples: readonly Sample[] | null = null;

  @query('glance-conversations') private readonly conversations!: GlanceConversations | null;
  @query('.transcript') private readonly transcript!: HTMLElement;
  @query('.turns') private readonly turns!: HTMLElement | null;
  @query('glance-composer') private readonly composer!: GlanceComposer;
  @query('glance-viewer') private readonly viewer!: GlanceViewer;
  @query('glance-models') private readonly models!: GlanceModels | null;
  readonly #wide = new MediaController(this, '(min-width: 1100px)');
  readonly #touch = new MediaController(this, '(pointer: coarse)');
  readonly #drop = new FileDropController(this, (dropped) => this.#incoming.take(dropped));
  readonly #follow = new FollowController(this, () => ({ scroller: this.transcript, text: this.turns }));
  readonly #history = new HistoryController(this, () => this.session);
  readonly #announcement = new AnnouncementController(this, () => this.session.state.announcement);
  readonly #desk = new PictureDeskController(this, () => this.session);
  readonly #marks = new MarksController(this, () => this.session.state.conversation);
  readonly #views = new PictureViews({
    session: () => this.session,
    viewer: () => this.viewer,
    marks: this.#marks,
  });
  readonly #choice = new ModelChoiceController(this, {
    session: () => this.session,
    demo: () => this.demo,
    models: () => this.models,
    shelf: () => this.shelf,
    settle: () => this.#focusField(),
    holdsFocus: () => this.composer.busyWithDialog,
  });
  readonly #incoming = new IncomingFiles({
    session: () => this.session,
    addModels: (files) => void this.#choice.open(files),
    added: () => this.#focusField(),
  });
  readonly #settings = new SettingsController(this, {
    act: (shortcut) => {
      if (shortcut === 'new') this.#clear();
      else if (shortcut === 'conversations') this.#toggleConversations();
      else this.composer.focus();
    },
    busy: () => this.#viewIsOpen,
    closed: () => this.#focusField(),
  });
  #partsWanted = false;
  #turnCount = 0;
  #conversationId = '';

  constructor() {
    super();
    new PasteController(this, (pasted) => this.#incoming.take(pasted));
    new KeyboardFitController(this);
    new EscapeController(this, {
      session: () => this.session,
      isCovered: () => this.#viewIsOpen || this.#settings.open,
      stop: () => this.#stop(),
      cancelEdit: () => this.#cancelEdit(),
    });
    new FocusKeeper(this, () => (this.#touch.matches ? null : this.composer));
    this.addEventListener('parts-wanted', this.#fetchParts);
    this.addEventListener('announce', (event) =>
      this.session.announce((event as CustomEvent<string>).detail),
    );
  }

  override connectedCallback(): void {
    super.connectedCallback();
    new SessionController(this, this.session);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('beforeunload', this.#beforeUnload);
  }

  protected override firstUpdated(): void {
    void this.#start();
  }

  /** The model and the samples come after the first paint, so that they do not compete with it. */
  async #start() {
    await new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    void this.session.load();
    void this.#history.start();
    try {
      this.samples = await loadSamples();
    } catch (error) {
      this.samples = [];
      this.session.report(error);
    }
    // Unasked, so it must not scroll the heading away on a magnified page.
    if (document.activeElement === document.body) this.#focusField({ preventScroll: true });
  }

  #fetchParts = () => {
    if (this.#partsWanted) return;
    this.#partsWanted = true;
    fetchParts().catch((error: unknown) => this.session.report(error));
  };

  override render() {
    const { conversation, model, device } = this.session.state;
    const { turns, draft, editing } = conversation;
    const empty = turns.length === 0 && !this.#history.opening;
    const railed = this.#wide.matches && this.#history.railed;
    const open = openTurn(conversation);
    const pictures = allPictures(conversation);
    const staged = this.#wide.matches && pictures.length > 0 && !(empty && draft.pictures.length === 0);
    const info = model.status === 'ready' ? model.info : null;
    const tasks = offeredTasks(info, pictures.length, currentLanguage());
    const edited = turns.findIndex(({ id }) => id === conversation.editing?.turnId);
    // An edited question takes the place of what follows it.
    const lastResult = turns
      .slice(0, edited < 0 ? turns.length : edited)
      .map(({ answer }) => ('result' in answer ? answer.result : null))
      .findLast(Boolean);
    return html`
      <glance-header
        ?started=${!empty}
        ?railed=${railed}
        @toggle-conversations=${this.#toggleConversations}
        @new-conversation=${this.#clear}
        @show-settings=${() => this.#settings.showSettings()}
      ></glance-header>
      <div class="body ${staged ? 'staged' : ''} ${empty ? 'empty' : ''} ${railed ? 'railed' : ''}">
        ${railed ? this.#conversations(false) : nothing}
        <main>
          <div class="transcript" tabindex=${empty ? nothing : 0} role="region" aria-label=${words.app.conversation}
            @scroll=${this.#follow.scrolled}>
            ${empty ? this.#welcome(tasks) : turns.length === 0 ? nothing : turnsTemplate(this.#turnsPage, staged)}
          </div>
          <div class="foot">
          ${
            this.#follow.following || empty
              ? nothing
              : html`<button class="latest" aria-label=${words.app.toLatest} @click=${this.#follow.toLatest}>
                  ${downIcon}
                </button>`
          }
            ${noticesTemplate(this.session, this.#dismiss)}
            ${
              empty
                ? nothing
                : html`<glance-meter
                    .pace=${(open?.answer.state === 'working' && open.answer.pace) || null}
                    .contextLength=${model.status === 'ready' ? model.info.contextLength : null}
                  ></glance-meter>`
            }
            <glance-composer
              .conversationId=${conversation.id}
              .draft=${draft}
              .model=${model}
              .device=${device}
              .lastResult=${lastResult ?? null}
              .readMemory=${this.readMemory}
              ?answering=${open !== null}
              ?stopping=${open?.answer.state === 'working' && open.answer.stopping}
              ?editing=${editing !== null}
              ?underway=${pictures.length > 0}
              @question-typed=${(event: CustomEvent<string>) => this.session.type(event.detail)}
              @pictures-chosen=${(event: CustomEvent<File[]>) => this.#incoming.take({ files: event.detail, folders: [] })}
              @remove-picture=${(event: CustomEvent<string>) => this.session.removePicture(event.detail)}
              .tasks=${tasks}
              @new-conversation=${this.#clear}
              @camera-failed=${this.#cameraFailed}
              @ask=${() => this.session.askDraft()}
              @stop=${this.#stop}
              @cancel-edit=${this.#cancelEdit}
            ></glance-composer>
          </div>
        </main>
        ${staged ? stageTemplate(this.#turnsPage, pictures) : nothing}
      </div>
      <div class="visually-hidden" role="status">${this.#announcement.text}</div>
      ${this.#wide.matches ? nothing : this.#conversations(true)}
      <glance-viewer></glance-viewer>
      <glance-models
        .session=${this.session}
        .shelf=${this.shelf}
        .demo=${this.demo}
        @closed=${() => this.#focusField()}
      ></glance-models>
      ${this.#settings.render(this.#history.history)}
      ${this.#drop.dragging ? html`<div class="drop">${addPictureIcon} ${words.app.drop}</div>` : nothing}
    `;
  }

  #conversations(sheet: boolean) {
    const { id, turns } = this.session.state.conversation;
    return html`<glance-conversations
      ?sheet=${sheet}
      .history=${this.#history.history}
      .currentId=${turns.length > 0 ? id : null}
      @conversation-opened=${() => this.#focusField()}
    ></glance-conversations>`;
  }

  #welcome(tasks: readonly Task[]) {
    const { conversation, pressedSample } = this.session.state;
    return html`
      ${ownSettingsTemplate(this.#turnsPage)}
      <glance-welcome
        .samples=${this.samples}
        .pressed=${pressedSample}
        ?brief=${conversation.draft.pictures.length > 0}
        .tasks=${tasks}
        @task-chosen=${(event: CustomEvent<Task>) => this.composer.startTask(event.detail)}
        ?demo=${this.session.state.chosen.id === null}
        ?restorable=${conversation.previous !== null}
        @sample-chosen=${this.#askSample}
        @restore=${this.#restore}
      ></glance-welcome>
    `;
  }

  protected override willUpdate(): void {
    const { conversation, model } = this.session.state;
    const isNeeded = conversation.turns.length > 0 || conversation.draft.pictures.length > 0;
    // Else once the engine is here, but ahead of the first picture, which may come when the connection is gone.
    if (isNeeded || model.status === 'ready' || model.status === 'failed') this.#fetchParts();
  }

  protected override updated(): void {
    const { id, turns, draft } = this.session.state.conversation;
    const count = turns.length;
    // Only while there is something to lose: the listener keeps browsers from freezing the page for Back.
    const isLosing = this.#history.isBehind && (count > 0 || draft.pictures.length > 0);
    if (isLosing) addEventListener('beforeunload', this.#beforeUnload);
    else removeEventListener('beforeunload', this.#beforeUnload);
    // A new question goes to the end, wherever the reader was.
    if (count > this.#turnCount || id !== this.#conversationId) this.#follow.toLatest();
    this.#turnCount = count;
    this.#conversationId = id;
  }

  get #turnsPage(): TurnsPage {
    return {
      session: this.session,
      shelf: this.shelf,
      marks: this.#marks,
      views: this.#views,
      askAgain: (how, turnId) => {
        this.session[how](turnId);
        this.#focusField();
      },
      edit: (turnId) => {
        this.session.edit(turnId);
        this.composer.focus();
      },
      chooseVersion: this.#chooseVersion,
      clear: this.#clear,
      settle: () => this.#focusField(),
      showOwnSettings: () => void this.#settings.showSettings('answers'),
    };
  }

  #askSample = (event: CustomEvent<Sample>) => {
    void this.session.askSample(event.detail);
    this.#focusField();
  };

  #stop = () => {
    this.session.stop();
    this.#focusField();
  };

  #cancelEdit = () => {
    this.session.cancelEdit();
    this.#focusField();
  };

  #restore = () => {
    this.session.restore();
    this.#focusField();
  };

  #cameraFailed = (event: CustomEvent<GlanceError>) => {
    this.session.report(event.detail, words.app.cameraNotUsable);
  };

  #beforeUnload = (event: BeforeUnloadEvent) => {
    event.preventDefault();
  };

  #dismiss = (event: CustomEvent<string>) => {
    this.session.dismissNotice(event.detail);
    this.#focusField();
  };

  #clear = () => {
    void this.session.clear();
    this.#focusField();
  };

  #toggleConversations = () => {
    if (this.#wide.matches) this.#history.foldRail(this.#history.railed);
    else void this.conversations?.show();
  };

  /** The chosen version has buttons of its own: the one that was pressed goes on in it. */
  #chooseVersion = async (event: CustomEvent<{ turnId: string; step: 1 | -1 }>) => {
    const { turnId, step } = event.detail;
    this.session.chooseVersion(turnId);
    const versions = siblingsOf(this.session.state.conversation.tree, turnId);
    const at = versions.findIndex(({ id }) => id === turnId) + 1;
    this.session.announce(words.app.versionOf(at, versions.length));
    this.requestUpdate();
    await this.updateComplete;
    const turns = [...this.renderRoot.querySelectorAll('glance-turn')];
    const shown = turns.find(({ turn }) => turn?.id === turnId);
    await shown?.updateComplete;
    shown?.focusVersions(step);
  };

  /** Takes what was opened with the page, or shared with it, as if it had been dropped and typed. */
  async receive({ files, text }: { files: readonly File[]; text: string }): Promise<void> {
    await this.updateComplete;
    // What was not sent at an earlier visit comes first.
    if (text !== '') this.session.restoreDraft({ text, pictures: [] });
    if (files.length > 0) this.#incoming.takeShared(files);
  }

  /** Where the focus goes when what held it is gone. On touch screens that would raise the keyboard. */
  #focusField(options?: FocusOptions) {
    if (!this.#touch.matches) this.composer.focus(options);
  }

  /** Something lies over the page that closes by Escape. */
  get #viewIsOpen(): boolean {
    return (
      this.composer.busyWithDialog ||
      this.viewer.open ||
      this.#desk.open ||
      document.querySelector('glance-privacy')?.open === true ||
      this.models?.open === true ||
      this.conversations?.open === true
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-app': GlanceApp;
  }
}
