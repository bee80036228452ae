import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import type { ModelInfo } from '../../rpc/contract.ts';
import type { Picture } from '../conversation.ts';
import { announceFrom } from '../copy_controller.ts';
import '../elements/dialog_status.ts';
import { dialogStyles, windowStyles } from '../elements/dialog_styles.ts';
import { closeIcon, deleteIcon, nextIcon, previousIcon, retryIcon } from '../elements/icons.ts';
import { baseStyles } from '../elements/styles.ts';
import { type PictureDetail, pixelBudget, readPicture, tokenCost } from '../pictures.ts';
import { words } from '../words/index.ts';
import { moved } from './arrange.ts';
import './crop_frame.ts';
import { editorStyles } from './editor_styles.ts';
import {
  cropOf,
  editedSize,
  isUnedited,
  type PictureEdit,
  type Rect,
  type Size,
  sameEdit,
  turnedEdit,
  turnedSize,
  UNEDITED,
  withCrop,
} from './geometry.ts';
import { turnLeftIcon, turnRightIcon, wholeIcon } from './icons.ts';
import { ReorderController, reorderStep } from './reorder_controller.ts';

/** What was done in the editing view, all at once. */
export interface PicturesEdited {
  /** Ids of the pictures that stay, in their order. */
  readonly order: readonly string[];
  readonly removed: readonly string[];
  /** Only those that changed. */
  readonly edits: readonly { readonly id: string; readonly edit: PictureEdit }[];
}

/** A screen reader hears how a picture is cropped once that rests this long, in milliseconds. */
const TELL_AFTER_MS = 700;

interface Item {
  readonly picture: Picture;
  /** The original: where it is shown from, and its sides in pixels. */
  readonly url: string;
  readonly size: Size;
  readonly edit: PictureEdit;
}

/**
 * A view in which the pictures of a question are turned, cropped, put in order and removed. Nothing changes
 * before Done.
 *
 * @fires pictures-edited with {@link PicturesEdited}
 * @fires closed
 */
@customElement('glance-picture-editor')
export class GlancePictureEditor extends LitElement {
  static override styles = [baseStyles, dialogStyles, windowStyles, editorStyles];

  @state() private items: readonly Item[] = [];
  @state() private at = 0;
  @state() private info: ModelInfo | null = null;
  @query('dialog') private readonly dialog!: HTMLDialogElement;
  @query('.room') private readonly room!: HTMLElement | null;
  @query('.turned') private readonly turned!: HTMLElement | null;
  @query('.strip') private readonly strip!: HTMLElement | null;
  #removed: string[] = [];
  #ownUrls: string[] = [];
  #detail: PictureDetail = 'auto';
  #telling: ReturnType<typeof setTimeout> | undefined;
  readonly #sizes = new ResizeObserver(() => this.#fit());
  readonly #reorder = new ReorderController(
    this,
    () => this.strip,
    (from, to) => this.#move(from, to),
  );

  /** Whether the view is open: Escape then closes it and nothing else. */
  get open(): boolean {
    return this.dialog?.open ?? false;
  }

  /**
   * @param pictures those of the question, all read
   * @param pictureId the one to begin with
   * @throws GlanceError with a `picture-` code, where an original cannot be read any more
   */
  async show(
    pictures: readonly Picture[],
    pictureId: string,
    info: ModelInfo | null,
    detail: PictureDetail,
  ): Promise<void> {
    if (this.open) return;
    const read = pictures.filter(({ content }) => content !== null);
    this.items = await Promise.all(read.map((picture) => this.#item(picture)));
    this.at = Math.max(
      0,
      read.findIndex(({ id }) => id === pictureId),
    );
    this.info = info;
    this.#detail = detail;
    this.#removed = [];
    await this.updateComplete;
    if (this.items.length > 0) this.dialog.showModal();
    this.#fit();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.disconnect();
    this.#release();
  }

  override render() {
    const item = this.items[this.at];
    const { pictureEditor } = words;
    return html`
      <dialog aria-label=${pictureEditor.title} @close=${this.#closed} @keydown=${this.#keptWithin}>
        ${
          item === undefined
            ? nothing
            : html`
                <div class="bar">
                  <h2 dir="auto">${item.picture.name}</h2>
                  <button class="icon-button" aria-label=${words.common.cancel} title=${words.common.cancel} @click=${this.#cancel}>
                    ${closeIcon}
                  </button>
                </div>
                ${this.#picture(item)} ${this.#tools(item)}
                ${this.items.length > 1 ? this.#strip() : nothing}
                <div class="foot">
                  <button class="text-button" @click=${this.#cancel}>${words.common.cancel}</button>
                  <button class="filled-button" autofocus @click=${this.#done}>${pictureEditor.done}</button>
                </div>
              `
        }
        <glance-dialog-status></glance-dialog-status>
      </dialog>
    `;
  }

  #picture({ picture, url, size, edit }: Item) {
    return html`
      <div class="room">
        <div class="turned">
          <img src=${url} alt=${picture.name} class="turn-${edit.turns}" draggable="false" />
          <glance-crop-frame
            .size=${turnedSize(size, edit.turns)}
            .crop=${cropOf(size, edit)}
            @crop-changed=${(event: CustomEvent<Rect>) => this.#crop(withCrop(size, edit, event.detail))}
          ></glance-crop-frame>
        </div>
      </div>
    `;
  }

  #tools({ picture, size, edit }: Item) {
    const { pictureEditor } = words;
    const { width, height } = editedSize(size, edit);
    const budget = this.info && pixelBudget(this.#detail, this.info);
    const cost = tokenCost({ width, height }, this.info?.vision ?? null, budget);
    const several = this.items.length > 1;
    // A button that does nothing now keeps the focus: without it keys would leave the view.
    const tool = (label: string, icon: unknown, act: () => void, disabled = false) =>
      html`<button
        class="text-button"
        aria-label=${label}
        title=${label}
        aria-disabled=${disabled}
        @click=${disabled ? nothing : act}
      >
        ${icon} <span>${label}</span>
      </button>`;
    return html`
      <p class="facts">
        ${words.common.pixels(width, height)}${cost === null ? nothing : words.common.further(words.common.tokens(cost))}
      </p>
      <div class="tools" role="group" aria-label=${picture.name}>
        ${tool(pictureEditor.turnLeft, turnLeftIcon, () => this.#change(turnedEdit(size, edit, false), pictureEditor.turnedLeft))}
        ${tool(pictureEditor.turnRight, turnRightIcon, () => this.#change(turnedEdit(size, edit, true), pictureEditor.turnedRight))}
        ${tool(pictureEditor.whole, wholeIcon, () => this.#change({ ...edit, crop: null }, pictureEditor.whole), edit.crop === null)}
        ${tool(pictureEditor.original, retryIcon, () => this.#change(UNEDITED, pictureEditor.original), isUnedited(edit))}
        ${
          several
            ? html`${tool(pictureEditor.earlier, previousIcon, () => this.#move(this.at, this.at - 1), this.at === 0)}
              ${tool(
                pictureEditor.later,
                nextIcon,
                () => this.#move(this.at, this.at + 1),
                this.at === this.items.length - 1,
              )}`
            : nothing
        }
        ${tool(pictureEditor.remove, deleteIcon, () => this.#remove())}
      </div>
    `;
  }

  #strip() {
    return html`
      <ul class="strip" aria-label=${words.pictureEditor.strip}>
        ${this.items.map(({ picture, url, edit }, index) => {
          const isChanged = !sameEdit(edit, editOf(picture));
          return html`<li>
            <button
              type="button"
              aria-pressed=${index === this.at}
              aria-label=${words.pictureEditor.choose(picture.name, index + 1)}
              aria-keyshortcuts="Shift+ArrowLeft Shift+ArrowRight"
              @pointerdown=${this.#reorder.down}
              @keydown=${(event: KeyboardEvent) => this.#stripKey(event, index)}
              @click=${() => {
                this.at = index;
              }}
            >
              <img
                src=${isChanged ? url : picture.url}
                alt=""
                draggable="false"
                class=${isChanged ? `turn-${edit.turns}` : nothing}
              />
            </button>
          </li>`;
        })}
      </ul>
    `;
  }

  protected override updated(changed: PropertyValues): void {
    if (this.room !== null) this.#sizes.observe(this.room);
    else this.#sizes.disconnect();
    if (changed.has('items') || changed.has('at')) this.#fit();
  }

  /** The picture as large as there is room for, at most four times its size. From script, because of the CSP. */
  #fit() {
    const item = this.items[this.at];
    const { room, turned } = this;
    if (item === undefined || room === null || turned === null) return;
    const { width, height } = turnedSize(item.size, item.edit.turns);
    const scale = Math.min(4, room.clientWidth / width, room.clientHeight / height);
    const set = (element: HTMLElement, across: number, down: number) => {
      element.style.width = `${across * scale}px`;
      element.style.height = `${down * scale}px`;
    };
    set(turned, width, height);
    set(turned.querySelector('img')!, item.size.width, item.size.height);
  }

  async #item(picture: Picture): Promise<Item> {
    const { original, url, content } = picture;
    if (original === undefined) {
      if (content === null) throw new Error('the picture has not been read');
      return { picture, url, size: { width: content.width, height: content.height }, edit: UNEDITED };
    }
    const { input, width, height } = await readPicture(original.file);
    if (!(input instanceof Blob)) input.close();
    const originalUrl = URL.createObjectURL(original.file);
    this.#ownUrls.push(originalUrl);
    return { picture, url: originalUrl, size: { width, height }, edit: original.edit };
  }

  /** @param said tells a screen reader what was done */
  #change(edit: PictureEdit, said: string) {
    clearTimeout(this.#telling);
    this.items = this.items.map((item, index) => (index === this.at ? { ...item, edit } : item));
    announceFrom(this, words.pictureEditor.now(said, this.#sizeWords()));
  }

  /** Keys and fingers pass through many places: a screen reader hears where the frame has come to rest. */
  #crop(edit: PictureEdit) {
    this.items = this.items.map((item, index) => (index === this.at ? { ...item, edit } : item));
    clearTimeout(this.#telling);
    this.#telling = setTimeout(() => {
      const item = this.items[this.at];
      if (item === undefined) return;
      const { x, y } = cropOf(item.size, item.edit);
      announceFrom(this, words.pictureEditor.now(words.pictureEditor.keptFrom(x, y), this.#sizeWords()));
    }, TELL_AFTER_MS);
  }

  #sizeWords(): string {
    const item = this.items[this.at];
    if (item === undefined) return '';
    const { width, height } = editedSize(item.size, item.edit);
    return words.common.pixels(width, height);
  }

  #move(from: number, to: number) {
    const name = this.items[from]?.picture.name ?? '';
    const shown = this.items[this.at];
    this.items = moved(this.items, from, to);
    this.at = Math.max(0, this.items.indexOf(shown!));
    announceFrom(this, words.tray.moved(name, to + 1, this.items.length));
  }

  #stripKey(event: KeyboardEvent, from: number) {
    const step = reorderStep(event, event.currentTarget as Element);
    const to = from + (step ?? 0);
    if (step === null || to < 0 || to >= this.items.length) return;
    event.preventDefault();
    this.#move(from, to);
    void this.updateComplete.then(() => this.strip?.querySelectorAll('button')[to]?.focus());
  }

  #remove() {
    const item = this.items[this.at];
    if (item === undefined) return;
    this.#removed.push(item.picture.id);
    this.items = this.items.filter((other) => other !== item);
    this.at = Math.max(0, Math.min(this.at, this.items.length - 1));
    const shown = this.items[this.at];
    if (shown === undefined) return this.#done();
    const { removed, choose } = words.pictureEditor;
    announceFrom(this, removed(item.picture.name, choose(shown.picture.name, this.at + 1)));
  }

  /** Keys of the page's own, Escape above all, are not meant while this is open. */
  #keptWithin(event: KeyboardEvent) {
    event.stopPropagation();
  }

  #cancel() {
    this.dialog.close();
  }

  #done() {
    const detail: PicturesEdited = {
      order: this.items.map(({ picture }) => picture.id),
      removed: this.#removed,
      edits: this.items.flatMap(({ picture, edit }) =>
        sameEdit(edit, editOf(picture)) ? [] : [{ id: picture.id, edit }],
      ),
    };
    this.dialog.close();
    this.dispatchEvent(new CustomEvent<PicturesEdited>('pictures-edited', { detail }));
  }

  #closed() {
    clearTimeout(this.#telling);
    this.items = [];
    this.#release();
    this.dispatchEvent(new CustomEvent('closed'));
  }

  #release() {
    for (const url of this.#ownUrls) URL.revokeObjectURL(url);
    this.#ownUrls = [];
  }
}

function editOf({ original }: Picture): PictureEdit {
  return original?.edit ?? UNEDITED;
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-picture-editor': GlancePictureEditor;
  }
}
