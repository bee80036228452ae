import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { type GlanceError, toGlanceError } from '../../model/errors.ts';
import type { ModelDownload } from '../../model/storage.ts';
import { keyOfUrl } from '../../store/hub.ts';
import {
  checkedHubBase,
  listRepository,
  modelNameOf,
  parseModelReference,
  preferredFiles,
  type RepositoryFile,
  type RepositoryFiles,
  repositoryOf,
} from '../../store/reference.ts';
import { BUILT_HUB } from '../hub_setting.ts';
import { formatBytes } from '../words.ts';
import './error_card.ts';
import { baseStyles } from './styles.ts';

export type NamedDownload = ModelDownload & { id: string; name: string };

/** A repository's files, with those that are chosen. */
interface Listing {
  readonly files: RepositoryFiles;
  readonly text: RepositoryFile;
  readonly vision: RepositoryFile | null;
}

/**
 * Any other model: by address, by name, from files of this device; and where models come from.
 *
 * @fires model-named with a {@link NamedDownload} to download.
 * @fires files-chosen with the files.
 * @fires hub-chosen with the address, with a trailing slash.
 */
@customElement('glance-model-add')
export class GlanceModelAdd extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
        font: var(--text-small);
      }

      form,
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
      }

      .field {
        flex: 1 1 260px;
        min-inline-size: 0;
        min-block-size: 36px;
        padding: 0 12px;
        border: 1px solid var(--line-strong);
        border-radius: 8px;
        background: var(--paper-raised);
        color: var(--ink);
        font: var(--text-small);
      }

      label.block {
        flex-basis: 100%;
        color: var(--ink-soft);
      }

      .note {
        max-inline-size: 62ch;
        color: var(--ink-soft);
      }

      .listing {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 8px;
        padding: 12px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }

      .listing label {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 10px;
      }

      .listing label span {
        min-inline-size: 90px;
      }

      select {
        max-inline-size: 100%;
        min-block-size: 36px;
        padding: 0 8px;
        border: 1px solid var(--line-strong);
        border-radius: 8px;
        background: var(--paper-raised);
        color: var(--ink);
        font: inherit;
      }

      summary {
        inline-size: fit-content;
        padding-block: 4px;
        border-radius: 4px;
        color: var(--ink-soft);
        cursor: pointer;
      }

      details form {
        padding-block: 8px;
      }

      @media (pointer: coarse) {
        .field,
        select {
          min-block-size: 44px;
          /* Below 16 px some phones magnify the page when a field is entered. */
          font-size: 1rem;
        }

        summary {
          padding-block: 12px;
        }
      }
    `,
  ];

  /** Where models are downloaded from, with a trailing slash. */
  @property() hub = BUILT_HUB;
  @state() private pasted = '';
  @state() private listing: Listing | null = null;
  @state() private asking = false;
  @state() private error: GlanceError | null = null;
  @state() private hubError: GlanceError | null = null;
  @query('#files') private readonly picker!: HTMLInputElement;
  #asked = new AbortController();

  override render() {
    return html`
      <form @submit=${this.#submit}>
        <label class="block" for="address">Address or name: a page of the hub, owner/name, or a .gguf file</label>
        <input
          id="address"
          class="field"
          type="text"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          placeholder="Qwen/Qwen3-VL-2B-Instruct-GGUF"
          .value=${live(this.pasted)}
          @input=${this.#typed}
        />
        <button class="outlined-button" ?disabled=${this.asking}>${this.asking ? 'Looking' : 'Find'}</button>
      </form>
      ${this.error === null ? nothing : html`<glance-error-card heading="This model cannot be added" .error=${this.error}></glance-error-card>`}
      ${this.listing === null ? nothing : this.#listing(this.listing)}
      <div class="line">
        <button class="outlined-button" @click=${() => this.picker.click()}>Choose files of this device</button>
        <span class="note">or drop them anywhere: a .gguf file, all its parts, and its mmproj file.</span>
      </div>
      <p class="note">
        Models of the Qwen3 and Qwen3-VL families run, in F32, F16, BF16, Q8_0, Q6_K, Q5_K, Q4_K, Q5_0, Q5_1, Q4_0
        and Q4_1.
      </p>
      <input id="files" type="file" accept=".gguf" multiple hidden @change=${this.#picked} />
      <details>
        <summary>Where models come from</summary>
        <form @submit=${this.#submitHub}>
          <label class="block" for="hub">The hub, or a mirror that keeps its paths</label>
          <input id="hub" class="field" type="text" inputmode="url" autocomplete="off" spellcheck="false" .value=${this.hub} />
          <button class="outlined-button">Set</button>
          ${
            this.hub === BUILT_HUB
              ? nothing
              : html`<button type="button" class="text-button" @click=${() => this.#chooseHub(BUILT_HUB)}>
                  Back to ${new URL(BUILT_HUB).host}
                </button>`
          }
        </form>
        ${this.hubError === null ? nothing : html`<glance-error-card heading="This is no address" .error=${this.hubError}></glance-error-card>`}
      </details>
    `;
  }

  #listing({ files, text, vision }: Listing) {
    const option = (file: RepositoryFile, chosen: RepositoryFile | null) => html`
      <option value=${file.url} .selected=${live(file === chosen)} ?disabled=${!file.readable}>
        ${file.name}${file.bytes === null ? '' : `, ${formatBytes(file.bytes)}`}${file.readable ? '' : ' (not readable)'}
      </option>
    `;
    const bytes = [text, vision].map((file) => (file === null ? 0 : file.bytes));
    const total = bytes.every((size) => size !== null) ? bytes.reduce((sum, size) => sum! + size!, 0) : null;
    return html`
      <div class="listing" role="group" aria-label="Files found">
        <label>
          <span>Model</span>
          <select @change=${(event: Event) => this.#choose('text', event)}>
            ${files.texts.map((file) => option(file, text))}
          </select>
        </label>
        ${
          files.visions.length === 0
            ? html`<p class="note">There is no mmproj file, so it reads text only.</p>`
            : html`<label>
                <span>Sees with</span>
                <select @change=${(event: Event) => this.#choose('vision', event)}>
                  ${files.visions.map((file) => option(file, vision))}
                  <option value="" .selected=${live(vision === null)}>nothing: text only</option>
                </select>
              </label>`
        }
        <div>
          <button class="filled-button" ?disabled=${!text.readable} @click=${this.#download}>
            Download${total === null ? '' : ` ${formatBytes(total)}`}
          </button>
        </div>
      </div>
    `;
  }

  #typed(event: Event) {
    this.pasted = (event.target as HTMLInputElement).value;
    this.#asked.abort();
    this.listing = null;
    this.error = null;
    this.asking = false;
  }

  async #submit(event: Event) {
    event.preventDefault();
    this.#asked.abort();
    const asked = new AbortController();
    this.#asked = asked;
    this.error = null;
    this.listing = null;
    try {
      const reference = parseModelReference(this.pasted, this.hub);
      if (reference.kind === 'files' && reference.vision !== null) {
        this.#name(reference.text, reference.vision);
        return;
      }
      this.asking = true;
      if (reference.kind === 'files') {
        await this.#lookBeside(reference.text, asked.signal);
      } else {
        const files = await listRepository(reference, asked.signal);
        this.listing = { files, ...preferredFiles(files, reference.quantization) };
      }
    } catch (thrown) {
      const error = toGlanceError(thrown);
      if (error.code !== 'aborted') this.error = error;
    } finally {
      if (this.#asked === asked) this.asking = false;
    }
  }

  /** A text file alone: its repository may hold what it sees with. */
  async #lookBeside(url: string, signal: AbortSignal) {
    const repository = repositoryOf(url);
    const files = repository && (await listRepository(repository, signal).catch(() => null));
    if (signal.aborted) return;
    const text = files?.texts.find((file) => file.url === url);
    // A server that is no hub has no list: the file is taken as it is.
    if (!files || text === undefined) this.#name(url, null);
    else this.listing = { files, text, vision: preferredFiles(files, null).vision };
  }

  #choose(part: 'text' | 'vision', event: Event) {
    const { listing } = this;
    if (listing === null) return;
    const { value } = event.target as HTMLSelectElement;
    const { texts, visions } = listing.files;
    if (part === 'text') this.listing = { ...listing, text: texts.find(({ url }) => url === value)! };
    else this.listing = { ...listing, vision: visions.find(({ url }) => url === value) ?? null };
  }

  #download() {
    const { listing } = this;
    if (listing !== null) this.#name(listing.text.url, listing.vision?.url ?? null);
  }

  #name(text: string, vision: string | null) {
    const id = keyOfUrl(text);
    this.listing = null;
    this.pasted = '';
    const detail: NamedDownload = { id, name: modelNameOf(text), text, ...(vision !== null && { vision }) };
    this.dispatchEvent(new CustomEvent('model-named', { detail }));
  }

  #picked() {
    const files = Array.from(this.picker.files ?? []);
    // The same files can be chosen again.
    this.picker.value = '';
    if (files.length > 0) this.dispatchEvent(new CustomEvent('files-chosen', { detail: files }));
  }

  #submitHub(event: Event) {
    event.preventDefault();
    const field = this.renderRoot.querySelector<HTMLInputElement>('#hub')!;
    try {
      this.#chooseHub(field.value.trim() === '' ? BUILT_HUB : checkedHubBase(field.value));
    } catch (error) {
      this.hubError = toGlanceError(error);
    }
  }

  #chooseHub(base: string) {
    this.hubError = null;
    this.dispatchEvent(new CustomEvent('hub-chosen', { detail: base }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-model-add': GlanceModelAdd;
  }
}
