import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { type GlanceError, toGlanceError } from '../../model/errors.ts';
import { pageStorage } from '../device.ts';
import { FocusKeeper } from '../focus_keeper.ts';
import type { History } from '../history/history.ts';
import type { KeptSize } from '../history/history_db.ts';
import { BUILT_HUB } from '../hub_setting.ts';
import { AUTOMATIC_LANGUAGE, languageOf } from '../language.ts';
import { keepChoice } from '../model_choice.ts';
import type { SessionModel } from '../model_loader.ts';
import type { Session } from '../session.ts';
import { SessionController } from '../session_controller.ts';
import { forgetCopies, forgetSettings, keptSettingsBytes } from '../settings/kept_settings.ts';
import type { SettingsStore } from '../settings/settings_store.ts';
import type { ModelShelf } from '../shelf.ts';
import { setLanguage, words } from '../words/index.ts';
import './error_card.ts';
import { saveConversations } from './save_conversations.ts';
import { settingsStyles } from './settings_styles.ts';
import { baseStyles } from './styles.ts';

type Kind = 'conversations' | 'drafts' | 'models' | 'settings';
const KINDS: readonly Kind[] = ['conversations', 'drafts', 'models', 'settings'];

/**
 * What is kept on this device, how large it is, and how to be rid of it.
 *
 * @fires choose-model
 */
@customElement('glance-settings-data')
export class GlanceSettingsData extends LitElement {
  static override styles = [
    baseStyles,
    settingsStyles,
    css`
      .intro {
        margin-block-end: 4px;
        color: var(--ink-soft);
      }

      .confirm {
        display: grid;
        grid-column: 1 / -1;
        gap: 10px;
        margin-block: 4px;
        padding: 12px 14px;
        border-radius: var(--radius);
        background: var(--danger-soft);
      }

      .danger {
        color: var(--danger);
      }

      .everything {
        margin-block-start: 8px;
      }
    `,
  ];

  /** Set once, as are the others but the history. */
  @property({ attribute: false }) settings!: SettingsStore;
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) shelf!: ModelShelf;
  @property({ attribute: false }) demo!: SessionModel;
  /** Null until it is known. */
  @property({ attribute: false }) history: History | null = null;
  @state() private sizes: { conversations: KeptSize; drafts: KeptSize } | null = null;
  @state() private confirming: Kind | 'everything' | null = null;
  @state() private busy = false;
  /** What is being done, or was done last; the page's own live region is out of reach behind the dialog. */
  @state() private doing = '';
  @state() private error: { heading: string; error: GlanceError } | null = null;

  constructor() {
    super();
    new FocusKeeper(this, () => this.renderRoot.querySelector<HTMLElement>('.everything > button'));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    new SessionController(this, this.settings);
    new SessionController(this, this.shelf);
    void this.shelf.open();
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('history')) void this.#count();
  }

  override render() {
    const said = words.settings.data;
    return html`
      <p class="intro">${said.intro}</p>
      ${KINDS.map((kind) => this.#row(kind))}
      ${
        this.error === null
          ? nothing
          : html`<glance-error-card
              dismissible
              heading=${this.error.heading}
              .error=${this.error.error}
              @dismiss=${() => {
                this.error = null;
              }}
            ></glance-error-card>`
      }
      <div class="row everything">
        <span class="note" role="status">${this.doing}</span>
        <button
          class="outlined-button danger"
          ?disabled=${this.busy || this.history === null}
          @click=${() => this.#confirm('everything')}
        >
          ${said.everything}
        </button>
        ${this.#confirmation('everything')}
      </div>
    `;
  }

  #row(kind: Kind) {
    const said = words.settings.data;
    const isEmpty = this.#isEmpty(kind);
    const verb = kind === 'settings' ? said.reset : said.delete;
    return html`
      <div class="row">
        <div>
          <h3 class="name" id=${kind}>${said[kind]}</h3>
          <p class="note">${this.#words(kind)}</p>
        </div>
        <div class="actions">
          ${
            kind === 'conversations'
              ? html`<button class="outlined-button" ?disabled=${isEmpty} @click=${this.#saveAll}>
                  ${said.saveAll}
                </button>`
              : nothing
          }
          ${
            kind === 'models'
              ? html`<button class="outlined-button" @click=${() => this.#fire('choose-model')}>
                  ${said.manage}
                </button>`
              : nothing
          }
          <button
            id="delete-${kind}"
            class="outlined-button danger"
            aria-label=${kind === 'settings' ? words.settings.resetLabel(said[kind]) : said.deleteLabel(said[kind])}
            ?disabled=${isEmpty || this.busy}
            @click=${() => this.#confirm(kind)}
          >
            ${verb}
          </button>
        </div>
        ${this.#confirmation(kind)}
      </div>
    `;
  }

  #confirmation(kind: Kind | 'everything') {
    if (this.confirming !== kind) return nothing;
    const said = words.settings.data;
    return html`<div class="confirm" role="group" aria-label=${this.#question(kind)}>
      <p>${this.#question(kind)}</p>
      <div class="actions">
        <button class="outlined-button keep" @click=${() => this.#close(kind)}>${said.keep}</button>
        <button class="outlined-button danger" @click=${() => this.#delete(kind)}>
          ${kind === 'settings' ? said.reset : kind === 'everything' ? said.everything : said.delete}
        </button>
      </div>
    </div>`;
  }

  get #models(): KeptSize {
    const models = this.shelf.state.models ?? [];
    return { count: models.length, bytes: models.reduce((sum, { storedBytes }) => sum + storedBytes, 0) };
  }

  #words(kind: Kind): string {
    const said = words.settings.data;
    if (kind === 'settings') return said.settingsWords(keptSettingsBytes(pageStorage()));
    if (kind === 'models') {
      return this.shelf.state.models === null
        ? said.counting
        : said.modelsWords(this.#models.count, this.#models.bytes);
    }
    const size = this.sizes?.[kind];
    return size === undefined ? said.counting : said[`${kind}Words`](size.count, size.bytes);
  }

  #isEmpty(kind: Kind): boolean {
    if (kind === 'settings') return keptSettingsBytes(pageStorage()) === 0;
    if (kind === 'models') return this.#models.count === 0;
    return (this.sizes?.[kind].count ?? 0) === 0;
  }

  #question(kind: Kind | 'everything'): string {
    const { questions } = words.settings.data;
    switch (kind) {
      case 'conversations':
        return questions.conversations(
          this.sizes?.conversations.count ?? 0,
          this.sizes?.conversations.bytes ?? 0,
        );
      case 'models':
        return questions.models(this.#models.count, this.#models.bytes);
      default:
        return questions[kind];
    }
  }

  async #count() {
    this.sizes = (await this.history?.sizes().catch(() => null)) ?? null;
  }

  async #confirm(kind: Kind | 'everything') {
    this.confirming = kind;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('.keep')?.focus();
  }

  async #close(kind: Kind | 'everything') {
    this.confirming = null;
    await this.updateComplete;
    const opener = this.renderRoot.querySelector<HTMLButtonElement>(
      kind === 'everything' ? '.everything > button' : `#delete-${kind}`,
    );
    // Of what is gone now nothing more can be deleted.
    if (opener?.disabled === false) opener.focus();
    else this.renderRoot.querySelector<HTMLElement>('.everything > button')?.focus();
  }

  async #delete(kind: Kind | 'everything') {
    this.error = null;
    this.busy = true;
    this.doing = words.work.deleting;
    try {
      if (kind === 'everything') await this.#deleteEverything();
      else await this.#deleteKind(kind);
      this.doing = words.settings.data.deleted[kind];
    } catch (thrown) {
      this.doing = '';
      this.error = { heading: words.settings.data.failed, error: toGlanceError(thrown) };
    }
    await this.#count();
    this.busy = false;
    await this.#close(kind);
  }

  async #deleteKind(kind: Kind): Promise<void> {
    switch (kind) {
      case 'conversations':
        return this.history?.deleteAll();
      case 'drafts':
        return this.history?.deleteDrafts();
      case 'models':
        return this.#deleteModels();
      case 'settings':
        return this.#resetSettings();
    }
  }

  /** What is in use makes way first. */
  async #deleteModels() {
    if (this.session.state.chosen.id !== null) void this.session.useModel(this.demo);
    await this.shelf.deleteAll();
    keepChoice(this.demo, pageStorage());
  }

  async #resetSettings() {
    forgetSettings(pageStorage());
    // Which model is loaded at the next visit is no setting.
    keepChoice(this.session.state.chosen, pageStorage());
    this.shelf.setHub(BUILT_HUB);
    this.settings.reset();
    void this.session.useDevice('auto');
    await setLanguage(languageOf(AUTOMATIC_LANGUAGE));
  }

  /** In the order of what it costs to get back, so that a failure leaves what is worth most. */
  async #deleteEverything() {
    await this.#deleteModels();
    await this.history?.deleteDrafts(true);
    await this.history?.deleteAll();
    // Without a connection the page could not come back.
    if (navigator.onLine) await forgetCopies(globalThis.caches, new URL('./', document.baseURI).href);
    await this.#resetSettings();
    // The page that is loaded now knows things that are gone.
    location.replace(new URL('./', document.baseURI));
  }

  async #saveAll() {
    const { history } = this;
    if (history === null) return;
    const said = words.settings.data;
    this.error = null;
    let files = 0;
    try {
      const ids = (history.state.summaries ?? []).map(({ id }) => id);
      const title = `glance ${new Date().toISOString().slice(0, 10)}`;
      files = await saveConversations(history, ids, 'json', title, (done) => {
        this.doing = said.saving(done, ids.length);
      });
    } catch (thrown) {
      this.error = { heading: said.notSaved, error: toGlanceError(thrown) };
    }
    this.doing = files > 1 ? words.history.severalFiles(files) : '';
  }

  #fire(type: string) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-settings-data': GlanceSettingsData;
  }
}
