import { html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { StoredModel } from '../../model/storage.ts';
import type { Fit, Machine } from '../../store/fit.ts';
import { FocusKeeper } from '../focus_keeper.ts';
import { fitLabel, fitWords, verifiedWords, workShare, workWords } from '../model_words.ts';
import type { Outcome, Work } from '../shelf.ts';
import { words } from '../words/index.ts';
import './error_card.ts';
import { markStyles, rowStyles } from './model_row_styles.ts';
import './progress.ts';
import { baseStyles } from './styles.ts';

/** What can be done with a model. */
export type ModelAction =
  | { type: 'download' | 'pause' | 'resume' | 'cancel' | 'use' | 'verify' | 'delete' | 'dismiss' }
  | { type: 'variant'; quantization: string }
  | { type: 'context'; contextLength: number }
  | { type: 'save'; key: string };

/** A model as its row shows it. */
export interface ModelRow {
  readonly name: string;
  /** Small print: parameters, quantisation, licence. */
  readonly facts: readonly string[];
  readonly recommended: boolean;
  /** Null where nothing can be said of it. */
  readonly fit: Fit | null;
  readonly machine: Machine | null;
  /** What is kept of it; null if nothing is. */
  readonly stored: StoredModel | null;
  /** It comes with the site. */
  readonly builtIn: boolean;
  readonly work: Work | null;
  readonly outcome: Outcome | null;
  /** With the context that the row shows. */
  readonly use: 'no' | 'loading' | 'ready';
  /** It is the session's model, with whatever context. */
  readonly chosen: boolean;
  /** Of what is yet to be downloaded; null if that is not known. */
  readonly missingBytes: number | null;
  readonly quantizations: readonly string[];
  readonly quantization: string | null;
  readonly contextLengths: readonly number[];
}

/** The primary button. */
interface Primary {
  readonly label: string;
  readonly action: ModelAction | null;
  readonly filled: boolean;
}

/**
 * One model: what it is and needs, and what can be done with it.
 *
 * @fires model-action with a {@link ModelAction}.
 */
@customElement('glance-model-row')
export class GlanceModelRow extends LitElement {
  static override styles = [baseStyles, markStyles, rowStyles];

  @property({ attribute: false }) row!: ModelRow;
  @state() private confirming = false;

  constructor() {
    super();
    new FocusKeeper(this, () =>
      this.renderRoot.querySelector<HTMLElement>('.actions button:not(:disabled), summary'),
    );
  }

  override render() {
    const { row } = this;
    const { fit, work, outcome } = row;
    const primary = this.#primary();
    return html`
      <article aria-labelledby="name" class=${fit?.verdict === 'no' && row.stored === null ? 'unfit' : ''}>
        <div class="head">
          <h4 id="name" dir="auto">${row.name}</h4>
          ${row.recommended ? html`<span class="mark recommended">${words.model.recommended}</span>` : nothing}
          ${fit === null ? nothing : html`<span class="mark ${fit.verdict}">${fitLabel(fit)}</span>`}
        </div>
        <p class="facts">
          ${row.facts.map((fact, index) => html`${index === 0 ? nothing : ' · '}<span>${fact}</span>`)}
        </p>
        ${fit === null || row.machine === null ? nothing : html`<p class="need">${fitWords(fit, row.machine)}</p>`}
        ${
          work === null
            ? this.#standing()
            : html`<glance-progress class="work" .label=${workWords(work)} .share=${workShare(work)}></glance-progress>`
        }
        <div class="actions">
          <button
            class=${primary.filled ? 'filled-button' : 'outlined-button'}
            aria-label=${words.model.labelled(primary.label, row.name)}
            ?disabled=${primary.action === null}
            @click=${() => primary.action && this.#act(primary.action)}
          >
            ${primary.label}
          </button>
          ${this.#secondary()}
        </div>
        ${this.confirming ? this.#confirmation() : nothing}
        ${outcome === null ? nothing : this.#outcome(outcome)}
        ${this.#options()}
      </article>
    `;
  }

  #primary(): Primary {
    const { model } = words;
    const { work, stored, builtIn, use, fit, missingBytes } = this.row;
    if (work?.kind === 'download') {
      const paused = work.progress?.state === 'paused';
      return {
        label: paused ? model.resume : model.pause,
        action: { type: paused ? 'resume' : 'pause' },
        filled: paused,
      };
    }
    if (work !== null) return { label: model.wait, action: null, filled: false };
    if (builtIn || stored?.complete) {
      if (use !== 'no')
        return { label: use === 'ready' ? model.inUse : model.loading, action: null, filled: false };
      return { label: model.use, action: { type: 'use' }, filled: true };
    }
    if (stored !== null && stored.storedBytes > 0)
      return { label: model.resume, action: { type: 'resume' }, filled: true };
    const label = fit?.verdict === 'no' ? model.downloadAnyway : model.download;
    // What cannot run here may still be fetched for another browser, unless there is no room for it.
    const action = fit?.reason === 'storage' ? null : ({ type: 'download' } as const);
    return {
      label: label(missingBytes),
      action,
      filled: this.row.recommended,
    };
  }

  #secondary() {
    const { work, stored, name } = this.row;
    const button = (label: string, action: () => void) =>
      html`<button class="text-button" aria-label=${words.model.labelled(label, name)} @click=${action}>${label}</button>`;
    if (work !== null) {
      return work.kind === 'delete' || work.elsewhere
        ? nothing
        : button(words.common.cancel, () => this.#act({ type: 'cancel' }));
    }
    if (stored === null) return nothing;
    return html`
      ${stored.complete ? button(words.model.verify, () => this.#act({ type: 'verify' })) : nothing}
      ${button(words.model.delete, () => this.#confirm())}
    `;
  }

  /** Where it stands while nothing is being done. */
  #standing() {
    const { stored } = this.row;
    if (stored === null) return nothing;
    const { complete, storedBytes, sizeBytes, files } = stored;
    if (!complete && storedBytes === 0) {
      return html`<p class="standing">${words.model.nothingHere}</p>`;
    }
    if (!complete) {
      const part = words.model.partHere(storedBytes, sizeBytes);
      return html`<p class="standing">${part}</p>`;
    }
    const verified = files.every(({ published }) => published);
    return html`<p class="standing">${words.model.here(storedBytes, verified)}</p>`;
  }

  #confirmation() {
    const { stored, chosen } = this.row;
    return html`
      <div class="confirmation" role="group" aria-label=${words.model.deleteLabel(this.row.name)}>
        <p>${words.model.deleteQuestion(stored?.storedBytes ?? 0, chosen)}</p>
        <button class="outlined-button danger" @click=${this.#delete}>${words.model.delete}</button>
        <button class="text-button keep" @click=${this.#keep}>${words.model.keep}</button>
      </div>
    `;
  }

  #outcome(outcome: Outcome) {
    if (outcome.kind === 'verified') return html`<p class="standing">${verifiedWords(outcome)}</p>`;
    return html`
      <glance-error-card
        dismissible
        .heading=${words.work.failed[outcome.during]}
        .error=${outcome.error}
        @dismiss=${() => this.#act({ type: 'dismiss' })}
      ></glance-error-card>
    `;
  }

  #options() {
    const { quantizations, quantization, contextLengths, fit, stored, name } = this.row;
    const files = stored?.complete ? stored.files : [];
    if (quantizations.length < 2 && contextLengths.length < 2 && files.length === 0) return nothing;
    return html`
      <details>
        <summary>${words.model.options}<span class="visually-hidden">${words.model.optionsFor(name)}</span></summary>
        ${
          quantizations.length < 2
            ? nothing
            : html`<label>
                <span>${words.model.precision}</span>
                <select @change=${this.#chooseVariant}>
                  ${quantizations.map(
                    (option) =>
                      html`<option value=${option} .selected=${live(option === quantization)}>${option}</option>`,
                  )}
                </select>
                <span class="note">${words.model.precisionNote}</span>
              </label>`
        }
        ${
          contextLengths.length < 2
            ? nothing
            : html`<label>
                <span>${words.model.context}</span>
                <select @change=${this.#chooseContext}>
                  ${contextLengths.map(
                    (option) =>
                      html`<option value=${option} .selected=${live(option === fit?.contextLength)}>
                        ${words.common.tokens(option)}
                      </option>`,
                  )}
                </select>
                <span class="note">${words.model.contextNote}</span>
              </label>`
        }
        ${files.map(
          (file) => html`
            <button class="text-button save" @click=${() => this.#act({ type: 'save', key: file.key })}>
              ${words.model.saveFile(file.name)}
            </button>
          `,
        )}
      </details>
    `;
  }

  #chooseVariant(event: Event) {
    this.#act({ type: 'variant', quantization: (event.target as HTMLSelectElement).value });
  }

  #chooseContext(event: Event) {
    this.#act({ type: 'context', contextLength: Number((event.target as HTMLSelectElement).value) });
  }

  async #confirm() {
    this.confirming = true;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('.keep')?.focus();
  }

  #keep() {
    this.confirming = false;
  }

  #delete() {
    this.confirming = false;
    this.#act({ type: 'delete' });
  }

  #act(action: ModelAction) {
    this.dispatchEvent(new CustomEvent('model-action', { detail: action }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-model-row': GlanceModelRow;
  }
}
