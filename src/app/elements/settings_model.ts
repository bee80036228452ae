import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { MemoryController, type ReadMemory } from '../memory_controller.ts';
import { fitLabel } from '../model_words.ts';
import { loadingWords } from '../phrases.ts';
import type { Session } from '../session.ts';
import { SessionController } from '../session_controller.ts';
import { contextOptions } from '../settings/context_choice.ts';
import type { ModelShelf } from '../shelf.ts';
import { words } from '../words/index.ts';
import './device_choice.ts';
import { warningIcon } from './icons.ts';
import { insecureNote } from './insecure.ts';
import { settingsStyles } from './settings_styles.ts';
import { baseStyles } from './styles.ts';

/**
 * What runs now, on what, with which memory and context.
 *
 * @fires choose-model
 * @fires device-chosen with the choice.
 */
@customElement('glance-settings-model')
export class GlanceSettingsModel extends LitElement {
  static override styles = [
    baseStyles,
    settingsStyles,
    css`
      .trouble {
        display: flex;
        gap: 10px;
        margin-block-end: 8px;
        padding: 10px 14px;
        border: 1px solid var(--line-strong);
        border-radius: var(--radius);
      }

      .trouble a {
        color: var(--accent);
      }

      glance-device-choice {
        padding-block: 12px;
        border-block: 1px solid var(--line);
      }
    `,
  ];

  /** Set once, as are the others. */
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) shelf!: ModelShelf;
  /** Tells what the model holds. */
  @property({ attribute: false }) readMemory!: ReadMemory;
  readonly #memory = new MemoryController(this, () => this.readMemory);

  override connectedCallback(): void {
    super.connectedCallback();
    new SessionController(this, this.session);
    new SessionController(this, this.shelf);
    void this.shelf.open();
  }

  override render() {
    const { settings: said } = words;
    const { model, device } = this.session.state;
    return html`
      ${isSecureContext ? nothing : this.#insecure()}
      ${
        model.status === 'ready'
          ? this.#facts()
          : html`<p class="note">${model.status === 'loading' ? loadingWords(model.loading) : said.noModel}</p>`
      }
      <glance-device-choice .choice=${device}></glance-device-choice>
      ${this.#context()}
      <div class="actions">
        <button class="outlined-button" @click=${() => this.#fire('choose-model')}>${said.allModels}</button>
      </div>
    `;
  }

  protected override updated(): void {
    const { model } = this.session.state;
    this.#memory.look(model.status === 'ready' ? model.info : null);
  }

  #insecure() {
    return html`<p class="trouble">${warningIcon}<span>${insecureNote()}</span></p>`;
  }

  #facts() {
    const { model } = this.session.state;
    if (model.status !== 'ready') return nothing;
    const { info } = model;
    const { settings: said } = words;
    return html`<dl>
      <dt>${said.current}</dt>
      <dd>${info.name}, ${info.quantization}</dd>
      <dt>${words.chip.device}</dt>
      <dd>${info.deviceName}</dd>
      ${info.kernels?.used === false ? html`<dt>${words.chip.decoding}</dt><dd>${words.chip.kernelsFailed}</dd>` : nothing}
      ${
        this.#memory.words === null
          ? nothing
          : html`<dt>${said.memory}</dt>
              <dd>${this.#memory.words}</dd>`
      }
    </dl>`;
  }

  #context() {
    const { settings: said } = words;
    const { model, chosen } = this.session.state;
    const loaded = model.status === 'ready' ? model.info.contextLength : null;
    const options = contextOptions(chosen, loaded, this.shelf.state);
    if (options.length === 0 && loaded === null) return nothing;
    return html`<div class="row">
      <div>
        <label class="name" for="context">${words.model.context}</label>
        <p id="context-note" class="note">${said.contextNote}</p>
      </div>
      ${
        options.length === 0
          ? html`<span>${words.common.tokens(loaded ?? 0)}</span>`
          : html`<select id="context" aria-describedby="context-note" @change=${this.#chooseContext}>
              ${options.map(
                ({ contextLength, fit }) =>
                  html`<option
                    value=${contextLength}
                    ?disabled=${fit?.verdict === 'no' && contextLength !== loaded}
                    .selected=${live(contextLength === (loaded ?? chosen.contextLength))}
                  >
                    ${said.contextOption(contextLength, fit === null ? '' : fitLabel(fit))}
                  </option>`,
              )}
            </select>`
      }
    </div>`;
  }

  #chooseContext({ target }: Event) {
    const contextLength = Number((target as HTMLSelectElement).value);
    void this.session.useModel({ ...this.session.state.chosen, contextLength });
  }

  #fire(type: string) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-settings-model': GlanceSettingsModel;
  }
}
