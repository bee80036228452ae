import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { type GlanceError, toGlanceError } from '../../model/errors.ts';
import type { ModelDownload, ModelInspection } from '../../model/storage.ts';
import { type Fit, fitOfOutline, type Machine } from '../../store/fit.ts';
import { preferredFiles, type RepositoryFile, type RepositoryFiles } from '../../store/reference.ts';
import { fitLabel, fitWords } from '../model_words.ts';
import { words } from '../words/index.ts';
import './error_card.ts';
import { markStyles } from './model_row_styles.ts';
import { outlineFacts } from './model_rows.ts';
import { baseStyles } from './styles.ts';

/** Looks at a model where it would be downloaded from. @throws GlanceError as `StoreClient.inspect` */
export type Inspect = (model: ModelDownload, signal: AbortSignal) => Promise<ModelInspection>;

/** What somebody found, with what to begin with. */
export interface Finding {
  readonly files: RepositoryFiles;
  /** As llama.cpp has it behind a colon; null if none was named. */
  readonly quantization: string | null;
  /** The one that was named; null takes a usual one. */
  readonly text: RepositoryFile | null;
}

type Look =
  | { readonly state: 'looking' }
  | { readonly state: 'known'; readonly inspection: ModelInspection }
  | { readonly state: 'failed'; readonly error: GlanceError };

/**
 * A model that was found, before it is downloaded: which of its files, how large it is, whether it fits.
 *
 * @fires download with a {@link ModelDownload}.
 */
@customElement('glance-model-proposal')
export class GlanceModelProposal extends LitElement {
  static override styles = [
    baseStyles,
    markStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 8px;
        padding: 12px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        font: var(--text-small);
      }

      label,
      .named {
        display: grid;
        grid-template-columns: 72px minmax(0, 1fr);
        align-items: center;
        gap: 4px 10px;
      }

      .named b {
        font-weight: 400;
        overflow-wrap: anywhere;
      }

      .facts,
      .note {
        color: var(--ink-soft);
      }

      .fit {
        max-inline-size: 76ch;
        line-height: 1.375rem;
        text-wrap: pretty;
      }

      .fit .mark {
        margin-inline-end: 4px;
      }

      select {
        inline-size: fit-content;
        max-inline-size: 100%;
        min-block-size: 36px;
        padding: 0 8px;
        border: 1px solid var(--line-strong);
        border-radius: 8px;
        background: var(--paper-raised);
        color: var(--ink);
        font: inherit;
      }

      @media (pointer: coarse) {
        select {
          min-block-size: 44px;
          font-size: 1rem;
        }
      }

      @media (max-width: 639px) {
        label,
        .named {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @property({ attribute: false }) finding!: Finding;
  /** Null until it is known. */
  @property({ attribute: false }) machine: Machine | null = null;
  @property({ attribute: false }) inspect!: Inspect;
  @state() private text!: RepositoryFile;
  @state() private vision: RepositoryFile | null = null;
  @state() private look: Look = { state: 'looking' };
  #looking = new AbortController();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#looking.abort();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('finding')) return;
    const { files, quantization, text } = this.finding;
    const preferred = preferredFiles(files, quantization);
    this.text = text ?? preferred.text;
    this.vision = preferred.vision;
    void this.#inspect();
  }

  override render() {
    const { texts, visions } = this.finding.files;
    const { text, vision } = this;
    return html`
      ${this.#choice(words.addModel.model, texts, text, 'text')}
      ${
        visions.length === 0
          ? html`<p class="note">${words.addModel.noVision}</p>`
          : this.#choice(words.addModel.seesWith, visions, vision, 'vision')
      }
      ${this.#unread === null ? nothing : html`<p>${words.addModel.unread(this.#unread)}</p>`}
      ${this.#said()}
    `;
  }

  /** A quantisation that was chosen and that Glance does not read; null if it reads all. */
  get #unread(): string | null {
    const file = [this.text, this.vision].find((chosen) => chosen?.readable === false);
    return file?.quantization ?? null;
  }

  #choice(
    label: string,
    files: readonly RepositoryFile[],
    chosen: RepositoryFile | null,
    part: 'text' | 'vision',
  ) {
    const [only] = files;
    if (files.length === 1 && part === 'text') {
      return html`<p class="named"><span>${label}</span><b>${only!.name}${sizeOf(only!)}</b></p>`;
    }
    return html`
      <label>
        <span>${label}</span>
        <select @change=${(event: Event) => this.#choose(part, event)}>
          ${files.map(
            (file) => html`
              <option value=${file.url} .selected=${live(file === chosen)} ?disabled=${!file.readable}>
                ${file.name}${sizeOf(file)}${file.readable ? '' : words.addModel.notReadable}
              </option>
            `,
          )}
          ${
            part === 'text'
              ? nothing
              : html`<option value="" .selected=${live(chosen === null)}>${words.addModel.nothing}</option>`
          }
        </select>
      </label>
    `;
  }

  #said() {
    const { look, machine } = this;
    switch (look.state) {
      case 'looking':
        return html`
          <p class="note" role="status">${words.addModel.lookingInto}</p>
          ${this.#button(words.model.download(this.#listedBytes()), true)}
        `;
      case 'failed': {
        // What cannot be run, or is not there, need not be tried; a busy server may be asked for more.
        const hopeless = /^(?:file|model)-/.test(look.error.code);
        return html`
          <glance-error-card .heading=${words.models.notAdded} .error=${look.error}>
            <button class="outlined-button" @click=${() => this.#inspect()}>${words.addModel.lookAgain}</button>
          </glance-error-card>
          ${hopeless ? nothing : this.#button(words.model.download(this.#listedBytes()), true)}
        `;
      }
      case 'known': {
        const { outline, sizeBytes } = look.inspection;
        const fit = machine && fitOfOutline(outline, sizeBytes, machine);
        const label = fit?.verdict === 'no' ? words.model.downloadAnyway : words.model.download;
        return html`
          <p class="facts">${outlineFacts(outline, this.text.name).join(' · ')}</p>
          ${fit === null || machine === null || this.#unread !== null ? nothing : this.#fit(fit, machine)}
          ${this.#button(label(sizeBytes), fit?.reason !== 'storage')}
        `;
      }
    }
  }

  #fit(fit: Fit, machine: Machine) {
    return html`<p class="fit">
      <span class="mark ${fit.verdict}">${fitLabel(fit)}</span> <span>${fitWords(fit, machine)}</span>
    </p>`;
  }

  #button(label: string, enabled: boolean) {
    return html`<div>
      <button class="filled-button" ?disabled=${!enabled || this.#unread !== null} @click=${this.#download}>
        ${label}
      </button>
    </div>`;
  }

  /** By the hub's list; null where it does not tell. */
  #listedBytes(): number | null {
    const bytes = [this.text, this.vision].map((file) => (file === null ? 0 : file.bytes));
    return bytes.reduce((sum, size) => (sum === null || size === null ? null : sum + size), 0);
  }

  #choose(part: 'text' | 'vision', event: Event) {
    const { value } = event.target as HTMLSelectElement;
    const { texts, visions } = this.finding.files;
    if (part === 'text') this.text = texts.find(({ url }) => url === value)!;
    else this.vision = visions.find(({ url }) => url === value) ?? null;
    void this.#inspect();
  }

  async #inspect() {
    this.#looking.abort();
    const looking = new AbortController();
    this.#looking = looking;
    this.look = { state: 'looking' };
    const look = await this.inspect(this.#chosen(), looking.signal).then(
      (inspection): Look => ({ state: 'known', inspection }),
      (thrown): Look => ({ state: 'failed', error: toGlanceError(thrown) }),
    );
    if (!looking.signal.aborted) this.look = look;
  }

  #chosen(): ModelDownload {
    return { text: this.text.url, ...(this.vision && { vision: this.vision.url }) };
  }

  #download() {
    const { look } = this;
    const detail: ModelDownload = { ...this.#chosen(), ...(look.state === 'known' && look.inspection) };
    this.dispatchEvent(new CustomEvent('download', { detail }));
  }
}

function sizeOf({ bytes }: RepositoryFile): string {
  return bytes === null ? '' : words.addModel.size(bytes);
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-model-proposal': GlanceModelProposal;
  }
}
