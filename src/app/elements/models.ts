import { html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { type GlanceError, toGlanceError } from '../../model/errors.ts';
import type { ModelDownload, StoredModel } from '../../model/storage.ts';
import {
  type CatalogueEntry,
  type CatalogueFile,
  catalogue,
  downloadOf,
  entryOf,
  type ModelKind,
} from '../../store/catalogue.ts';
import { type Fit, fitOfEntry, fitOfOutline, type Machine } from '../../store/fit.ts';
import { pageStorage } from '../device.ts';
import { FocusKeeper } from '../focus_keeper.ts';
import { keepHub } from '../hub_setting.ts';
import { keepChoice, keptChoice, sessionModel } from '../model_choice.ts';
import type { SessionModel } from '../model_loader.ts';
import { machineTrouble, machineWords, spaceWords } from '../model_words.ts';
import { missingBytes, recommendedEntry, storedOf } from '../offer.ts';
import type { Session } from '../session.ts';
import { SessionController } from '../session_controller.ts';
import type { ModelShelf } from '../shelf.ts';
import { words } from '../words/index.ts';
import './dialog_status.ts';
import './error_card.ts';
import { closeIcon, warningIcon } from './icons.ts';
import { insecureNote } from './insecure.ts';
import './model_add.ts';
import type { NamedDownload } from './model_add.ts';
import './model_row.ts';
import type { ModelAction } from './model_row.ts';
import { arrivingRow, demoRow, entryRow, ownRow, type States, usedContext } from './model_rows.ts';
import { modelsStyles } from './models_styles.ts';
import { saveBlob } from './save_blob.ts';
import { baseStyles } from './styles.ts';

const KINDS: readonly ModelKind[] = ['instruct', 'thinking', 'text'];

/** What the reader has chosen for a model. */
interface Choice {
  readonly quantization?: string;
  /** Null once the model is used with it: from then on what is in use counts. */
  readonly contextLength?: number | null;
}

/** All models: those that can be fetched, those that are here, and what can be done with them. */
@customElement('glance-models')
export class GlanceModels extends LitElement {
  static override styles = [baseStyles, modelsStyles];

  /** Set once, as are the others. */
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) shelf!: ModelShelf;
  /** The model that comes with the site. */
  @property({ attribute: false }) demo!: SessionModel;
  @state() private choices: ReadonlyMap<string, Choice> = new Map();
  @state() private error: GlanceError | null = null;
  @query('dialog') private readonly dialog!: HTMLDialogElement;

  /** Properties that were set before this module came are there from the first update on. */
  constructor() {
    super();
    new FocusKeeper(this, () => this.renderRoot.querySelector<HTMLElement>('.scroll'));
  }

  protected override willUpdate(): void {
    if (this.hasUpdated) return;
    new SessionController(this, this.session);
    new SessionController(this, this.shelf);
  }

  /** Whether the view is open: Escape then closes it and nothing else. */
  get open(): boolean {
    return this.dialog?.open ?? false;
  }

  /**
   * Opens the view.
   *
   * @param files of this device to add at once
   */
  async show(files: readonly File[] = []): Promise<void> {
    await this.updateComplete;
    if (!this.open) this.dialog.showModal();
    await this.shelf.open();
    if (files.length > 0) await this.#import(files);
  }

  override render() {
    const { models, error, machine, space, announcement } = this.shelf.state;
    const trouble =
      machine?.gpu === null && !isSecureContext ? insecureNote() : machine && machineTrouble(machine);
    return html`
      <dialog aria-labelledby="title" @close=${this.#closed}>
        <div class="bar">
          <h2 id="title">${words.models.title}</h2>
          <button class="icon-button" aria-label=${words.common.close} autofocus @click=${() => this.dialog.close()}>
            ${closeIcon}
          </button>
        </div>
        <div class="scroll" tabindex="-1">
          <div class="column">
            ${this.#space()}
            ${machine === null ? nothing : html`<p class="machine">${words.models.thisDevice(machineWords(machine))}</p>`}
            ${trouble === null ? nothing : html`<p class="trouble">${warningIcon}<span>${trouble}</span></p>`}
            ${error === null ? nothing : html`<glance-error-card .error=${error}></glance-error-card>`}
            ${
              this.error === null
                ? nothing
                : html`<glance-error-card
                    dismissible
                    .heading=${words.models.notAdded}
                    .error=${this.error}
                    @dismiss=${this.#dismiss}
                  ></glance-error-card>`
            }
            ${this.#own(models ?? [])}
            ${machine === null || models === null ? this.#pending() : this.#catalogue(machine, models)}
            <section aria-labelledby="add">
              <h3 id="add">${words.models.another}</h3>
              <glance-model-add
                .hub=${this.shelf.state.hub}
                .machine=${machine}
                .inspect=${this.#inspect}
                .list=${this.#list}
                @model-named=${this.#named}
                @files-chosen=${(event: CustomEvent<File[]>) => this.#import(event.detail)}
                @hub-chosen=${this.#chooseHub}
              ></glance-model-add>
            </section>
          </div>
        </div>
        <div class="visually-hidden" role="status">${space === null ? '' : announcement}</div>
        <glance-dialog-status></glance-dialog-status>
      </dialog>
    `;
  }

  get #states(): States {
    return { session: this.session.state, shelf: this.shelf.state };
  }

  #space() {
    const { space } = this.shelf.state;
    if (space === null) return nothing;
    const { usedBytes, availableBytes, persisted } = space;
    const quota = usedBytes === null || availableBytes === null ? null : usedBytes + availableBytes;
    return html`
      <div class="space">
        <p>${spaceWords(space)}</p>
        ${
          quota === null || quota === 0
            ? nothing
            : html`<meter min="0" max="1" .value=${(usedBytes ?? 0) / quota} aria-label=${words.models.storageUsed}></meter>`
        }
        <p class="note">
          ${persisted ? words.models.persisted : words.models.notPersisted}
        </p>
      </div>
    `;
  }

  #pending() {
    return html`<p class="note">${words.models.looking}</p>`;
  }

  /** The demo model, and models that are not in the catalogue. */
  #own(models: readonly StoredModel[]) {
    const states = this.#states;
    const { work } = this.shelf.state;
    const own = models.filter(({ id }) => entryOf(id) === null);
    const arriving = [...work].filter(
      ([id]) => entryOf(id) === null && !models.some((model) => model.id === id),
    );
    return html`
      <section aria-labelledby="own">
        <h3 id="own">${words.models.ready}</h3>
        <ul>
          <li>
            <glance-model-row
              .row=${demoRow(states)}
              @model-action=${() => this.#use(this.demo)}
            ></glance-model-row>
          </li>
          ${repeat(
            own,
            ({ id }) => id,
            (model) => html`<li>
              <glance-model-row
                .row=${ownRow(states, model, this.#fitOf(model))}
                @model-action=${(event: CustomEvent<ModelAction>) => this.#actOnOwn(event.detail, model)}
              ></glance-model-row>
            </li>`,
          )}
          ${repeat(
            arriving,
            ([id]) => id,
            ([id, task]) => html`<li>
              <glance-model-row
                .row=${arrivingRow(task)}
                @model-action=${() => this.shelf.cancel(id)}
              ></glance-model-row>
            </li>`,
          )}
        </ul>
        ${this.#strayOutcomes(models)}
      </section>
    `;
  }

  /** Null where nothing is known of the model, its size or the machine. */
  #fitOf({ id, outline, sizeBytes, storedBytes }: StoredModel): Fit | null {
    const { machine } = this.shelf.state;
    if (outline === null || sizeBytes === null || machine === null) return null;
    const contextLength = this.#contextOf(id, id);
    const missing = Math.max(0, sizeBytes - storedBytes);
    const options = { missingBytes: missing, ...(contextLength && { contextLength }) };
    return fitOfOutline(outline, sizeBytes, machine, options);
  }

  /** In tokens, as was picked in a model's row, else as it is in use; null leaves it to what fits. */
  #contextOf(row: string, id: string): number | null {
    return this.choices.get(row)?.contextLength ?? usedContext(this.#states, id);
  }

  /** Failures of models of which nothing was kept. */
  #strayOutcomes(models: readonly StoredModel[]) {
    return [...this.shelf.state.outcomes].map(([id, outcome]) =>
      outcome.kind !== 'failed' || entryOf(id) !== null || models.some((model) => model.id === id)
        ? nothing
        : html`<glance-error-card
            dismissible
            .error=${outcome.error}
            @dismiss=${() => this.shelf.dismiss(id)}
          ></glance-error-card>`,
    );
  }

  #catalogue(machine: Machine, models: readonly StoredModel[]) {
    const states = this.#states;
    const recommended = recommendedEntry(this.shelf.state, machine, models);
    return KINDS.map((kind) => {
      const { name, note } = words.models.kinds[kind];
      const entries = catalogue.filter((entry) => entry.kind === kind);
      return html`
        <section aria-labelledby=${kind}>
          <h3 id=${kind}>${name}</h3>
          <p class="note">${note}</p>
          <ul>
            ${entries.map((entry) => {
              const file = this.#fileOf(entry);
              const stored = storedOf(this.shelf.state, entry, file);
              const missing = missingBytes(this.shelf.state, entry, file);
              const { id } = downloadOf(entry, file, this.shelf.state.hub);
              const contextLength = this.#contextOf(entry.id, id);
              const options = { missingBytes: missing, ...(contextLength && { contextLength }) };
              const fit = fitOfEntry(entry, file, machine, options);
              const row = entryRow(states, entry, file, stored, fit, entry === recommended);
              const act = (event: CustomEvent<ModelAction>) =>
                this.#actOnEntry(event.detail, entry, file, stored, fit);
              return html`<li><glance-model-row .row=${row} @model-action=${act}></glance-model-row></li>`;
            })}
          </ul>
        </section>
      `;
    });
  }

  /** The quantisation that was chosen, else one that is here, else the smallest. */
  #fileOf(entry: CatalogueEntry): CatalogueFile {
    const chosen = this.choices.get(entry.id)?.quantization;
    return (
      entry.texts.find(({ quantization }) => quantization === chosen) ??
      entry.texts.find((file) => storedOf(this.shelf.state, entry, file) !== null) ??
      entry.texts[0]!
    );
  }

  #actOnEntry(
    action: ModelAction,
    entry: CatalogueEntry,
    file: CatalogueFile,
    stored: StoredModel | null,
    fit: Fit,
  ) {
    switch (action.type) {
      case 'variant':
        return this.#choose(entry.id, { quantization: action.quantization });
      case 'context':
        return this.#choose(entry.id, { contextLength: action.contextLength });
      case 'download':
      case 'resume': {
        const download = { name: entry.name, ...downloadOf(entry, file, this.shelf.state.hub) };
        const { work } = this.shelf.state;
        if (stored !== null && work.has(download.id)) return void this.shelf.resume(stored);
        return void this.shelf.download(download);
      }
      case 'use':
        this.#choose(entry.id, { contextLength: null });
        return stored !== null && this.#use(sessionModel(stored, fit.contextLength));
      default:
        return this.#act(action, stored, downloadOf(entry, file, this.shelf.state.hub).id);
    }
  }

  #actOnOwn(action: ModelAction, stored: StoredModel) {
    switch (action.type) {
      case 'context':
        return this.#choose(stored.id, { contextLength: action.contextLength });
      case 'use': {
        const contextLength = this.#fitOf(stored)?.contextLength ?? null;
        this.#choose(stored.id, { contextLength: null });
        return this.#use(sessionModel(stored, contextLength));
      }
      default:
        return this.#act(action, stored);
    }
  }

  #act(action: ModelAction, stored: StoredModel | null, id = stored?.id ?? '') {
    switch (action.type) {
      case 'pause':
        return void this.shelf.pause(id);
      case 'cancel':
        return void this.shelf.cancel(id);
      case 'dismiss':
        return this.shelf.dismiss(id);
    }
    if (stored === null) return;
    switch (action.type) {
      case 'resume':
        return void this.shelf.resume(stored);
      case 'verify':
        return void this.shelf.verify(stored);
      case 'delete':
        return void this.#delete(stored);
      case 'save':
        return void this.#save(stored, action.key);
    }
  }

  #choose(id: string, choice: Choice) {
    this.choices = new Map(this.choices).set(id, { ...this.choices.get(id), ...choice });
  }

  #use(model: SessionModel) {
    void this.session.useModel(model);
    this.dialog.close();
  }

  /** What is in use makes way first: nobody can delete what is being read. */
  async #delete(stored: StoredModel) {
    const { chosen } = this.session.state;
    if (chosen.id === stored.id) void this.session.useModel(this.demo);
    const gone = await this.shelf.delete(stored);
    if (gone && keptChoice(pageStorage())?.id === stored.id) keepChoice(this.demo, pageStorage());
  }

  async #save(stored: StoredModel, key: string) {
    try {
      const blob = await this.shelf.exportFile(key);
      saveBlob(blob, stored.files.find((file) => file.key === key)?.name ?? 'model.gguf');
    } catch (thrown) {
      this.error = toGlanceError(thrown);
    }
  }

  async #import(files: readonly File[]) {
    this.error = null;
    try {
      await this.shelf.importFiles(files);
    } catch (thrown) {
      this.error = toGlanceError(thrown);
    }
  }

  #inspect = (model: ModelDownload, signal: AbortSignal) => this.shelf.inspect(model, signal);
  #list: ModelShelf['list'] = (reference, signal) => this.shelf.list(reference, signal);

  #named(event: CustomEvent<NamedDownload>) {
    this.error = null;
    void this.shelf.download(event.detail);
    this.shelf.announce(words.models.beingDownloaded(event.detail.name));
  }

  #chooseHub(event: CustomEvent<string>) {
    this.shelf.setHub(event.detail);
    keepHub(event.detail, pageStorage());
    this.shelf.announce(words.models.comeFrom(event.detail));
  }

  #dismiss() {
    this.error = null;
  }

  #closed() {
    this.error = null;
    this.dispatchEvent(new CustomEvent('closed', { bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-models': GlanceModels;
  }
}
