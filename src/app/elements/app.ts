import { html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { GlanceError } from '../../model/errors.ts';
import type { DeviceMemory } from '../../rpc/contract.ts';
import { allPictures, openTurn, shownPicture, type Turn } from '../conversation.ts';
import { type DeviceChoice, keepDevice, pageStorage } from '../device.ts';
import { addDocument, isDocument } from '../documents/add_document.ts';
import { shownCost } from '../editing/fit.ts';
import { FileDropController } from '../file_drop_controller.ts';
import { FollowController } from '../follow_controller.ts';
import { HistoryController } from '../history_controller.ts';
import { KeyboardFitController } from '../keyboard_fit_controller.ts';
import type { Mark } from '../marks/find.ts';
import { markedPicture } from '../marks/placing.ts';
import { MarksController } from '../marks_controller.ts';
import { MediaController } from '../media_controller.ts';
import type { SessionModel } from '../model_loader.ts';
import { smallerWords } from '../model_words.ts';
import { PasteController } from '../paste_controller.ts';
import { PictureDeskController } from '../picture_desk_controller.ts';
import { loadSamples, type Sample } from '../samples.ts';
import type { Session } from '../session.ts';
import { SessionController } from '../session_controller.ts';
import { isAsAll } from '../settings/settings.ts';
import type { SettingsStore } from '../settings/settings_store.ts';
import { SettingsController } from '../settings_controller.ts';
import type { ModelShelf } from '../shelf.ts';
import { smallerChoice } from '../smaller_choice.ts';
import { offeredTasks, type Task } from '../tasks/tasks.ts';
import type { FilesAndFolders } from '../transfer.ts';
import { siblingsOf } from '../turn_tree.ts';
import { currentLanguage, words } from '../words/index.ts';
import { appStyles } from './app_styles.ts';
import './composer.ts';
import type { GlanceComposer } from './composer.ts';
import './conversations.ts';
import type { GlanceConversations } from './conversations.ts';
import './header.ts';
import { addPictureIcon, downIcon, settingsIcon } from './icons.ts';
import type { GlanceModels } from './models.ts';
import './meter.ts';
import './notices.ts';
import './offer.ts';
import './stage.ts';
import { baseStyles } from './styles.ts';
import './turn.ts';
import './viewer.ts';
import type { GlanceViewer } from './viewer.ts';
import './welcome.ts';

/** The whole page: header, conversation or welcome, composer, and from 1,100 px the stage. */
@customElement('glance-app')
export class GlanceApp extends LitElement {
  static override styles = [baseStyles, appStyles];

  /** Set once, before the element is connected. */
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) settings!: SettingsStore;
  /** The models kept on this device; set once, as is the demo model. */
  @property({ attribute: false }) shelf!: ModelShelf;
  @property({ attribute: false }) demo!: SessionModel;
  /** Tells what the loaded model holds on its device. */
  @property({ attribute: false }) readMemory!: () => Promise<DeviceMemory | null>;
  @state() private samples: readonly Sample[] | null = null;

  @query('glance-conversations') private readonly conversations!: GlanceConversations | null;
  @query('.transcript') private readonly transcript!: HTMLElement;
  @query('.turns') private readonly turns!: HTMLElement | null;
  @query('glance-composer') private readonly composer!: GlanceComposer;
  @query('glance-viewer') private readonly viewer!: GlanceViewer;
  @query('glance-models') private readonly models!: GlanceModels;
  readonly #wide = new MediaController(this, '(min-width: 1100px)');
  readonly #touch = new MediaController(this, '(pointer: coarse)');
  readonly #drop = new FileDropController(this, (dropped) => this.#add(dropped));
  readonly #follow = new FollowController(this, () => ({ scroller: this.transcript, text: this.turns }));
  readonly #history = new HistoryController(this, () => this.session);
  readonly #desk = new PictureDeskController(this, () => this.session);
  readonly #marks = new MarksController(this, () => this.session.state.conversation);
  readonly #settings = new SettingsController(this, {
    act: (shortcut) => {
      if (shortcut === 'new') this.#clear();
      else if (shortcut === 'conversations') this.#toggleConversations();
      else this.composer.focus();
    },
    busy: () => this.#viewIsOpen,
    closed: () => this.#focusField(),
  });
  #turnCount = 0;
  #conversationId = '';

  constructor() {
    super();
    new PasteController(this, (pasted) => this.#add(pasted));
    new KeyboardFitController(this);
    this.addEventListener('announce', (event) =>
      this.session.announce((event as CustomEvent<string>).detail),
    );
    this.addEventListener('device-chosen', this.#chooseDevice);
    this.addEventListener('choose-model', this.#chooseModel);
    this.addEventListener('use-demo', this.#useDemo);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    new SessionController(this, this.session);
    addEventListener('keydown', this.#key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.#key);
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

  override render() {
    const { conversation, model, device, announcement } = this.session.state;
    const { turns, draft, editing } = conversation;
    const empty = turns.length === 0 && !this.#history.opening;
    const railed = this.#wide.matches && this.#history.railed;
    const open = openTurn(conversation);
    const pictures = allPictures(conversation);
    const staged = this.#wide.matches && pictures.length > 0 && !(empty && draft.pictures.length === 0);
    const shown = shownPicture(conversation);
    const info = model.status === 'ready' ? model.info : null;
    const tasks = offeredTasks(info, pictures.length, currentLanguage());
    const marked = shown && this.#marks.on(shown.id);
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
            ${empty ? this.#welcome(tasks) : turns.length === 0 ? nothing : this.#turns(staged)}
          </div>
          <div class="foot">
          ${
            this.#follow.following || empty
              ? nothing
              : html`<button class="latest" aria-label=${words.app.toLatest} @click=${this.#follow.toLatest}>
                  ${downIcon}
                </button>`
          }
            ${this.#notices()}
            ${
              empty
                ? nothing
                : html`<glance-meter
                    .pace=${(open?.answer.state === 'working' && open.answer.pace) || null}
                    .contextLength=${model.status === 'ready' ? model.info.contextLength : null}
                  ></glance-meter>`
            }
            <glance-composer
              .draft=${draft}
              .model=${model}
              .device=${device}
              .lastResult=${lastResult ?? null}
              ?answering=${open !== null}
              ?stopping=${open?.answer.state === 'working' && open.answer.stopping}
              ?editing=${editing !== null}
              ?underway=${pictures.length > 0}
              @question-typed=${(event: CustomEvent<string>) => this.session.type(event.detail)}
              @pictures-chosen=${(event: CustomEvent<File[]>) => this.#add({ files: event.detail, folders: [] })}
              @remove-picture=${(event: CustomEvent<string>) => this.session.removePicture(event.detail)}
              .tasks=${tasks}
              @new-conversation=${this.#clear}
              @camera-failed=${this.#cameraFailed}
              @load-again=${this.#loadAgain}
              @ask=${() => this.session.askDraft()}
              @stop=${this.#stop}
              @cancel-edit=${this.#cancelEdit}
            ></glance-composer>
          </div>
        </main>
        ${
          staged
            ? html`<aside aria-label=${words.app.picture}>
                <glance-stage
                  .pictures=${pictures}
                  .shown=${shown}
                  .marks=${marked?.marks ?? []}
                  .activeMark=${marked && this.#marks.activeOf(marked.turnId)}
                  @mark-active=${(event: CustomEvent<number | null>) =>
                    this.#marks.pointAt(marked?.turnId, event.detail)}
                  .cost=${shown && model.status === 'ready' ? shownCost(conversation, shown, model.info) : null}
                  @show-picture=${this.#show}
                  @enlarge-picture=${this.#enlarge}
                ></glance-stage>
              </aside>`
            : nothing
        }
      </div>
      <div class="visually-hidden" role="status">${announcement}</div>
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

  #turns(staged: boolean) {
    const { conversation, model } = this.session.state;
    const { turns, editing } = conversation;
    const busy = openTurn(conversation) !== null;
    const shown = staged ? (shownPicture(conversation)?.id ?? null) : null;
    const demo = model.status === 'ready' && model.info.demo;
    const answered = turns.filter(({ answer }) => answer.state === 'done');
    const ownAnswered = answered.find(({ question }) => question.pictures.some(({ sample }) => !sample));
    const noted = demo ? [answered[0], ownAnswered] : [];
    return html`
      <div class="turns">
        <h1 class="visually-hidden">${words.app.conversation}</h1>
        ${
          isAsAll(conversation.settings)
            ? nothing
            : html`<button
                class="text-button own-settings"
                aria-label=${words.settings.ownNoteLabel}
                @click=${() => this.#settings.showSettings('answers')}
              >
                ${settingsIcon} ${words.settings.ownNote}
              </button>`
        }
        ${repeat(
          turns,
          ({ id }) => id,
          (turn, index) => html`
            <glance-turn
              .turn=${turn}
              .model=${model}
              .shownPictureId=${shown}
              ?staged=${staged}
              ?first=${index === 0}
              .versions=${siblingsOf(conversation.tree, turn.id).map(({ id }) => id)}
              ?busy=${busy}
              ?last=${index === turns.length - 1}
              ?edited=${turn.id === editing?.turnId}
              ?demoNote=${noted.includes(turn)}
              .marks=${this.#marks.of(turn)}
              .activeMark=${this.#marks.activeOf(turn.id)}
              @marks-found=${(event: CustomEvent<readonly Mark[]>) => this.#marks.found(turn.id, event.detail)}
              @mark-active=${(event: CustomEvent<number | null>) => this.#pointAt(turn.id, event.detail)}
              @retry=${(event: CustomEvent<string>) => this.#askAgain('retry', event.detail)}
              @shorten=${(event: CustomEvent<string>) => this.#askAgain('shorten', event.detail)}
              @edit=${(event: CustomEvent<string>) => this.#edit(event.detail)}
              @continue=${(event: CustomEvent<string>) => this.#askAgain('continue', event.detail)}
              @version-chosen=${this.#chooseVersion}
              @new-conversation=${this.#clear}
              @show-picture=${this.#show}
              @enlarge-picture=${this.#enlarge}
            ></glance-turn>
          `,
        )}
        ${
          demo && answered.length > 0
            ? html`<glance-offer .session=${this.session} .shelf=${this.shelf}></glance-offer>`
            : nothing
        }
      </div>
    `;
  }

  #notices() {
    const { conversation, model } = this.session.state;
    const { notices, turns } = conversation;
    const shownInTurn = ({ answer }: Turn) =>
      model.status === 'failed' && answer.state === 'failed' && answer.error === model.error;
    const loadError = model.status === 'failed' && !turns.some(shownInTurn) ? model.error : null;
    if (notices.length === 0 && loadError === null) return nothing;
    const smaller = loadError && smallerChoice(this.session.state);
    return html`
      <glance-notices
        .notices=${notices}
        .loadError=${loadError}
        ?demo=${this.session.state.chosen.id === null}
        .smaller=${smaller && smallerWords(smaller)}
        @use-smaller=${this.#useSmaller}
        @dismiss-notice=${this.#dismiss}
        @load-again=${this.#loadAgain}
      ></glance-notices>
    `;
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

  #askSample = (event: CustomEvent<Sample>) => {
    void this.session.askSample(event.detail);
    this.#focusField();
  };

  #stop = () => {
    this.session.stop();
    this.#focusField();
  };

  #askAgain(how: 'retry' | 'shorten' | 'continue', turnId: string) {
    this.session[how](turnId);
    this.#focusField();
  }

  #edit(turnId: string) {
    this.session.edit(turnId);
    this.composer.focus();
  }

  #cancelEdit = () => {
    this.session.cancelEdit();
    this.#focusField();
  };

  #restore = () => {
    this.session.restore();
    this.#focusField();
  };

  #loadAgain = () => {
    void this.session.load();
    this.#focusField();
  };

  #chooseDevice = (event: Event) => {
    const choice = (event as CustomEvent<DeviceChoice>).detail;
    const address = keepDevice(choice, new URL(location.href), pageStorage());
    if (address.href !== location.href) history.replaceState(history.state, '', address);
    void this.session.useDevice(choice);
    // A way out of an error is gone with the error; the panel stays and keeps the focus.
    if (!this.composer.busyWithDialog) this.#focusField();
  };

  /** The view comes when it is first wanted: the first paint goes without it. */
  #openModels = async (files: readonly File[] = []) => {
    try {
      await import('./models.ts');
      await this.models.show(files);
    } catch (error) {
      this.session.report(error, words.app.modelsNotShown);
    }
  };

  #chooseModel = () => {
    void this.#openModels();
  };

  #useDemo = () => {
    void this.session.useModel(this.demo);
    this.#focusField();
  };

  #useSmaller = () => {
    const { state } = this.session;
    const smaller = smallerChoice(state);
    if (smaller?.kind === 'context') {
      void this.session.useModel({ ...state.chosen, contextLength: smaller.contextLength });
    } else {
      this.#chooseModel();
    }
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

  #show = (event: CustomEvent<string>) => {
    this.session.showPicture(event.detail);
  };

  #enlarge = (event: CustomEvent<string>) => {
    const pictures = allPictures(this.session.state.conversation);
    const picture = pictures.find(({ id }) => id === event.detail);
    if (picture !== undefined) void this.viewer.show(picture, this.#marks.on(picture.id)?.marks);
  };

  /** A place that an answer names is looked at on the stage. */
  #pointAt(turnId: string, index: number | null) {
    this.#marks.pointAt(turnId, index);
    const picture = markedPicture(this.session.state.conversation, turnId);
    if (index !== null && picture !== null) this.session.showPicture(picture.id);
  }

  /** Takes what was opened with the page, or shared with it, as if it had been dropped and typed. */
  async receive({ files, text }: { files: readonly File[]; text: string }): Promise<void> {
    await this.updateComplete;
    // What was not sent at an earlier visit comes first.
    if (text !== '') this.session.restoreDraft({ text, pictures: [] });
    if (files.length > 0) this.#add({ files: [...files], folders: [] });
  }

  #add({ files, folders }: FilesAndFolders) {
    const models = files.filter(({ name }) => /\.gguf$/i.test(name));
    if (models.length > 0) void this.#openModels(models);
    if (models.length > 0 && models.length === files.length + folders.length) return;
    const documents = files.filter(isDocument);
    const pictures = files.filter((file) => !models.includes(file) && !documents.includes(file));
    if (pictures.length + folders.length > 0) void this.session.addPictures(pictures, folders);
    void this.#addDocuments(documents);
    if (models.length === 0) this.#focusField();
  }

  /** One after the other, so that their pages stay together. */
  async #addDocuments(documents: readonly File[]) {
    for (const document of documents) await addDocument(document, this.session);
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
      this.models.open === true ||
      this.conversations?.open === true
    );
  }

  #key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
    const { conversation } = this.session.state;
    if (this.#viewIsOpen || this.#settings.open) return;
    if (openTurn(conversation) !== null) this.#stop();
    else if (conversation.editing !== null) this.#cancelEdit();
    else return;
    event.preventDefault();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-app': GlanceApp;
  }
}
