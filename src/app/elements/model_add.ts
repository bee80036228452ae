import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { type GlanceError, toGlanceError } from '../../model/errors.ts';
import type { ModelDownload } from '../../model/storage.ts';
import type { Machine } from '../../store/fit.ts';
import { keyOfUrl } from '../../store/hub.ts';
import {
  checkedHubBase,
  modelNameOf,
  namedFile,
  parseModelReference,
  repositoryOf,
} from '../../store/reference.ts';
import { FocusKeeper } from '../focus_keeper.ts';
import { BUILT_HUB } from '../hub_setting.ts';
import type { ModelShelf } from '../shelf.ts';
import { words } from '../words/index.ts';
import './error_card.ts';
import './model_proposal.ts';
import type { Finding, Inspect } from './model_proposal.ts';
import { baseStyles } from './styles.ts';

export type NamedDownload = ModelDownload & { id: string; name: string };

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
        .field {
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
  /** Null until it is known. */
  @property({ attribute: false }) machine: Machine | null = null;
  @property({ attribute: false }) inspect!: Inspect;
  /** Asks a hub for the models of a repository. */
  @property({ attribute: false }) list!: ModelShelf['list'];
  @state() private pasted = '';
  @state() private finding: Finding | null = null;
  @state() private asking = false;
  @state() private error: GlanceError | null = null;
  @state() private hubError: GlanceError | null = null;
  @query('#files') private readonly picker!: HTMLInputElement;
  #asked = new AbortController();

  constructor() {
    super();
    new FocusKeeper(this, () => this.renderRoot.querySelector<HTMLElement>('.line button'));
  }

  override render() {
    return html`
      <form @submit=${this.#submit}>
        <label class="block" for="address">${words.addModel.address}</label>
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
        <button class="outlined-button" ?disabled=${this.asking}>${this.asking ? words.addModel.looking : words.addModel.find}</button>
      </form>
      ${this.error === null ? nothing : html`<glance-error-card .heading=${words.models.notAdded} .error=${this.error}></glance-error-card>`}
      ${
        this.finding === null
          ? nothing
          : html`<glance-model-proposal
              role="group"
              aria-label=${words.addModel.found}
              .finding=${this.finding}
              .machine=${this.machine}
              .inspect=${this.inspect}
              @download=${this.#download}
            ></glance-model-proposal>`
      }
      <div class="line">
        <button class="outlined-button" @click=${() => this.picker.click()}>${words.addModel.chooseFiles}</button>
        <span class="note">${words.addModel.orDrop}</span>
      </div>
      <p class="note">${words.addModel.families}</p>
      <input id="files" type="file" accept=".gguf" multiple hidden @change=${this.#picked} />
      <details>
        <summary>${words.addModel.whereFrom}</summary>
        <form @submit=${this.#submitHub}>
          <label class="block" for="hub">${words.addModel.hub}</label>
          <input id="hub" class="field" type="text" inputmode="url" autocomplete="off" spellcheck="false" .value=${this.hub} />
          <button class="outlined-button">${words.addModel.set}</button>
          ${
            this.hub === BUILT_HUB
              ? nothing
              : html`<button type="button" class="text-button" @click=${() => this.#chooseHub(BUILT_HUB)}>
                  ${words.addModel.backTo(new URL(BUILT_HUB).host)}
                </button>`
          }
        </form>
        ${this.hubError === null ? nothing : html`<glance-error-card .heading=${words.addModel.noAddress} .error=${this.hubError}></glance-error-card>`}
      </details>
    `;
  }

  #typed(event: Event) {
    this.pasted = (event.target as HTMLInputElement).value;
    this.#asked.abort();
    this.finding = null;
    this.error = null;
    this.asking = false;
  }

  async #submit(event: Event) {
    event.preventDefault();
    this.#asked.abort();
    const asked = new AbortController();
    this.#asked = asked;
    this.error = null;
    this.finding = null;
    try {
      const reference = parseModelReference(this.pasted, this.hub);
      if (reference.kind === 'files' && reference.vision !== null) {
        this.finding = bareFinding(reference.text, reference.vision);
        return;
      }
      this.asking = true;
      if (reference.kind === 'files') {
        await this.#lookBeside(reference.text, asked.signal);
      } else {
        const files = await this.list(reference, asked.signal);
        this.finding = { files, quantization: reference.quantization, text: null };
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
    const files = repository && (await this.list(repository, signal).catch(() => null));
    if (signal.aborted) return;
    const text = files?.texts.find((file) => file.url === url);
    // A server that is no hub has no list: the file is taken as it is.
    this.finding =
      !files || text === undefined ? bareFinding(url, null) : { files, quantization: null, text };
  }

  #download({ detail }: CustomEvent<ModelDownload>) {
    const id = keyOfUrl(detail.text);
    this.finding = null;
    this.pasted = '';
    const named: NamedDownload = { ...detail, id, name: modelNameOf(detail.text) };
    this.dispatchEvent(new CustomEvent('model-named', { detail: named }));
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

/** Files by their addresses alone. */
function bareFinding(text: string, vision: string | null): Finding {
  const files = { texts: [namedFile(text)], visions: vision === null ? [] : [namedFile(vision)] };
  return { files, quantization: null, text: null };
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-model-add': GlanceModelAdd;
  }
}
