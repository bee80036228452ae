import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { ModelInfo } from '../../model/request.ts';
import { SAMPLING_RANGES, type SamplingOptions } from '../../model/sampling.ts';
import { allPictures } from '../conversation.ts';
import { FocusKeeper } from '../focus_keeper.ts';
import type { Session } from '../session.ts';
import { SessionController } from '../session_controller.ts';
import { PRESETS, presetOf, recommendedSampling } from '../settings/presets.ts';
import {
  type AnswerSettings,
  type ConversationSettings,
  DEFAULT_ANSWERS,
  isAsAll,
  MAX_STOP_STRINGS,
  MAX_SYSTEM_PROMPT,
  settingsFor,
  WHOLE_RANGES,
} from '../settings/settings.ts';
import type { SettingsStore } from '../settings/settings_store.ts';
import { words } from '../words/index.ts';
import './setting_number.ts';
import { settingsStyles } from './settings_styles.ts';
import { baseStyles } from './styles.ts';

type Scope = 'all' | 'own';
const SCOPES: readonly Scope[] = ['all', 'own'];

const OPTIONS = Object.keys(SAMPLING_RANGES) as (keyof SamplingOptions)[];

/** What questions are asked with: for all conversations, or for the one on the page. */
@customElement('glance-settings-answers')
export class GlanceSettingsAnswers extends LitElement {
  static override styles = [
    baseStyles,
    settingsStyles,
    css`
      .scope {
        display: inline-flex;
        gap: 2px;
        padding: 2px;
        border: 1px solid var(--line-strong);
        border-radius: 10px;
      }

      .scope label {
        position: relative;
        display: grid;
        place-items: center;
        min-block-size: 32px;
        padding: 0 12px;
        border-radius: 8px;
        font-weight: 500;
        color: var(--ink-soft);
        cursor: pointer;
      }

      .scope label:has(:checked) {
        background: var(--accent-soft);
        color: var(--accent);
      }

      .scope label:has(:focus-visible) {
        outline: 2px solid var(--accent);
        outline-offset: 1px;
      }

      .scope input {
        position: absolute;
        inset: 0;
        margin: 0;
        opacity: 0;
        cursor: pointer;
      }

      .head {
        display: grid;
        gap: 6px;
        justify-items: start;
      }

      #preset {
        inline-size: 320px;
      }

      @media (max-width: 480px) {
        #preset {
          inline-size: 100%;
        }
      }

      @media (pointer: coarse) {
        .scope label {
          min-block-size: 40px;
        }
      }

      @media (forced-colors: active) {
        .scope label:has(:checked) {
          forced-color-adjust: none;
          background: Highlight;
          color: HighlightText;
        }
      }
    `,
  ];

  /** Set once, as is the session. */
  @property({ attribute: false }) settings!: SettingsStore;
  @property({ attribute: false }) session!: Session;
  @state() private scope: Scope = 'all';

  constructor() {
    super();
    new FocusKeeper(this, () => this.renderRoot.querySelector<HTMLElement>('#preset'));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    new SessionController(this, this.settings);
    new SessionController(this, this.session);
    this.scope = isAsAll(this.#own) ? 'all' : 'own';
  }

  get #own(): ConversationSettings {
    return this.session.state.conversation.settings;
  }

  override render() {
    const { settings: said } = words;
    const isOwn = this.scope === 'own';
    const own = this.#own;
    const { systemPrompt, answers } = isOwn ? settingsFor(this.settings.state, own) : this.settings.state;
    return html`
      <div class="head">
        <fieldset class="scope">
          <legend class="visually-hidden">${said.scope}</legend>
          ${SCOPES.map(
            (scope) =>
              html`<label
                ><input
                  type="radio"
                  name="scope"
                  .checked=${live(scope === this.scope)}
                  @change=${() => {
                    this.scope = scope;
                  }}
                />${said.scopes[scope]}</label
              >`,
          )}
        </fieldset>
        <p class="note">${said.scopeNote}</p>
      </div>
      ${
        isOwn
          ? this.#switch(said.ownPrompt, own.systemPrompt !== undefined, (on) =>
              this.#setOwn({ systemPrompt: on ? this.settings.state.systemPrompt : undefined }),
            )
          : nothing
      }
      ${isOwn && own.systemPrompt === undefined ? nothing : this.#prompt(systemPrompt)}
      ${
        isOwn
          ? this.#switch(said.ownAnswers, own.answers !== undefined, (on) =>
              this.#setOwn({ answers: on ? this.settings.state.answers : undefined }),
            )
          : nothing
      }
      ${isOwn && own.answers === undefined ? nothing : this.#answers(answers)}
    `;
  }

  #switch(name: string, on: boolean, set: (on: boolean) => void) {
    return html`<label class="check">
      <input
        type="checkbox"
        .checked=${live(on)}
        @change=${({ target }: Event) => set((target as HTMLInputElement).checked)}
      />
      <span
        ><span class="name">${name}</span
        >${on ? nothing : html`<span class="note"><br />${words.settings.asAll}</span>`}</span
      >
    </label>`;
  }

  #prompt(systemPrompt: string) {
    const { settings: said } = words;
    return html`<div class="row stacked">
      <label class="name" for="prompt">${said.systemPrompt}</label>
      <p id="prompt-note" class="note">${said.systemPromptNote}</p>
      <textarea
        id="prompt"
        rows="4"
        dir="auto"
        maxlength=${MAX_SYSTEM_PROMPT}
        aria-describedby="prompt-note"
        placeholder=${said.systemPromptPlaceholder}
        .value=${live(systemPrompt)}
        @input=${({ target }: Event) => {
          const text = (target as HTMLTextAreaElement).value;
          if (this.scope === 'own') this.#setOwn({ systemPrompt: text });
          else this.settings.change({ systemPrompt: text });
        }}
      ></textarea>
    </div>`;
  }

  #answers(answers: AnswerSettings) {
    const { settings: said } = words;
    const { model } = this.session.state;
    const info = model.status === 'ready' ? model.info : null;
    const number = (
      name: 'seed' | 'maxTokens' | 'thinkingBudget',
      label: string,
      note: string,
      empty: string,
    ) =>
      html`<glance-setting-number
        name=${label}
        note=${note}
        recommended=${empty}
        least=${WHOLE_RANGES[name][0]}
        most=${WHOLE_RANGES[name][1]}
        whole
        .value=${answers[name]}
        @number-chosen=${({ detail }: CustomEvent<number | null>) => this.#set({ [name]: detail })}
      ></glance-setting-number>`;
    return html`
      ${this.#thinking(answers, info)}
      ${
        info === null || info.thinking !== 'never'
          ? number('thinkingBudget', said.thinkingBudget, said.thinkingBudgetNote, said.noLimit)
          : nothing
      }
      <h3>${said.drawing}</h3>
      ${this.#sampling(answers, info)}
      ${number('seed', said.seed, said.seedNote, said.atRandom)}
      ${number('maxTokens', said.maxTokens, said.maxTokensNote, said.noLimit)}
      <div class="row stacked">
        <label class="name" for="stop">${said.stop}</label>
        <p id="stop-note" class="note">${said.stopNote}</p>
        <textarea
          id="stop"
          rows="2"
          dir="auto"
          spellcheck="false"
          aria-describedby="stop-note"
          .value=${live(stopText(answers.stop))}
          @change=${({ target }: Event) =>
            this.#set({ stop: stopStrings((target as HTMLTextAreaElement).value) })}
        ></textarea>
      </div>
      <div class="actions">
        <button class="outlined-button" ?disabled=${isDefault(answers)} @click=${() => this.#set(DEFAULT_ANSWERS)}>
          ${said.resetAll}
        </button>
      </div>
    `;
  }

  #thinking({ thinking }: AnswerSettings, info: ModelInfo | null) {
    const { settings: said } = words;
    const choices = [
      ['unasked', null],
      ['on', true],
      ['off', false],
    ] as const;
    const fixed = info?.thinking === 'always' ? said.thinkingAlways : said.thinkingNever;
    return html`<div class="row">
      <div>
        <label class="name" for="thinking">${said.thinking}</label>
        <p id="thinking-note" class="note">
          ${info === null || info.thinking === 'switchable' ? said.thinkingNote : fixed}
        </p>
      </div>
      <select
        id="thinking"
        aria-describedby="thinking-note"
        ?disabled=${info !== null && info.thinking !== 'switchable'}
        @change=${({ target }: Event) => {
          const chosen = choices.find(([id]) => id === (target as HTMLSelectElement).value);
          this.#set({ thinking: chosen?.[1] ?? null });
        }}
      >
        ${choices.map(
          ([id, value]) =>
            html`<option value=${id} .selected=${live(value === thinking)}>${said.thinkings[id]}</option>`,
        )}
      </select>
    </div>`;
  }

  #sampling({ sampling, thinking }: AnswerSettings, info: ModelInfo | null) {
    const { settings: said } = words;
    const pictures = allPictures(this.session.state.conversation).length > 0;
    const recommended = info && recommendedSampling(info, thinking, pictures);
    const preset = presetOf(sampling);
    return html`
      <div class="row single">
        <label class="name" for="preset">${said.preset}</label>
        <select id="preset" @change=${this.#choosePreset}>
          ${(['recommended', ...PRESETS.map(({ id }) => id), 'own'] as const).map(
            (id) =>
              html`<option
                value=${id}
                ?disabled=${id === 'own'}
                .selected=${live(id === preset)}
              >
                ${said.presets[id]}
              </option>`,
          )}
        </select>
      </div>
      ${OPTIONS.map((option) => {
        const [least, most] = SAMPLING_RANGES[option];
        return html`<glance-setting-number
          name=${said.options[option].name}
          note=${said.options[option].note}
          recommended=${recommended === null ? '' : String(recommended[option])}
          least=${least}
          most=${most}
          ?whole=${option === 'topK'}
          .value=${sampling[option] ?? null}
          @number-chosen=${({ detail }: CustomEvent<number | null>) => this.#setOption(sampling, option, detail)}
        ></glance-setting-number>`;
      })}
    `;
  }

  #choosePreset({ target }: Event) {
    const id = (target as HTMLSelectElement).value;
    this.#set({ sampling: PRESETS.find((preset) => preset.id === id)?.sampling ?? {} });
  }

  #setOption(sampling: Partial<SamplingOptions>, option: keyof SamplingOptions, value: number | null) {
    const { [option]: _, ...others } = sampling;
    this.#set({ sampling: value === null ? others : { ...others, [option]: value } });
  }

  #set(change: Partial<AnswerSettings>) {
    if (this.scope === 'all') {
      this.settings.change({ answers: { ...this.settings.state.answers, ...change } });
    } else {
      this.#setOwn({ answers: { ...(this.#own.answers ?? this.settings.state.answers), ...change } });
    }
  }

  /** Undefined puts a part back to what holds for all. */
  #setOwn(change: { [Part in keyof ConversationSettings]: ConversationSettings[Part] | undefined }) {
    const { systemPrompt, answers } = { ...this.#own, ...change };
    this.session.useSettings({
      ...(systemPrompt !== undefined && { systemPrompt }),
      ...(answers !== undefined && { answers }),
    });
  }
}

function isDefault(answers: AnswerSettings): boolean {
  return JSON.stringify({ ...DEFAULT_ANSWERS, ...answers }) === JSON.stringify(DEFAULT_ANSWERS);
}

const stopText = (stop: readonly string[]): string =>
  stop.map((text) => text.replaceAll('\n', '\\n')).join('\n');

function stopStrings(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.slice(0, MAX_STOP_STRINGS).map((line) => line.replaceAll('\\n', '\n'));
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-settings-answers': GlanceSettingsAnswers;
  }
}
