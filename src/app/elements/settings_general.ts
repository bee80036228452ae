import { html, LitElement } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { type GlanceError, toGlanceError } from '../../model/errors.ts';
import { pageStorage } from '../device.ts';
import { FocusKeeper } from '../focus_keeper.ts';
import { AUTOMATIC_LANGUAGE, chooseLanguage, keptLanguage, languageOf } from '../language.ts';
import { SessionController } from '../session_controller.ts';
import type { SettingsStore } from '../settings/settings_store.ts';
import { THEMES, type Theme } from '../settings/theme.ts';
import { languageName, languages, words } from '../words/index.ts';
import './error_card.ts';
import { settingsStyles } from './settings_styles.ts';
import { baseStyles } from './styles.ts';

/**
 * Language, theme and keys.
 *
 * @fires show-shortcuts
 */
@customElement('glance-settings-general')
export class GlanceSettingsGeneral extends LitElement {
  static override styles = [baseStyles, settingsStyles];

  /** Set once. */
  @property({ attribute: false }) settings!: SettingsStore;
  @state() private error: GlanceError | null = null;

  constructor() {
    super();
    new FocusKeeper(this, () => this.renderRoot.querySelector<HTMLElement>('#language'));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    new SessionController(this, this.settings);
  }

  override render() {
    const { theme, characterKeys } = this.settings.state;
    const { settings: said } = words;
    const chosen = keptLanguage(pageStorage());
    return html`
      <div class="row single">
        <label class="name" for="language">${said.language}</label>
        <select id="language" @change=${this.#chooseLanguage}>
          <option value=${AUTOMATIC_LANGUAGE} .selected=${live(chosen === AUTOMATIC_LANGUAGE)}>
            ${said.languageAuto(languageName(languageOf(AUTOMATIC_LANGUAGE)))}
          </option>
          ${languages.map(
            (code) =>
              html`<option value=${code} lang=${code} .selected=${live(chosen === code)}>
                ${languageName(code)}
              </option>`,
          )}
        </select>
      </div>
      ${
        this.error === null
          ? ''
          : html`<glance-error-card
              dismissible
              heading=${said.languageFailed}
              .error=${this.error}
              @dismiss=${() => {
                this.error = null;
              }}
            ></glance-error-card>`
      }
      <div class="row single">
        <label class="name" for="theme">${said.theme}</label>
        <select id="theme" @change=${this.#chooseTheme}>
          ${THEMES.map(
            (known) =>
              html`<option value=${known} .selected=${live(known === theme)}>${said.themes[known]}</option>`,
          )}
        </select>
      </div>
      <div class="row single">
        <label class="check">
          <input
            type="checkbox"
            aria-describedby="keys"
            .checked=${live(characterKeys)}
            @change=${this.#chooseKeys}
          />
          <span
            ><span class="name">${said.characterKeys}</span
            ><span id="keys" class="note"><br />${said.characterKeysNote}</span></span
          >
        </label>
        <button class="outlined-button" @click=${this.#showShortcuts}>${said.shortcuts}</button>
      </div>
    `;
  }

  async #chooseLanguage({ target }: Event) {
    this.error = null;
    try {
      await chooseLanguage((target as HTMLSelectElement).value, pageStorage());
    } catch (thrown) {
      this.error = toGlanceError(thrown);
    }
    this.requestUpdate();
  }

  #chooseTheme({ target }: Event) {
    this.settings.change({ theme: (target as HTMLSelectElement).value as Theme });
  }

  #chooseKeys({ target }: Event) {
    this.settings.change({ characterKeys: (target as HTMLInputElement).checked });
  }

  #showShortcuts() {
    this.dispatchEvent(new CustomEvent('show-shortcuts', { bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-settings-general': GlanceSettingsGeneral;
  }
}
