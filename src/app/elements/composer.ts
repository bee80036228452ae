import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { ChatResult } from '../../rpc/contract.ts';
import type { Question } from '../conversation.ts';
import type { DeviceChoice } from '../device.ts';
import { tokensUsed } from '../editing/fit.ts';
import { MediaController } from '../media_controller.ts';
import type { ModelState } from '../model_loader.ts';
import { words } from '../words/index.ts';
import { cameraAvailable, type GlanceCamera } from './camera.ts';
import './camera.ts';
import { addPictureIcon, cameraIcon, editIcon, sendIcon, stopIcon } from './icons.ts';
import type { GlanceModelChip } from './model_chip.ts';
import './model_chip.ts';
import './tray.ts';
import { baseStyles } from './styles.ts';

/** Height to which the field grows before it scrolls, in pixels, and as a share of the window's. */
const MAX_FIELD_HEIGHT = 200;
const MAX_FIELD_SHARE = 0.25;

/**
 * Where a question is made: words, pictures, the model that will answer, and Send, which is Stop while
 * an answer is being made.
 *
 * @fires question-typed with the text.
 * @fires pictures-chosen with the files.
 * @fires ask
 * @fires stop
 * @fires cancel-edit
 */
@customElement('glance-composer')
export class GlanceComposer extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }

      form {
        border: 1px solid var(--line-strong);
        border-radius: 14px;
        background: var(--paper-raised);
        transition: border-color var(--quick);
      }

      form:has(textarea:focus-visible) {
        border-color: var(--accent);
        box-shadow: 0 0 0 1px var(--accent);
        /* Seen where the system forces its colours, which leave no shadow. */
        outline: 2px solid transparent;
        outline-offset: 1px;
      }

      textarea {
        display: block;
        inline-size: 100%;
        min-block-size: 48px;
        padding: 12px 16px;
        border: 0;
        border-radius: 14px;
        background: none;
        color: var(--ink);
        font: var(--text);
        resize: none;
      }

      /* The whole box shows the focus. */
      textarea:focus-visible {
        outline: 0;
      }

      textarea::placeholder {
        color: var(--ink-soft);
        opacity: 1;
      }

      .editing {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 8px;
        padding-block-start: 4px;
        padding-inline: 16px 6px;
        font: var(--text-small);
        color: var(--ink-soft);
      }

      .editing span {
        display: flex;
        align-items: center;
        gap: 6px;
      }

      .editing svg {
        inline-size: 16px;
        block-size: 16px;
      }

      .bar {
        display: flex;
        align-items: center;
        gap: 2px;
        padding: 0 6px 6px;
      }

      glance-model-chip {
        margin-inline: 6px;
      }

      .send {
        display: grid;
        place-items: center;
        flex: none;
        inline-size: 40px;
        block-size: 40px;
        margin-inline-start: auto;
        border: 1px solid transparent;
        border-radius: 10px;
        background: var(--accent);
        color: var(--accent-ink);
        transition: background-color var(--quick);
      }

      .send:disabled {
        background: var(--paper-sunken);
        color: var(--ink-soft);
      }

      @media (hover: hover) {
        .send:hover:not(:disabled) {
          background: var(--accent-hover);
        }
      }

      @media (pointer: coarse) {
        .send {
          inline-size: 44px;
          block-size: 44px;
        }
      }
    `,
  ];

  @property({ attribute: false }) draft: Question = { text: '', pictures: [] };
  @property({ attribute: false }) model: ModelState = { status: 'idle' };
  @property({ attribute: false }) device: DeviceChoice = 'auto';
  @property({ attribute: false }) lastResult: ChatResult | null = null;
  /** An answer is being made. */
  @property({ type: Boolean }) answering = false;
  /** Stop was pressed and the engine is coming to rest. */
  @property({ type: Boolean }) stopping = false;
  /** What the field holds was asked already and will take the place of that question. */
  @property({ type: Boolean }) editing = false;
  /** There is a picture in the conversation already. */
  @property({ type: Boolean }) underway = false;
  /** It stands in another page, which takes pictures only. */
  @property({ type: Boolean }) embedded = false;

  @query('textarea') private readonly field!: HTMLTextAreaElement;
  @query('#add') private readonly addButton!: HTMLButtonElement;
  @query('#files') private readonly filePicker!: HTMLInputElement;
  @query('#capture') private readonly capturePicker!: HTMLInputElement;
  @query('glance-camera') private readonly camera!: GlanceCamera;
  @query('glance-model-chip') readonly modelChip!: GlanceModelChip;
  readonly #touch = new MediaController(this, '(pointer: coarse)');

  /** Something of the composer is open that Escape closes. */
  get busyWithDialog(): boolean {
    return this.modelChip.expanded || this.camera.open;
  }

  /** Puts the cursor into the field. */
  override focus(options?: FocusOptions): void {
    this.field.focus(options);
  }

  override render() {
    const { pictures, text } = this.draft;
    const info = this.model.status === 'ready' ? this.model.info : null;
    const usedTokens = this.editing ? 0 : tokensUsed(this.lastResult);
    const { composer, common } = words;
    const placeholder =
      pictures.length > 1
        ? composer.aboutThese
        : pictures.length === 1
          ? composer.aboutThis
          : this.underway
            ? composer.askAboutThis
            : composer.addAndAsk;
    return html`
      <form @submit=${this.#submit}>
        ${
          this.editing
            ? html`<div class="editing">
                <span>${editIcon} ${composer.editing}</span>
                <button type="button" class="text-button" @click=${() => this.#fire('cancel-edit')}>
                  ${common.cancel}
                </button>
              </div>`
            : nothing
        }
        <glance-tray
          .draft=${this.draft}
          .info=${info}
          .usedTokens=${usedTokens}
          @emptied=${this.#rest}
        ></glance-tray>
        <textarea
          rows="1"
          dir="auto"
          aria-label=${composer.question}
          aria-describedby="keys"
          placeholder=${placeholder}
          enterkeyhint="send"
          .value=${live(text)}
          @input=${this.#typed}
          @keydown=${this.#key}
        ></textarea>
        <span id="keys" class="visually-hidden">${composer.keys}</span>
        <div class="bar">
          <button
            id="add"
            type="button"
            class="icon-button"
            aria-label=${composer.addPictures}
            title=${composer.addPicturesTitle}
            @click=${() => this.filePicker.click()}
          >
            ${addPictureIcon}
          </button>
          ${this.#cameraButton()}
          <glance-model-chip .model=${this.model} .device=${this.device} .lastResult=${this.lastResult}>
          </glance-model-chip>
          ${this.#sendButton(text)}
        </div>
      </form>
      <input id="files" type="file" accept=${this.embedded ? 'image/*' : 'image/*,.pdf'} multiple hidden @change=${this.#picked} />
      <input id="capture" type="file" accept="image/*" capture="environment" hidden @change=${this.#picked} />
      <glance-camera @picture-taken=${this.#taken}></glance-camera>
    `;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('draft')) this.#fit();
  }

  #cameraButton() {
    // On a phone the system's camera is better than ours.
    const openCamera = this.#touch.matches
      ? () => this.capturePicker.click()
      : cameraAvailable()
        ? () => void this.camera.show()
        : null;
    if (openCamera === null) return nothing;
    return html`
      <button
        type="button"
        class="icon-button"
        aria-label=${words.composer.takePicture}
        title=${words.composer.takePictureTitle}
        @click=${openCamera}
      >
        ${cameraIcon}
      </button>
    `;
  }

  /** One button in two roles, so that the focus stays where it is when they change. */
  #sendButton(text: string) {
    const { answering, stopping } = this;
    const { composer } = words;
    const label = stopping ? composer.stopping : answering ? composer.stop : composer.send;
    return html`
      <button
        class="send"
        aria-label=${label}
        title=${answering ? composer.stopTitle : composer.sendTitle}
        ?disabled=${stopping || (!answering && text.trim() === '')}
      >
        ${answering ? stopIcon : sendIcon}
      </button>
    `;
  }

  #fit() {
    // Measured from one row up, because the field would not shrink otherwise.
    this.field.style.setProperty('block-size', 'auto');
    const limit = Math.max(48, Math.min(MAX_FIELD_HEIGHT, innerHeight * MAX_FIELD_SHARE));
    const height = Math.min(this.field.scrollHeight, limit);
    this.field.style.setProperty('block-size', `${height}px`);
  }

  #typed() {
    this.#fire('question-typed', this.field.value);
  }

  #key(event: KeyboardEvent) {
    // While an input method composes, Enter accepts its suggestion; Safari says so by key code 229 only.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!this.answering) this.#fire('ask');
  }

  #submit(event: SubmitEvent) {
    event.preventDefault();
    this.#fire(this.answering ? 'stop' : 'ask');
  }

  #picked(event: Event) {
    const input = event.currentTarget as HTMLInputElement;
    this.#fire('pictures-chosen', [...(input.files ?? [])]);
    // The same file can be chosen again.
    input.value = '';
    this.#rest();
  }

  #taken(event: CustomEvent<File>) {
    this.#fire('pictures-chosen', [event.detail]);
    this.#rest();
  }

  /** Where the focus goes after something was done with pictures: the field, unless that raises a keyboard. */
  #rest() {
    if (this.#touch.matches) this.addButton.focus();
    else this.focus();
  }

  #fire(type: string, detail?: string | File[]) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-composer': GlanceComposer;
  }
}
