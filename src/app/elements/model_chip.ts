import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { ChatResult, ModelInfo } from '../../rpc/contract.ts';
import type { DeviceChoice } from '../device.ts';
import { MemoryController, type ReadMemory } from '../memory_controller.ts';
import type { ModelState } from '../model_loader.ts';
import { errorMessage, loadingWords } from '../phrases.ts';
import { tokensPerSecond } from '../speed.ts';
import { formatBytes, words } from '../words/index.ts';
import './device_choice.ts';
import { closeIcon } from './icons.ts';
import { baseStyles } from './styles.ts';

/**
 * Names the model and what it runs on; opens a panel with facts about both, where the device can be chosen.
 *
 * @fires load-again when the reader wants the model to be loaded once more after a failure.
 * @fires device-chosen with the choice.
 * @fires choose-model when the reader wants to see all models.
 */
@customElement('glance-model-chip')
export class GlanceModelChip extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        min-inline-size: 0;
      }

      .chip {
        display: flex;
        align-items: center;
        gap: 8px;
        max-inline-size: 100%;
        min-block-size: 32px;
        padding: 0 10px;
        border: 1px solid var(--line);
        border-radius: 16px;
        font: var(--text-small);
        color: var(--ink-soft);
        font-variant-numeric: tabular-nums;
        transition: background-color var(--quick);
      }

      @media (hover: hover) {
        .chip:hover {
          background: var(--paper-sunken);
        }
      }

      @media (pointer: coarse) {
        .chip {
          min-block-size: 40px;
          border-radius: 20px;
        }
      }

      .chip span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .name {
        flex: none;
        color: var(--ink);
        font-weight: 600;
      }

      .failed .name {
        color: var(--danger);
      }

      .panel {
        position: fixed;
        inset: auto;
        inline-size: min(360px, 100vw - 24px);
        max-block-size: min(600px, 100dvh - 96px);
        margin: 0;
        padding: 20px;
        overflow: auto;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--paper-raised);
        color: var(--ink);
        box-shadow: var(--shadow);
        font: var(--text-small);
      }

      .panel:popover-open {
        animation: rise var(--quick) ease-out;
      }

      @keyframes rise {
        from {
          opacity: 0;
          transform: translateY(6px);
        }
      }

      h2 {
        font: 600 1rem / 1.5rem var(--font);
      }

      .demo {
        margin-block: 8px 0;
      }

      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 6px 16px;
        margin-block: 16px 0;
        padding-block-start: 12px;
        border-block-start: 1px solid var(--line);
      }

      glance-device-choice {
        margin-block: 12px;
        padding-block: 12px;
        border-block: 1px solid var(--line);
      }

      dt {
        color: var(--ink-soft);
      }

      dd {
        font-variant-numeric: tabular-nums;
        overflow-wrap: anywhere;
      }

      .private {
        color: var(--ink-soft);
      }

      .link {
        color: var(--accent);
        text-decoration: underline;
        text-underline-offset: 3px;
      }

      .panel .outlined-button {
        margin-block-start: 12px;
      }

      .close {
        display: none;
      }

      /* Of the device one letter would be left. */
      @media (max-width: 359px) {
        .chip .name + span {
          display: none;
        }
      }

      @media (max-width: 639px) {
        .aside {
          display: none;
        }

        .panel::backdrop {
          background: var(--scrim);
        }

        .close {
          display: grid;
          float: inline-end;
          inline-size: 44px;
          block-size: 44px;
          margin-block: -12px 0;
          margin-inline: 8px -12px;
        }

        .panel {
          inset: auto 0 0 0;
          inline-size: 100%;
          max-inline-size: none;
          padding-block-end: calc(20px + env(safe-area-inset-bottom));
          border-radius: var(--radius) var(--radius) 0 0;
          border-block-end: 0;
        }
      }
    `,
  ];

  @property({ attribute: false }) model: ModelState = { status: 'idle' };
  /** What the reader wants it to run on. */
  @property({ attribute: false }) device: DeviceChoice = 'auto';
  /** The newest finished answer, for its speed. */
  @property({ attribute: false }) lastResult: ChatResult | null = null;
  /** Tells what the model holds; null where it cannot be asked. */
  @property({ attribute: false }) readMemory: ReadMemory | null = null;
  readonly #memory = new MemoryController(this, () => this.readMemory);
  /** It stands in another page, where a model is only loaded when somebody begins to ask. */
  @property({ type: Boolean }) embedded = false;
  @state() private open = false;
  #heldFocus = false;
  @query('.chip') private readonly chip!: HTMLButtonElement;
  @query('.panel') private readonly panel!: HTMLElement;

  /** Whether the panel is open: Escape then closes it and nothing else. */
  get expanded(): boolean {
    return this.open;
  }

  override render() {
    return html`
      <button
        class="chip ${this.model.status === 'failed' ? 'failed' : ''}"
        aria-haspopup="dialog"
        aria-expanded=${this.open}
        popovertarget="panel"
      >
        ${this.#chipText()}
      </button>
      <section
        id="panel"
        class="panel"
        popover
        role="dialog"
        aria-labelledby="title"
        tabindex="-1"
        @beforetoggle=${this.#beforeToggle}
        @toggle=${this.#toggled}
      >
        <button class="icon-button close" aria-label=${words.common.close} @click=${() => this.panel.hidePopover()}>
          ${closeIcon}
        </button>
        ${this.#panelContent()}
        <button class="outlined-button models" @click=${this.#chooseModel}>${words.common.chooseAnotherModel}</button>
        <glance-device-choice .choice=${this.device}></glance-device-choice>
        <p class="private">
          ${this.embedded ? words.embed.private : words.chip.private}
          ${
            this.embedded
              ? nothing
              : html`<button class="link" @click=${this.#showPrivacy}>${words.privacy.open}</button>`
          }
        </p>
      </section>
    `;
  }

  #chipText() {
    const { model } = this;
    switch (model.status) {
      case 'ready':
        return html`<span class="name">${model.info.demo ? words.chip.demo(model.info.name) : model.info.name}</span>
          <span>${shortDevice(model.info.deviceName)}</span>`;
      case 'failed':
        return html`<span class="name">${words.chip.noModel}</span>`;
      case 'loading': {
        const { share, stage } = model.loading;
        const { chip } = words;
        const isCounted = share !== null && stage === 'fetch';
        return html`<span>${isCounted ? chip.loadingShare(share) : chip.loading}</span>`;
      }
      case 'idle':
        return html`<span>${this.embedded ? words.chip.atFirstQuestion : words.chip.loading}</span>`;
    }
  }

  #panelContent() {
    const { model } = this;
    switch (model.status) {
      case 'ready':
        return this.#facts(model.info);
      case 'failed':
        return html`
          <h2 id="title">${words.chip.notLoaded}</h2>
          <p class="demo">${errorMessage(model.error)}</p>
          <button class="outlined-button" @click=${this.#loadAgain}>${words.common.loadAgain}</button>
        `;
      default:
        if (model.status === 'idle' && this.embedded) {
          return html`<h2 id="title">${words.chip.atFirstQuestion}</h2>`;
        }
        return html`
          <h2 id="title">${words.chip.beingLoaded}</h2>
          <p class="demo">${model.status === 'loading' ? loadingWords(model.loading) : words.common.starting}</p>
        `;
    }
  }

  #facts(info: ModelInfo) {
    const { chip, common } = words;
    const family = info.architecture === 'qwen3vl' ? 'Qwen3-VL' : 'Qwen3';
    return html`
      <h2 id="title">${info.demo ? chip.demoTitle(info.name) : info.name}</h2>
      ${info.demo ? html`<p class="demo">${common.sentences(words.demo.limits, words.demo.questions)}</p>` : nothing}
      <dl>
        <dt>${chip.device}</dt>
        <dd>${info.deviceName}</dd>
        ${this.#memory.words === null ? nothing : html`<dt>${words.settings.memory}</dt><dd>${this.#memory.words}</dd>`}
        ${info.kernels?.used === false ? html`<dt>${chip.decoding}</dt><dd>${chip.kernelsFailed}</dd>` : nothing}
        <dt>${chip.kind}</dt>
        <dd>${chip.kindOf(family, info.parameterCount, info.quantization)}</dd>
        <dt>${chip.size}</dt>
        <dd>${formatBytes(info.fileBytes)}</dd>
        <dt>${chip.context}</dt>
        <dd>${common.tokens(info.contextLength)}</dd>
        ${info.license === null ? nothing : html`<dt>${chip.licence}</dt><dd>${info.license}</dd>`}
        ${this.lastResult === null ? nothing : html`<dt>${chip.lastAnswer}</dt><dd>${speed(this.lastResult)}</dd>`}
      </dl>
    `;
  }

  /** Only while it is seen. */
  protected override updated(): void {
    this.#memory.look(this.open && this.model.status === 'ready' ? this.model.info : null);
  }

  #beforeToggle(event: ToggleEvent) {
    if (event.newState === 'open') {
      // At once: of the toggle browsers tell later, when the reader may have pressed something in the panel.
      this.open = true;
      this.#place();
    } else {
      this.#heldFocus = this.panel.matches(':focus-within');
    }
  }

  #place() {
    if (matchMedia('(max-width: 639px)').matches) {
      this.panel.style.removeProperty('inset');
      return;
    }
    // Above the chip, beginning where it does, kept inside the window. Top layer elements need window coordinates.
    const chip = this.chip.getBoundingClientRect();
    const begin = getComputedStyle(this).direction === 'rtl' ? chip.right - 360 : chip.left;
    const left = Math.max(12, Math.min(begin, innerWidth - 360 - 12));
    this.panel.style.setProperty('inset', `auto auto ${innerHeight - chip.top + 8}px ${left}px`);
  }

  #toggled(event: ToggleEvent) {
    this.open = event.newState === 'open';
    if (this.open) {
      if (!this.panel.matches(':focus-within')) this.panel.focus();
      return;
    }
    // Unless the reader has gone elsewhere, the focus returns to where it came from. The browser may not
    // have noticed yet that what held it is hidden.
    if (this.#heldFocus && (this.matches(':focus-within') || document.activeElement === document.body)) {
      this.chip.focus();
    }
  }

  #showPrivacy() {
    this.panel.hidePopover();
    this.dispatchEvent(new CustomEvent('show-privacy', { bubbles: true, composed: true }));
  }

  #chooseModel() {
    this.panel.hidePopover();
    this.dispatchEvent(new CustomEvent('choose-model', { bubbles: true, composed: true }));
  }

  #loadAgain() {
    this.panel.hidePopover();
    this.dispatchEvent(new CustomEvent('load-again', { bubbles: true, composed: true }));
  }
}

/** On a phone there is room for the device, not for what stands in brackets behind it. */
function shortDevice(name: string) {
  const bracket = name.indexOf(' (');
  return bracket < 0
    ? name
    : html`${name.slice(0, bracket)}<span class="aside">${name.slice(bracket)}</span>`;
}

function speed(result: ChatResult): string {
  const rate = tokensPerSecond(result);
  const first = words.figures.firstTokenAfter(result.timings.firstTokenMs);
  return rate === null ? first : words.common.join(first, words.common.tokensPerSecond(rate));
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-model-chip': GlanceModelChip;
  }
}
