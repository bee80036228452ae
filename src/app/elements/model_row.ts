import { html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { StoredModel } from '../../model/storage.ts';
import type { Fit, Machine } from '../../store/fit.ts';
import { FAILED_WORDS, fitLabel, fitWords, verifiedWords, workShare, workWords } from '../model_words.ts';
import type { Outcome, Work } from '../shelf.ts';
import { formatBytes, formatCount } from '../words.ts';
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
  readonly use: 'no' | 'loading' | 'ready';
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

  override render() {
    const { row } = this;
    const { fit, work, outcome } = row;
    const primary = this.#primary();
    return html`
      <article aria-labelledby="name" class=${fit?.verdict === 'no' && row.stored === null ? 'unfit' : ''}>
        <div class="head">
          <h4 id="name" dir="auto">${row.name}</h4>
          ${row.recommended ? html`<span class="mark recommended">Recommended</span>` : nothing}
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
            aria-label="${primary.label}: ${row.name}"
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
    const { work, stored, builtIn, use, fit, missingBytes } = this.row;
    if (work?.kind === 'download') {
      const paused = work.progress?.state === 'paused';
      return {
        label: paused ? 'Resume' : 'Pause',
        action: { type: paused ? 'resume' : 'pause' },
        filled: paused,
      };
    }
    if (work !== null) return { label: 'Please wait', action: null, filled: false };
    if (builtIn || stored?.complete) {
      if (use !== 'no') return { label: use === 'ready' ? 'In use' : 'Loading', action: null, filled: false };
      return { label: 'Use', action: { type: 'use' }, filled: true };
    }
    if (stored !== null && stored.storedBytes > 0)
      return { label: 'Resume', action: { type: 'resume' }, filled: true };
    const size = missingBytes === null ? '' : ` ${formatBytes(missingBytes)}`;
    const unfit = fit?.verdict === 'no';
    // What cannot run here may still be fetched for another browser, unless there is no room for it.
    const action = fit?.reason === 'storage' ? null : ({ type: 'download' } as const);
    return {
      label: `${unfit ? 'Download anyway' : 'Download'}${size}`,
      action,
      filled: this.row.recommended,
    };
  }

  #secondary() {
    const { work, stored, name } = this.row;
    const button = (label: string, action: () => void) =>
      html`<button class="text-button" aria-label="${label}: ${name}" @click=${action}>${label}</button>`;
    if (work !== null) {
      return work.kind === 'delete' || work.elsewhere
        ? nothing
        : button('Cancel', () => this.#act({ type: 'cancel' }));
    }
    if (stored === null) return nothing;
    return html`
      ${stored.complete ? button('Verify', () => this.#act({ type: 'verify' })) : nothing}
      ${button('Delete', () => this.#confirm())}
    `;
  }

  /** Where it stands while nothing is being done. */
  #standing() {
    const { stored } = this.row;
    if (stored === null) return nothing;
    const { complete, storedBytes, sizeBytes, files } = stored;
    if (!complete && storedBytes === 0) {
      return html`<p class="standing">Nothing of it is here yet.</p>`;
    }
    if (!complete) {
      const of = sizeBytes > 0 ? ` of ${formatBytes(sizeBytes)}` : '';
      return html`<p class="standing">${formatBytes(storedBytes)}${of} is on this device. Resume goes on from there.</p>`;
    }
    const verified = files.every(({ published }) => published);
    return html`<p class="standing">
      On this device, ${formatBytes(storedBytes)}${verified ? ', the same as published (SHA\u2011256)' : ''}.
    </p>`;
  }

  #confirmation() {
    const { stored, use } = this.row;
    return html`
      <div class="confirmation" role="group" aria-label="Delete ${this.row.name}?">
        <p>
          Delete ${formatBytes(stored?.storedBytes ?? 0)} from this
          device?${use === 'no' ? '' : ' The demo model takes its place.'}
        </p>
        <button class="outlined-button danger" @click=${this.#delete}>Delete</button>
        <button class="text-button keep" @click=${this.#keep}>Keep</button>
      </div>
    `;
  }

  #outcome(outcome: Outcome) {
    if (outcome.kind === 'verified') return html`<p class="standing">${verifiedWords(outcome)}</p>`;
    return html`
      <glance-error-card
        dismissible
        .heading=${FAILED_WORDS[outcome.during]}
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
        <summary>Options<span class="visually-hidden"> for ${name}</span></summary>
        ${
          quantizations.length < 2
            ? nothing
            : html`<label>
                <span>Precision</span>
                <select @change=${this.#chooseVariant}>
                  ${quantizations.map(
                    (option) =>
                      html`<option value=${option} .selected=${live(option === quantization)}>${option}</option>`,
                  )}
                </select>
                <span class="note">more bits answer a little better and take more room</span>
              </label>`
        }
        ${
          contextLengths.length < 2
            ? nothing
            : html`<label>
                <span>Context</span>
                <select @change=${this.#chooseContext}>
                  ${contextLengths.map(
                    (option) =>
                      html`<option value=${option} .selected=${live(option === fit?.contextLength)}>
                        ${formatCount(option)} tokens
                      </option>`,
                  )}
                </select>
                <span class="note">how much conversation it keeps in mind; a picture takes up to 1,024</span>
              </label>`
        }
        ${files.map(
          (file) => html`
            <button class="text-button save" @click=${() => this.#act({ type: 'save', key: file.key })}>
              Save ${file.name} as a file
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

  async #keep() {
    this.confirming = false;
    await this.#focusPrimary();
  }

  async #delete() {
    this.confirming = false;
    this.#act({ type: 'delete' });
    await this.#focusPrimary();
  }

  /** The button that had the focus is gone. */
  async #focusPrimary() {
    await this.updateComplete;
    const primary = this.renderRoot.querySelector<HTMLButtonElement>('.actions button');
    if (primary?.disabled === false) primary.focus();
    else this.renderRoot.querySelector<HTMLElement>('.actions button:not(:disabled)')?.focus();
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
