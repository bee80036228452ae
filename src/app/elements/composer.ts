import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { ChatResult } from '../../rpc/contract.ts';
import { cameraAvailable, screenCaptureAvailable } from '../capture_available.ts';
import type { Question } from '../conversation.ts';
import type { DeviceChoice } from '../device.ts';
import { tokensUsed } from '../editing/fit.ts';
import { MediaController } from '../media_controller.ts';
import type { ReadMemory } from '../memory_controller.ts';
import type { ModelState } from '../model_loader.ts';
import { captureScreen } from '../screen_capture.ts';
import { screenIcon, taskIcons, tasksIcon } from '../tasks/icons.ts';
import { TaskController, type TaskField } from '../tasks/task_controller.ts';
import type { Task } from '../tasks/tasks.ts';
import { words } from '../words/index.ts';
import type { GlanceCamera } from './camera.ts';
import { addPictureIcon, cameraIcon, editIcon, sendIcon, stopIcon } from './icons.ts';
import type { GlanceModelChip } from './model_chip.ts';
import './model_chip.ts';
import { composerStyles } from './composer_styles.ts';
import type { GlanceMenu } from './menu.ts';
import { baseStyles } from './styles.ts';
import type { GlanceTray } from './tray.ts';

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
 * @fires capture-failed with the error
 * @fires parts-wanted where something is to be shown that may not have been fetched yet
 */
@customElement('glance-composer')
export class GlanceComposer extends LitElement implements TaskField {
  static override styles = [baseStyles, composerStyles];

  @property({ attribute: false }) draft: Question = { text: '', pictures: [] };
  @property({ attribute: false }) model: ModelState = { status: 'idle' };
  @property({ attribute: false }) device: DeviceChoice = 'auto';
  @property({ attribute: false }) lastResult: ChatResult | null = null;
  /** Tells what the model holds; null where it cannot be asked. */
  @property({ attribute: false }) readMemory: ReadMemory | null = null;
  /** An answer is being made. */
  @property({ type: Boolean }) answering = false;
  /** Stop was pressed and the engine is coming to rest. */
  @property({ type: Boolean }) stopping = false;
  /** What the field holds was asked already and will take the place of that question. */
  @property({ type: Boolean }) editing = false;
  /** There is a picture in the conversation already. */
  @property({ type: Boolean }) underway = false;
  /** Ready-made tasks that can be done now. */
  @property({ attribute: false }) tasks: readonly Task[] = [];
  /** It stands in another page, which takes pictures only. */
  @property({ type: Boolean }) embedded = false;
  @property({ attribute: false }) conversationId = '';

  @query('textarea') private readonly field!: HTMLTextAreaElement;
  @query('#add') private readonly addButton!: HTMLButtonElement;
  @query('#files') private readonly filePicker!: HTMLInputElement;
  @query('#capture') private readonly capturePicker!: HTMLInputElement;
  @query('glance-camera') private readonly camera!: GlanceCamera;
  @query('glance-model-chip') readonly modelChip!: GlanceModelChip;
  @query('glance-menu') private readonly menu!: GlanceMenu;
  @query('glance-tray') private readonly tray!: GlanceTray;
  readonly #touch = new MediaController(this, '(pointer: coarse)');
  readonly #tasks = new TaskController(this);

  get text(): string {
    return this.draft.text;
  }

  get isBusy(): boolean {
    return this.answering;
  }

  write(text: string): void {
    this.#fire('question-typed', text);
  }

  ask(): void {
    this.#fire('ask');
  }

  /** Does a ready-made task. */
  startTask(task: Task): void {
    this.#tasks.start(task);
  }

  /** Puts the focus on one of the pictures in the tray, or where it goes without them. */
  async focusPicture(index: number): Promise<void> {
    await this.updateComplete;
    await this.tray.focusPicture(index);
  }

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
    const usedTokens = tokensUsed(this.lastResult);
    const { composer, common } = words;
    const { waiting } = this.#tasks;
    const placeholder = waiting
      ? words.tasks.subject[waiting.id]
      : pictures.length > 1
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
        ${this.#taskLine()}
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
          ${this.#cameraButton()} ${this.#screenButton()} ${this.#taskButton()}
          <glance-model-chip
            ?embedded=${this.embedded}
            .model=${this.model}
            .device=${this.device}
            .lastResult=${this.lastResult}
            .readMemory=${this.readMemory}
          ></glance-model-chip>
          ${this.#sendButton(text)}
        </div>
      </form>
      <input id="files" type="file" accept=${this.embedded ? 'image/*' : 'image/*,.pdf'} multiple hidden @change=${this.#picked} />
      <input id="capture" type="file" accept="image/*" capture="environment" hidden @change=${this.#picked} />
      <glance-camera @picture-taken=${this.#taken}></glance-camera>
      <glance-menu></glance-menu>
    `;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // Another conversation, an old question, or another model: what is typed then is no part of the task.
    const isElsewhere =
      this.editing || (changed.has('conversationId') && changed.get('conversationId') !== undefined);
    this.#tasks.keepIf(isElsewhere ? [] : this.tasks);
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('draft')) this.#fit();
  }

  #cameraButton() {
    // On a phone the system's camera is better than ours.
    const openCamera = this.#touch.matches
      ? () => this.capturePicker.click()
      : cameraAvailable()
        ? this.#showCamera
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

  #screenButton() {
    if (this.#touch.matches || !screenCaptureAvailable()) return nothing;
    return html`
      <button
        type="button"
        class="icon-button screen"
        aria-label=${words.screenCapture.take}
        title=${words.screenCapture.hint}
        @click=${this.#captureScreen}
      >
        ${screenIcon}
      </button>
    `;
  }

  #taskButton() {
    if (this.tasks.length === 0) return nothing;
    return html`
      <button
        id="tasks"
        type="button"
        class="icon-button"
        aria-label=${words.tasks.label}
        title=${words.tasks.menu}
        aria-haspopup="menu"
        aria-expanded="false"
        @click=${this.#showTasks}
      >
        ${tasksIcon}
      </button>
    `;
  }

  /** The task that what is typed now belongs to. */
  #taskLine() {
    const { waiting } = this.#tasks;
    if (waiting === null) return nothing;
    const name = words.tasks.name[waiting.id];
    return html`<div class="editing">
      <span>${taskIcons[waiting.id]} ${name}</span>
      <button
        type="button"
        class="text-button"
        aria-label=${words.tasks.leave(name)}
        @click=${() => this.#tasks.leave()}
      >
        ${words.common.cancel}
      </button>
    </div>`;
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
    // While an input method composes, keys are its own; Safari says so by key code 229 only.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Escape' && this.#tasks.waiting !== null) {
      event.preventDefault();
      this.#tasks.leave();
    }
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    if (!this.answering) this.#tasks.ask();
  }

  /** Fetched after the first paint, it may be wanted before it is here. */
  #showCamera = async () => {
    this.#fire('parts-wanted');
    await customElements.whenDefined('glance-camera');
    await this.camera.show();
  };

  async #showTasks(event: Event) {
    const opener = event.currentTarget as HTMLElement;
    const items = this.tasks.map((task) => ({
      label: words.tasks.name[task.id],
      icon: taskIcons[task.id],
      act: () => this.#tasks.start(task),
    }));
    await customElements.whenDefined('glance-menu');
    await this.menu.show(opener, words.tasks.menu, items);
  }

  async #captureScreen() {
    try {
      const file = await captureScreen();
      if (file !== null) this.#fire('pictures-chosen', [file]);
    } catch (error) {
      this.dispatchEvent(new CustomEvent('capture-failed', { detail: error, bubbles: true, composed: true }));
    }
    this.#rest();
  }

  #submit(event: SubmitEvent) {
    event.preventDefault();
    if (this.answering) this.#fire('stop');
    else this.#tasks.ask();
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
